"""A row that was set aside is found by its id, and whoever asks for it is told why."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dupdetect.cli import main
from dupdetect.corpus import read
from dupdetect.corpus.aside import find_row_aside

GOOD = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."


def jsonl(folder: Path) -> Path:
    rows = [{"id": "a", "text": GOOD}, {"id": "b", "text": None}, {"text": 5, "id": 7}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    path = folder / "dump.jsonl"
    path.write_text(lines + '{"more": {"id": "x"}, "id": "cut", "text": "ends her')
    return path


def packed(folder: Path) -> Path:
    path = folder / "dump.jsonl.gz"
    path.write_bytes(gzip.compress(jsonl(folder).read_bytes()))
    return path


def table(folder: Path) -> Path:
    rows = {"id": ["a", "b", "7", "cut"], "text": [GOOD, None, None, None]}
    pq.write_table(pa.table(rows), folder / "dump.parquet")
    return folder / "dump.parquet"


def delimited(folder: Path) -> Path:
    path = folder / "dump.csv"
    with path.open("w", newline="") as file:
        rows = [["a", GOOD], ["b", "x", "y"], ["7", "x", "two\nlines"], ["cut", "", "", ""]]
        csv.writer(file).writerows([["id", "text"], *rows])
    return path


@pytest.mark.parametrize("made", [jsonl, packed, table, delimited], ids=lambda made: made.__name__)
def test_a_row_set_aside_is_found_by_its_id(tmp_path: Path, made: object) -> None:
    path = made(tmp_path)  # type: ignore[operator]
    with read(path, on_bad_row="skip") as corpus:
        assert corpus.ids.to_pylist() == ["a"]
        found = [find_row_aside(corpus, name) for name in ("b", "7", "cut")]
        assert [bad.start for bad in corpus.rejected] == [bad.start for bad in found if bad]
        assert [bad.line for bad in corpus.rejected] == [bad.line for bad in found if bad]
        assert find_row_aside(corpus, "nowhere") is None
        assert find_row_aside(corpus, "ut") is None


def test_compare_and_explain_say_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = jsonl(tmp_path), tmp_path / "out"
    said = f"{path}:2: the row with the id 'b' was set aside: no text"
    assert main(["compare", str(path), "a", "b"]) == 1
    assert said in capsys.readouterr().err
    assert main(["cluster", str(path), "-o", str(out), "--on-bad-row", "skip", "-q"]) == 0
    assert main(["explain", str(out), "b"]) == 1
    assert said in capsys.readouterr().err
    assert main(["explain", str(out), "nowhere"]) == 1
    assert "no story with the id 'nowhere'" in capsys.readouterr().err
    path.unlink()  # then it cannot be known
    assert main(["explain", str(out), "b"]) == 1
    assert "no story with the id 'b'" in capsys.readouterr().err


def test_an_empty_name_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = jsonl(tmp_path), tmp_path / "out"
    assert main(["cluster", str(path), "-o", str(out), "--on-bad-row", "skip", "-q"]) == 0
    for command in (["explain", str(out), "a"], ["report", str(out), "-o", str(tmp_path / "r")]):
        assert main([*command, "--stories", ""]) == 1
        assert "the name of the dump is empty; give the dump" in capsys.readouterr().err


def test_texts_that_moved_are_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their ids are the paths that they had."""
    before, after, out = tmp_path / "before", tmp_path / "after", tmp_path / "out"
    before.mkdir()
    for name in ("one", "two"):
        (before / f"{name}.txt").write_text(f"{GOOD} {GOOD}")
    assert main(["cluster", str(before), "-o", str(out), "-q"]) == 0
    before.rename(after)
    named = str(before / "two.txt")
    assert main(["explain", str(out), named, "--stories", str(after), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
    (after / "two.txt").write_text("Another text.")
    assert main(["explain", str(out), named, "--stories", str(after)]) == 1
    assert "other ids or texts" in capsys.readouterr().err
