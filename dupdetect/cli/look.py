"""The commands that show findings: compare, explain and report."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import dupdetect
from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.config import Config
from dupdetect.errors import ConfigError, FormatError, InputError
from dupdetect.explain.pair import Pair, Story, pair_of, swapped, with_changes
from dupdetect.explain.story import decision_of
from dupdetect.explain.wording import sentence
from dupdetect.terminal import console, decision_lines, legend, pair_lines, progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.text import Text

    from dupdetect.cli.options import Setup
    from dupdetect.explain.story import Decision
    from dupdetect.records import Relation


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
        reading.print_json(_pair_json(pair))
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
            with _reread(summary, stories) as again:
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
        reading.print_json(_decision_json(decision))
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
    from dupdetect import report as html  # noqa: PLC0415  (its template engine is for it alone)

    reading.check_places((), {"--output": output})
    summary = files.read_summary(folder)
    with progress(quiet=quiet) as told, _reread(summary, stories) as again:
        html.write_report(
            folder,
            output,
            corpus=again,
            max_bytes=megabytes * 1_000_000,
            max_clusters=clusters,
            progress=told,
        )
    if not quiet:
        click.echo(f"written  {output}  open it in a browser", err=True)


def _marked(pair: Pair | None, settings: Mapping[str, Any]) -> Pair | None:
    """Compare the two again to see which words inside the passages differ."""
    if pair is None or pair.a.text is None or pair.b.text is None:
        return pair
    compared = dupdetect.compare(pair.a.text, pair.b.text, config=_settings(settings))
    compared = compared if compared.a == "a" else swapped(compared)
    return pair_of(with_changes(pair.relation, compared), pair.a, pair.b)


def _settings(given: Mapping[str, Any]) -> Config:
    """Return the settings of a run; `FormatError` when this release does not know them."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    try:
        return Config(**values)
    except (TypeError, ConfigError) as error:
        said = f"the settings in summary.json are not known here: {error}; run 'cluster' again"
        raise FormatError(said) from error


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


def _reread(summary: Mapping[str, Any], moved: Sequence[str]) -> corpus.Corpus:
    """Open the dump of a run again, from where it was or from ``--stories``.

    Raises
    ------
    InputError
        If it is gone, was standard input, or is not the size it was.
    """
    inputs = summary["inputs"]
    remedy = "give the dump with --stories FILE"
    paths = list(moved) or [source["path"] for source in inputs]
    for source in () if moved else inputs:
        if source["path"] in {"-", "<memory>"}:
            raise InputError("the run did not read a file", file=source["path"], remedy=remedy)
        if not Path(source["path"]).is_file():
            raise InputError("the dump of the run is gone", file=source["path"], remedy=remedy)
    fields = inputs[0]["fields"] if inputs else {}
    again = corpus.read(
        paths[0] if len(paths) == 1 else paths,
        names=corpus.FieldNames(**{name: fields.get(name) for name in _ROLES}),
        on_bad_row="skip" if summary["rejected"] else "stop",
    )
    if len(again.ids) != summary["stories"]:
        again.close()
        raise InputError(
            f"{len(again.ids):,} stories, but the run read {summary['stories']:,}",
            file=paths[0],
            remedy="run 'dupdetect cluster' again, or give the right dump with --stories FILE",
        )
    return again


_ROLES = ("id", "text", "title", "publisher", "published", "author")


def _print(lines: Iterable[Text]) -> None:
    target = console()
    for line in lines:
        target.print(line, overflow="ignore", no_wrap=True, crop=False)


def _story_json(story: Story) -> dict[str, Any]:
    facts = asdict(story)
    facts["characters"] = len(facts.pop("text") or "")
    return facts


def _relation_json(relation: Relation) -> dict[str, Any]:
    names = ("kind", "kept", "a_coverage", "b_coverage", "resemblance", "words", "quoted_words")
    facts = {name: getattr(relation, name) for name in (*names, "cut_before", "cut_after")}
    return {**facts, "said": sentence(relation)}


def _pair_json(pair: Pair) -> dict[str, Any]:
    """Write the comparison as the terminal view has it, with spans and texts."""
    segments = []
    for segment in pair.segments:
        texts: dict[str, Any] = {}
        for side, story, span in (("a", pair.a, segment.a), ("b", pair.b, segment.b)):
            texts[side] = span
            texts[f"{side}_text"] = None if span is None else (story.text or "")[span[0] : span[1]]
        segments.append(
            {
                "mark": segment.mark,
                "words": segment.words,
                **texts,
                "quoted_words": segment.quoted_words,
                "changed": segment.changed,
            }
        )
    return {
        "a": _story_json(pair.a),
        "b": _story_json(pair.b),
        **_relation_json(pair.relation),
        "segments": segments,
    }


def _decision_json(decision: Decision) -> dict[str, Any]:
    members = [
        {**asdict(member), "story": _story_json(member.story)} for member in decision.members
    ]
    neighbours = [
        {
            "ours": neighbour.ours.id,
            "theirs": _story_json(neighbour.theirs),
            **_relation_json(neighbour.relation),
        }
        for neighbour in decision.neighbours
    ]
    return {
        "id": decision.member.story.id,
        "canonical": decision.canonical.story.id,
        "parent": decision.member.parent,
        "pair": None if decision.pair is None else _pair_json(decision.pair),
        "members": members,
        "overlaps": neighbours,
    }
