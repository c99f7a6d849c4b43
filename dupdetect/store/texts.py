"""Texts, each compressed by itself, so that one is unpacked without the others.

A dictionary of what they have in common makes up for it: with it they take less room than whole
blocks of them do without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
import pyarrow as pa
import zstandard
from numpy.typing import NDArray

from dupdetect.errors import FormatError
from dupdetect.products.pairs import Numbers
from dupdetect.support.columns import text_buffers, to_arrow

__all__ = ["DICTIONARY", "TEXTS", "Packing", "Unpacked"]

TEXTS = pa.schema(
    [
        pa.field("data", pa.large_binary(), nullable=False),
        pa.field("bytes", pa.uint32(), nullable=False),
    ]
)
"""A text a row: compressed, and how many bytes it has."""

DICTIONARY = pa.schema([pa.field("data", pa.large_binary(), nullable=False)])
"""One row."""

_ENOUGH = 1 << 20  # bytes of texts, from which a dictionary is made
_SAMPLED = 1 << 22  # bytes at most that it is made of
_SIZE = 1 << 16  # bytes of a dictionary


@dataclass(frozen=True, eq=False)
class Packing:
    """How the texts of an index are compressed.

    Attributes
    ----------
    dictionary : bytes
        Pieces that texts have in common; nothing in an index of few stories.

    Examples
    --------
    >>> packing = Packing()
    >>> packed = packing.pack(np.frombuffer(b"onetwo", np.uint8), np.array([0, 3, 6]))
    >>> packing.unpack([packed], [np.array([1])])[0].tobytes()
    b'two'
    """

    dictionary: bytes = b""

    @classmethod
    def learned(cls, text: NDArray[np.uint8], offsets: Numbers) -> Packing:
        """Make a dictionary of some texts; none where they are few.

        Parameters
        ----------
        text : ndarray of uint8
            All texts, one after the other.
        offsets : ndarray of int64, shape (stories + 1,)
            Where each starts.
        """
        size = int(offsets[-1] - offsets[0])
        if size < _ENOUGH:
            return cls()
        rows = np.arange(0, offsets.size - 1, -(-size // _SAMPLED))
        sample: list[bytes | bytearray | memoryview[int]] = [
            text[offsets[row] : offsets[row + 1]].tobytes() for row in rows
        ]
        try:
            return cls(zstandard.train_dictionary(_SIZE, sample).as_bytes())
        except zstandard.ZstdError:  # hardly anything in common
            return cls()

    @classmethod
    def of(cls, tables: Sequence[pa.Table]) -> Packing:
        """Return what a table, or none, says."""
        return cls(tables[0]["data"][0].as_py()) if tables else cls()

    def table(self) -> pa.Table:
        """Return the table of the dictionary."""
        return pa.Table.from_arrays([_binary([self.dictionary])], schema=DICTIONARY)

    @cached_property
    def _known(self) -> zstandard.ZstdCompressionDict | None:
        return zstandard.ZstdCompressionDict(self.dictionary) if self.dictionary else None

    def pack(self, text: NDArray[np.uint8], offsets: Numbers) -> pa.Table:
        """Return the table of texts; as for :meth:`learned`."""
        codec = zstandard.ZstdCompressor(dict_data=self._known, write_dict_id=False)
        held = np.ascontiguousarray(text).data
        places = offsets.tolist()
        packed = _binary([codec.compress(held[a:b]) for a, b in pairwise(places)])
        sizes = to_arrow(np.diff(offsets).astype(np.uint32))
        return pa.Table.from_arrays([packed, sizes], schema=TEXTS)

    def unpack(
        self, tables: Sequence[pa.Table], rows: Sequence[Numbers]
    ) -> tuple[NDArray[np.uint8], Numbers]:
        """Return some texts of several tables, one after the other.

        Parameters
        ----------
        tables : sequence of pyarrow.Table
            From :meth:`pack`, with this dictionary or none; one chunk each.
        rows : sequence of ndarray of int64
            Which of each.

        Returns
        -------
        ndarray of uint8, ndarray of int64 of shape (stories + 1,)
            Texts and where each starts.

        Raises
        ------
        FormatError
            When one is damaged.
        """
        codec = self._codec()
        found: list[bytes] = []
        for table, chosen in zip(tables, rows, strict=True):
            if not chosen.size:
                continue
            data, offsets = text_buffers(table["data"].chunk(0))
            held = data.data
            try:
                found += [
                    codec.decompress(held[a:b])
                    for a, b in zip(
                        offsets[chosen].tolist(), offsets[chosen + 1].tolist(), strict=True
                    )
                ]
            except zstandard.ZstdError as error:
                raise FormatError(
                    f"a text of the index is damaged ({error}); restore it, or index again"
                ) from error
        self._codecs.append(codec)
        ends = np.fromiter(accumulate(map(len, found), initial=0), np.int64, len(found) + 1)
        return np.frombuffer(b"".join(found), np.uint8), ends

    @cached_property
    def _codecs(self) -> list[zstandard.ZstdDecompressor]:
        """Those that no thread uses: one that two use at once is not safe."""
        return []

    def _codec(self) -> zstandard.ZstdDecompressor:
        try:
            return self._codecs.pop()
        except IndexError:
            return zstandard.ZstdDecompressor(dict_data=self._known)


class Unpacked:
    """Texts one after the other, each unpacked when it is asked for.

    Parameters
    ----------
    sizes : ndarray of int64, shape (stories,)
        Bytes of each.
    unpack : callable
        Gives some texts, by row, ascending: bytes, and where each starts.

    Attributes
    ----------
    text : ndarray of uint8
        All of them; what was not asked for has any value, and takes no memory.
    offsets : ndarray of int64, shape (stories + 1,)
        Where each starts.
    """

    def __init__(
        self,
        sizes: Numbers,
        unpack: Callable[[Numbers], tuple[NDArray[np.uint8], Numbers]],
    ) -> None:
        self.offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
        self.text = np.empty(int(self.offsets[-1]), dtype=np.uint8)
        self._unpack = unpack
        self._lacks = np.ones(sizes.size, dtype=bool)

    def fill(self, rows: Numbers | None = None) -> None:
        """Unpack some texts, by row, that were not before; all by default."""
        asked = self._lacks.copy()
        if rows is not None:
            asked[:] = False
            asked[rows] = self._lacks[rows]
        new = np.flatnonzero(asked)
        if not new.size:
            return
        found, ends = self._unpack(new)
        starts = self.offsets[new].tolist()
        for start, (first, end) in zip(starts, pairwise(ends.tolist()), strict=True):
            self.text[start : start + end - first] = found[first:end]
        self._lacks[new] = False


def _binary(values: list[bytes]) -> pa.Array:
    ends = np.cumsum([0, *map(len, values)], dtype=np.int64)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(pa.large_binary(), len(values), buffers)
