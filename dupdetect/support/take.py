"""Rows out of Arrow columns of any type, also of those that Arrow itself takes none out of.

It has no way yet to take from views of strings or bytes, nor from run-end encoded values, at
whatever depth of a column they stand. They are laid out plainly, taken from, and put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.support.columns import to_arrow, to_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "is_run_end_encoded",
    "is_view",
    "plain",
    "restored",
    "take",
    "take_rows",
    "without_runs",
]

_OWN_BUFFERS = 2  # of a list or a map: which are null, and offsets
_OF_FIXED_SIZE = 1
_OF_LIST_VIEW = 3  # and sizes


def take_rows(batch: pa.RecordBatch, rows: NDArray[np.int64]) -> pa.RecordBatch:
    """Return some rows of a batch.

    Parameters
    ----------
    batch : pa.RecordBatch
        With columns of any type.
    rows : ndarray of int64, shape (k,)
        From 0.

    Examples
    --------
    >>> batch = pa.record_batch({"id": pa.array(["a", "b"], pa.string_view())})
    >>> take_rows(batch, np.array([1])).to_pylist()
    [{'id': 'b'}]
    """
    if not batch.num_columns:
        return batch.slice(0, rows.size)
    columns = [take(column, rows) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def take(array: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    """Return some values of a column of any type; `rows` int64, shape (k,), from 0."""
    taken = to_arrow(rows)
    try:
        return array.take(taken)
    except pa.ArrowNotImplementedError:
        return restored(plain(array).take(taken), array.type)


def is_view(kind: pa.DataType) -> bool:
    """Whether values are strings or bytes that stand elsewhere than in order."""
    return bool(pa.types.is_string_view(kind) or pa.types.is_binary_view(kind))


def is_run_end_encoded(kind: pa.DataType) -> bool:
    """Whether equal values that follow each other are held once."""
    return bool(pa.types.is_run_end_encoded(kind))


def plain(array: Any) -> pa.Array:  # noqa: ANN401
    """Return the values without views, as bytes, and without run-end encoding.

    Examples
    --------
    >>> plain(pc.run_end_encode(pa.array(["a", "a", "b"]))).to_pylist()
    ['a', 'a', 'b']
    """
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return plain(array.storage)
    if is_view(kind):
        return array.cast(pa.large_binary())
    if is_run_end_encoded(kind):
        rows = np.arange(array.offset, array.offset + len(array))
        of_row = np.searchsorted(to_numpy(array.run_ends), rows, side="right")
        return plain(array.values).take(to_arrow(of_row))
    if pa.types.is_struct(kind):
        parts = [plain(array.field(index)) for index in range(kind.num_fields)]
        return _struct(parts, [field.name for field in kind], array)
    if not pa.types.is_nested(kind) or pa.types.is_union(kind):
        return array
    inner = plain(array.values)
    return _around(array, inner, _list_of(kind, inner.type))


def without_runs(kind: Any) -> pa.DataType:  # noqa: ANN401
    """Return a type that holds the same values, of which none are run-end encoded.

    Examples
    --------
    >>> without_runs(pa.run_end_encoded(pa.int32(), pa.string()))
    DataType(string)
    """
    if is_run_end_encoded(kind):
        return without_runs(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(without_runs(field.type)) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(without_runs(kind.key_type), without_runs(kind.item_type))
    if pa.types.is_nested(kind) and not pa.types.is_union(kind):
        return _list_of(kind, without_runs(kind.value_type))
    return kind


def restored(array: Any, kind: pa.DataType) -> pa.Array:  # noqa: ANN401
    """Return what :func:`plain` laid out, as the type it was."""
    if array.type == kind:
        return array
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, restored(array, kind.storage_type))
    if is_view(kind):
        return array.cast(pa.binary_view()).view(kind)  # as bytes: whether UTF-8 is not asked
    if is_run_end_encoded(kind):
        encoded = pc.run_end_encode(array, run_end_type=kind.run_end_type)
        values = restored(encoded.values, kind.value_type)
        return pa.RunEndEncodedArray.from_arrays(encoded.run_ends, values, kind)
    if pa.types.is_struct(kind):
        parts = [restored(array.field(index), field.type) for index, field in enumerate(kind)]
        return _struct(parts, list(kind), array)
    inner_kind = array.values.type
    if pa.types.is_map(kind):
        inner_kind = pa.struct([kind.key_field, kind.item_field])
    else:
        inner_kind = kind.value_type
    return _around(array, restored(array.values, inner_kind), kind)


def _struct(parts: list[pa.Array], fields: list[Any], like: pa.Array) -> pa.Array:
    named = {"names": fields} if fields and isinstance(fields[0], str) else {"fields": fields}
    return pa.StructArray.from_arrays(parts, mask=like.is_null(), **named)


def _around(array: Any, inner: pa.Array, kind: pa.DataType) -> pa.Array:  # noqa: ANN401
    """Put other values into lists that stay as they are."""
    count = _OWN_BUFFERS
    if pa.types.is_fixed_size_list(kind):
        count = _OF_FIXED_SIZE
    elif pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        count = _OF_LIST_VIEW
    own = array.buffers()[:count]
    return pa.Array.from_buffers(kind, len(array), own, offset=array.offset, children=[inner])


def _list_of(kind: Any, inner: pa.DataType) -> pa.DataType:  # noqa: ANN401
    if pa.types.is_map(kind):
        return pa.map_(inner.field(0).type, inner.field(1).type)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(inner, kind.list_size)
    makers = {
        "list": pa.list_,
        "large_list": pa.large_list,
        "list_view": pa.list_view,
        "large_list_view": pa.large_list_view,
    }
    return makers[str(kind).partition("<")[0]](inner)
