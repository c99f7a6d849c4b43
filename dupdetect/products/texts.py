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
    "Lines",
    "Texts",
    "furniture_spans",
    "line_spans",
]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What every line of every story is taken for.

    Attributes
    ----------
    offsets : ndarray of int64, shape (stories + 1,)
        Story ``i`` owns lines ``offsets[i]`` to ``offsets[i + 1]``, half open.
    status : ndarray of uint8
        Per line one of the numbers above: 0 body, 1 doubtful, 2 furniture, 3 standing, 4 weak.
    dropped_lines, dropped_words : int
        Furniture in the whole corpus.
    repeated : tuple of (int, int, int)
        The lines dropped most often: story, line within the story, stories that print it.
    """

    offsets: NDArray[np.int64]
    status: NDArray[np.uint8]
    dropped_lines: int
    dropped_words: int
    repeated: tuple[tuple[int, int, int], ...]


def line_spans(text: bytes) -> list[tuple[int, int]]:
    r"""Return the half-open byte span of every line of a text, as the kernels split it.

    Examples
    --------
    >>> line_spans(b"One two.\n\nThree.")
    [(0, 7), (10, 15)]
    """
    _, starts, ends, _, _, _, lines, _ = kernels.prepare(np.frombuffer(text, dtype=np.uint8))
    return [(int(starts[first]), int(ends[last - 1])) for first, last, _ in lines]


def furniture_spans(text: bytes, status: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return the half-open character spans of a text's furniture, given its lines' status.

    Parameters
    ----------
    text : bytes
        UTF-8.
    status : ndarray of uint8
        The story's part of :attr:`Lines.status`.
    """
    spans = []
    for (start, end), kind in zip(line_spans(text), status, strict=True):
        if kind == FURNITURE:
            first = len(text[:start].decode("utf-8", "replace"))
            spans.append((first, first + len(text[start:end].decode("utf-8", "replace"))))
    return spans


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """What alignment reads: the raw texts and what their lines are taken for.

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
    """

    text: NDArray[np.uint8]
    text_offsets: NDArray[np.int64]
    line_status: NDArray[np.uint8]
    line_offsets: NDArray[np.int64]
