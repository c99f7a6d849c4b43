"""Arrays and objects over many lines: every value is a row or set aside, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.cli import main
from dupdetect.corpus import FieldNames
from dupdetect.corpus.readers import json_values
from dupdetect.corpus.readers.base import BadRow
from dupdetect.corpus.readers.json_values import JsonValues

TEXTS = st.lists(st.text(st.sampled_from('aé"\\[]{}, \n'), max_size=12), min_size=1, max_size=8)


class Bytes:
    """Bytes that come a few at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = memoryview(data), size

    def readinto(self, view: memoryview) -> int:
        count = min(self.size, len(view), len(self.data))
        view[:count] = self.data[:count]
        self.data = self.data[count:]
        return count


def values(data: bytes, size: int) -> tuple[list[str], list[bytes], list[bytes]]:
    """Return the texts, the bytes of their rows, and those of the bad ones."""
    aside: list[bytes] = []

    def reject(bad: BadRow, *, line: int, start: int, end: int) -> None:
        del bad
        assert line == data[:start].count(b"\n") + 1
        aside.append(data[start:end])

    reader = JsonValues(Bytes(data, size), path="a", names=FieldNames(), reject=reject)
    texts, rows = [], []
    for batch in reader.batches():
        texts += batch.columns["text"].to_pylist()
        for line, start, end in zip(batch.line, batch.start, batch.end, strict=True):
            assert line == data[:start].count(b"\n") + 1
            rows.append(data[start:end])
    return texts, rows, aside


@settings(deadline=None)
@given(TEXTS, st.sampled_from([None, 2]), st.booleans(), st.integers(1, 40))
def test_values_are_found_wherever_blocks_end(
    texts: list[str], indent: int | None, is_array: bool, size: int
) -> None:
    rows: list[dict[str, Any]] = [{"text": text, "x": [[{}], text]} for text in texts]
    if is_array:
        data = json.dumps(rows, indent=indent).encode()
    else:
        data = "\n".join(json.dumps(row, indent=indent) for row in rows).encode()
    found, places, bad = values(data, size)
    assert found == texts
    assert [json.loads(place) for place in places] == rows
    assert not bad


def test_what_is_no_object_is_a_bad_row() -> None:
    data = b'[1, {"text": "a"}, "b", null, [2], {"text": 3}\n, {"text": "c"}, 4]'
    for size in (1, 7, 100):
        texts, _, bad = values(data, size)
        assert texts == ["a", "c"]
        assert [b" ".join(row.split()) for row in bad] == [
            b"1",
            b'"b", null',
            b"[2]",
            b'{"text": 3}',
            b"4",
        ]


def test_an_array_that_is_cut_off_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'[\n{"text": "a"},\n{"text": "b')
    assert main(["dedupe", str(path), "-o", str(tmp_path / "out")]) == 1
    assert "a.json:3:" in (said := capsys.readouterr().err)
    assert "the input ends inside this row" in said


def test_a_value_beyond_the_limit_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "MAX_ROW_BYTES", 64)
    with pytest.raises(Exception, match="a row of more than 64 bytes"):
        values(b'[{"text": "' + b"x" * 5000 + b'"}]', 16)


@pytest.mark.parametrize("form", ["array", "objects"])
def test_rows_come_out_as_they_were(form: str, tmp_path: Path) -> None:
    story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    rows: list[Any] = [{"id": n, "text": story if n < 2 else f"Other {n}"} for n in range(4)]
    rows.insert(2, {"id": 9})
    path = tmp_path / "in.json"
    many = [json.dumps(row, indent=1) for row in rows]
    path.write_text(f"[{', '.join(many)}]" if form == "array" else "\n".join(many))
    words = ["--on-bad-row", "skip", "--rejects", str(tmp_path / "rejects"), "-q"]
    words += ["--removed", str(tmp_path / "removed"), "-o", str(tmp_path / "kept")]
    assert main(["dedupe", str(path), *words]) == 0
    kept = (tmp_path / "kept").read_text()
    removed = (tmp_path / "removed").read_text()
    if form == "array":
        assert json.loads(kept) == [rows[0], rows[3], rows[4]]
        (gone,) = json.loads(removed)
    else:
        assert kept == "\n".join([many[0], many[3], many[4], ""])
        gone = json.loads(removed)
    assert gone.pop("dupdetect")["matched"] == "0"
    assert gone == rows[1]
    assert (tmp_path / "rejects").read_text().strip() == many[2]
