"""How a copy hangs on the story it was compared with, and on the canonical story through others."""

from __future__ import annotations

from dataclasses import dataclass

from dupdetect.views.passages import compose
from dupdetect.views.report.chosen import Chosen, Row
from dupdetect.views.report.stories import Story
from dupdetect.views.words import Spans, to_words

# From the least change to the most.
_CHANGES = ("identical", "near_duplicate", "truncation", "abridgement", "overlap", "template")


@dataclass(frozen=True)
class Tie:
    """A relation seen from the copy.

    Attributes
    ----------
    parent
        Id of the story it was compared with.
    kind
        Of the relation.
    passages
        In characters of the raw texts, the parent's spans first.
    row
        The relation as the results hold it; None for an identical copy that was not aligned.
    """

    parent: str
    kind: str | None
    passages: list[Spans]
    row: Row | None


def tie_of(row: Row, chosen: Chosen, stories: dict[str, Story]) -> Tie | None:
    """Relation of a copy with its parent, its passages given parent first."""
    parent = row["parent"]
    if parent is None or parent not in stories:
        return None
    return _tie_with(parent, row["id"], row["kind"], chosen, stories)


def _tie_with(
    parent: str, child: str, kind: str | None, chosen: Chosen, stories: dict[str, Story]
) -> Tie | None:
    relation = chosen.pair(parent, child)
    if relation is None:
        if kind != "identical":
            return None
        ends = (len(stories[parent].text), len(stories[child].text))
        return Tie(parent, kind, [(0, ends[0], 0, ends[1])], None)
    return Tie(parent, relation["kind"], oriented(relation, first=parent), relation)


def oriented(relation: Row, *, first: str) -> list[Spans]:
    """Passages of a relation with the spans of the story `first` first, in its order."""
    passages = [tuple(int(edge) for edge in passage) for passage in relation["passages"] or ()]
    if relation["a"] == first:
        return sorted((a0, a1, b0, b1) for a0, a1, b0, b1 in passages)
    return sorted((b0, b1, a0, a1) for a0, a1, b0, b1 in passages)


def steps_to(
    child: str,
    canonical: str,
    ties: dict[str, Tie | None],
    stories: dict[str, Story],
    chosen: Chosen,
) -> list[Tie]:
    """Way from a copy to the canonical story: compared directly if possible, else up the parents.

    Empty when the results hold no such way.
    """
    at = ties[child]
    if at is None or at.parent != canonical:
        straight = _tie_with(canonical, child, None, chosen, stories)
        at = straight if straight is not None else at
    steps: list[Tie] = []
    while at is not None and at not in steps:
        steps.append(at)
        if at.parent == canonical:
            return steps
        at = ties.get(at.parent)
    return []


def passages_along(child: str, steps: list[Tie], stories: dict[str, Story]) -> list[Spans]:
    """Passages (canonical, child) in words."""
    passages: list[Spans] = []
    for number, step in enumerate(steps):
        found = to_words(step.passages, stories[step.parent].words, stories[child].words)
        passages = compose(found, passages) if number else found
        child = step.parent
    return passages


def strongest(steps: list[Tie]) -> str | None:
    """Kind of the strongest change on the way: what a copy is of the story at its end."""
    return max((step.kind for step in steps if step.kind), key=_CHANGES.index, default=None)
