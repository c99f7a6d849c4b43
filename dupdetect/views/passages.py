"""What a copy shares with the canonical story when it was compared with another copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from dupdetect.views.words import Spans

Rows: TypeAlias = Mapping[tuple[str, str], Mapping[str, Any]]


def compose(outer: Sequence[Spans], inner: Sequence[Spans]) -> list[Spans]:
    """Passages of a story in its grandparent, from the two steps between them.

    Parameters
    ----------
    outer
        Passages `(grandparent, parent)`: start, end, start, end, in characters or in words.
    inner
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


def passages_on(
    canonical: str, story: str, *, parents: Mapping[str, str | None], related: Rows
) -> list[Spans] | None:
    """Passages `(canonical, story)` in characters: as they were found, else up the parents.

    Parameters
    ----------
    canonical, story
        Two ids of one cluster.
    parents
        Parent of each story of the cluster.
    related
        Rows of the relations table by `(a, b)`.

    Returns
    -------
    list of passages or None
        None when the run kept no passages on the way.
    """
    direct = passages_between(canonical, story, related)
    if direct is not None:
        return direct
    parent = parents.get(story)
    found = passages_between(parent, story, related) if parent is not None else None
    seen = {story}
    while found is not None and parent is not None and parent != canonical:
        seen.add(parent)
        child, parent = parent, parents.get(parent)
        if parent is None or parent in seen:
            return None
        outer = passages_between(parent, child, related)
        found = compose(outer, found) if outer is not None else None
    return found if parent == canonical else None


def passages_between(first: str, second: str, related: Rows) -> list[Spans] | None:
    """Passages of two stories, the first one's spans first; None when they were not compared."""
    if (row := related.get((first, second))) is not None:
        return sorted((p[0], p[1], p[2], p[3]) for p in row["passages"] or ())
    if (row := related.get((second, first))) is not None:
        return sorted((p[2], p[3], p[0], p[1]) for p in row["passages"] or ())
    return None
