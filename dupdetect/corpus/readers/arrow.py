"""Parquet, Arrow files and streams, Arrow tables in memory."""

from __future__ import annotations

import mmap
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.corpus.fields import CANDIDATES, FieldNames, option_of, resolve_fields
from dupdetect.corpus.readers.base import MEMORY, BadRow, Batch, RejectRow, Seen
from dupdetect.corpus.readers.json_row import empty_id, missing
from dupdetect.corpus.values import string_of
from dupdetect.errors import InputError
from dupdetect.support.columns import strings_to_arrow, to_numpy
from dupdetect.support.spill import no_room, unnamed_file, write_all
from dupdetect.support.take import is_run_end_encoded, is_view, plain, take_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dupdetect.corpus.streams import Opened

__all__ = ["OpenTable", "TableFile", "Tables", "table_file"]

_ROWS = 8192
_BYTES_OF = {
    pa.string(): pa.binary(),
    pa.large_string(): pa.large_binary(),
    pa.string_view(): pa.binary_view(),
}
_MOST_BYTES = 64 << 20  # of texts that a dictionary holds once
_DEEPEST = 4
_LOOKED_AT = 100
_CANDIDATES = {name for names in CANDIDATES.values() for name in names}


class OpenTable(Protocol):
    """Opens the rows as record batches, all columns or some."""

    def __call__(self, columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        """Return a reader that starts at the first row."""


@dataclass(frozen=True)
class TableFile:
    """A Parquet or Arrow file that can be opened more than once."""

    opened: Opened
    kind: str
    held: pa.Buffer | None

    def __call__(
        self, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None
    ) -> pa.RecordBatchReader:
        """Return a reader of `columns`, in the order of the file; of some row groups or all."""
        try:
            if self.held is None:
                self.opened.require_unchanged()
                # As bytes: Arrow takes no text for a name that is not UTF-8.
                file: object = pa.OSFile(os.fsencode(self.opened.path))
            else:
                file = pa.BufferReader(self.held)
            if self.kind == "parquet":
                reader = _parquet(file, columns, groups)
            else:
                reader = _ipc(file, columns)
            return pa.RecordBatchReader.from_batches(reader.schema, self._batches(reader))
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _damaged(self.opened.path, self.kind, error) from error

    def take(self, rows: NDArray[np.int64], columns: Sequence[str]) -> pa.Table:
        """Return some rows, by ascending number from 0; of Parquet only their row groups."""
        groups: list[int] | None = None
        if self.kind == "parquet":
            import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load)

            name = os.fsencode(self.opened.path)
            file = pa.OSFile(name) if self.held is None else pa.BufferReader(self.held)
            with pq.ParquetFile(file) as parquet:
                about = parquet.metadata
                sizes = [about.row_group(g).num_rows for g in range(about.num_row_groups)]
            ends = np.cumsum(sizes, dtype=np.int64)
            in_group = np.searchsorted(ends, rows, side="right")
            groups = np.unique(in_group[in_group < len(sizes)]).tolist()
            skipped = np.cumsum([0, *sizes])[np.minimum(in_group, len(sizes))]
            before = np.cumsum([0, *(sizes[g] for g in groups)])
            rows = rows - skipped + before[np.searchsorted(groups, in_group)]
        parts, first = [], 0
        with self(columns, groups) as reader:
            schema = reader.schema
            for batch in reader:
                low, high = np.searchsorted(rows, [first, first + batch.num_rows])
                if high > low:
                    parts.append(take_rows(batch, rows[low:high] - first))
                first += batch.num_rows
        return pa.Table.from_batches(parts, schema)

    def _batches(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with reader:
            try:
                yield from reader
            except (pa.ArrowException, OSError) as error:
                raise _damaged(self.opened.path, self.kind, error) from error
        if self.held is None:
            self.opened.require_unchanged()


def table_file(opened: Opened, kind: str) -> TableFile:
    """Prepare a Parquet or Arrow input; what is compressed or a pipe is unpacked to disk."""
    if opened.stamp is not None and opened.stream.compression is None:
        return TableFile(opened, kind, None)
    with ExitStack() as stack:
        file = opened.copy or stack.enter_context(unnamed_file())
        block = memoryview(bytearray(1 << 20))
        while count := opened.stream.readinto(block):
            if opened.copy is not None:
                continue  # the stream keeps a copy by itself
            try:
                write_all(file, block[:count])
            except OSError as error:
                raise no_room(error) from error
        # The map outlives the file's descriptor.
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return TableFile(opened, kind, pa.py_buffer(held))


def _parquet(
    file: object, columns: Sequence[str] | None, groups: Sequence[int] | None
) -> pa.RecordBatchReader:
    import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load)

    parquet = pq.ParquetFile(file)
    schema = parquet.schema_arrow
    if columns is not None:
        wanted = [name for name in schema.names if name in columns]
        schema = pa.schema([schema.field(name) for name in wanted], schema.metadata)
        columns = wanted
    batches = parquet.iter_batches(batch_size=_ROWS, row_groups=groups, columns=columns)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _ipc(file: object, columns: Sequence[str] | None) -> pa.RecordBatchReader:
    raw: Any = file
    try:
        reader = pa.ipc.open_file(raw)
        batches = (reader.get_batch(index) for index in range(reader.num_record_batches))
    except pa.ArrowInvalid:
        raw.seek(0)
        reader = pa.ipc.open_stream(raw)
        batches = iter(reader)
    schema = reader.schema
    batches = (_checked(batch) for batch in batches)
    if columns is not None:
        wanted = [name for name in schema.names if name in columns]
        schema = pa.schema([schema.field(name) for name in wanted], schema.metadata)
        batches = (batch.select(wanted) for batch in batches)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch; `pa.ArrowInvalid` when its offsets or lengths lead outside its buffers.

    Arrow takes a file's word for them and would read there. Strings count as bytes here: whether
    they are UTF-8 is checked row by row.
    """
    batch.validate()
    for column in batch.columns:
        as_bytes = _BYTES_OF.get(column.type)
        (column if as_bytes is None else column.view(as_bytes)).validate(full=True)
    return batch


def _damaged(path: str, kind: str, error: Exception) -> InputError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputError(f"the {kind} data is damaged: {said}", file=path, remedy="write it again")


class Tables:
    """Reads the stories out of record batches; counts are those of the whole once exhausted."""

    def __init__(
        self,
        table: OpenTable,
        *,
        kind: str,
        path: str,
        names: FieldNames,
        reject: RejectRow,
        index: str | None = None,
    ) -> None:
        self._table = table
        self._kind = kind
        self._path = path
        self._reject = reject
        try:
            with table() as reader:
                schema = reader.schema
            seen = {path: self._sample(path, schema) for path in _paths(schema)}
        except UnicodeDecodeError as error:  # a column's name
            raise _damaged(path, kind, error) from error
        self.fields = resolve_fields(names, seen, file=path)
        if index is not None:  # the column that names the rows where no other does
            self.fields.setdefault("id", (index,))
        self.rows = 0
        self.blank_lines = 0
        self.seen = Seen()
        for use, keys in self.fields.items():
            _require_usable(use, keys, schema, path)

    def _sample(self, path: tuple[str, ...], schema: pa.Schema) -> list[Any]:
        """Return some values of a column whose type does not say whether it can be used."""
        name, *inner = path
        if inner or schema.names.count(name) > 1:
            return []
        texts = [one for one in CANDIDATES["text"] if one in schema.names]
        doubtful = not _is_text(schema.field(name).type) and name in _CANDIDATES
        if not (doubtful or name in CANDIDATES["id"] or (name in texts and len(texts) > 1)):
            return []
        try:
            with self._table([name]) as reader:
                values = next((batch for batch in reader if batch.num_rows), None)
                found = [] if values is None else values.column(0).slice(0, _LOOKED_AT).to_pylist()
        except (pa.ArrowException, ValueError, OverflowError):  # a time beyond the year 9999
            return []
        return found

    def batches(self) -> Iterator[Batch]:
        """Yield the good rows; at most 8,192 at a time."""
        columns = list(dict.fromkeys(keys[0] for keys in self.fields.values()))
        try:
            with self._table(columns) as reader:
                for batch in reader:
                    for first, last in _parts(batch):
                        yield self._batch(batch.slice(first, last - first))
        except pa.ArrowException as error:
            raise _damaged(self._path, self._kind, error) from error
        if not self.rows and self._path != MEMORY:
            remedy = "was it written to the end?"
            raise InputError("no stories: the table has no rows", file=self._path, remedy=remedy)

    def _batch(self, table: pa.RecordBatch) -> Batch:
        columns: dict[str, pa.LargeStringArray] = {}
        bad_rows: dict[int, BadRow] = {}
        for use, keys in self.fields.items():
            column = table.column(keys[0])
            for key in keys[1:]:
                column = pc.struct_field(column, key)
            name = ".".join(keys)
            columns[use], broken = _as_strings(column, use)
            if broken and use == "id" and pa.types.is_floating(column.type):
                raise _of_wrong_type(use, name, column.type, self._path)
            if use in {"text", "id"}:
                bad = BadRow(f"the {use} {name!r} is {_unusable(column.type)}")
                bad_rows.update(dict.fromkeys(broken, bad))
            elif broken:
                self.seen.unread[use] += len(broken)
            if use in {"text", "id"} and columns[use].null_count:
                absent = columns[use].is_null().to_numpy(zero_copy_only=False)
                for row in np.flatnonzero(absent).tolist():
                    bad_rows.setdefault(row, missing(use, name))
            if use == "id":
                self.seen.id_types.add(_id_type(column.type))
                empty = pc.equal(columns[use], "").fill_null(False)
                for row in np.flatnonzero(empty.to_numpy(zero_copy_only=False)).tolist():
                    bad_rows.setdefault(row, empty_id(name))
        ordinal = np.arange(self.rows, self.rows + table.num_rows)
        for row in sorted(bad_rows):
            self._reject(bad_rows[row], line=self.rows + row + 1, start=-1, end=-1)
        self.rows += table.num_rows
        if bad_rows:
            kept = np.ones(table.num_rows, bool)
            kept[list(bad_rows)] = False
            columns = {use: column.filter(pa.array(kept)) for use, column in columns.items()}
            ordinal = ordinal[kept]
        nowhere: NDArray[np.int64] = np.full(ordinal.size, -1)
        return Batch(columns, ordinal, ordinal + 1, nowhere, nowhere)


def _parts(batch: pa.RecordBatch) -> Iterator[tuple[int, int]]:
    """Yield ranges of rows that are few and, where values are held once for many, not long."""
    bytes_before: NDArray[np.int64] = np.zeros(batch.num_rows + 1, np.int64)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and _is_text(column.type):
            values = column.dictionary.cast(pa.large_binary())
            lengths = pc.binary_length(values).take(column.indices)
        elif is_run_end_encoded(column.type) and _is_text(column.type):
            values = pc.binary_length(plain(column.values).cast(pa.large_binary()))
            runs = pa.RunEndEncodedArray.from_arrays(column.run_ends, values)
            lengths = plain(runs.slice(column.offset, len(column)))
        else:
            continue
        bytes_before[1:] += np.cumsum(to_numpy(lengths))
    first = 0
    while first < batch.num_rows:
        most = bytes_before[first] + _MOST_BYTES
        last = int(np.searchsorted(bytes_before, most, side="right")) - 1
        last = min(max(last, first + 1), first + _ROWS)
        yield first, last
        first = last


def _paths(schema: pa.Schema | pa.StructType, depth: int = 1) -> Iterator[tuple[str, ...]]:
    for field in schema:
        yield (field.name,)
        if pa.types.is_struct(field.type) and depth < _DEEPEST:
            for path in _paths(field.type, depth + 1):
                yield (field.name, *path)


def _held(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values, however they are encoded."""
    while pa.types.is_dictionary(kind) or is_run_end_encoded(kind):
        kind = kind.value_type
    return kind


def _is_text(kind: pa.DataType) -> bool:
    kind = _held(kind)
    checks = (
        pa.types.is_string,
        pa.types.is_large_string,
        is_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_null,
    )
    return any(check(kind) for check in checks)


def _require_usable(use: str, keys: Sequence[str], schema: pa.Schema, path: str) -> None:
    name = ".".join(keys)
    if schema.names.count(keys[0]) > 1:
        raise InputError(f"two columns are called {keys[0]!r}", file=path, remedy="rename one")
    kind = schema.field(keys[0]).type
    for key in keys[1:]:
        kind = kind.field(key).type
    if use not in {"text", "id"}:
        return  # what cannot be read of these is unknown
    kind = _held(kind)
    usable = _is_text(kind) or pa.types.is_nested(kind)
    if use == "id":
        usable = usable or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not usable:
        raise _of_wrong_type(use, name, kind, path)


def _of_wrong_type(use: str, name: str, kind: pa.DataType, path: str) -> InputError:
    expected = "strings or whole numbers" if use == "id" else "strings"
    return InputError(
        f"the {use} {name!r} is a column of {kind}, expected {expected}",
        file=path,
        remedy=f"name another with {option_of(use)}",
    )


def _unusable(kind: pa.DataType) -> str:
    return "not a text, nor a list of them" if pa.types.is_nested(kind) else "not valid UTF-8"


def _id_type(kind: pa.DataType) -> str | pa.DataType:
    kind = _held(kind)
    return kind if pa.types.is_integer(kind) or pa.types.is_floating(kind) else "string"


def _as_strings(column: pa.Array, use: str) -> tuple[pa.LargeStringArray, list[int]]:
    """Return the values as checked UTF-8, and the rows whose value is nothing usable (null)."""
    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        column, kind = column.storage, column.storage.type
    while pa.types.is_dictionary(kind) or is_run_end_encoded(kind):
        column = plain(column) if is_run_end_encoded(kind) else _looked_up(column)
        kind = column.type
    if not _is_text(kind):
        return _converted(column, use)
    raw = column.cast(pa.large_binary())
    try:
        return _whole(raw.cast(pa.large_string())), []
    except pa.ArrowInvalid:
        values = raw.to_pylist()
    broken = [row for row, value in enumerate(values) if not _is_utf8(value)]
    for row in broken:
        values[row] = None
    return pa.array(values, pa.large_binary()).cast(pa.large_string()), broken


def _looked_up(column: pa.DictionaryArray) -> pa.Array:
    """Decode a dictionary; of texts with offsets of 64 bits: together they may be long."""
    values = column.dictionary
    if _is_text(values.type) and not pa.types.is_null(values.type):
        values = values.cast(pa.large_binary())
    return values.take(column.indices)


def _converted(column: pa.Array, use: str) -> tuple[pa.LargeStringArray, list[int]]:
    if use == "id" and pa.types.is_floating(column.type):
        whole = pc.equal(pc.trunc(column), column).fill_null(True)
        column = pc.if_else(whole, column, pa.scalar(None, column.type))
        broken = np.flatnonzero(~whole.to_numpy(zero_copy_only=False)).tolist()
        return column.cast(pa.int64()).cast(pa.string()).cast(pa.large_string()), broken
    if not pa.types.is_nested(column.type):
        try:
            return column.cast(pa.string()).cast(pa.large_string()), []
        except pa.ArrowException:
            pass
    try:
        given = column.to_pylist()
    except (ValueError, TypeError, OverflowError, pa.ArrowException):
        given = [...] * len(column)
    values = [string_of(value, use) for value in given]
    broken = [
        row
        for row, (value, found) in enumerate(zip(given, values, strict=True))
        if value is not None and found is None
    ]
    return strings_to_arrow(values, pa.large_string()), broken


def _whole(column: pa.LargeStringArray) -> pa.LargeStringArray:
    return pa.concat_arrays([column]) if column.offset else column


def _is_utf8(value: bytes | None) -> bool:
    try:
        (value or b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
