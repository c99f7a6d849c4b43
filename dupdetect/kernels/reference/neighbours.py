"""How long a run two places of a fingerprint share, by a few bits of each word around it."""

from __future__ import annotations

from dupdetect.kernels.codes import ANYWHERE, SURROUNDING_BITS
from dupdetect.kernels.reference.hashing import mix64, sequence_hash

NEIGHBOURS = 7
"""Groups of words that are known on each side."""

SIDE_BITS = SURROUNDING_BITS // 2
"""Of one side."""

BITS = (2, 2, 2, 2, 2, 1, 1)
"""Of each group, the nearest first."""


def group_words(words: int) -> int:
    """Return the words in a group, where the farthest of so many are known."""
    return max(-(-words // NEIGHBOURS), 1)


def groups_in(words: int) -> int:
    """Return the whole groups, on both sides together, in a run of so many more words.

    Examples
    --------
    >>> groups_in(7), groups_in(15)
    (7, 4)
    """
    group = group_words(words)
    return max(-(-(words - 2 * (group - 1)) // group), 0)


def surroundings(body: list[int], at: int, words: int, window: int, end: int) -> int:
    """Return a few bits of each group of words before and after a shingle.

    Parameters
    ----------
    body : list of int
        Hashes of its words.
    at, words : int
        Where the shingle begins, and its words.
    window : int
        Of the winnowing.
    end : int
        What stands for the words before and behind the body.

    Returns
    -------
    int
        12 bits of what is before, then 12 of what is after; of each twelve the lowest two are the
        nearest group's, those of the two farthest have one bit.
    """
    group = group_words(window - 1)
    around = 0
    for side in (0, 1):
        for k in reversed(range(NEIGHBOURS)):
            first = at - (k + 1) * group if side == 0 else at + words + k * group
            inside = first >= 0 and first + group <= len(body)
            hash_ = sequence_hash(body[first : first + group]) if inside else None
            if hash_ is None:
                hash_ = mix64(end + side * NEIGHBOURS + k & (1 << 64) - 1)
            around = around << BITS[k] | hash_ >> 64 - BITS[k]
    return around or ANYWHERE


def equal_neighbours(x: int, y: int) -> int:
    """Return how many groups two places share, at most seven on each side.

    Examples
    --------
    >>> equal_neighbours(0b_000000000110_000000000011, 0b_000000000101_000000000011)
    7
    """
    if x == 0 or y == 0:
        return 0
    if ANYWHERE in (x, y):
        return 2 * NEIGHBOURS
    shared = 0
    for shift in (0, SIDE_BITS):
        one, other = x >> shift, y >> shift
        for bits in BITS:
            if one % (1 << bits) != other % (1 << bits):
                break
            one, other, shared = one >> bits, other >> bits, shared + 1
    return shared
