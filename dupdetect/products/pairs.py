"""Stories as numbers, pairs of them as one number, and the order of stories."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


def pair_keys(a: Numbers, b: Numbers) -> Numbers:
    """Return each pair as one number, whose order is that of the pairs: the smaller rank first."""
    return np.asarray(np.minimum(a, b) << 32 | np.maximum(a, b))


def pair_ends(keys: Numbers) -> tuple[Numbers, Numbers]:
    """Return the smaller and the larger rank of each pair."""
    return keys >> 32, keys & 0xFFFFFFFF


def distinct_pairs(keys: Numbers) -> Numbers:
    """Return the pairs of two ranks, each once, ascending."""
    keys = np.sort(keys[keys >> 32 != keys & 0xFFFFFFFF])
    return keys[np.flatnonzero(np.diff(keys, prepend=-1))]


def merged(keys: Numbers, others: Numbers) -> Numbers:
    """Return both, which ascend each, in one order; stable, since that merges what is sorted."""
    return np.sort(np.concatenate([keys, others]), kind="stable")


def among(keys: Numbers, known: Numbers) -> NDArray[np.bool_]:
    """Tell which keys are among those known, which ascend."""
    if not known.size:
        return np.zeros(keys.size, dtype=bool)
    at = np.minimum(np.searchsorted(known, keys), known.size - 1)
    return np.asarray(known[at] == keys)
