"""Texts in compressed blocks: a few stories each, so that one is unpacked without the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.products.pairs import Numbers
from dupdetect.support.columns import to_arrow, to_numpy

TEXTS = pa.schema(
    [
        pa.field("end", pa.int64(), nullable=False),  # bytes of this block and those before
        pa.field("data", pa.large_binary(), nullable=False),
    ]
)
"""A block a row."""

_BLOCK = 1 << 15  # bytes of a block at least, unless the texts end


def _codec() -> pa.Codec:
    return pa.Codec("zstd", compression_level=3)


def pack(text: NDArray[np.uint8], offsets: Numbers) -> pa.Table:
    """Return the blocks of texts.

    Parameters
    ----------
    text : ndarray of uint8
        All texts, one after the other.
    offsets : ndarray of int64, shape (stories + 1,)
        Where each starts.

    Examples
    --------
    >>> blocks = pack(np.frombuffer(b"onetwo", np.uint8), np.array([0, 3, 6]))
    >>> unpack([blocks], [np.array([3])], [np.array([6])])[0].tobytes()
    b'two'
    """
    codec, starts, data = _codec(), [0], list[bytes]()
    place = offsets - offsets[0]
    while starts[-1] < place[-1]:
        end = int(place[min(np.searchsorted(place, starts[-1] + _BLOCK), place.size - 1)])
        block = np.ascontiguousarray(text[offsets[0] + starts[-1] : offsets[0] + end])
        data.append(codec.compress(block, asbytes=True))
        starts.append(end)
    held = np.frombuffer(b"".join(data), np.uint8)
    ends = np.cumsum([0, *map(len, data)], dtype=np.int64)
    column = pa.Array.from_buffers(
        pa.large_binary(), len(data), [None, pa.py_buffer(ends), pa.py_buffer(held)]
    )
    return pa.Table.from_arrays(
        [to_arrow(np.array(starts[1:], dtype=np.int64)), column], schema=TEXTS
    )


def unpack(
    blocks: Sequence[pa.Table], starts: Sequence[Numbers], ends: Sequence[Numbers]
) -> tuple[NDArray[np.uint8], Numbers]:
    """Return the texts of some stories of several segments, one after the other.

    Parameters
    ----------
    blocks : sequence of pyarrow.Table
        From :func:`pack`, one a segment.
    starts, ends : sequence of ndarray of int64
        Where each of the stories starts and ends, in bytes of all texts of its segment; ascending.

    Returns
    -------
    ndarray of uint8, ndarray of int64 of shape (stories + 1,)
        Texts and where each starts.
    """
    sizes = [end - start for start, end in zip(starts, ends, strict=True)]
    offsets = np.concatenate([[0], *sizes]).cumsum(dtype=np.int64)
    text = np.empty(int(offsets[-1]), dtype=np.uint8)
    codec, at = _codec(), 0
    for table, first, end in zip(blocks, starts, ends, strict=True):
        if not first.size or not table.num_rows:
            continue
        block_ends = to_numpy(table["end"])
        held = np.minimum(np.searchsorted(block_ends, first, side="right"), block_ends.size - 1)
        data = table["data"].chunk(0)
        numbers, places = np.unique(held, return_index=True)
        for block, x, y in zip(
            numbers.tolist(), places.tolist(), [*places[1:].tolist(), held.size], strict=True
        ):
            start = int(block_ends[block - 1]) if block else 0
            raw = codec.decompress(data[block].as_buffer(), int(block_ends[block]) - start)
            whole = np.frombuffer(raw, np.uint8)
            for low, high in _joined(first[x:y] - start, end[x:y] - start):
                text[at : at + high - low] = whole[low:high]
                at += high - low
    return text, offsets


def merged(blocks: Sequence[pa.Table]) -> tuple[pa.Table, Numbers]:
    """Return the blocks of several segments as those of one, and how far each one's are moved."""
    sizes = [int(to_numpy(table["end"])[-1]) if table.num_rows else 0 for table in blocks]
    moved = np.cumsum([0, *sizes])[:-1]
    parts = [
        pa.Table.from_arrays([to_arrow(to_numpy(table["end"]) + by), *table["data"].chunks],
                             schema=TEXTS)
        for table, by in zip(blocks, moved.tolist(), strict=True)
        if table.num_rows
    ]  # fmt: skip
    return pa.concat_tables([TEXTS.empty_table(), *parts]).combine_chunks(), moved


def _joined(starts: Numbers, ends: Numbers) -> list[tuple[int, int]]:
    """Spans, with those that follow each other as one."""
    spans: list[tuple[int, int]] = []
    for x, y in zip(starts.tolist(), ends.tolist(), strict=True):
        if spans and spans[-1][1] == x:
            spans[-1] = (spans[-1][0], y)
        else:
            spans.append((x, y))
    return spans
