"""The commands that show findings: compare, explain and report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

import dupdetect
from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.corpus.reopen import reread, settings_of
from dupdetect.errors import InputError
from dupdetect.views.as_json import decision_json, pair_json
from dupdetect.views.decision import decision_of
from dupdetect.views.pair import Pair, Story, pair_of, swapped, with_changes
from dupdetect.views.terminal import console, decision_lines, legend, pair_lines, progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.text import Text

    from dupdetect.cli.options import Setup


def compare(words: Sequence[str], setup: Setup, *, full: bool, as_json: bool) -> None:
    """Show two stories side by side; ``words`` are two files, or a dump and two ids."""
    config = reading.configuration(setup)
    if len(words) == 2:
        first, second = (Story(path, reading.text_of(path)) for path in words)
    else:
        first, second = _from_dump(words[0], words[1:], setup)
    relation = dupdetect.compare(first.text or "", second.text or "", config=config)
    a, b = (first, second) if relation.a == "a" else (second, first)
    pair = pair_of(replace(relation, a=a.id, b=b.id), a, b)
    if as_json:
        reading.print_json(pair_json(pair))
        return
    target = console()
    lines = list(pair_lines(target, pair, full=full))
    if any(segment.mark != "shared" for segment in pair.segments):
        lines += legend(target)
    _print(lines)


def explain(
    folder: str, story_id: str, *, stories: Sequence[str], full: bool, as_json: bool
) -> None:
    """Show one story's decision, its cluster and its overlaps."""
    notes: list[str] = []
    summary = files.read_summary(folder)

    def found(ids: Iterable[str]) -> Mapping[str, Story]:
        try:
            with reread(summary, stories) as again:
                return reading.stories_of(again, ids)
        except InputError as error:
            if stories:
                raise
            notes.append(f"without the passages in their text: {error}")
            return {}

    decision = decision_of(
        files.read_clusters(folder),
        files.read_relations(folder),
        story_id,
        stories=found,
        folder=folder,
    )
    for note in notes:
        click.echo(f"dupdetect explain: {note}", err=True)
    decision = replace(decision, pair=_marked(decision.pair, summary["config"]))
    if as_json:
        reading.print_json(decision_json(decision))
    else:
        _print(decision_lines(console(), decision, full=full))


def report(
    folder: str,
    output: str,
    *,
    clusters: int,
    megabytes: int,
    stories: Sequence[str],
    quiet: bool,
) -> None:
    """Write the HTML report of a results folder."""
    from dupdetect.views import report as html  # noqa: PLC0415  (its template engine is for it alone)

    reading.check_places((), {"--output": output})
    summary = files.read_summary(folder)
    with progress(quiet=quiet) as shown, reread(summary, stories) as again:
        html.write_report(
            folder,
            output,
            corpus=again,
            max_bytes=megabytes * 1_000_000,
            max_clusters=clusters,
            progress=shown,
        )
    if not quiet:
        click.echo(f"written  {output}  open it in a browser", err=True)


def _marked(pair: Pair | None, settings: Mapping[str, Any]) -> Pair | None:
    """Compare the two again to see which words inside the passages differ."""
    if pair is None or pair.a.text is None or pair.b.text is None:
        return pair
    compared = dupdetect.compare(pair.a.text, pair.b.text, config=settings_of(settings))
    compared = compared if compared.a == "a" else swapped(compared)
    return pair_of(with_changes(pair.relation, compared), pair.a, pair.b)


def _from_dump(dump: str, ids: Sequence[str], setup: Setup) -> tuple[Story, Story]:
    with corpus.read(dump, names=reading.field_names(setup), on_bad_row="skip") as stories:
        found = reading.stories_of(stories, ids)
        for id_ in ids:
            if id_ not in found:
                some = repr(stories.ids[0].as_py()) if len(stories.ids) else "none"
                raise InputError(
                    f"no story with the id {id_!r}",
                    file=dump,
                    remedy=f"give an id such as {some}, or name the field with --id-field",
                )
    return found[ids[0]], found[ids[1]]


_ROLES = ("id", "text", "title", "publisher", "published", "author")


def _print(lines: Iterable[Text]) -> None:
    target = console()
    for line in lines:
        target.print(line, overflow="ignore", no_wrap=True, crop=False)
