"""The commands that show findings: compare, explain and report."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import pyarrow as pa
import pyarrow.compute as pc

import dupdetect
from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.corpus.mend import mend_pair
from dupdetect.corpus.reopen import read_stories, set_aside, why_unknown
from dupdetect.errors import InputError
from dupdetect.stages.reasons import body_settings, explain_lines
from dupdetect.store.files import is_index
from dupdetect.support.paths import shown_path
from dupdetect.views.as_json import decision_json, lines_json, pair_json
from dupdetect.views.decision import Decision, decision_of
from dupdetect.views.pair import Story, pair_of
from dupdetect.views.terminal import (
    console,
    decision_lines,
    legend,
    pair_lines,
    progress,
    reason_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa
    from rich.text import Text

    from dupdetect.cli.options import Setup
    from dupdetect.output.clustering import Clustering
    from dupdetect.products.corpus import Corpus
    from dupdetect.stages.reasons import LineReason

_TWO_TEXTS = "give two text files, or a dump and two ids"


def compare(words: Sequence[str], setup: Setup, *, full: bool, lines: bool, as_json: bool) -> None:
    """Show two stories side by side; ``words`` are two files, or a dump and two ids."""
    config = reading.configuration(setup)
    if len(words) == 2:
        seen = mend_pair(*(reading.text_of(path, missing=_TWO_TEXTS) for path in words))
        named = zip(words, seen, strict=True)
        first, second = (Story(shown_path(path), text) for path, text in named)
    else:
        first, second = _from_dump(words[0], words[1:], setup)
    relation = dupdetect.compare(first.text or "", second.text or "", config=config)
    a, b = (first, second) if relation.a == "a" else (second, first)
    pair = pair_of(replace(relation, a=a.id, b=b.id), a, b)
    reasons = {
        name: explain_lines(story.text or "", config=config.body)
        for name, story in (("a", a), ("b", b))
        if lines
    }
    if as_json:
        found = pair_json(pair)
        for name, story in (("a", a), ("b", b)):
            if lines:
                found[f"{name}_lines"] = lines_json(story.text or "", reasons[name])
        reading.print_json(found)
        return
    target = console()
    shown = list(pair_lines(target, pair, full=full))
    if any(segment.mark != "shared" for segment in pair.segments):
        shown += legend(target)
    for name, story in (("a", a), ("b", b)):
        if lines:
            shown += reason_lines(target, name.upper(), story.text or "", reasons[name], full=full)
    _print(shown)


def explain(
    folder: str, story_id: str, *, stories: Sequence[str], full: bool, lines: bool, as_json: bool
) -> None:
    """Show one story's decision, its cluster and its overlaps, and its lines where asked for."""
    if is_index(folder):
        _explain_of_index(folder, story_id, full=full, lines=lines, as_json=as_json)
        return
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

    if not pc.is_in(pa.scalar(story_id), value_set=clusters["id"].combine_chunks()).as_py():
        aside = why_unknown(summary, story_id, moved=stories)
        if aside is not None:
            raise aside
    decision = decision_of(
        clusters, files.read_relations(folder), story_id, stories=found, folder=folder
    )
    text = decision.member.story.text if lines else None
    if lines and text is None:
        notes.append("without the lines: the text cannot be read again")
    reasons = () if text is None else _lines_of_a_run(text, story_id, clusters, summary)
    for note in notes:
        click.echo(f"dupdetect explain: {note}", err=True)
    _show(decision, text, reasons, full=full, lines=lines, as_json=as_json)


def _explain_of_index(
    folder: str, story_id: str, *, full: bool, lines: bool, as_json: bool
) -> None:
    """Show the decision on a story of an index, as it stands."""
    with dupdetect.Index.open(folder) as opened:
        clusters, relations = opened.clusters(), opened.relations()

        def found(ids: Iterable[str]) -> Mapping[str, Story]:
            wanted = list(ids)
            with opened.stories(wanted) as again:
                return reading.stories_of(again, wanted)

        decision = decision_of(clusters, relations, story_id, stories=found, folder=folder)
        text = decision.member.story.text if lines else None
        summary = {"config": {key: value for section in opened.config.by_section().values()
                              for key, value in section.items()}}  # fmt: skip
        reasons = () if text is None else _lines_of_a_run(text, story_id, clusters, summary)
    _show(decision, text, reasons, full=full, lines=lines, as_json=as_json)


def _show(
    decision: Decision,
    text: str | None,
    reasons: tuple[LineReason, ...],
    *,
    full: bool,
    lines: bool,
    as_json: bool,
) -> None:
    if as_json:
        found_json = decision_json(decision)
        if lines:
            found_json["lines"] = None if text is None else lines_json(text, reasons)
        reading.print_json(found_json)
        return
    target = console()
    _print(decision_lines(target, decision, full=full))
    if text is not None:
        _print(reason_lines(target, "story", text, reasons, full=full))


def _lines_of_a_run(
    text: str, story_id: str, clusters: pa.Table, summary: Mapping[str, Any]
) -> tuple[LineReason, ...]:
    """Say what a run took each line of a story for; results of format 1 do not say."""
    row = clusters.filter(pc.equal(clusters["id"], story_id))
    spans = row["furniture"][0].as_py()
    left_out = None if spans is None else [(start, end) for start, end in spans]
    return explain_lines(text, config=body_settings(summary["config"]), left_out=left_out)


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
    with progress(quiet=quiet) as shown, ExitStack() as stack:
        found: str | Clustering = folder
        held: Corpus | None = None
        if is_index(folder):
            opened = stack.enter_context(dupdetect.Index.open(folder))
            held, found = stack.enter_context(opened.results(progress=shown))
        html.write_report(
            found,
            output,
            corpus=held,
            moved=stories,
            max_bytes=megabytes * 1_000_000,
            max_clusters=clusters,
            progress=shown,
        )
    if not quiet:
        click.echo(f"written  {output}  open it in a browser", err=True)


def _from_dump(dump: str, ids: Sequence[str], setup: Setup) -> tuple[Story, Story]:
    if is_index(dump):
        with dupdetect.Index.open(dump) as opened, opened.stories(ids) as stories:
            known = reading.stories_of(stories, ids)
        for id_ in ids:
            if id_ not in known:
                raise InputError(
                    f"no story with the id {id_!r}", file=dump, remedy="give an id of the index"
                )
        return known[ids[0]], known[ids[1]]
    source = reading.source_of([dump])
    with corpus.read(source, names=reading.field_names(setup), on_bad_row="skip") as stories:
        found = reading.stories_of(stories, ids)
        for id_ in ids:
            if id_ not in found:
                aside = set_aside(stories, id_)
                if aside is not None:
                    raise aside
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
