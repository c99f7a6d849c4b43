"""One cluster as the page shows it: its stories, what each kept of the canonical one and added.

The canonical story is the axis of the coverage map, counted in its words. A copy that was compared
with the canonical story itself is drawn from that relation. A copy whose parent is another copy is
drawn through its parent: the passages of both steps are composed (`compose`), so words that
only the parent had count as added, and the map calls it by the strongest change on the way: the
identical copy of a truncation is a truncation of the canonical story. Side by side a copy is always
shown with the story it was verified against, from the passages as they were found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dupdetect.settings import BodySettings
from dupdetect.stages.reasons import explain_lines
from dupdetect.support.shares import percent
from dupdetect.views.passages import (
    Step,
    oriented,
    passages_along,
    step_between,
    steps_to,
    strongest,
)
from dupdetect.views.report.chosen import Chosen
from dupdetect.views.report.rows import Row
from dupdetect.views.report.stories import Brief, Stories, Story
from dupdetect.views.words import Span, Spans, subtract_spans, to_utf16, to_words

# Shorter insertions are edits of a sentence, not something an outlet added.
SHORTEST_ADDITION = 5
_PARAGRAPH = re.compile(r"[^\n]+")


def describe_cluster(
    name: str, *, chosen: Chosen, found: Stories, config: BodySettings
) -> dict[str, Any]:
    """Everything the page needs to show one cluster.

    Parameters
    ----------
    name
        Cluster: the id of its canonical story.
    chosen, found
        Rows of the results, and the stories they are about.
    config
        Settings of the run that decide about lines.

    Returns
    -------
    dict
        JSON-ready: `members` in order of publication, `texts` each once, `axis` of the map,
        `overlaps` with stories of other clusters. Offsets are UTF-16.
    """
    rows = sorted(chosen.members[name], key=lambda row: (found.time_of(row["id"]), row["id"]))
    stories = {row["id"]: found.story(row["id"], row["furniture"]) for row in rows}
    canonical = stories[name]
    steps = {row["id"]: _step_to_parent(row, chosen, stories) for row in rows}
    parents = {row["id"]: row["parent"] for row in rows if row["parent"] in stories}
    known = {child: step for child, step in steps.items() if step is not None}
    places = {row["id"]: at for at, row in enumerate(rows)}
    texts: dict[tuple[str, tuple[Span, ...]], int] = {}
    members = []
    for row in rows:
        story, step = stories[row["id"]], steps[row["id"]]
        text = texts.setdefault((story.text, story.furniture), len(texts))
        member = _member(row, story, step, places)
        if step is not None:
            parent = stories[step.parent]
            member["passages"] = [utf16_pair(parent, story, span) for span in step.passages]
            member["changed"] = [utf16_pair(parent, story, span) for span in step.changed]
        member["text"] = text
        if story.id != name:
            way = steps_to(name, story.id, parents=parents, related=chosen.pairs, whole=known)
            member.update(_on_map(story, canonical, way, stories))
        members.append(member)
    return {
        "id": name,
        "stories": chosen.sizes[name],
        "canonical": places[canonical.id],
        "members": members,
        "axis": _axis(canonical),
        "texts": [_text(stories[row["id"]], config) for row in _first_of_each(members, rows)],
        "overlaps": [_overlap(row, name, found) for row in chosen.overlaps.get(name, ())],
    }


def _step_to_parent(row: Row, chosen: Chosen, stories: dict[str, Story]) -> Step | None:
    """Relation of a copy with its parent; an identical copy was not always aligned."""
    parent, child = row["parent"], row["id"]
    if parent is None or parent not in stories:
        return None
    step = step_between(parent, child, chosen.pairs)
    if step is None and row["kind"] == "identical":
        ends = (len(stories[parent].text), len(stories[child].text))
        return Step(parent, child, "identical", [(0, ends[0], 0, ends[1])], [], None)
    return step


def without_texts(cluster: dict[str, Any]) -> dict[str, Any]:
    """Return the cluster with its map and tables but no story text, for a page short of room."""
    overlaps = [{**overlap, "passages": [], "changed": []} for overlap in cluster["overlaps"]]
    return {**cluster, "texts": [], "overlaps": overlaps}


def _member(row: Row, story: Story, step: Step | None, places: dict[str, int]) -> dict[str, Any]:
    relation = step.row if step is not None else None
    credit_spans = [span for span in row.get("credit_spans") or () if span]
    return {
        "id": story.id,
        "title": story.title,
        "author": story.author,
        "publisher": row["publisher"],
        "published": row["published"],
        "time": story.time_ms,
        "credits": row.get("credits") or [],
        "creditSpans": [_utf16(story, span) for span in credit_spans],
        "url": story.url,
        "language": story.language,
        "kind": row["kind"],
        "kept": row["kept"],
        "parent": places.get(row["parent"], -1) if row["parent"] is not None else -1,
        "coverage": percent(row["coverage"], row["exact"]),
        "parentCoverage": percent(row["parent_coverage"], row["parent_exact"]),
        "exact": percent(row["exact"]),
        "parentExact": percent(row["parent_exact"]),
        "certainty": certainty_text(row["certainty"]),
        "words": len(story.words),
        "shared": relation["words"] if relation else None,
        "quoted": relation["quoted_words"] if relation else None,
        "cutBefore": relation["cut_before"] if relation else None,
        "cutAfter": relation["cut_after"] if relation else None,
        "passages": [],
        "changed": [],
    }


def certainty_text(certainty: float | None) -> str | None:
    """Certainty as the page shows it."""
    return None if certainty is None else f"{certainty:.2f}"


def _on_map(
    story: Story, canonical: Story, steps: list[Step], stories: dict[str, Story]
) -> dict[str, Any]:
    """Where a copy lies on the canonical story: `map`, `added`, and whether it was composed."""

    def in_words(step: Step) -> list[Spans]:
        return to_words(step.passages, stories[step.parent].words, stories[step.child].words)

    passages = passages_along(steps, in_words) if steps else []
    kept = subtract_spans(
        [(first, last) for first, last, _, _ in passages], canonical.furniture_words
    )
    own = subtract_spans(
        [(0, len(story.words))],
        [(first, last) for _, _, first, last in passages] + list(story.furniture_words),
    )
    added = [
        [
            _insertion_point(passages, first),
            last - first,
            *_utf16(story, story.words.characters_of(first, last)),
        ]
        for first, last in own
        if last - first >= SHORTEST_ADDITION
    ]
    return {
        "map": [
            [first, last, *_utf16(canonical, canonical.words.characters_of(first, last))]
            for first, last in kept
        ],
        "added": added,
        "mapKind": strongest(steps),
        "through": len(steps) > 1,
    }


def _insertion_point(passages: list[Spans], first: int) -> int:
    """Word of the canonical story after which the copy goes its own way."""
    before = [passage for passage in passages if passage[3] <= first]
    if before:
        return max(before, key=lambda passage: passage[3])[1]
    return min((passage[0] for passage in passages), default=0)


def _axis(canonical: Story) -> dict[str, Any]:
    paragraphs = []
    for match in _PARAGRAPH.finditer(canonical.text):
        first, last = canonical.words.covered_by(*match.span())
        if first < last:
            paragraphs.append([first, last, *_utf16(canonical, match.span())])
    return {
        "words": len(canonical.words),
        "paragraphs": paragraphs,
        "furniture": [list(span) for span in canonical.furniture_words],
    }


def _first_of_each(members: list[dict[str, Any]], rows: list[Row]) -> list[Row]:
    firsts: dict[int, Row] = {}
    for member, row in zip(members, rows, strict=True):
        firsts.setdefault(member["text"], row)
    return [firsts[at] for at in range(len(firsts))]


def _text(story: Story, config: BodySettings) -> dict[str, Any]:
    lines = (
        explain_lines(story.text, config=config, left_out=story.furniture)
        if story.furniture
        else ()
    )
    return {
        "text": story.text,
        "furniture": [_utf16(story, span) for span in story.furniture],
        "leftOut": [
            [*_utf16(story, (line.start, line.end)), line.reason]
            for line in lines
            if line.verdict == "furniture"
        ],
    }


def _utf16(story: Story | Brief, span: Sequence[int]) -> list[int]:
    return [to_utf16(int(span[0]), story.wide), to_utf16(int(span[1]), story.wide)]


def utf16_pair(first: Story | Brief, second: Story | Brief, spans: Spans) -> list[int]:
    """Spans of two texts, from characters to UTF-16."""
    if not first.wide and not second.wide:
        return list(spans)
    return _utf16(first, spans[:2]) + _utf16(second, spans[2:])


def _overlap(row: Row, name: str, found: Stories) -> dict[str, Any]:
    """Relation with a story of another cluster, this cluster's side first."""
    mine, other = ("a", "b") if row["a_cluster"] == name else ("b", "a")
    here, there = found.brief(row[mine]), found.brief(row[other])
    turned = mine == "b"

    def spans(column: str) -> list[list[int]]:
        return [utf16_pair(here, there, span) for span in oriented(row[column], turned=turned)]

    return {
        "id": here.id,
        "other": there.id,
        "otherCluster": row[f"{other}_cluster"],
        "otherTitle": there.title,
        "words": row["words"],
        "quoted": row["quoted_words"],
        "kind": row["kind"],
        "coverage": percent(row[f"{mine}_coverage"], row[f"{mine}_exact"]),
        "otherCoverage": percent(row[f"{other}_coverage"], row[f"{other}_exact"]),
        "exact": percent(row[f"{mine}_exact"]),
        "otherExact": percent(row[f"{other}_exact"]),
        "certainty": certainty_text(row["certainty"]),
        "passages": spans("passages"),
        "changed": spans("changed"),
    }
