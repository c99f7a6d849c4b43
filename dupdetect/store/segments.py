"""Segments: the stories of one addition, and what was made of them; never changed, but merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.products.pairs import Numbers
from dupdetect.products.sketches import Sketches, misread
from dupdetect.products.stories import Stories
from dupdetect.products.texts import LineFeatures, LineStatus
from dupdetect.support.columns import as_one_array, to_arrow, to_numpy

__all__ = [
    "FOUND",
    "SKETCHES",
    "STEP",
    "STORIES",
    "SketchSegment",
    "StorySegment",
    "found_order",
    "gathered",
    "sketches_of",
    "sketches_table",
    "stories_table",
]

_Offsets = NDArray[np.int64]
_LONG = 64  # values of a row, from which rows are copied one by one


def _fields(**columns: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind) for name, kind in columns.items()]


#: What was read of a story, and what is known of it by itself; a story a row. ``seq`` numbers the
#: stories of an index in the order in which they were added and names them in all tables.
STORIES = pa.schema(
    _fields(
        seq=pa.uint32(),
        key=pa.uint64(),
        id=pa.large_string(),
        publisher=pa.large_string(),
        title=pa.large_string(),
        published=pa.large_string(),
        author=pa.large_string(),
        published_us=pa.int64(),
        mended=pa.bool_(),
        added_us=pa.int64(),
        line_keys=pa.large_list(pa.uint64()),
        line_words=pa.large_list(pa.uint32()),
        line_flags=pa.large_list(pa.uint8()),
        credits=pa.list_(pa.string()),
        credit_spans=pa.list_(pa.list_(pa.int64())),
    )
)

#: What is kept of a body; ``uid`` is a number for each state that a body was in: it changes where
#: other stories turn a line into furniture, or back.
SKETCHES = pa.schema(
    _fields(
        uid=pa.uint32(),
        seq=pa.uint32(),
        status=pa.large_list(pa.uint8()),
        furniture=pa.list_(pa.int32()),  # half-open spans in characters of the raw text
        body_words=pa.uint32(),
        digest=pa.list_(pa.uint64(), 2),
        bands=pa.large_list(pa.uint32()),
        fingerprints=pa.large_list(pa.uint64()),
    )
)

#: Places of a segment's fingerprints, so that these ascend.
FOUND = pa.schema(_fields(place=pa.uint32()))


def stories_table(
    stories: Stories,
    seqs: NDArray[np.uint32],
    features: LineFeatures,
    credits_: tuple[pa.Array, pa.Array],
    added_us: int | Numbers,
) -> pa.Table:
    """Return a segment of stories, without their texts; ``added_us`` of all, or of each."""
    lines = features.offsets
    columns = [
        to_arrow(seqs),
        to_arrow(stories.keys),
        stories.ids,
        stories.publishers,
        stories.titles,
        stories.published,
        stories.authors,
        to_arrow(stories.published_us),
        to_arrow(stories.mended),
        to_arrow(np.full(seqs.size, added_us, dtype=np.int64)),
        _lists(lines, features.keys),
        _lists(lines, features.words),
        _lists(lines, features.flags),
        *credits_,
    ]
    return pa.Table.from_arrays(columns, schema=STORIES)


def sketches_table(
    uids: NDArray[np.uint32],
    seqs: NDArray[np.uint32],
    status: LineStatus,
    furniture: tuple[Numbers, Numbers],
    sketches: Sketches,
) -> pa.Table:
    """Return a segment of sketches; furniture as offsets, and spans of shape (spans, 2)."""
    bands = sketches.band_keys
    spans = furniture[1].astype(np.int32).ravel()
    columns = [
        to_arrow(uids),
        to_arrow(seqs),
        _lists(status.offsets, status.status),
        pa.ListArray.from_arrays(to_arrow((furniture[0] * 2).astype(np.int32)), to_arrow(spans)),
        to_arrow(sketches.body_words),
        pa.FixedSizeListArray.from_arrays(to_arrow(sketches.digests.ravel()), 2),
        _lists(np.arange(len(bands) + 1) * bands.shape[1], bands.ravel()),
        _lists(sketches.offsets, np.asarray(sketches.fingerprints)),
    ]
    return pa.Table.from_arrays(columns, schema=SKETCHES)


def sketches_of(table: pa.Table) -> Sketches:
    """Return the sketches of a table of one chunk a column; fingerprints may be left out."""
    if "fingerprints" in table.column_names:
        offsets, fingerprints = values(table, "fingerprints")
    else:
        offsets, fingerprints = np.zeros(table.num_rows + 1, np.int64), np.empty(0, np.uint64)
    _, bands = values(table, "bands")
    digests = to_numpy(table["digest"].combine_chunks().flatten())
    return Sketches(
        digests=digests.reshape(-1, 2),
        body_words=to_numpy(table["body_words"]),
        band_keys=bands.reshape(table.num_rows, -1 if table.num_rows else 0),
        offsets=offsets,
        fingerprints=fingerprints,
    )


def found_order(sketches: pa.Table, nearly: Numbers | None = None) -> pa.Table:
    """Return the order of a segment's fingerprints.

    Parameters
    ----------
    sketches : pyarrow.Table
        The segment.
    nearly : ndarray of int64, optional
        Places of all fingerprints in runs that ascend: these are sorted faster.
    """
    _, keys = values(sketches, "fingerprints")
    order = np.arange(keys.size) if nearly is None else nearly
    order = order[np.argsort(keys[order], kind="stable")]
    return pa.Table.from_arrays([to_arrow(order.astype(np.uint32))], schema=FOUND)


STEP = 64
"""How far the keys stand apart with which looking one up begins."""


@dataclass(frozen=True, eq=False)
class StorySegment:
    """Stories that were added together, or put together since.

    Attributes
    ----------
    table : pyarrow.Table
        Schema :data:`STORIES`; one chunk a column.
    texts : pyarrow.Table
        Their texts, row by row; schema :data:`dupdetect.store.texts.TEXTS`.
    """

    table: pa.Table
    texts: pa.Table

    @cached_property
    def seqs(self) -> NDArray[np.uint32]:
        """``seq`` of each row, ascending."""
        return to_numpy(self.table["seq"])

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """Key of each row's id."""
        return to_numpy(self.table["key"])

    @cached_property
    def ids(self) -> pa.LargeStringArray:
        """Id of each row."""
        return as_one_array(self.table["id"])

    @cached_property
    def by_key(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Keys, ascending, each once, and the ``seq`` of each."""
        order = np.argsort(self.keys)
        return self.keys[order], self.seqs[order]

    @cached_property
    def published_us(self) -> Numbers:
        """When each was published."""
        return to_numpy(self.table["published_us"])


@dataclass(frozen=True, eq=False)
class SketchSegment:
    """What was made of bodies together, or put together since.

    Attributes
    ----------
    table : pyarrow.Table
        Schema :data:`SKETCHES`; one chunk a column.
    places : pyarrow.Table
        Schema :data:`FOUND`.
    """

    table: pa.Table
    places: pa.Table

    @cached_property
    def uids(self) -> NDArray[np.uint32]:
        """``uid`` of each row, ascending."""
        return to_numpy(self.table["uid"])

    @cached_property
    def order(self) -> NDArray[np.uint32]:
        """Places of the fingerprints, so that they ascend."""
        return to_numpy(self.places["place"])

    @cached_property
    def fingerprints(self) -> tuple[_Offsets, NDArray[np.uint64]]:
        """Where each body's start, and all of them."""
        return values(self.table, "fingerprints")

    @cached_property
    def sizes(self) -> NDArray[np.int32]:
        """How many fingerprints each body has."""
        return np.diff(self.fingerprints[0]).astype(np.int32)

    @cached_property
    def few(self) -> NDArray[np.uint64]:
        """Every ``STEP``-th fingerprint in the order in which they ascend."""
        return np.asarray(self.fingerprints[1][self.order[::STEP]])

    @cached_property
    def few_rows(self) -> NDArray[np.uint32]:
        """Row of every ``STEP``-th fingerprint in the order of the rows."""
        offsets, held = self.fingerprints
        places = np.arange(0, held.size, STEP)
        return (np.searchsorted(offsets, places, side="right") - 1).astype(np.uint32)

    @cached_property
    def misread(self) -> NDArray[np.bool_]:
        """Which bodies have the letters of a bad scan."""
        offsets, held = self.fingerprints
        return misread(held, offsets)

    @cached_property
    def status(self) -> tuple[_Offsets, NDArray[np.uint8]]:
        """Where each body's lines start, and what each is taken for."""
        return values(self.table, "status")

    @cached_property
    def digests(self) -> tuple[NDArray[np.uint64], Numbers]:
        """First halves of the digests, ascending, and the row of each."""
        halves = to_numpy(as_one_array(self.table["digest"]).flatten())[::2]
        rows = np.argsort(halves, kind="stable")
        return halves[rows], rows


def gathered(
    tables: Sequence[pa.Table], rows: Numbers, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return some rows of tables that stand one after the other, one chunk a column.

    Parameters
    ----------
    tables : sequence of pyarrow.Table
        One or more.
    rows : ndarray of int64
        Ascending.
    columns : sequence of str, optional
        All by default.
    """
    parts: list[pa.Table] = []
    sizes = [table.num_rows for table in tables]
    for table, inside in zip(tables, split(sizes, rows), strict=True):
        if not inside.size and parts:
            continue
        chosen = table if columns is None else table.select(list(columns))
        parts.append(chosen if inside.size == table.num_rows else chosen.take(to_arrow(inside)))
    parts = parts[1:] if len(parts) > 1 and not parts[0].num_rows else parts
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts).combine_chunks()


def taken(held: NDArray[Any], offsets: _Offsets, rows: Numbers) -> tuple[NDArray[Any], _Offsets]:
    """Return the values of some rows of lists, one after the other, and where each row's start."""
    first = offsets[rows]
    sizes = offsets[rows + 1] - first
    ends = np.zeros(sizes.size + 1, dtype=np.int64)
    sizes.cumsum(out=ends[1:])
    if ends[-1] > _LONG * rows.size:  # a place for each value would take longer than the values
        places = zip(first.tolist(), offsets[rows + 1].tolist(), strict=True)
        return np.concatenate([held[:0], *(held[a:b] for a, b in places)]), ends
    return held[np.arange(ends[-1]) + (first - ends[:-1]).repeat(sizes)], ends


def split(sizes: Sequence[int], rows: Numbers) -> list[Numbers]:
    """Return which rows of each of tables, of so many rows, one after the other, are meant."""
    starts = [0, *accumulate(sizes)]
    cuts = rows.searchsorted(starts).tolist()
    parts = zip(starts, pairwise(cuts), strict=False)
    return [rows[first:end].astype(np.int64) - start for start, (first, end) in parts]


def values(table: pa.Table, column: str) -> tuple[_Offsets, NDArray[Any]]:
    """Return offsets from 0, and values, of a column of lists with one chunk."""
    array = as_one_array(table[column])
    if not len(array):
        return np.zeros(1, dtype=np.int64), np.empty(0, array.type.value_type.to_pandas_dtype())
    offsets = to_numpy(array.offsets).astype(np.int64)
    held = to_numpy(array.values)[offsets[0] : offsets[-1]]
    return offsets - offsets[0], held


def features_of(table: pa.Table) -> LineFeatures:
    """Return the lines of a table of stories of one chunk a column."""
    offsets, keys = values(table, "line_keys")
    _, words = values(table, "line_words")
    _, flags = values(table, "line_flags")
    return LineFeatures(offsets, keys, words, flags)


def status_of(table: pa.Table) -> LineStatus:
    """Return the line status of a table of sketches of one chunk a column."""
    return LineStatus(*values(table, "status"))


def _lists(offsets: Numbers, listed: NDArray[np.generic]) -> pa.LargeListArray:
    return pa.LargeListArray.from_arrays(to_arrow(offsets.astype(np.int64)), to_arrow(listed))
