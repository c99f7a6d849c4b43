"""Tables in memory: Arrow's own, frames and series, relations, data sets, columns by name.

None of the libraries is imported: what an object can do tells what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dupdetect.corpus.values import string_of
from dupdetect.errors import InputError
from dupdetect.support.columns import strings_to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dupdetect.corpus.readers.arrow import OpenTable

__all__ = ["MemoryTable", "table_of"]

_BATCH_ROWS = 8192
INDEX = "(index)"
"""The column that holds a frame's own index."""


@dataclass(frozen=True)
class MemoryTable:
    """A table that is no file.

    Attributes
    ----------
    open_columns
        Opens the columns that are asked for; without names, all, those that nobody may use as
        nulls.
    open_all
        Opens all of it, to copy its rows.
    index
        The column that names the rows where no other does.
    size_bytes
        -1 where that is unknown.
    """

    open_columns: OpenTable
    open_all: Callable[[], pa.RecordBatchReader]
    index: str | None = None
    size_bytes: int = -1


def table_of(source: Any, wanted: frozenset[str]) -> MemoryTable | None:  # noqa: ANN401
    """Return the table that an object is; None when it is none.

    Parameters
    ----------
    source
        Whatever the caller gave.
    wanted
        The columns that may be used; no other is converted.

    Raises
    ------
    InputError
        When it is a table that cannot be read, or holds several.
    """
    if _can(source, "collect") and hasattr(source, "collect_schema"):  # a lazy frame
        return table_of(source.collect(), wanted)
    if isinstance(source, pa.Array | pa.ChunkedArray):
        return _of_columns({"text": source}, wanted)
    if isinstance(source, Mapping):
        return _of_mapping(source, wanted)
    if _can(source, "scanner") and hasattr(source, "schema"):
        return _of_dataset(source)
    if _can(source, "with_format") and hasattr(source, "features"):
        return _of_features(source)
    return _of_columnar(source, wanted)


def _of_columnar(source: Any, wanted: frozenset[str]) -> MemoryTable | None:  # noqa: ANN401
    if isinstance(source, pa.Table):
        return _of_table(source)
    if isinstance(source, pa.RecordBatch):
        return _of_table(pa.Table.from_batches([source]))
    for convert in ("to_arrow_table", "fetch_arrow_table"):  # a relation of DuckDB
        if _can(source, convert):
            return _of_table(getattr(source, convert)())
    if hasattr(source, "columns") and hasattr(source, "__getitem__"):
        return _of_frame(source, wanted)
    if hasattr(source, "dtype") and hasattr(source, "to_numpy"):
        return _of_series(source, wanted)
    return _of_stream(source) if hasattr(source, "__arrow_c_stream__") else None


def _can(source: Any, method: str) -> bool:  # noqa: ANN401
    return callable(getattr(source, method, None))


def _of_table(table: pa.Table) -> MemoryTable:
    def open_columns(columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        return (table if columns is None else table.select(list(columns))).to_reader()

    return MemoryTable(open_columns, table.to_reader, size_bytes=table.nbytes)


def _of_stream(source: Any) -> MemoryTable:  # noqa: ANN401
    try:
        return _of_table(pa.table(source))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise _unreadable(source, error) from error


def _of_dataset(source: Any) -> MemoryTable:  # noqa: ANN401  a pyarrow.dataset.Dataset
    def open_columns(columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        chosen = None if columns is None else list(columns)
        return source.scanner(columns=chosen).to_reader()

    return MemoryTable(open_columns, open_columns)


def _of_features(source: Any) -> MemoryTable:  # noqa: ANN401  a data set of Hugging Face
    def open_columns(columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        chosen = source if columns is None else source.select_columns(list(columns))
        rows = chosen.with_format("arrow").iter(batch_size=_BATCH_ROWS)
        schema = source.features.arrow_schema
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        return pa.RecordBatchReader.from_batches(schema, _batches(rows, schema))

    if source.features is None:
        remedy = "name them: data_set.cast(features), or give its rows as a generator"
        raise InputError("the data set does not know its columns", remedy=remedy)
    return MemoryTable(open_columns, open_columns)


def _batches(tables: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
    for table in tables:
        yield from table.select(schema.names).cast(schema).to_batches()


def _of_mapping(source: Mapping[Any, Any], wanted: frozenset[str]) -> MemoryTable | None:
    """Return lists by column as a table; None for one row, and for tables by name."""
    lists = [value for value in source.values() if _is_column(value)]
    if not source or len(lists) < len(source):
        return None
    if len({len(column) for column in lists}) > 1:
        sizes = ", ".join(f"{name!r}: {len(column):,}" for name, column in source.items())
        raise InputError(
            f"columns of different lengths ({sizes})", remedy="give each row a value in each"
        )
    if all(hasattr(value, "column_names") for value in source.values()):
        raise InputError(
            f"several data sets: {', '.join(map(repr, source))}", remedy="give one of them"
        )
    return _of_columns({str(name): column for name, column in source.items()}, wanted)


def _is_column(value: object) -> bool:
    return not isinstance(value, str | bytes | Mapping) and hasattr(value, "__len__")


def _of_frame(frame: Any, wanted: frozenset[str]) -> MemoryTable:  # noqa: ANN401
    names = [str(name) for name in frame.columns]
    columns = {str(name): _Later(frame, name) for name in frame.columns}
    if len(columns) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        if twice in wanted:
            raise InputError(f"two columns are called {twice!r}", remedy="rename one")
    return _of_columns(columns, wanted, index=_index_of(frame), rows=len(frame), whole=frame)


def _of_series(series: Any, wanted: frozenset[str]) -> MemoryTable:  # noqa: ANN401
    return _of_columns({"text": series}, wanted, index=_index_of(series))


def _index_of(frame: Any) -> pa.Array | None:  # noqa: ANN401
    """Return the index of a pandas object as ids; None when it names nothing, or things twice."""
    index = getattr(frame, "index", None)
    if not getattr(index, "is_unique", False) or getattr(index, "nlevels", 1) > 1:
        return None
    ids = _array_of(index, "id")
    if pa.types.is_temporal(ids.type) or pa.types.is_floating(ids.type):
        ids = ids.cast(pa.string())
    return None if ids.null_count else ids


@dataclass(frozen=True)
class _Later:
    """A column of a frame, taken out of it when it is needed."""

    frame: Any
    name: Any


def _of_columns(
    given: Mapping[str, Any],
    wanted: frozenset[str],
    *,
    index: pa.Array | None = None,
    rows: int | None = None,
    whole: Any = None,  # noqa: ANN401  the frame that they are of
) -> MemoryTable:
    count = len(next(iter(given.values()))) if rows is None else rows
    made: dict[str, pa.Array] = {} if index is None else {INDEX: index}

    def column(name: str) -> pa.Array:
        if name not in made:
            used = name in wanted
            made[name] = _array_of(_taken(given[name]), name) if used else pa.nulls(count)
        return made[name]

    def open_columns(columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        chosen = [*given, *([] if index is None else [INDEX])] if columns is None else columns
        return pa.table({name: column(name) for name in chosen}).to_reader()

    def open_all() -> pa.RecordBatchReader:
        if whole is not None and hasattr(whole, "__arrow_c_stream__"):
            return _of_stream(whole).open_all()
        converted = {name: _array_of(_taken(given[name]), name) for name in given}
        return pa.table(converted).to_reader()

    return MemoryTable(open_columns, open_all, None if index is None else INDEX)


def _taken(values: Any) -> Any:  # noqa: ANN401
    return values.frame[values.name] if isinstance(values, _Later) else values


def _array_of(values: Any, name: str) -> pa.Array | pa.ChunkedArray:  # noqa: ANN401
    """Return a column as Arrow has it; as strings where its values are of several types."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    try:
        if hasattr(values, "to_arrow"):  # polars
            return values.to_arrow()
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, UnicodeEncodeError):
        pass
    strings = [_string(value, name) for value in values]
    return strings_to_arrow(strings, pa.large_string())


def _string(value: Any, name: str) -> str | None:  # noqa: ANN401
    found = string_of(value, "author" if name != "text" else "text")
    try:
        return None if found is None else found.encode("utf-8", "strict").decode()
    except UnicodeEncodeError:
        return None


def _unreadable(source: object, error: Exception) -> InputError:
    said = str(error).splitlines()[0]
    return InputError(
        f"the {type(source).__name__} has a column that is no Arrow type: {said}",
        remedy="give each column one type",
    )
