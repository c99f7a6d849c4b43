"""Plain-text tables of scores, and the differences between two runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.quality.labelled import LABELS
from benchmarks.quality.scores import Scores

COLUMNS = {
    "ari": "ARI",
    "bcubed_precision": "B3 P",
    "bcubed_recall": "B3 R",
    "bcubed_f1": "B3 F1",
    "precision": "pair P",
    "recall": "pair R",
    "f1": "pair F1",
    "kind_accuracy": "kind",
    "kept_accuracy": "kept",
    "accuracy": "5-way",
    "accuracy_high": "5-way hi",
    "related_precision": "rel P",
    "related_recall": "rel R",
    "related_f1": "rel F1",
    "related_f1_high": "rel F1 hi",
    "related_accuracy": "rel acc",
    "span_precision": "span P",
    "span_recall": "span R",
    "span_f1": "span F1",
    "coverage_error": "cov err",
    "cpu_seconds": "CPU s",
}
GROUPS = {
    "recall_by_kind": "recall by kind",
    "recall_by_edit": "recall by kind of edit",
    "related_by_category": "share called related, by category",
}
NOTICED = 0.0005
"""Differences below this are not shown."""


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out rows under a header: the first column to the left, the others to the right."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(header))]
    laid = [
        "  ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    laid.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(laid)


def shown(value: object, *, name: str = "") -> str:
    """Show a share with three decimals, seconds with two, a count whole, nothing as a dash."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}" if name == "cpu_seconds" else f"{value:.3f}"
    return str(value)


def score_table(systems: Mapping[str, Scores]) -> str:
    """One row a system, one column a figure that any of them has."""
    names = [n for n in COLUMNS if any(s.get(n) is not None for s in systems.values())]
    return text_table(
        ["", *(COLUMNS[n] for n in names)],
        ([system, *(shown(s.get(n), name=n) for n in names)] for system, s in systems.items()),
    )


def group_tables(systems: Mapping[str, Scores]) -> Iterator[str]:
    """Recall by kind, by edit, and by category: one table each, one row a system."""
    for group, title in GROUPS.items():
        parts = {system: _group(scores, group) for system, scores in systems.items()}
        names = sorted({name for part in parts.values() for name in part})
        if names:
            rows = ([system, *(shown(p.get(n)) for n in names)] for system, p in parts.items())
            yield f"{title}\n" + text_table(["", *names], rows)


def _group(scores: Scores, name: str) -> Scores:
    part = scores.get(name)
    return part if isinstance(part, dict) else {}


def confusion_tables(systems: Mapping[str, Scores]) -> Iterator[str]:
    """For each system: the five-way table, and the kinds taken for others."""
    for system, scores in systems.items():
        five = _group(scores, "confusion")
        if five:
            rows = (
                [gold, *(shown(_group(five, gold).get(ours, 0)) for ours in LABELS)]
                for gold in LABELS
            )
            title = f"{system}: label (row) and what was found (column)"
            yield title + "\n" + text_table(["", *LABELS], rows)
        kinds = _group(scores, "kind_confusion")
        if kinds:
            listed = ", ".join(f"{name}: {n}" for name, n in kinds.items())
            yield f"{system}: kinds taken for others: {listed}"


def summaries(sets: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Give mean and worst figures of the systems that all sets of one format have in common.

    Parameters
    ----------
    sets
        Set name -> `format` and `systems` (system -> scores). Formats with one set have none.
    """
    for form in dict.fromkeys(labelled["format"] for labelled in sets.values()):
        runs = [labelled["systems"] for labelled in sets.values() if labelled["format"] == form]
        common = [s for s in runs[0] if all(s in run for run in runs)]
        if len(runs) > 1 and common:
            rows = {}
            for system in common:
                scores = [run[system] for run in runs]
                rows[f"{system}, mean"] = _over(scores, lambda _, values: sum(values) / len(values))
                rows[f"{system}, worst"] = _over(scores, _worst)
            yield f"{form}: mean and worst of {len(runs)} sets\n" + score_table(rows)


def _over(runs: Sequence[Scores], combine: Callable[[str, list[float]], float]) -> Scores:
    out: Scores = {}
    for name in COLUMNS:
        values = [value for run in runs if isinstance(value := run.get(name), int | float)]
        if len(values) == len(runs):
            out[name] = combine(name, [float(value) for value in values])
    return out


def _worst(name: str, values: list[float]) -> float:
    return max(values) if name in ("coverage_error", "cpu_seconds") else min(values)


def flat(scores: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Give every number of nested scores with its path, joined by " / "."""
    if isinstance(scores, Mapping):
        for name, value in scores.items():
            yield from flat(value, f"{path} / {name}" if path else str(name))
    elif isinstance(scores, int | float) and not isinstance(scores, bool):
        yield path, float(scores)


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    """Show what changed between two runs' JSON, the largest falls first."""
    before, after = dict(flat(old)), dict(flat(new))
    changed = [
        (after[path] - before[path], path)
        for path in before.keys() & after.keys()
        if abs(after[path] - before[path]) >= NOTICED
    ]
    rows = (
        [path, f"{before[path]:.4g}", f"{after[path]:.4g}", f"{change:+.4f}"]
        for change, path in sorted(changed)
    )
    table = text_table(["figure", "old", "new", "change"], rows)
    lines = [table if changed else "no figure changed"]
    for what, paths in (("only old", before.keys() - after), ("only new", after.keys() - before)):
        if paths:
            lines.append(f"{what}: {len(paths)} figures, such as {min(paths)}")
    return "\n".join(lines)
