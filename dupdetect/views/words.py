"""Words of a raw text and what passages cover of them: the geometry of every view."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dupdetect.products.texts import word_spans

Span: TypeAlias = tuple[int, int]
Spans: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class Words:
    """Where the words of one text stand.

    Attributes
    ----------
    starts, ends
        Half-open character spans of the words, in reading order, equally long.
    """

    starts: Sequence[int]
    ends: Sequence[int]

    def __len__(self) -> int:
        return len(self.starts)

    def covered_by(self, start: int, end: int) -> Span:
        """Word range `[first, last)` of the words that a character span touches."""
        first = bisect_right(self.ends, start)
        return first, max(first, bisect_left(self.starts, end))

    def count(self, start: int, end: int) -> int:
        """How many words a character span touches."""
        first, last = self.covered_by(start, end)
        return last - first

    def characters_of(self, first: int, last: int) -> Span:
        """Character span of the word range `[first, last)`; empty when the range is."""
        if first >= last:
            return 0, 0
        return self.starts[first], self.ends[last - 1]


def words_of(text: str) -> Words:
    """Words of a raw text, as they are counted when stories are compared.

    Examples
    --------
    >>> list(words_of("Don't panic: 42").starts)
    [0, 6, 13]
    """
    starts, ends = word_spans(text).T.copy()
    return Words(starts.data, ends.data)  # read here and there: lists would take longer to make


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Sorted union of half-open spans; touching ones become one, empty ones vanish.

    Examples
    --------
    >>> merge_spans([(5, 9), (0, 2), (2, 4), (7, 7)])
    [(0, 4), (5, 9)]
    """
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subtract_spans(spans: Iterable[Span], removed: Iterable[Span]) -> list[Span]:
    """Parts of the union of `spans` outside the union of `removed`.

    Examples
    --------
    >>> subtract_spans([(0, 10)], [(2, 4), (8, 12)])
    [(0, 2), (4, 8)]
    """
    holes = merge_spans(removed)
    left: list[Span] = []
    for start, end in merge_spans(spans):
        at = start
        for hole_start, hole_end in holes:
            if hole_end <= at:
                continue
            if hole_start >= end:
                break
            if hole_start > at:
                left.append((at, hole_start))
            at = max(at, hole_end)
        if at < end:
            left.append((at, end))
    return left


def to_words(passages: Iterable[Spans], a: Words, b: Words) -> list[Spans]:
    """Passages in characters as passages in words, those without a word on either side dropped."""
    converted = []
    for a_start, a_end, b_start, b_end in passages:
        first, last = a.covered_by(a_start, a_end)
        b_first, b_last = b.covered_by(b_start, b_end)
        if first < last and b_first < b_last:
            converted.append((first, last, b_first, b_last))
    return converted


def wide_characters(text: str) -> tuple[int, ...]:
    """Offsets of the characters that UTF-16 writes as two units."""
    if text.isascii() or len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return ()
    return tuple(at for at, character in enumerate(text) if character >= "\U00010000")


def to_utf16(offset: int, wide: tuple[int, ...]) -> int:
    r"""Character offset as a UTF-16 offset, the kind a browser's strings count in.

    Examples
    --------
    >>> [to_utf16(offset, wide_characters("a\U0001f600b")) for offset in range(4)]
    [0, 1, 3, 4]
    """
    return offset + bisect_left(wide, offset)
