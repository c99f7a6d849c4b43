"""Two stories cut along the passages they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dupdetect.views.words import Span, Words, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dupdetect.products.relation import Passage, Relation

Mark = Literal["shared", "only_a", "only_b"]

_CLOSERS = " \t\r\n\u00a0.,;:!?)]}”’»…。，、；：！？）」』،؛؟"


@dataclass(frozen=True)
class Story:
    """One of the two stories; ``text`` is None when its source cannot be read again."""

    id: str
    text: str | None = None
    title: str | None = None
    publisher: str | None = None
    published: str | None = None

    @cached_property
    def words(self) -> Words:
        """Words of the raw text; none without it."""
        return words_of(self.text or "")


@dataclass(frozen=True)
class Segment:
    """A stretch of one story, or of both.

    Attributes
    ----------
    mark
        ``shared`` (a passage), ``only_a`` (cut) or ``only_b`` (added).
    a, b
        Half-open spans in characters of the raw texts; None where ``mark`` says so.
    words
        Words of the stretch (of `a` when it is shared).
    number
        Of a passage: its place in `a`, from 1; otherwise 0.
    changed
        Inside a passage, ``(a_start, a_end, b_start, b_end)`` where the words differ.
    quoted_words
        Of a passage: how many of its words stand inside quotation marks.
    """

    mark: Mark
    a: Span | None
    b: Span | None
    words: int
    number: int = 0
    changed: tuple[tuple[int, int, int, int], ...] = ()
    quoted_words: int = 0


@dataclass(frozen=True)
class Pair:
    """Two stories, their relation and the segments in the order of `a`."""

    a: Story
    b: Story
    relation: Relation
    segments: tuple[Segment, ...]


def pair_of(relation: Relation, a: Story, b: Story) -> Pair:
    """Cut two stories into shared, cut and added segments.

    Parameters
    ----------
    relation
        Of `a` (the larger body) to `b`; its passages are spans in their texts.
    a, b
        The stories; without both texts there are no segments.

    Returns
    -------
    Pair
        Segments in the order of `a`; what `b` adds follows the passage after
        which `b` prints it. Gaps without a word are left out.

    Raises
    ------
    ValueError
        If a passage reaches past the end of a text: the text is not the one
        that was compared.
    """
    if a.text is None or b.text is None:
        return Pair(a, b, relation, ())
    passages = sorted(relation.passages, key=lambda p: (p.a_start, p.b_start))
    if any(p.a_end > len(a.text) or p.b_end > len(b.text) for p in passages):
        raise ValueError(f"a passage of {a.id!r} and {b.id!r} ends past the end of a text")
    added = _added(passages, b)
    segments = list(added.pop(-1, ()))
    at = 0
    for number, passage in enumerate(passages, start=1):
        segments += _gap("only_a", a, at, passage.a_start)
        segments.append(_shared(passage, number))
        segments += added.get(number - 1, ())
        at = max(at, passage.a_end)
    segments += _gap("only_a", a, at, len(a.text))
    return Pair(a, b, relation, tuple(segments))


def swapped(relation: Relation) -> Relation:
    """Return the same relation read from `b` to `a` (spans and coverages change places).

    For views that must show a given story first, whichever body is larger.
    """
    turned = tuple(
        replace(
            p,
            a_start=p.b_start,
            a_end=p.b_end,
            b_start=p.a_start,
            b_end=p.a_end,
            changed=tuple((c[2], c[3], c[0], c[1]) for c in p.changed),
        )
        for p in relation.passages
    )
    return replace(
        relation,
        a=relation.b,
        b=relation.a,
        a_coverage=relation.b_coverage,
        b_coverage=relation.a_coverage,
        a_exact=relation.b_exact,
        b_exact=relation.a_exact,
        passages=turned,
    )


def _added(passages: Iterable[Passage], story: Story) -> dict[int, list[Segment]]:
    """Map the index of a passage (-1: none yet) to what `b` prints after it alone."""
    found: dict[int, list[Segment]] = {}
    at, last = 0, -1
    for index, passage in sorted(enumerate(passages), key=lambda item: item[1].b_start):
        found.setdefault(last, []).extend(_gap("only_b", story, at, passage.b_start))
        if passage.b_end >= at:
            at, last = passage.b_end, index
    found.setdefault(last, []).extend(_gap("only_b", story, at, len(story.text or "")))
    return found


def _gap(mark: Mark, story: Story, start: int, end: int) -> list[Segment]:
    stretch = (story.text or "")[start:end]
    words = story.words.count(start, end)
    if not words:
        return []
    # The full stop that ends a passage belongs to neither side for a reader.
    start += len(stretch) - len(stretch.lstrip(_CLOSERS))
    span = (start, end - (len(stretch) - len(stretch.rstrip())))
    return [
        Segment(mark, span if mark == "only_a" else None, span if mark == "only_b" else None, words)
    ]


def _shared(passage: Passage, number: int) -> Segment:
    return Segment(
        "shared",
        (passage.a_start, passage.a_end),
        (passage.b_start, passage.b_end),
        passage.words,
        number,
        tuple(passage.changed),
        passage.quoted_words,
    )
