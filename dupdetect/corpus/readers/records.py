"""Records that a reader makes one by one, gathered into batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dupdetect.corpus.readers.base import Batch
from dupdetect.support.columns import strings_to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["Record", "batches_of"]

_BATCH_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """A story and where it stands; without bytes of its own `start` and `end` are -1."""

    values: Mapping[str, str | None]
    ordinal: int
    line: int
    start: int = -1
    end: int = -1


def batches_of(records: Iterable[Record], uses: Sequence[str]) -> Iterator[Batch]:
    """Yield records in batches of about 1 MiB, with the columns `uses`."""
    held: list[Record] = []
    size = 0
    for record in records:
        held.append(record)
        size += len(record.values["text"] or "")
        if size >= _BATCH_CHARACTERS:
            yield _batch(held, uses)
            held, size = [], 0
    if held:
        yield _batch(held, uses)


def _batch(records: Sequence[Record], uses: Sequence[str]) -> Batch:
    places = [(record.ordinal, record.line, record.start, record.end) for record in records]
    ordinal, line, start, end = np.array(places, np.int64).T.copy()
    columns = {
        use: strings_to_arrow([record.values.get(use) for record in records], pa.large_string())
        for use in uses
    }
    return Batch(columns, ordinal, line, start, end)
