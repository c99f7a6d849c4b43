"""Words of a raw text and what passages cover of them: the geometry of the coverage map."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Span: TypeAlias = tuple[int, int]
Spans: TypeAlias = tuple[int, int, int, int]

# Scripts written without spaces count character by character, as they do when stories are compared.
_UNSPACED = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800),
    (0x3040, 0x3100), (0x3400, 0x4DC0), (0x4E00, 0xA000),
)  # fmt: skip
_LETTER, _ALONE = 1, 2
_ASCII = np.array([chr(point).isalnum() for point in range(128)], dtype=np.uint8)


@dataclass(frozen=True)
class Words:
    """Where the words of one text stand.

    Attributes
    ----------
    starts, ends
        Half-open character spans of the words, in reading order, equally long.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.starts)

    def covered_by(self, start: int, end: int) -> Span:
        """Word range `[first, last)` of the words that a character span touches."""
        first = bisect_right(self.ends, start)
        return first, max(first, bisect_left(self.starts, end))

    def characters_of(self, first: int, last: int) -> Span:
        """Character span of the word range `[first, last)`; empty when the range is."""
        if first >= last:
            return 0, 0
        return self.starts[first], self.ends[last - 1]


def find_words(text: str) -> Words:
    """Words of `text` with their character spans.

    Parameters
    ----------
    text
        Raw text.

    Returns
    -------
    Words
        A run of letters and digits, apostrophes inside it included, is one word; so is every
        character of a script written without spaces.

    Examples
    --------
    >>> find_words("Don't panic: 42").starts
    (0, 6, 13)
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    kinds = np.zeros(len(points) + 2, dtype=np.uint8)
    inside = kinds[1:-1]
    inside[:] = _ASCII[np.minimum(points, 127)]
    beyond = () if text.isascii() else np.flatnonzero(points > 127)
    if len(beyond):
        inside[beyond] = _kinds(points[beyond])
    # An apostrophe belongs to a word when it stands between two letters of it.
    quotes = np.flatnonzero((points == 0x27) | (points == 0x2019))  # ' and ’
    inside[quotes[(kinds[quotes] == _LETTER) & (kinds[quotes + 2] == _LETTER)]] = _LETTER
    here, before, after = inside, kinds[:-2], kinds[2:]
    alone, letter = here == _ALONE, here == _LETTER
    starts = np.flatnonzero(alone | (letter & (before != _LETTER)))
    ends = np.flatnonzero(alone | (letter & (after != _LETTER))) + 1
    return Words(tuple(starts.tolist()), tuple(ends.tolist()))


def _kinds(points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Say of each character whether it is a letter or digit, and whether it is a word alone."""
    known, places = np.unique(points, return_inverse=True)
    kinds = np.array([chr(point).isalnum() for point in known.tolist()], dtype=np.uint8)
    for first, end in _UNSPACED:
        kinds[(known >= first) & (known < end)] = _ALONE
    return kinds[places]


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
