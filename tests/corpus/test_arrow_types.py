"""Ids and texts are read out of Arrow columns of every type that can hold them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dupdetect.corpus import read
from dupdetect.corpus.readers import arrow
from dupdetect.errors import InputError
from tests.support.arrow_columns import VIEW, encoded

TEXTS = ["x", "x", "y", "z", "x"]
VALUES = pa.array(TEXTS)
TEXT_COLUMNS = {
    "string_view": pa.array(TEXTS, VIEW),
    "binary_view": pa.array([text.encode() for text in TEXTS], pa.binary_view()),
    "runs": encoded(TEXTS, pa.string()),
    "runs of views": encoded(TEXTS, VIEW),
    "dictionary of views": pa.DictionaryArray.from_arrays(
        pa.array([0, 0, 1, 2, 0]), pa.array(["x", "y", "z"], VIEW)
    ),
    "lists": pa.array([[text] for text in TEXTS], pa.list_(VIEW)),
    "list views": pa.array([[text] for text in TEXTS], pa.list_view(pa.string())),
}
NUMBERS = pa.array([1, 2, 3, 4, 5])
ID_COLUMNS = {
    "string_view": NUMBERS.cast(pa.string()).cast(VIEW),
    "runs of numbers": pc.run_end_encode(NUMBERS),
    "dictionary of numbers": NUMBERS.dictionary_encode(),
}


def write(path: Path, table: pa.Table) -> Path:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return path


@pytest.mark.parametrize("id_type", ID_COLUMNS)
@pytest.mark.parametrize("text_type", TEXT_COLUMNS)
def test_types_of_columns(tmp_path: Path, text_type: str, id_type: str) -> None:
    table = pa.table({"id": ID_COLUMNS[id_type], "text": TEXT_COLUMNS[text_type]})
    with read(write(tmp_path / "in.arrow", table)) as stories:
        assert stories.ids.to_pylist() == list("12345")
        assert [stories.text_of(row) for row in range(5)] == TEXTS
        assert (stories.id_type is None) == (id_type == "string_view")


def test_a_view_that_is_not_utf8_is_a_bad_row_alone(tmp_path: Path) -> None:
    texts = pa.array([b"x", b"\xff" * 20], pa.binary_view()).view(VIEW)
    path = write(tmp_path / "in.arrow", pa.table({"id": ["a", "b"], "text": texts}))
    with read(path, on_bad_row="skip") as stories:
        assert stories.ids.to_pylist() == ["a"]
        assert "not valid UTF-8" in stories.rejected[0].reason


def test_texts_held_once_for_many_rows_are_looked_up_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrow, "_MOST_BYTES", 250)
    texts = ["x" * 100, "x" * 100, "y" * 300, None, "x" * 100, "y" * 300]
    for column in (pa.array(texts).dictionary_encode(), pc.run_end_encode(pa.array(texts))):
        longer = pa.concat_arrays([column, column]).slice(6)
        parts = list(arrow._parts(pa.record_batch({"text": longer})))
        assert parts == [(0, 2), (2, 3), (3, 5), (5, 6)]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_a_time_beyond_the_calendar_is_no_text(unit: str) -> None:
    """Python's dates end with the year 9999, those of Arrow do not."""
    late = pa.array([2**62, 1], pa.int64()).cast(pa.timestamp(unit))
    table = pa.table({"id": ["a", "b"], "text": ["one", "two"], "guid": late})
    with read(table) as stories:
        assert stories.ids.to_pylist() == ["a", "b"]
    with pytest.raises(InputError, match="name one with --text-field"):
        read(pa.table({"id": ["a", "b"], "text": ["one", "two"], "body": late}))
