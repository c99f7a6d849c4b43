"""What a copy shares with its parent, and by way of it with the canonical story."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from dupdetect.views.wording import change_of
from dupdetect.views.words import Spans

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[tuple[str, str], Row]
"""Rows of the relations table by `(a, b)`."""


@dataclass(frozen=True)
class Step:
    """A relation seen from the copy.

    Attributes
    ----------
    parent, child : str
        Ids of the story it was compared with, and of the copy.
    kind : str
        Of the relation.
    passages, changed : list of (start, end, start, end)
        In characters of the raw texts, the parent's spans first.
    row : mapping or None
        The relation as the results hold it; None for an identical copy that was not aligned.
    """

    parent: str
    child: str
    kind: str
    passages: list[Spans]
    changed: list[Spans]
    row: Row | None


def oriented(spans: Sequence[Sequence[int]] | None, *, turned: bool) -> list[Spans]:
    """Spans in `a` and `b` in order, those of `b` first where they are turned.

    Examples
    --------
    >>> oriented([[5, 9, 0, 4, 1, 0]], turned=True)
    [(0, 4, 5, 9)]
    """
    pairs = [(span[0], span[1], span[2], span[3]) for span in spans or ()]
    return sorted((c, d, a, b) for a, b, c, d in pairs) if turned else sorted(pairs)


def step_between(parent: str, child: str, related: Rows) -> Step | None:
    """Relation of two stories, the first one's spans first; None when they were not compared."""
    row, turned = related.get((parent, child)), False
    if row is None:
        row, turned = related.get((child, parent)), True
    if row is None:
        return None
    passages = oriented(row["passages"], turned=turned)
    changed = oriented(row["changed"], turned=turned)
    return Step(parent, child, row["kind"], passages, changed, row)


def steps_to(
    canonical: str,
    story: str,
    *,
    parents: Mapping[str, str | None],
    related: Rows,
    whole: Mapping[str, Step] | None = None,
) -> list[Step]:
    """Way from a copy to the canonical story: compared directly if possible, else up the parents.

    Parameters
    ----------
    canonical, story : str
        Two ids of one cluster.
    parents : mapping of str to str
        Parent of each story of the cluster.
    related : mapping
        The relations that the run kept.
    whole : mapping of str to Step, optional
        Steps of copies that are identical to their parents and were not aligned.

    Returns
    -------
    list of Step
        The copy's own first; empty when the run kept no passages on the way.
    """
    direct = step_between(canonical, story, related)
    if direct is not None:
        return [direct]
    steps: list[Step] = []
    at = story
    while at != canonical:
        parent = parents.get(at)
        if parent is None or any(step.child == at for step in steps):
            return []
        step = step_between(parent, at, related) or (whole or {}).get(at)
        if step is None:
            return []
        steps.append(step)
        at = parent
    return steps


def passages_along(
    steps: Sequence[Step], passages_of: Callable[[Step], list[Spans]] = lambda step: step.passages
) -> list[Spans]:
    """Passages `(canonical, copy)` of a way of at least one step, in the unit of `passages_of`."""
    passages = passages_of(steps[0])
    for step in steps[1:]:
        passages = compose(passages_of(step), passages)
    return passages


def strongest(steps: Sequence[Step]) -> str | None:
    """Kind of the strongest change on the way: what a copy is of the story at its end."""
    return max((step.kind for step in steps), key=change_of, default=None)


def compose(outer: Sequence[Spans], inner: Sequence[Spans]) -> list[Spans]:
    """Passages of a story in its grandparent, from the two steps between them.

    Parameters
    ----------
    outer : sequence of passages
        Passages `(grandparent, parent)`: start, end, start, end, in characters or in words.
    inner : sequence of passages
        Passages `(parent, story)` in the same unit.

    Returns
    -------
    list of passages
        `(grandparent, story)`. Inside a passage whose sides differ in length positions are
        interpolated, so an edge there may be off by what was changed in it.

    Examples
    --------
    >>> compose([(10, 20, 0, 10)], [(4, 12, 0, 8)])
    [(14, 20, 0, 6)]
    """
    composed = []
    for p_start, p_end, s_start, s_end in inner:
        for g_start, g_end, q_start, q_end in outer:
            low, high = max(p_start, q_start), min(p_end, q_end)
            if low >= high:
                continue
            up = (g_end - g_start) / (q_end - q_start)
            down = (s_end - s_start) / (p_end - p_start)
            passage = (
                g_start + round((low - q_start) * up),
                g_start + round((high - q_start) * up),
                s_start + round((low - p_start) * down),
                s_start + round((high - p_start) * down),
            )
            if passage[0] < passage[1] and passage[2] < passage[3]:
                composed.append(passage)
    return sorted(composed)
