"""What every reader of stories yields, and how a bad row is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from dupdetect.corpus.markup import PLAIN_FIELDS, cut_markup_of_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray


MEMORY = "<memory>"
"""How an input that is an object of Python is named."""


class BadRow(Exception):  # noqa: N818 - a verdict on a row, turned into an error or a reject
    """A row that is no story; `remedy` says what to do about it."""

    def __init__(self, reason: str, *, column: int | None = None, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.remedy = remedy


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
        """Take note of the bad row on `line`, bytes `start` to `end` (-1 for tables)."""


class Reader(Protocol):
    """Reads one source; what it says of it is known when its batches are exhausted."""

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """By use the path of the field that was read."""

    def batches(self) -> Iterator[Batch]:
        """Yield the good rows."""


class Taker(Protocol):
    """Where batches go."""

    def add(self, batch: Batch) -> None:
        """Take the rows of a batch."""


def take_batches(
    builder: Taker, reader: Reader, *, adapt: Callable[[Batch], Batch] | None = None
) -> dict[str, str]:
    """Add all that a reader yields; return by use the field that was read, dotted.

    A text that is markup is cut to what a reader of it sees.
    """
    for found in reader.batches():
        batch = found if adapt is None else adapt(found)
        if (text := reader.fields.get("text")) and text[-1] not in PLAIN_FIELDS:
            cut = cut_markup_of_all(batch.columns["text"])
            batch = replace(batch, columns={**batch.columns, "text": cut})
        builder.add(batch)
    return {use: ".".join(keys) for use, keys in reader.fields.items()}


@dataclass(frozen=True)
class Batch:
    """Some good rows of one source.

    Attributes
    ----------
    columns
        By use (`USES`) a large_string array of length k; "text" and "id", where there, have no
        nulls. The text's buffers stay valid until the next batch is asked for.
    ordinal
        int64, shape (k,): which row of the source it is, from 0, bad ones counted.
    line, start, end
        int64, shape (k,), as in `Corpus`.
    """

    columns: Mapping[str, pa.LargeStringArray]
    ordinal: NDArray[np.int64]
    line: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def text_buffers(
    strings: pa.LargeStringArray,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the UTF-8 bytes and int64 offsets, shape (n + 1,), behind an Arrow array."""
    if len(strings) == 0:
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, offsets, data = strings.buffers()
    ends = np.frombuffer(offsets, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    return (np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)), ends
