"""Rows as Spark knows them, and the products of the stages over their memory.

Spark has neither unsigned numbers nor large lists: 64-bit numbers travel as the int64 of the same
bits, and what orders stories by its unsigned value stays inside a task. Lists that only tasks read
travel as bytes: Spark copies a list value by value whenever it moves a row, and for each row that
it hands to Python walks over all rows before it whose list is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers
from dupdetect.products.schemas import CLUSTERS, RELATIONS
from dupdetect.products.stories import Stories
from dupdetect.products.texts import LineFeatures
from dupdetect.support.columns import as_one_array, name_codes, text_buffers, to_arrow, to_numpy

__all__ = [
    "ABOUT",
    "BODIES",
    "CHOSEN",
    "COUNTED",
    "EDGES",
    "GROUPS",
    "LABELS",
    "LINES",
    "MARKS",
    "MEMBERS",
    "NEEDED",
    "PACKED_BANDS",
    "PACKED_FINGERPRINTS",
    "PACKED_LINES",
    "PACKED_PAIRS",
    "PAGES",
    "PAIRS",
    "RANKS",
    "SAMPLED",
    "SENT",
    "SHARED",
    "STORIES",
    "VERDICTS",
    "batches_of",
    "bytes_column",
    "bytes_of",
    "bytes_of_table",
    "column",
    "credits_columns",
    "credits_of",
    "ddl",
    "edges_columns",
    "edges_of",
    "edges_row",
    "features_of",
    "numbers_column",
    "numbers_of",
    "parts_of",
    "rows",
    "stories_of",
    "strings_columns",
    "strings_of",
    "table_of",
    "tables_of",
]

_BETWEEN = "\n"  # names of agencies
#: Texts become a third, at less than Spark needs to move the rest.
_WRITTEN = pa.ipc.IpcWriteOptions(
    compression=pa.Codec("zstd", compression_level=1), use_threads=False
)
_READ = pa.ipc.IpcReadOptions(use_threads=False)
_NUMBERS = pa.binary()  # of any one width, a list a row

#: What is known of a story besides its text.
ABOUT: dict[str, pa.DataType] = {
    "key": pa.int64(),
    "id": pa.string(),
    "publisher": pa.string(),
    "title": pa.string(),
    "published": pa.string(),
    "author": pa.string(),
    "mended": pa.bool_(),
}
LINES: dict[str, pa.DataType] = {
    "line_keys": _NUMBERS,
    "line_words": _NUMBERS,
    "line_flags": pa.binary(),
}
#: ``day_orders``: 1 where some date must have the month first, 2 the day, of a batch of rows;
#: ``lost``: whether the text lost letters that others may have.
STORIES = pa.schema(
    ABOUT | {"text": pa.binary()} | LINES | {"day_orders": pa.int32(), "lost": pa.bool_()}
)
COUNTED = pa.schema({"key": pa.list_(pa.string()), "word": pa.string(), "count": pa.int64()})
VERDICTS = pa.schema(
    {"key": pa.int64(), "scope": pa.int32(), "publisher": pa.string(), "verdict": pa.int32()}
)
BODIES = pa.schema(
    ABOUT
    | {"published_us": pa.int64(), "text": pa.binary(), "status": pa.binary()}
    | {"misread": pa.bool_(), "body_words": pa.int64(), "digest_0": pa.int64()}
    | {"digest_1": pa.int64(), "bands": _NUMBERS, "fingerprints": _NUMBERS}
    | {"furniture": _NUMBERS}
    | {"agencies": pa.string(), "spans": _NUMBERS}
)
#: Pages that print lines, by publisher; a row is what is sent to one part.
PACKED_LINES = pa.schema(
    {"part": pa.int32(), "keys": _NUMBERS, "publishers": pa.binary()}
    | {"publishers_sizes": _NUMBERS}
    | {"contents": _NUMBERS, "pages": _NUMBERS, "days": _NUMBERS}
)
#: Lines and so many pages of each: of one publisher (``scopes`` 0), of none (-1) or of all (-2).
SAMPLED = pa.schema(
    {"part": pa.int32(), "lines": _NUMBERS, "scopes": _NUMBERS}
    | {"publishers": pa.binary(), "publishers_sizes": _NUMBERS}
    | {"sizes": _NUMBERS, "pages": _NUMBERS, "days": _NUMBERS}
)
PAGES = pa.schema({"part": pa.int32(), "key": pa.int64()})
PACKED_BANDS = pa.schema({"part": pa.int32(), "keys": _NUMBERS, "steps": _NUMBERS})
GROUPS = pa.schema({"bucket": pa.int64(), "member": pa.int64()})
MARKS = pa.schema({"bits": pa.binary()})
#: ``behind`` is how much less than the rank the label is; -1 where pairs are asked of the story.
PACKED_FINGERPRINTS = pa.schema(dict.fromkeys(("keys", "steps", "behind"), _NUMBERS)).insert(
    0, pa.field("part", pa.int32())
)
#: ``kind`` is 2 for pairs, 1 for those that one fingerprint proposes, 0 for members of long lists.
PACKED_PAIRS = pa.schema(dict.fromkeys(("kind", "a", "b", "around"), _NUMBERS)).insert(
    0, pa.field("part", pa.int32())
)
SHARED = pa.schema(dict.fromkeys(("a", "b", "around"), _NUMBERS))
#: What is sent to the executors: the pairs of a part, and which parts need a story.
PAIRS = pa.schema({"part": pa.int32(), "a": _NUMBERS, "b": _NUMBERS, "same": _NUMBERS})
NEEDED = pa.schema({"key": pa.int64(), "rank": pa.int64(), "parts": _NUMBERS})
#: Rows for one part, as a table of Arrow.
SENT = pa.schema({"part": pa.int32(), "data": pa.binary()})
RANKS = pa.schema({"key": pa.int64(), "rank": pa.int64()})
LABELS = pa.schema([*RANKS, pa.field("label", pa.int64()), pa.field("asked", pa.bool_())])
_EDGE_NUMBERS: dict[str, type[Any]] = {
    "a": np.int64,
    "b": np.int64,
    "kind": np.int8,
    "b_coverage": np.float64,
    "a_coverage": np.float64,
    "alike": np.float64,
    "first": np.int32,
    "end": np.int32,
    "words": np.int32,
}
EDGES = pa.schema(dict.fromkeys(_EDGE_NUMBERS, _NUMBERS))
MEMBERS = pa.schema(NEEDED).append(pa.field("leader", pa.int64()))
#: A row of the table of clusters, or one of that of relations. Ranks are of stories that
#: copies connect; else -1.
CHOSEN = pa.schema(
    {
        "rank": pa.int64(),
        "cluster": pa.int64(),
        "parent": pa.int64(),
        "keeper": pa.int64(),
        "clusters": pa.struct(list(CLUSTERS)),
        "relations": pa.struct(list(RELATIONS)),
    }
)


def ddl(schema: pa.Schema) -> str:
    """Return a schema as Spark writes it.

    Examples
    --------
    >>> ddl(pa.schema({"a": pa.list_(pa.int64()), "b": pa.string()}))
    '`a` array<bigint>, `b` string'
    """
    return ", ".join(f"`{field.name}` {_type(field.type)}" for field in schema)


_TYPES = {
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.string(): "string",
    pa.binary(): "binary",
    pa.bool_(): "boolean",
    pa.float64(): "double",
}


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ", ".join(f"`{one.name}`: {_type(one.type)}" for one in kind) + ">"
    return _TYPES[kind]


def rows(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    """Return a table of a schema; arrays become columns, unsigned numbers keep their bits."""
    made = []
    for field in schema:
        values = columns[field.name]
        if isinstance(values, np.ndarray):
            if values.dtype == np.uint64:
                values = values.view(np.int64)
            wanted = field.type.to_pandas_dtype()
            values = to_arrow(values if values.dtype == wanted else values.astype(wanted))
        made.append(values if values.type == field.type else values.cast(field.type))
    return pa.Table.from_arrays(made, schema=schema)


def numbers_column(values: NDArray[Any], offsets: Numbers) -> pa.BinaryArray:
    """Return lists of numbers as their bytes."""
    some = np.ascontiguousarray(values[offsets[0] : offsets[-1]])
    return bytes_column(some.view(np.uint8), (offsets - offsets[0]) * some.itemsize)


def bytes_column(values: NDArray[np.uint8], offsets: Numbers) -> pa.BinaryArray:
    """Return bytes, a value a story."""
    data = np.ascontiguousarray(values[offsets[0] : offsets[-1]])
    ends = (offsets - offsets[0]).astype(np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), offsets.size - 1, buffers)


def strings_columns(name: str, values: pa.Array, offsets: Numbers) -> dict[str, pa.BinaryArray]:
    """Return lists of strings as two columns: their bytes, and their lengths, -1 for null."""
    strings = values.cast(pa.large_string())
    data, ends = text_buffers(strings.fill_null(""))
    sizes = np.where(to_numpy(strings.is_null()), -1, np.diff(ends)).astype(np.int32)
    return {
        name: bytes_column(data, ends[offsets]),
        f"{name}_sizes": numbers_column(sizes, offsets),
    }


def strings_of(table: pa.Table, name: str) -> pa.LargeStringArray:
    """Return the strings of `strings_columns`, one after the other."""
    data, _ = bytes_of(table, name)
    sizes, _ = numbers_of(table, f"{name}_sizes", np.int32)
    ends = np.append(0, np.cumsum(np.maximum(sizes, 0)))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(data))]
    found = pa.Array.from_buffers(pa.large_string(), sizes.size, buffers)
    return pc.if_else(to_arrow(sizes < 0), pa.scalar(None, pa.large_string()), found)


def credits_columns(agencies: pa.ListArray, spans: pa.ListArray) -> dict[str, pa.Array]:
    """Return what `stages.credit.story_credits` gives as a string and numbers a story."""
    each = spans.flatten()
    ends = np.full((len(each), 2), -1)
    ends[to_numpy(each.is_valid())] = to_numpy(each.flatten()).reshape(-1, 2)
    sizes = to_numpy(pc.list_value_length(spans))
    offsets = 2 * np.append(0, np.cumsum(sizes))
    joined = pc.binary_join(agencies, _BETWEEN)
    return {"agencies": joined, "spans": numbers_column(ends.ravel(), offsets)}


def credits_of(table: pa.Table) -> tuple[pa.ListArray, pa.ListArray]:
    """Return agencies and spans of `credits_columns`."""
    agencies = pc.split_pattern(column(table, "agencies"), _BETWEEN).cast(pa.list_(pa.string()))
    numbers, offsets = numbers_of(table, "spans", np.int64)
    ends, offsets = numbers.reshape(-1, 2), (offsets // 2).astype(np.int32)
    unplaced = ends[:, 0] < 0
    pairs = np.append(0, np.cumsum(np.where(unplaced, 0, 2))).astype(np.int32)
    each = pa.ListArray.from_arrays(
        to_arrow(pairs, np.append(unplaced, False)), to_arrow(ends[~unplaced].ravel())
    )
    none = np.append(np.diff(offsets) == 0, False)
    return agencies, pa.ListArray.from_arrays(to_arrow(offsets, none), each)


def column(table: pa.Table, name: str) -> pa.Array:
    """Return a column as one array; texts and bytes with offsets of 64 bits."""
    found = table[name]
    if pa.types.is_string(found.type):
        found = found.cast(pa.large_string())
    elif pa.types.is_binary(found.type):
        found = found.cast(pa.large_binary())
    return as_one_array(found)


def numbers_of(table: pa.Table, name: str, kind: type[Any]) -> tuple[NDArray[Any], Numbers]:
    """Return the numbers of `numbers_column`, one after the other, and where each list starts."""
    data, offsets = bytes_of(table, name)
    data = data if data.ctypes.data % 8 == 0 else data.copy()
    return data.view(kind), offsets // np.dtype(kind).itemsize


def bytes_of(table: pa.Table, name: str) -> tuple[NDArray[np.uint8], Numbers]:
    """Return the bytes of a column, one after the other, and where each value starts."""
    data, offsets = text_buffers(column(table, name))
    return data[offsets[0] : offsets[-1]], offsets - offsets[0]


def features_of(table: pa.Table) -> LineFeatures:
    """Return what is known of the lines of rows with the columns of ``LINES``."""
    keys, offsets = numbers_of(table, "line_keys", np.uint64)
    words, _ = numbers_of(table, "line_words", np.uint32)
    flags, _ = bytes_of(table, "line_flags")
    return LineFeatures(offsets, keys, words, flags)


def stories_of(table: pa.Table, published_us: Numbers) -> Stories:
    """Return stories out of rows with the columns of ``ABOUT`` and ``text``."""
    text, offsets = bytes_of(table, "text")
    publishers = column(table, "publisher")
    return Stories(
        keys=to_numpy(table["key"]).view(np.uint64),
        ids=column(table, "id"),
        publishers=publishers,
        titles=column(table, "title"),
        published=column(table, "published"),
        authors=column(table, "author"),
        published_us=published_us,
        text=text,
        text_offsets=offsets,
        mended=to_numpy(table["mended"]),
        publisher_codes=name_codes(publishers),
    )


def edges_columns(edges: Edges, ranks: Numbers) -> dict[str, NDArray[Any]]:
    """Return the numbers of edges by the names in ``EDGES``; `ranks` are those of their ends."""
    first, end, words = (edges.stretches[:, side] for side in range(3))
    given = {"a": ranks[edges.a], "b": ranks[edges.b], "first": first, "end": end, "words": words}
    shares = {name: getattr(edges, name) for name in ("kind", "b_coverage", "a_coverage", "alike")}
    return {
        name: np.asarray(value, _EDGE_NUMBERS[name]) for name, value in (given | shares).items()
    }


def edges_row(edges: Edges, ranks: Numbers) -> pa.Table:
    """Return edges as one row."""
    ends = np.array([0, edges.a.size])
    columns = edges_columns(edges, ranks)
    return rows(EDGES, {name: numbers_column(value, ends) for name, value in columns.items()})


def edges_of(table: pa.Table, ranks: Numbers | None = None) -> Edges:
    """Return edges of rows, in the order of the pairs; between places in `ranks`, if given."""
    known = {name: numbers_of(table, name, kind)[0] for name, kind in _EDGE_NUMBERS.items()}
    ends = [known[end] for end in "ab"]
    if ranks is not None:
        ends = [np.searchsorted(ranks, end) for end in ends]
    a, b = ends
    kind, b_coverage, a_coverage, alike, *stretches = (
        known[name] for name in list(_EDGE_NUMBERS)[2:]
    )
    found = Edges(a, b, kind, b_coverage, a_coverage, alike, np.stack(stretches, axis=1))
    return found.take(np.lexsort((np.maximum(a, b), np.minimum(a, b))))


def batches_of(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield a table as Spark takes it."""
    yield from table.to_batches(max_chunksize=1 << 14)


def bytes_of_table(table: pa.Table) -> bytes:
    """Return a table as compressed bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_WRITTEN) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def table_of(data: pa.ChunkedArray) -> pa.Table:
    """Return the rows of `bytes_of_table`, of at least one value, one table behind the other."""
    tables = [
        pa.ipc.open_stream(value.as_buffer(), options=_READ).read_all()
        for chunk in data.chunks
        for value in chunk
    ]
    return pa.concat_tables(tables)


def tables_of(batches: Iterable[pa.RecordBatch], most_bytes: int) -> Iterator[pa.Table]:
    """Yield batches put together to tables of about so many bytes."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        held.append(batch)
        size += batch.nbytes
        if size >= most_bytes:
            yield pa.Table.from_batches(held)
            held, size = [], 0
    if held:
        yield pa.Table.from_batches(held)


def parts_of(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the rows of each part by themselves; rows are sorted by ``part``."""
    held: list[pa.RecordBatch] = []
    current = None
    for batch in batches:
        if not batch.num_rows:
            continue
        part = to_numpy(batch.column(batch.schema.get_field_index("part")))
        cuts = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), part.size]
        for first, end in pairwise(cuts):
            if held and part[first] != current:
                yield pa.Table.from_batches(held)
                held = []
            current = part[first]
            held.append(batch.slice(first, end - first))
    if held:
        yield pa.Table.from_batches(held)
