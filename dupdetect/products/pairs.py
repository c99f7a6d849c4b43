"""Stories as numbers, pairs of them as one number, and the order of stories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The one order of stories: body words falling, the body's digest, the date, the id.

    A story's *number* is its row in the input, its *rank* its place in this order. Whatever is
    decided by rank does not depend on the order of the rows.

    Attributes
    ----------
    story_of : ndarray of int64, shape (stories,)
        Story number of each rank.
    rank_of : ndarray of int64, shape (stories,)
        Rank of each story number.
    """

    story_of: Numbers
    rank_of: Numbers

    @classmethod
    def of(
        cls,
        body_words: NDArray[np.uint32],
        digests: NDArray[np.uint64],
        by_id: NDArray[np.integer[Any]],
    ) -> Ranking:
        """Rank stories.

        Parameters
        ----------
        body_words : ndarray of uint32, shape (stories,)
            Words of each body.
        digests : ndarray of uint64, shape (stories, 2)
            128 bits of each body.
        by_id : ndarray of int, shape (stories,)
            Story numbers by date (unknown ones last), then by id; ids differ.

        Examples
        --------
        >>> digests = np.zeros((3, 2), np.uint64)
        >>> ranking = Ranking.of(np.array([5, 9, 5], np.uint32), digests, np.array([2, 0, 1]))
        >>> ranking.story_of.tolist(), ranking.rank_of.tolist()
        ([1, 2, 0], [2, 0, 1])
        """
        place = np.empty(by_id.size, dtype=np.int64)
        place[by_id] = np.arange(by_id.size)
        shorter = -body_words.astype(np.int64)
        story_of = np.lexsort((place, digests[:, 1], digests[:, 0], shorter))
        rank_of = np.empty_like(story_of)
        rank_of[story_of] = np.arange(story_of.size)
        return cls(story_of, rank_of)

    def to_story(self, ranks: Numbers) -> Numbers:
        """Return story numbers; -1, no story, stays -1."""
        if not self.story_of.size:
            return ranks
        return np.where(ranks < 0, -1, self.story_of[ranks])

    def to_rank(self, stories: Numbers) -> Numbers:
        """Return ranks; -1, no story, stays -1."""
        if not self.rank_of.size:
            return stories
        return np.where(stories < 0, -1, self.rank_of[stories])

    def by_rank(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return one value a story, given by story number, in the order of the ranks."""
        return values[self.story_of]

    def by_story(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return one value a story, given in the order of the ranks, by story number."""
        return values[self.rank_of]


def pair_keys(a: Numbers, b: Numbers) -> Numbers:
    """Return each pair as one number, whose order is that of the pairs: the smaller rank first."""
    return np.asarray(np.minimum(a, b) << 32 | np.maximum(a, b))


def pair_ends(keys: Numbers) -> tuple[Numbers, Numbers]:
    """Return the smaller and the larger rank of each pair."""
    return keys >> 32, keys & 0xFFFFFFFF


def distinct_pairs(keys: Numbers) -> Numbers:
    """Return the pairs of two ranks, each once, ascending."""
    keys = np.sort(keys[keys >> 32 != keys & 0xFFFFFFFF])
    return keys[group_starts(keys)]


def merged(keys: Numbers, others: Numbers) -> Numbers:
    """Return both, which ascend each, in one order; stable, since that merges what is sorted."""
    return np.sort(np.concatenate([keys, others]), kind="stable")


def among(keys: NDArray[np.integer[Any]], known: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Tell which keys are among those known, which ascend."""
    if not known.size:
        return np.zeros(keys.size, dtype=bool)
    return np.asarray(known.take(known.searchsorted(keys), mode="clip") == keys)


def places_in_groups(groups: Numbers) -> Numbers:
    """Return the place of each element in its group, from 0; equal numbers stand together.

    Examples
    --------
    >>> places_in_groups(np.array([7, 7, 2, 7, 7, 7])).tolist()
    [0, 1, 0, 0, 1, 2]
    """
    first = group_starts(groups)
    sizes = np.append(first[1:], groups.size) - first
    return np.arange(groups.size) - first.repeat(sizes)


def group_starts(groups: NDArray[Any]) -> Numbers:
    """Return where each group begins; equal numbers stand together.

    Examples
    --------
    >>> group_starts(np.array([7, 7, 2, 7, 7, 7])).tolist()
    [0, 2, 3]
    """
    first = np.ones(groups.size, dtype=bool)
    np.not_equal(groups[1:], groups[:-1], out=first[1:])
    return first.nonzero()[0]
