"""What each line is taken for, and how often lines are printed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.reference.arrays import check_equal, check_offsets, spans
from dupdetect.kernels.reference.lines import ENDS_COLON, ENDS_SENTENCE, HAS_PHRASE

BODY, DOUBTFUL, FURNITURE = 0, 1, 2
"""What a line can be taken for."""


def line_status(
    line_offsets: NDArray[np.int64],
    words: NDArray[np.uint32],
    flags: NDArray[np.uint8],
    repeated: NDArray[np.uint8],
    doubtful_words: int,
    caption_words: int,
    caption_lines: int,
    phrases: bool,
    least_prose: float,
    threads: int,  # noqa: ARG001  one thread does it here
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Say what every line is taken for.

    Parameters
    ----------
    line_offsets, words, flags
        Lines as :func:`scan_lines` returns them.
    repeated : uint8, shape (lines,)
        Not 0 where unrelated stories print the line.
    doubtful_words : int
        An open line, one that ends no sentence, of fewer words is doubtful.
    caption_words, caption_lines : int
        An open line of fewer words, with up to so many of them side by side, that ends with no
        colon and has prose behind it is doubtful, too.
    phrases : bool
        Whether lines with a phrase are furniture.
    least_prose : float
        Share (0-1) of a story's words, repeated lines aside, that must be body: else only
        repetition makes furniture.
    threads
        Without effect.

    Returns
    -------
    status : uint8, shape (lines,)
        ``BODY``, ``DOUBTFUL`` or ``FURNITURE``.
    repeated : uint8, shape (lines,)
        As given, but 0 in stories that have no other lines.

    Raises
    ------
    ValueError
        When offsets leave the data or lengths differ.
    """
    check_offsets(line_offsets, len(words), "line_offsets")
    check_equal(len(flags), len(words), "flags")
    check_equal(len(repeated), len(words), "repeated")
    status = np.full(len(words), BODY, np.uint8)
    left = np.array(repeated, np.uint8)
    for row in spans(line_offsets):
        numbers = range(row.start, row.stop)
        size = {line: int(words[line]) for line in numbers}
        own = [line for line in numbers if not repeated[line]]
        if sum(size[line] for line in own) == 0:
            own = list(numbers)
            left[row] = 0
        is_open = {line: not flags[line] & ENDS_SENTENCE for line in numbers}
        for line in numbers:
            if is_open[line] and size[line] < doubtful_words:
                status[line] = DOUBTFUL
            if phrases and flags[line] & HAS_PHRASE:
                status[line] = FURNITURE
        prose = [line for line in own if not is_open[line] and status[line] == BODY]
        for line in numbers:
            if (
                is_open[line]
                and size[line] < caption_words
                and status[line] == BODY
                and not flags[line] & ENDS_COLON
                and _run_length(line, is_open) <= caption_lines
                and any(other > line for other in prose)
            ):
                status[line] = DOUBTFUL
        body = sum(size[line] for line in own if status[line] == BODY)
        if body < least_prose * sum(size[line] for line in own):
            status[row] = BODY
        status[row][left[row] != 0] = FURNITURE
    return status, left


def _run_length(line: int, is_open: dict[int, bool]) -> int:
    """Return how many open lines stand side by side there."""
    first = last = line
    while is_open.get(first - 1):
        first -= 1
    while is_open.get(last + 1):
        last += 1
    return last - first + 1


def count_equal(
    keys: NDArray[np.uint64], chosen: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count equal keys among those chosen.

    Parameters
    ----------
    keys : uint64, shape (n,)
        Any numbers.
    chosen : uint8, shape (n,)
        Not 0 for those that count.

    Returns
    -------
    first : int64, shape (different,)
        Where each different key stands first, ascending.
    counts : int64, shape (different,)
        How often it stands anywhere.

    Raises
    ------
    ValueError
        When the lengths differ.
    """
    check_equal(len(chosen), len(keys), "chosen")
    counts: dict[int, int] = {}
    first: list[int] = []
    for place in np.flatnonzero(chosen).tolist():
        key = int(keys[place])
        if key not in counts:
            first.append(place)
        counts[key] = counts.get(key, 0) + 1
    return np.array(first, np.int64), np.array(list(counts.values()), np.int64)
