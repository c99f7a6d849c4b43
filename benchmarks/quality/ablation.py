"""What every rule is worth, whether it has a setting or stands in the code.

    python -m benchmarks.quality.ablation SET... [--cases DIR] [--only TEXT] [--jsonl OUT]

One rule is switched off at a time: settings by their "off" value or one that means nothing,
numbers of the kernels, constants and lists of words in this process alone. For each the table has
what a set's main figures lose without it (above 0: the rule earns that much), and the cases that
break. Of pairs labelled by reading a third stays unseen (--unseen adds it).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.formats import read
from benchmarks.quality import ablate, switches, systems
from benchmarks.quality.__main__ import evaluate
from benchmarks.quality.labelled import LabelledSet
from dupdetect.cli import main as dupdetect_main
from dupdetect.config import Config

FIGURES = (
    "accuracy",
    "accuracy_high",
    "related_f1",
    "ari",
    "f1",
    "kind_accuracy",
    "kept_accuracy",
    "span_f1",
)
"""Of a set, those that it has."""

WITHOUT: dict[str, dict[str, Any]] = {
    "overlaps: least words": {"overlap_words": 0},
    "versions stay": {"version_share": 0.0, "own_words": 1_000_000},
}
"""Settings that have no "off", at the value that means nothing."""


@dataclass(frozen=True)
class Row:
    """Figures by set with everything on or one rule off, and the cases that went wrong."""

    rule: str
    figures: dict[str, dict[str, float]]
    wrong: frozenset[str]


def seen(labelled: LabelledSet, *, unseen: bool = False) -> LabelledSet:
    """Leave a third of the pairs out: those of which a hash of the two ids is one of three."""

    def is_unseen(pair: Any) -> bool:  # noqa: ANN401
        key = "|".join(sorted((pair.a, *pair.others)))
        return hashlib.sha256(key.encode()).digest()[0] % 3 == 0

    if unseen or labelled.format != "pairs":
        return labelled
    return replace(labelled, pairs=tuple(p for p in labelled.pairs if not is_unseen(p)))


def runs(config: Config, only: str) -> Iterator[tuple[str, Config, switches.Switch]]:
    """Give every run: the name of what is off, the settings, what is changed in place."""
    nothing = switches.Switch("")
    yield "everything on", config, nothing
    for rule, settings in {**ablate.rules(), **WITHOUT}.items():
        if only in rule:
            yield rule, ablate.switched(config, settings), nothing
    for switch in switches.in_code():
        if only in switch.name:
            yield switch.name, config, switch


def figures(labelled: LabelledSet, config: Config) -> dict[str, float]:
    """Give a set's main figures."""
    answer = systems.corpus_run(labelled, config=config, threads=1)
    scores = evaluate(labelled, answer)
    return {name: float(scores[name]) for name in FIGURES if scores.get(name) is not None}  # type: ignore[arg-type]


def wrong_cases(folder: Path, config: Config) -> frozenset[str]:
    """Run the cases of a folder that are one call of the program; give those that went wrong.

    Each is a folder with `cmd`, which writes to `$OUT`, and `expect.json`; `run.py` beside them
    has `check`.
    """
    spec = importlib.util.spec_from_file_location("cases", folder / "run.py")
    assert spec is not None
    assert spec.loader is not None
    cases = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cases)
    wrong = set()
    for command in sorted(folder.glob("*/cmd")):
        line = command.read_text().strip()
        if not line.startswith("dupdetect cluster") or "\n" in line or ";" in line:
            continue
        case = command.parent
        with tempfile.TemporaryDirectory() as temporary:
            out = Path(temporary) / "out"
            arguments = shlex.split(line.replace("$OUT", str(out)))[1:]
            settings = Path(temporary) / "settings.toml"
            settings.write_text(config.to_toml())
            code, stderr = _call([*arguments, "--config", str(settings)], case)
            expected = json.loads((case / "expect.json").read_text())
            if cases.check(expected, out, code, "", stderr):
                wrong.add(case.name)
    return frozenset(wrong)


def _call(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
    before, stderr = Path.cwd(), io.StringIO()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(stderr):
            return dupdetect_main([*arguments]), stderr.getvalue()
    finally:
        os.chdir(before)


def measure(args: argparse.Namespace) -> Iterator[Row]:
    """Run everything, one row after the other."""
    sets = {path.name: seen(read(path), unseen=args.unseen) for path in args.paths}
    systems.warm_up()
    for rule, config, switch in runs(Config(), args.only):
        with switches.off(switch):
            found = {name: figures(one, config) for name, one in sets.items()}
            wrong = wrong_cases(args.cases, config) if args.cases else frozenset()
        yield Row(rule, found, wrong)


def described(row: Row, usual: Row) -> str:
    """Give one line: what each set loses most, and which cases break."""
    cells = []
    for name, found in row.figures.items():
        losses = {k: usual.figures[name][k] - v for k, v in found.items()}
        most = max(losses.values(), key=abs)
        gain = min(losses.values())
        cells.append(f"{most:+.4f}" + (f" ({gain:+.4f})" if gain < 0 < most else ""))
    broken = sorted(row.wrong - usual.wrong)
    mended = sorted(usual.wrong - row.wrong)
    cases = " ".join([*broken, *(f"mended:{case}" for case in mended)])
    return f"| {row.rule} | {' | '.join(cells)} | {len(broken)} {cases} |"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.ablation")
    parser.add_argument("paths", nargs="+", type=Path, metavar="SET", help="labelled sets")
    parser.add_argument("--cases", type=Path, metavar="DIR", help="small inputs with right results")
    parser.add_argument("--only", default="", metavar="TEXT", help="rules whose name has this")
    parser.add_argument("--unseen", action="store_true", help="with the pairs kept unseen")
    parser.add_argument("--jsonl", type=Path, metavar="OUT", help="write all figures")
    args = parser.parse_args(argv)
    if args.jsonl:
        args.jsonl.write_text("")
    print(f"| without | {' | '.join(path.name for path in args.paths)} | cases that break |")
    print("|---|" + "---|" * (len(args.paths) + 1))
    usual: Row | None = None
    for row in measure(args):
        usual = usual or row
        print(described(row, usual), flush=True)
        if args.jsonl:
            line = {"rule": row.rule, "figures": row.figures, "wrong": sorted(row.wrong)}
            with args.jsonl.open("a") as file:
                file.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
