"""Rows are taken out of columns of every type, in any slice of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect.support.take import take, take_rows
from tests.support.arrow_columns import COLUMNS, VIEW


@pytest.mark.parametrize("name", COLUMNS)
@given(st.data())
def test_taken_values_are_those_of_the_rows(name: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, 4))
    column = COLUMNS[name].slice(first, data.draw(st.integers(1, 5 - first)))
    rows = data.draw(st.lists(st.integers(0, len(column) - 1)))
    found = take(column, np.array(rows, np.int64))
    found.validate(full=name != "bytes that are no string")
    assert found.type == column.type

    def values(array: pa.Array) -> list[Any]:
        held = array.view(pa.binary_view()) if name == "bytes that are no string" else array
        return list(held.to_pylist())

    given_values = values(column)
    assert values(found) == [given_values[row] for row in rows]


def test_the_bytes_of_other_rows_are_not_kept() -> None:
    batch = pa.record_batch({"text": pa.array(["x" * 1000, "y" * 1000] * 500, VIEW)})
    assert take_rows(batch, np.array([1])).nbytes < 2000


def test_a_batch_without_columns_has_rows_all_the_same() -> None:
    batch = pa.RecordBatch.from_struct_array(pa.array([{}, {}, {}], pa.struct([])))
    assert take_rows(batch, np.array([0, 2])).num_rows == 2
