"""Verified pairs of stories, and what a run proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect.products.pairs import Numbers
from dupdetect.products.schemas import IDENTICAL, NEAR_DUPLICATE


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

    def near(self) -> NDArray[np.bool_]:
        """Tell which make two stories members of one class."""
        return np.asarray((self.kind == NEAR_DUPLICATE) | (self.kind == IDENTICAL))


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """What the search found.

    Attributes
    ----------
    edges : Edges
        Verified relations between stories.
    classes : ndarray of int64, shape (stories,)
        Each story's class: the rank of its leader.
    compared : int
        Pairs aligned.
    stock : tuple of three arrays
        Fingerprints in more than ``max_classes`` unrelated story classes: the hash (uint64), the
        rank of a story that has it, and the number of classes.
    """

    edges: Edges
    classes: Numbers
    compared: int
    stock: tuple[NDArray[np.uint64], Numbers, Numbers]
