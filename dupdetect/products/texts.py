"""The raw texts of a corpus, and what each of their lines is taken for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.kernels.codes import BODY, DOUBTFUL, FURNITURE, STANDING, WEAK

__all__ = [
    "BODY",
    "DOUBTFUL",
    "FURNITURE",
    "STANDING",
    "WEAK",
    "Bodies",
    "Dropped",
    "LineFeatures",
    "LineStatus",
    "Lines",
    "Texts",
    "line_spans",
    "stories_with",
    "word_spans",
]


@dataclass(frozen=True, slots=True, eq=False)
class LineFeatures:
    """What is known of every line by itself.

    Attributes
    ----------
    offsets : ndarray of int64, shape (stories + 1,)
        Story ``i`` owns lines ``offsets[i]`` to ``offsets[i + 1]``, half open.
    keys : ndarray of uint64, shape (lines,)
        Equal for lines of equal words, digits folded.
    words : ndarray of uint32, shape (lines,)
        Words of each.
    flags : ndarray of uint8, shape (lines,)
        How it ends and what it is by itself: bits in ``kernels.codes``.
    """

    offsets: NDArray[np.int64]
    keys: NDArray[np.uint64]
    words: NDArray[np.uint32]
    flags: NDArray[np.uint8]

    def take(self, stories: NDArray[np.int64]) -> LineFeatures:
        """Return the lines of some stories, by number."""
        rows, offsets = _rows_of(self.offsets, stories)
        return LineFeatures(offsets, self.keys[rows], self.words[rows], self.flags[rows])


@dataclass(frozen=True, slots=True, eq=False)
class LineStatus:
    """What every line of every story is taken for.

    Attributes
    ----------
    offsets : ndarray of int64, shape (stories + 1,)
        Story ``i`` owns lines ``offsets[i]`` to ``offsets[i + 1]``, half open.
    status : ndarray of uint8, shape (lines,)
        0 body, 1 doubtful, 2 furniture, 3 standing, 4 weak.
    """

    offsets: NDArray[np.int64]
    status: NDArray[np.uint8]

    def take(self, stories: NDArray[np.int64]) -> LineStatus:
        """Return the lines of some stories, by number."""
        rows, offsets = _rows_of(self.offsets, stories)
        return LineStatus(offsets, self.status[rows])

    def replaced(self, stories: NDArray[np.int64], by: LineStatus) -> LineStatus:
        """Return this with other ones of some stories, by number, in their order."""
        status = self.status.copy()
        status[_rows_of(self.offsets, stories)[0]] = by.status
        return LineStatus(self.offsets, status)


@dataclass(frozen=True, slots=True)
class Dropped:
    """The furniture of a whole corpus.

    Attributes
    ----------
    lines, words : int
        Different lines, and all words.
    repeated : tuple of (int, int, int)
        The lines dropped most often: story, line within the story, stories that print it.
    """

    lines: int
    words: int
    repeated: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lines(LineStatus):
    """What every line is taken for, and what was dropped."""

    dropped: Dropped


def stories_with(lines: NDArray[np.bool_], offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which stories have some of the lines: bool, shape (stories,).

    Parameters
    ----------
    lines : ndarray of bool, shape (lines,)
        True for those that are meant.
    offsets : ndarray of int64, shape (stories + 1,)
        Story ``i`` owns lines ``offsets[i]`` to ``offsets[i + 1]``, half open.

    Examples
    --------
    >>> stories_with(np.array([False, True, False]), np.array([0, 2, 2, 3])).tolist()
    [True, False, False]
    """
    count = np.concatenate([[0], np.cumsum(lines)])
    return np.asarray(count[offsets[1:]] > count[offsets[:-1]])


def line_spans(text: bytes) -> list[tuple[int, int]]:
    r"""Return the half-open byte span of every line of a text, as the kernels split it.

    Examples
    --------
    >>> line_spans(b"One two.\n\nThree.")
    [(0, 7), (10, 15)]
    """
    _, starts, ends, _, _, _, lines, _ = kernels.prepare(np.frombuffer(text, dtype=np.uint8))
    return [(int(starts[first]), int(ends[last - 1])) for first, last, _ in lines]


def word_spans(text: str) -> NDArray[np.int64]:
    """Return the character span of every word of a text, as the kernels split and count it.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    ndarray of int64, shape (words, 2)
        Half open, ascending.

    Examples
    --------
    >>> word_spans("À 10 a.m.: नए").tolist()
    [[0, 1], [2, 4], [5, 8], [11, 13]]
    """
    data = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
    _, starts, ends, *_ = kernels.prepare(data)
    spans = np.empty((starts.size, 2), dtype=np.int64)
    spans[:, 0], spans[:, 1] = starts, ends
    if data.size == len(text):
        return spans
    characters = np.empty(data.size + 1, dtype=np.int64)
    characters[0] = 0
    np.cumsum((data & 0xC0) != 0x80, out=characters[1:])
    return np.asarray(characters[spans])


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """What alignment reads of the words outside furniture; no text is split for it again.

    Attributes
    ----------
    key : int
        Of the hashes of words, 64 bits: a function of the texts.
    words : ndarray of uint32, shape (words,)
        A number for each word, never 0: the upper half of its keyed hash, or where another word of
        the collection has that, one that none has; may be a mapped file.
    flags : ndarray of uint8, shape (words,)
        See :func:`dupdetect.kernels.reference.bodies.split_bodies`; may be a mapped file.
    offsets : ndarray of int64, shape (stories + 1,)
        Words.
    prose_words : ndarray of int32, shape (stories,)
        Words outside doubtful lines.
    mask_words, masks : ndarray of uint32 and uint64, shape (size,)
        Table of the letter pairs of words, each word once.
    speech_words : ndarray of uint32
        Words by which a speech is known, ascending.
    letters : ndarray of uint16, shape (letters,)
        Of the stories with the letters of a bad scan alone; may be a mapped file. See
        :func:`dupdetect.kernels.reference.bodies.body_letters`.
    letter_offsets : ndarray of int64, shape (stories + 1,)
        Letters.
    """

    key: int
    words: NDArray[np.uint32]
    flags: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    prose_words: NDArray[np.int32]
    mask_words: NDArray[np.uint32]
    masks: NDArray[np.uint64]
    speech_words: NDArray[np.uint32]
    letters: NDArray[np.uint16]
    letter_offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """The raw texts and what their lines are taken for.

    Attributes
    ----------
    text : ndarray of uint8
        All texts, UTF-8; may be a mapped file.
    text_offsets : ndarray of int64, shape (stories + 1,)
        Bytes.
    line_status : ndarray of uint8
        0 body, 1 doubtful, 2 furniture, 3 standing, 4 weak.
    line_offsets : ndarray of int64, shape (stories + 1,)
        Lines.
    bodies : Bodies, optional
        Made of them.
    misread : ndarray of bool, shape (stories,), optional
        Which have the letters of a bad scan; none where it is not known.
    """

    text: NDArray[np.uint8]
    text_offsets: NDArray[np.int64]
    line_status: NDArray[np.uint8]
    line_offsets: NDArray[np.int64]
    bodies: Bodies | None = None
    misread: NDArray[np.bool_] | None = None

    def take(self, stories: NDArray[np.int64]) -> Texts:
        """Return the texts of some stories, by number, without their bodies."""
        text, text_offsets = taken_bytes(self.text, self.text_offsets, stories)
        status, line_offsets = taken_bytes(self.line_status, self.line_offsets, stories)
        misread = None if self.misread is None else self.misread[stories]
        return Texts(text, text_offsets, status, line_offsets, misread=misread)

    def with_furniture(self) -> NDArray[np.int64]:
        """Return the numbers of the stories that have furniture."""
        return stories_with(self.line_status == FURNITURE, self.line_offsets).nonzero()[0]

    def furniture(self, *, threads: int = 1) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where each story's furniture stands.

        Returns
        -------
        ndarray of int64, shapes (stories + 1,) and (spans, 2)
            Offsets, and half-open spans in characters of the raw text.
        """
        return kernels.furniture_spans(
            self.text, self.text_offsets, self.line_status, self.line_offsets, threads
        )


def passed_over(texts: int) -> None:
    """Take how many texts were split where nobody counts them."""


def split_side_by_side(a: NDArray[np.int64], b: NDArray[np.int64]) -> int:
    """Return how many texts are split for pairs, where both of the pair before are kept.

    Examples
    --------
    >>> split_side_by_side(np.array([0, 0, 2]), np.array([1, 2, 3]))
    4
    """
    known = [(side[1:] == a[:-1]) | (side[1:] == b[:-1]) for side in (a, b)]
    return 2 * a.size - sum(int(np.count_nonzero(side)) for side in known)


def _rows_of(
    offsets: NDArray[np.int64], stories: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the lines of some stories, and where those of each start among them."""
    sizes = offsets[stories + 1] - offsets[stories]
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return np.arange(ends[-1]) + np.repeat(offsets[stories] - ends[:-1], sizes), ends


def taken_bytes(
    held: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of some rows, one after the other, and where each row's start."""
    first, end = offsets[rows], offsets[rows + 1]
    ends = np.concatenate([[0], np.cumsum(end - first)]).astype(np.int64)
    bytes_ = np.ascontiguousarray(held).data
    parts = [bytes_[a:b] for a, b in zip(first.tolist(), end.tolist(), strict=True)]
    return np.frombuffer(b"".join(parts), np.uint8), ends
