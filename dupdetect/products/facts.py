"""Facts of pairs of stories that stand opposite each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FACTS = (
    "words", "equal", "slots", "number_slots", "name_slots", "fillers", "spellings",
    "numbers_equal", "numbers_opposite", "characters", "caseless", "short", "money_apart",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Measurements of pairs whose wording is that of copies.

    Attributes
    ----------
    measures : ndarray of int32, shape (pairs, len(FACTS))
        Counts, except ``characters``, ``caseless``, ``short`` and ``money_apart`` (0 or 1);
        see :class:`dupdetect.kernels.reference.facts.Facts` for each.
    """

    measures: NDArray[np.int32]

    def column(self, name: str) -> NDArray[np.int64]:
        """Return one measurement of all pairs; `name` is one of :data:`FACTS`."""
        return self.measures[:, FACTS.index(name)].astype(np.int64)

    def flag(self, name: str) -> NDArray[np.bool_]:
        """Return a measurement that is 0 or 1 as truth values."""
        return self.column(name) == 1
