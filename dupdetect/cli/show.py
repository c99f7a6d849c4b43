"""The commands that show findings: compare, explain and report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

import dupdetect
from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.corpus.reopen import read_stories
from dupdetect.errors import InputError
from dupdetect.support.paths import shown_path
from dupdetect.views.as_json import decision_json, pair_json
from dupdetect.views.decision import decision_of
from dupdetect.views.pair import Story, pair_of
from dupdetect.views.terminal import console, decision_lines, legend, pair_lines, progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.text import Text

    from dupdetect.cli.options import Setup


def compare(words: Sequence[str], setup: Setup, *, full: bool, as_json: bool) -> None:
    """Show two stories side by side; ``words`` are two files, or a dump and two ids."""
    config = reading.configuration(setup)
    if len(words) == 2:
        first, second = (Story(shown_path(path), reading.text_of(path)) for path in words)
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
    summary, clusters = files.read_summary(folder), files.read_clusters(folder)

    def found(ids: Iterable[str]) -> Mapping[str, Story]:
        wanted = list(ids)
        try:
            with read_stories(summary, clusters, wanted, moved=stories) as again:
                return reading.stories_of(again, wanted)
        except InputError as error:
            if stories:
                raise
            notes.append(f"without the passages in their text: {error}")
            return {}

    decision = decision_of(
        clusters, files.read_relations(folder), story_id, stories=found, folder=folder
    )
    for note in notes:
        click.echo(f"dupdetect explain: {note}", err=True)
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
    with progress(quiet=quiet) as shown:
        html.write_report(
            folder,
            output,
            moved=stories,
            max_bytes=megabytes * 1_000_000,
            max_clusters=clusters,
            progress=shown,
        )
    if not quiet:
        click.echo(f"written  {output}  open it in a browser", err=True)


def _from_dump(dump: str, ids: Sequence[str], setup: Setup) -> tuple[Story, Story]:
    source = reading.source_of([dump])
    with corpus.read(source, names=reading.field_names(setup), on_bad_row="skip") as stories:
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


def _print(lines: Iterable[Text]) -> None:
    target = console()
    for line in lines:
        target.print(line, overflow="ignore", no_wrap=True, crop=False)
