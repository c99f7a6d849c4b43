"""What the kernels check of the arrays they are given, with the native kernels' messages."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def check_offsets(offsets: NDArray[np.int64], size: int, name: str) -> None:
    """Check that offsets ascend inside data of ``size`` values.

    Raises
    ------
    ValueError
        When there are none, or one is below its predecessor or beyond the data.
    """
    if len(offsets) == 0:
        raise ValueError(f"{name}: no offsets; pass n + 1")
    last = 0
    for offset in offsets.tolist():
        if not last <= offset <= size:
            raise ValueError(
                f"{name}: offset {offset} is not between {last} and {size}; "
                "offsets ascend inside the data"
            )
        last = offset


def check_equal(found: int, expected: int, name: str) -> None:
    """Check the length of an array.

    Raises
    ------
    ValueError
        When it is not the expected one.
    """
    if found != expected:
        raise ValueError(f"{name}: {found} values, expected {expected}")


def spans(offsets: NDArray[np.int64]) -> list[slice]:
    """Return each row's slice of the concatenated data."""
    return [slice(first, last) for first, last in pairwise(offsets.tolist())]


def offsets_of(lengths: list[int]) -> NDArray[np.int64]:
    """Return ``n + 1`` offsets of rows of these lengths."""
    return np.cumsum([0, *lengths], dtype=np.int64)
