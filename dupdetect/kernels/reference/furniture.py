"""Where the furniture of each story stands, in characters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.prepare import read_story

_FURNITURE = 2


def furniture_spans(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    threads: int,  # noqa: ARG001  one thread does it here
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the character spans of the furniture of many stories.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    line_status : uint8, shape (lines,)
        2 for furniture.
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    threads
        Without effect.

    Returns
    -------
    span_offsets : int64, shape (n + 1,)
        Where each story's spans start and end.
    spans : int64, shape (spans, 2)
        Half open, in characters of the story, ascending; from the first word of a line to its
        last, or to that of the last of neighbouring lines of furniture.

    Raises
    ------
    ValueError
        When offsets leave the data, lengths differ, or lines do not belong to the texts.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(line_offsets, len(line_status), "line_offsets")
    check_equal(len(line_offsets), len(offsets), "line_offsets")
    found: list[tuple[int, int]] = []
    counts = []
    for row, lines in zip(spans(offsets), spans(line_offsets), strict=True):
        some = _spans_of(text[row].tobytes(), line_status[lines].tolist())
        found += some
        counts.append(len(some))
    return offsets_of(counts), np.array(found, np.int64).reshape(-1, 2)


def _spans_of(text: bytes, status: list[int]) -> list[tuple[int, int]]:
    if _FURNITURE not in status:
        return []
    story = read_story(text)
    if len(story.lines) != len(status):
        raise ValueError("line_offsets: lines do not belong to these texts")
    found: list[tuple[int, int]] = []
    before = -2  # the last line of furniture
    for number, line in enumerate(story.lines):
        if status[number] != _FURNITURE:
            continue
        start, end = story.starts[line.begin], story.ends[line.end - 1]
        if before == number - 1:
            start = found.pop()[0]
        found.append((start, end))
        before = number
    return [(_characters(text, start), _characters(text, end)) for start, end in found]


def _characters(text: bytes, at: int) -> int:
    """Return how many characters begin before a byte."""
    return sum(byte & 0xC0 != 0x80 for byte in text[:at])
