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

from dupdetect.support.shares import told_share
from dupdetect.views.report.chosen import Chosen, Row
from dupdetect.views.report.stories import Desk, Story
from dupdetect.views.report.ties import Tie, oriented, passages_along, steps_to, strongest, tie_of
from dupdetect.views.words import Span, Spans, subtract_spans, to_utf16

# Shorter insertions are edits of a sentence, not something an outlet added.
SHORTEST_ADDITION = 5
_PARAGRAPH = re.compile(r"[^\n]+")


def describe_cluster(name: str, *, chosen: Chosen, desk: Desk) -> dict[str, Any]:
    """Everything the page needs to show one cluster.

    Parameters
    ----------
    name
        Cluster: the id of its canonical story.
    chosen, desk
        Rows of the results, and the stories they are about.

    Returns
    -------
    dict
        JSON-ready: `members` in order of publication, `texts` each once, `axis` of the map,
        `overlaps` with stories of other clusters. Offsets are UTF-16.
    """
    rows = sorted(chosen.members[name], key=lambda row: (desk.time_of(row["id"]), row["id"]))
    stories = {row["id"]: desk.story(row["id"]) for row in rows}
    canonical = stories[name]
    ties = {row["id"]: tie_of(row, chosen, stories) for row in rows}
    places = {row["id"]: at for at, row in enumerate(rows)}
    texts: dict[tuple[str, tuple[Span, ...]], int] = {}
    members = []
    for row in rows:
        story = stories[row["id"]]
        text = texts.setdefault((story.text, story.furniture), len(texts))
        member = _member(row, story, ties[row["id"]], places)
        member["passages"] = _shown_passages(story, ties[row["id"]], stories)
        member["text"] = text
        if story.id != canonical.id:
            member.update(_on_map(story.id, canonical, ties, stories, chosen))
        members.append(member)
    return {
        "id": name,
        "stories": chosen.sizes[name],
        "canonical": places[canonical.id],
        "members": members,
        "axis": _axis(canonical),
        "texts": [_text(stories[row["id"]]) for row in _first_of_each(members, rows)],
        "overlaps": [_overlap(row, name, desk) for row in chosen.overlaps.get(name, ())],
    }


def without_texts(cluster: dict[str, Any]) -> dict[str, Any]:
    """Return the cluster with its map and tables but no story text, for a page short of room."""
    overlaps = [{**overlap, "passages": []} for overlap in cluster["overlaps"]]
    return {**cluster, "texts": [], "overlaps": overlaps}


def _member(row: Row, story: Story, tie: Tie | None, places: dict[str, int]) -> dict[str, Any]:
    relation = tie.row if tie is not None else None
    credit_span = row.get("credit_span")
    return {
        "id": story.id,
        "title": story.title,
        "author": story.author,
        "publisher": row["publisher"],
        "published": row["published"],
        "time": story.time_ms,
        "credit": row.get("credit"),
        "creditSpan": _utf16(story, credit_span) if credit_span else None,
        "kind": row["kind"],
        "kept": row["kept"],
        "parent": places.get(row["parent"], -1) if row["parent"] is not None else -1,
        "coverage": told_share(row["coverage"], row["exact"]),
        "parentCoverage": told_share(row["parent_coverage"], row["parent_exact"]),
        "words": len(story.words),
        "shared": relation["words"] if relation else None,
        "quoted": relation["quoted_words"] if relation else None,
        "cutBefore": relation["cut_before"] if relation else None,
        "cutAfter": relation["cut_after"] if relation else None,
    }


def _shown_passages(story: Story, tie: Tie | None, stories: dict[str, Story]) -> list[list[int]]:
    if tie is None:
        return []
    parent = stories[tie.parent]
    return [_utf16(parent, found[:2]) + _utf16(story, found[2:]) for found in tie.passages]


def _on_map(
    child: str,
    canonical: Story,
    ties: dict[str, Tie | None],
    stories: dict[str, Story],
    chosen: Chosen,
) -> dict[str, Any]:
    """Where a copy lies on the canonical story: `map`, `added`, and whether it was composed."""
    story = stories[child]
    steps = steps_to(child, canonical.id, ties, stories, chosen)
    passages = passages_along(child, steps, stories)
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


def _text(story: Story) -> dict[str, Any]:
    return {"text": story.text, "furniture": [_utf16(story, span) for span in story.furniture]}


def _utf16(story: Story, span: Sequence[int]) -> list[int]:
    return [to_utf16(int(span[0]), story.wide), to_utf16(int(span[1]), story.wide)]


def _overlap(row: Row, name: str, desk: Desk) -> dict[str, Any]:
    """Relation with a story of another cluster, this cluster's side first."""
    mine, other = ("a", "b") if row["a_cluster"] == name else ("b", "a")
    here, there = desk.story(row[mine]), desk.story(row[other])
    return {
        "id": here.id,
        "other": there.id,
        "otherCluster": row[f"{other}_cluster"],
        "otherTitle": there.title,
        "kind": row["kind"],
        "words": row["words"],
        "quoted": row["quoted_words"],
        "coverage": told_share(row[f"{mine}_coverage"], row[f"{mine}_exact"]),
        "otherCoverage": told_share(row[f"{other}_coverage"], row[f"{other}_exact"]),
        "passages": [
            _utf16(here, passage[:2]) + _utf16(there, passage[2:])
            for passage in oriented(row, first=row[mine])
        ],
    }
