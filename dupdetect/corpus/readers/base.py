"""What every reader of stories yields, and how a bad row is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


class BadRow(Exception):  # noqa: N818 - what is wrong with a row, turned into an error or a reject
    """A row that is no story; `remedy` says what to do about it."""

    def __init__(self, reason: str, *, column: int | None = None, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.remedy = remedy


class RejectRow(Protocol):
    """What a reader calls for each bad row, in order: raises, or notes it as set aside."""

    def __call__(self, bad: BadRow, *, line: int, start: int, end: int) -> None:
        """Take note of the bad row on `line`, bytes `start` to `end` (-1 for tables)."""


class Readable(Protocol):
    """Where bytes come from."""

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view`; returns how many bytes, 0 at the end."""


@dataclass(frozen=True)
class Batch:
    """Some good rows of one source.

    Attributes
    ----------
    columns : mapping of str to pa.LargeStringArray
        By use (`USES`) a large_string array of length k; "text" and "id", where there, have no
        nulls. The text's buffers stay valid until the next batch is asked for.
    ordinal : ndarray of int64
        int64, shape (k,): which row of the source it is, from 0, bad ones counted.
    line, start, end : ndarray of int64
        int64, shape (k,), as in `Corpus`.
    """

    columns: Mapping[str, pa.LargeStringArray]
    ordinal: NDArray[np.int64]
    line: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
