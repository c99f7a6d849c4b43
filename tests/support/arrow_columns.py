"""Columns of the types that Arrow files can have, five values each."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

VIEW = pa.string_view()
LISTS = [["a", None], [], None, ["c"], ["a twelve-byte string and more"]]
PAIRS = [["a", None], ["b", "c"], None, ["c", "d"], ["a twelve-byte string and more", ""]]


def encoded(values: list[Any], kind: pa.DataType) -> pa.Array:
    runs = pc.run_end_encode(pa.array(values, pa.large_string()))
    held = runs.values.cast(kind)
    whole = pa.run_end_encoded(runs.run_ends.type, kind)
    return pa.RunEndEncodedArray.from_arrays(runs.run_ends, held, whole)


RUNS = encoded(["a", "a", None, "b", "b"], pa.string())
COLUMNS = {
    "string_view": pa.array(["a", None, "a twelve-byte string and more", "", "e"], VIEW),
    "binary_view": pa.array([b"a", None, b"\xff" * 20, b"", b"e"], pa.binary_view()),
    "bytes that are no string": pa.array([b"\xff" * 20] * 5, pa.binary_view()).view(VIEW),
    "runs": RUNS,
    "runs of views": encoded(["a", "a", None, "b", "b"], VIEW),
    "lists": pa.array(LISTS, pa.list_(VIEW)),
    "large lists": pa.array(LISTS, pa.large_list(VIEW)),
    "list views": pa.array(LISTS, pa.list_view(VIEW)),
    "large list views": pa.array(LISTS, pa.large_list_view(VIEW)),
    "plain list views": pa.array(LISTS, pa.list_view(pa.string())),
    "lists of two": pa.array(PAIRS, pa.list_(VIEW, 2)),
    "lists of lists": pa.array([LISTS, [], None, [[]], [None]], pa.list_(pa.list_(VIEW))),
    "lists of runs": pa.ListArray.from_arrays([0, 1, 1, 3, 4, 5], RUNS),
    "structs": pa.array([{"x": "a"}, None, {"x": None}, {"x": "d"}, {"x": "e"}]).cast(
        pa.struct([pa.field("x", VIEW, metadata={"said": "so"})])
    ),
    "maps": pa.array([[("k", "v")], [], None, [("l", None)], []], pa.map_(VIEW, VIEW)),
    "numbers": pa.array([1, None, 3, 4, 5]),
    "dictionary": pa.array(["a", None, "b", "a", "c"]).dictionary_encode(),
}
