"""The summary after a run: what was found, why, and what to do next, on one screen."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from rich.text import Text

from dupdetect.products.schemas import KIND_FACTS
from dupdetect.support.shares import percent
from dupdetect.views.terminal.style import clean, indented, shortened
from dupdetect.views.wording import KIND_OF, count, meaning_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from dupdetect.views.findings import Example, Findings, Leader, Outcome


def summary_lines(
    target: Console, summary: Mapping[str, Any], findings: Findings, outcome: Outcome
) -> Iterator[Text]:
    """Say what a run found, line by line: about 30 lines of 80 columns at the most.

    Parameters
    ----------
    target
        The console whose width counts.
    summary
        The run's ``summary.json``.
    findings
        Counts and examples.
    outcome
        What was written and what to do next.
    """
    yield from indented(target, Text(), _opening(summary, findings, outcome), indent=0)
    yield Text()
    if findings.copies or findings.apart:
        yield from _kind_lines(target, findings, summary["config"])
        yield Text()
    if findings.leaders:
        yield Text("Printed most often", "bold")
        for leader in findings.leaders:
            yield _leader(target, leader, outcome.titles.get(leader.id, ""))
        yield Text()
    yield from _ignored_lines(target, summary)
    for path, content in outcome.written:
        yield Text.assemble(("written  ", "dim"), (clean(path), "bold"), f"  {content}")
    for words, shows in outcome.hints:
        # Not wrapped: a command is copied as one line.
        yield Text.assemble(("next     ", "dim"), clean(shlex.join(words)))
        yield from indented(target, Text(), Text(shows, "dim"), indent=11)


def _opening(summary: Mapping[str, Any], findings: Findings, outcome: Outcome) -> Text:
    names = [clean(source["path"]) for source in summary["inputs"]]
    where = names[0] if len(names) == 1 else count(len(names), "file")
    where = "standard input" if where == "-" else where
    stories = count(findings.stories, "story")
    made = Text.assemble((f"{stories} in {where}", "bold"), f", {outcome.seconds:,.1f} s: ")
    if not findings.copies:
        return made.append("no copies found, every story stands alone.")
    clusters = findings.stories - findings.copies
    if not outcome.left_out:
        made.append(count(clusters, "cluster"), "bold")
        made.append(f", one for each story; {count(findings.copies, 'copy')} found")
        return made.append(f" ({percent(findings.copies / findings.stories)}).")
    removed = summary["removed"]
    versions = findings.copies - removed
    made.append(f"{summary['kept']:,} kept", "bold")
    more = f" and {count(versions, 'version')}" if versions else ""
    made.append(f", one for each story{more}; ")
    return made.append(
        f"{count(removed, 'copy')} left out ({percent(removed / findings.stories)})."
    )


def _kind_lines(target: Console, findings: Findings, config: Mapping[str, Any]) -> Iterator[Text]:
    if findings.copies:
        said = "Copies, each aligned word by word with the story it was made from"
        yield from indented(target, Text(), Text(said, "bold"), indent=0)
    for facts in KIND_FACTS:
        number = findings.kinds.get(facts.name, 0)
        if facts.apart or not number:
            continue
        said = meaning_of(facts, config)
        if facts.name == "truncation":
            parts = [f"{part} {n:,}" for part, n in findings.parts.items() if n]
            said += f"; kept: {', '.join(parts)}" if parts else ""
        yield from _kind_line(target, facts.label, number, said)
    if findings.example is not None:
        yield from indented(target, Text("  e.g.", "dim"), _example(findings.example), indent=8)
    if findings.apart:
        yield Text("Different stories with a passage in common", "bold")
    for name, number in findings.apart.items():
        facts = KIND_OF[name]
        said = meaning_of(facts, config, one=number == 1)
        yield from _kind_line(target, facts.label, number, said)


def _kind_line(target: Console, label: str, number: int, said: str) -> Iterator[Text]:
    counted = Text(f"  {label.lower():<14}{number:>7,}")
    yield from indented(target, counted, Text(said), indent=25)


def _example(example: Example) -> Text:
    def named(id_: str, publisher: str | None) -> str:
        return clean(f"{id_} ({publisher})" if publisher else id_)

    copy = named(example.id, example.publisher)
    parent = named(example.parent, example.parent_publisher)
    kind = KIND_OF[example.kind].label.lower()
    kind += f", {example.kept} kept" if example.kept else ""
    return Text(
        f"{copy} of {parent}: {kind}; {percent(example.coverage, example.exact)} of the copy "
        "stands in the fuller story, "
        f"{percent(example.parent_coverage, example.parent_exact)} of the fuller story in the copy"
    )


def _leader(target: Console, leader: Leader, title: str) -> Text:
    line = Text(f"{leader.stories:>6,} ×  ")
    if leader.publishers > 1:
        line.append(f"{count(leader.publishers, 'publisher')}  ")
    line.append(f"{clean(leader.id)}  ", "dim")
    line.append(shortened(title, max(target.width - line.cell_len, 10)))
    line.rstrip()
    return line


def _ignored_lines(target: Console, summary: Mapping[str, Any]) -> Iterator[Text]:
    """Name what was ignored, so that a reader can see it and doubt it."""
    furniture, stock = summary["furniture"], summary["stock_phrases"]
    said = []
    if furniture["lines"]:
        first = f"{count(furniture['lines'], 'line')} of page furniture"
        said.append((first, [_furniture(found) for found in furniture["examples"][:2]]))
    if stock["fingerprints"]:
        examples = [f"“{shortened(found['text'], 44)}”" for found in stock["examples"][:2]]
        said.append((count(stock["fingerprints"], "stock phrase"), examples))
    for what, examples in said:
        text = f"{what}{', such as ' + ' and '.join(examples) if examples else ''}"
        yield from indented(target, Text("ignored  ", "dim"), Text(text), indent=9)
    if summary["rejected"]:
        yield Text.assemble(("skipped  ", "dim"), (count(summary["rejected"], "bad row"), "bold"))
    if superseded := summary.get("superseded"):
        text = f"{count(superseded, 'row')} with the id of a later one: in no output but --rejects"
        yield from indented(target, Text("skipped  ", "dim"), Text(text), indent=9)
    for source in summary["inputs"]:
        if source.get("ends_early"):
            text = f"{clean(source['path'])} ends early: rows may be missing"
            yield from indented(target, Text("cut off  ", "dim"), Text(text, "bold"), indent=9)
    for label, text in _noted(summary):
        yield from indented(target, Text(f"{label:<9}", "dim"), Text(text), indent=9)


def _noted(summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name what was read otherwise than it stands: ids given twice, values that say nothing."""
    if repeated := summary.get("repeated_ids"):
        yield "renamed", f"{count(repeated, 'row')} with the id of another: the second A is A#2"
    unread = dict(summary.get("unread") or {})
    dates = unread.pop("published", 0)
    if dates or summary["config"].get("canonical") == "earliest":
        read = summary.get("dated", 0)
        undated = f"{count(dates, 'date')} could not be read: unknown" if dates else ""
        by_date = summary["config"].get("canonical") == "earliest"
        order = f"earliest by the dates of {read:,} of {count(summary['stories'], 'story')}"
        yield "dates", "; ".join(part for part in (undated, order if by_date else "") if part)
    for use, number in unread.items():
        yield "unknown", f"{count(number, f'{use} field')} that could not be read"


def _furniture(found: Mapping[str, Any]) -> str:
    where = f" ({clean(found['publisher'])})" if found.get("publisher") else ""
    return f"“{shortened(found['text'], 40)}”{where}"
