"""Verified pairs of stories, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect.products.alignments import Related
from dupdetect.products.pairs import Numbers, among, pair_keys
from dupdetect.products.schemas import ABRIDGEMENT, IDENTICAL, NEAR_DUPLICATE, TRUNCATION


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Verified pairs of ranks.

    ``a`` has the larger body; ``kind`` holds codes of :data:`dupdetect.products.schemas.KINDS`,
    ``b_coverage`` the share of ``b`` that stands in ``a``, ``a_coverage`` that of ``a``.
    ``alike`` is the share of the larger body that stands in the other one word for word, in
    quotation marks or not as there;
    ``stretches`` (int32, shape (edges, 3)) are words of ``a``: before what both share, up to its
    end, and all.
    """

    a: Numbers
    b: Numbers
    kind: NDArray[np.int8]
    b_coverage: NDArray[np.float64]
    a_coverage: NDArray[np.float64]
    alike: NDArray[np.float64]
    stretches: NDArray[np.int32]

    @classmethod
    def empty(cls) -> Edges:
        """No edges."""
        none = np.empty(0, dtype=np.int64)
        stretches = np.empty((0, 3), dtype=np.int32)
        kinds, shares = np.empty(0, dtype=np.int8), np.empty(0)
        return cls(none, none, kinds, shares, shares, shares, stretches)

    @classmethod
    def all_of(cls, parts: Sequence[Edges]) -> Edges:
        """Put edges together, one part or more."""
        return cls(
            np.concatenate([part.a for part in parts]),
            np.concatenate([part.b for part in parts]),
            np.concatenate([part.kind for part in parts]),
            np.concatenate([part.b_coverage for part in parts]),
            np.concatenate([part.a_coverage for part in parts]),
            np.concatenate([part.alike for part in parts]),
            np.concatenate([part.stretches for part in parts]),
        )

    def take(self, order: Numbers) -> Edges:
        """Return the edges numbered in `order`."""
        return Edges(
            self.a[order], self.b[order], self.kind[order],
            self.b_coverage[order], self.a_coverage[order], self.alike[order],
            self.stretches[order],
        )  # fmt: skip

    def near(self) -> NDArray[np.bool_]:
        """Tell which make two stories members of one class."""
        return np.asarray((self.kind == NEAR_DUPLICATE) | (self.kind == IDENTICAL))

    def contained(self) -> NDArray[np.bool_]:
        """Tell which have most of one story in the other."""
        cut = (self.kind == TRUNCATION) | (self.kind == ABRIDGEMENT)
        return np.asarray(self.near() | cut)


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """Fingerprints of stock phrases: those in more than ``max_classes`` unrelated story classes.

    Attributes
    ----------
    fingerprints : ndarray of uint64, shape (phrases,)
        Shingle hashes.
    ranks : ndarray of int64, shape (phrases,)
        A story that has each.
    classes : ndarray of int64, shape (phrases,)
        How many classes have it.
    """

    fingerprints: NDArray[np.uint64]
    ranks: Numbers
    classes: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Clusters, each a tree whose root is its longest story; all by rank.

    Attributes
    ----------
    parent : ndarray of int64, shape (stories,)
        -1 for roots.
    root : ndarray of int64, shape (stories,)
        Root of each story's tree.
    """

    parent: Numbers
    root: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """How stories relate to one other story each; all by story number.

    Attributes
    ----------
    story, other : ndarray of int64, shape (pairs,)
        Ascending by story.
    smaller : ndarray of int64, shape (pairs,)
        Which of the two has the smaller body: ``b`` of the relation.
    related : Related
        What they were found to be, in the same order.
    """

    story: Numbers
    other: Numbers
    smaller: Numbers
    related: Related

    def take(self, order: Numbers) -> Copies:
        """Return the pairs numbered in `order`."""
        related = self.related.take(order)
        return Copies(self.story[order], self.other[order], self.smaller[order], related)

    def renamed(self, numbers: Numbers) -> Copies:
        """Return the pairs with other, ascending, numbers of the stories."""
        return Copies(numbers[self.story], numbers[self.other], numbers[self.smaller], self.related)

    def replaced(self, by: Copies) -> Copies:
        """Return this with what else was found of some of its pairs, or of other ones."""
        ours = pair_keys(self.story, self.other)
        mine = np.flatnonzero(~among(ours, np.sort(pair_keys(by.story, by.other))))
        parts = [self.take(mine), by]
        story, other, smaller = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("story", "other", "smaller")
        )
        related = Related.joined([part.related for part in parts])
        return Copies(story, other, smaller, related).take(np.argsort(story, kind="stable"))

    def sides(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a share of the stories, and the same share of the others.

        Parameters
        ----------
        name : str
            ``coverage`` or ``exact``.
        """
        a, b = (getattr(self.related, f"{side}_{name}") for side in "ab")
        inside = self.smaller == self.story
        return np.where(inside, b, a), np.where(inside, a, b)
