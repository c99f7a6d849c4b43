"""What every reader of stories yields, and how a bad row is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from dupdetect.corpus.mend import mend_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


MEMORY = "<memory>"
"""How an input that is an object of Python is named."""


class BadRow(Exception):  # noqa: N818 - what is wrong with a row, turned into an error or a reject
    """A row that is no story; `remedy` says what to do about it.

    `column` counts bytes from 1, in the row's first line or in `line`. `ends_early` is True where
    the input ends inside the row, or where more rows should follow.
    """

    def __init__(
        self,
        reason: str,
        *,
        line: int | None = None,
        column: int | None = None,
        remedy: str = "",
        ends_early: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.remedy = remedy
        self.line = line
        self.ends_early = ends_early


@dataclass(frozen=True)
class Seen:
    """What a reader notices of a source while it reads.

    Attributes
    ----------
    unread
        By use how many values were nothing that could be used and count as absent.
    id_types
        Types of the ids: "integer", "string", or a type of Arrow.
    """

    unread: Counter[str] = field(default_factory=Counter)
    id_types: set[str | pa.DataType] = field(default_factory=set)


class RejectRow(Protocol):
    """What a reader calls for each bad row, in order: raises, or notes it as set aside."""

    def __call__(self, bad: BadRow, *, line: int, start: int, end: int) -> None:
        """Take note of the bad row on `line`, bytes `start` to `end` (-1 for tables).

        Without bytes, `start` being `end`, it is no row but the end of an input cut off.
        """


class Reader(Protocol):
    """Reads one source; what it says of it is known when its batches are exhausted."""

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """By use the path of the field that was read."""

    @property
    def seen(self) -> Seen:
        """What was noticed."""

    @property
    def rows(self) -> int:
        """How many rows there are, bad ones counted."""

    @property
    def blank_lines(self) -> int:
        """Empty lines, which are no rows."""

    def batches(self) -> Iterator[Batch]:
        """Yield the good rows."""


class Taker(Protocol):
    """Where batches go."""

    def add(self, batch: Batch) -> None:
        """Take the rows of a batch."""


def mended(batch: Batch, *, threads: int = 1) -> Batch:
    """Return a batch with texts as a reader would see them, each in its place."""
    found = mend_texts(batch.columns["text"], threads=threads)
    columns = {**batch.columns, "text": found.texts}
    return replace(batch, columns=columns, mended=found.damaged, lost=found.lost)


def take_batches(
    builder: Taker, reader: Reader, *, adapt: Callable[[Batch], Batch] | None = None
) -> dict[str, str]:
    """Add all that a reader yields; return by use the field that was read, dotted."""
    for found in reader.batches():
        builder.add(mended(found if adapt is None else adapt(found)))
    return {use: ".".join(keys) for use, keys in reader.fields.items()}


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
    mended : ndarray of bool, optional
        bool, shape (k,): which texts were marked up or damaged; unknown without it.
    lost : ndarray of bool, optional
        bool, shape (k,): which of them lost letters that other stories may have.
    """

    columns: Mapping[str, pa.LargeStringArray]
    ordinal: NDArray[np.int64]
    line: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    mended: NDArray[np.bool_] | None = None
    lost: NDArray[np.bool_] | None = None
