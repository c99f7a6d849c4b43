"""Arrays and objects over many lines: every value is a row or set aside, with its place."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect import cluster
from dupdetect.cli import main
from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.readers import json_values
from dupdetect.corpus.readers.base import BadRow
from dupdetect.corpus.readers.json_values import JsonValues
from dupdetect.errors import InputError

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


ROWS = [json.dumps({"id": f"i{n}", "text": f"Story {n}, of [owls]."}) for n in range(4)]
AROUND = {
    "an array": ("[", "]"),
    "a list in an object": ('{"status": "ok", "articles": [', '], "next": 2}'),
    "a list in two": ('{"response": {"docs": [', '], "found": 4}, "c": []}'),
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("between", [", ", ",\n"])
def test_a_list_cut_off_anywhere_is_an_error_and_what_is_there_can_be_read(
    around: str, between: str, tmp_path: Path
) -> None:
    begin, end = AROUND[around]
    rows = between.join(ROWS)
    path = tmp_path / "a.json"
    whole = begin + rows + end
    for cut in range(len(begin) + len(ROWS[0]), len(whole)):
        path.write_text(whole[:cut])
        with pytest.raises(InputError, match="was it written to the end") as caught:
            read(path)
        line = whole[:cut].count("\n") + 1
        assert f"{path}:{line}" in str(caught.value)
        with read(path, on_bad_row="skip") as corpus:
            assert corpus.sources[0].ends_early
            there = [row for row in ROWS if row in whole[:cut]]
            assert corpus.ids.to_pylist() == [json.loads(row)["id"] for row in there]
            assert corpus.rows == len(there) + len(corpus.rejected)
            for bad in corpus.rejected:  # the row that the end stands in
                assert whole[bad.start : bad.end] == whole[:cut][bad.start :].rstrip()
    path.write_text(whole)
    with read(path) as corpus:
        assert not corpus.sources[0].ends_early
        assert len(corpus) == 4


def test_a_list_cut_off_between_rows_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cut = f"[{', '.join(ROWS)}".encode()
    Path("a.json").write_bytes(cut)
    Path("a.json.gz").write_bytes(gzip.compress(cut))
    for name in ("a.json", "a.json.gz"):
        said = (
            f"dupdetect: {name}:1: the array is not closed: the input ends after row 4; was it "
            "written to the end? Get it whole, or read the rows that are there with --on-bad-row "
            "skip\n"
        )
        assert main(["dedupe", name, "-o", "out"]) == 1
        assert capsys.readouterr().err == said
        assert main(["index", "create", f"{name}.index"]) == 0
        assert main(["index", "add", f"{name}.index", name]) == 1
        assert capsys.readouterr().err == said
        skip = ["--on-bad-row", "skip"]
        assert main(["index", "add", f"{name}.index", name, *skip]) == 0
        assert "added 4; skipped 0; rejected 0; inputs ending early 1;" in capsys.readouterr().err
        assert main(["cluster", name, "-o", f"{name}.found", *skip]) == 0
        assert f"cut off  {name} ends early: rows may be missing" in capsys.readouterr().out
        summary = json.loads(Path(f"{name}.found", "summary.json").read_text())
        assert (summary["stories"], summary["rejected"]) == (4, 0)
        assert summary["inputs"][0]["ends_early"]
        assert main(["explain", f"{name}.found", "i1"]) == 0  # reads the input once more
        capsys.readouterr()
    with pytest.raises(InputError, match="the array is not closed"):
        cluster(Path("a.json"))


def test_arrays_and_objects_that_follow_each_other_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    first, second = f"[{', '.join(ROWS[:2])}]", f"[{', '.join(ROWS[2:])}]"
    wrapped = f'{{"articles": {first}}}'
    inputs = [
        *(first + between + second for between in (" ", "\n", "")),
        f"{first}\n{ROWS[2]}\n{ROWS[3]}",
        f"{wrapped} {second}",
        f'{wrapped}\n{{"x": [], "articles": {second}}}',
    ]
    for data in inputs:
        path.write_text(data)
        with read(path) as corpus:
            assert corpus.ids.to_pylist() == ["i0", "i1", "i2", "i3"]
        path.write_text(data[:-1])
        with pytest.raises(InputError, match="was it written to the end"):
            read(path)
        assert main(["dedupe", str(path), "--on-bad-row", "skip", "-o", str(path) + "l", "-q"]) == 0


OTHERS = {
    "no comma": (f"[{ROWS[0]} {ROWS[1]}, {ROWS[2]}]", ROWS[1], "row 2: no comma in front of it"),
    "text behind": (f"[{ROWS[0]}, {ROWS[2]}] x, y", "x, y", "row 3: text after the array: 'x, y'"),
    "a bracket": (f"[{ROWS[0]}, {ROWS[2]}]]", "]", "row 3: text after the array: ']'"),
    "another bracket": (f"[{ROWS[0]}, {ROWS[2]}}}]", "}", "row 3: no JSON object: '}'"),
    "a number": (f"[{ROWS[0]}, 5, {ROWS[2]}]", "5", "row 2: no JSON object: '5'"),
    "no object": (f"[{ROWS[0]}, [5], {ROWS[2]}]", "[5]", "row 2: expected a JSON object, found"),
    "no start": (f"{{\n{ROWS[0][1:]}\n{ROWS[2]}\n]", "]", "row 3: not JSON: ']'"),
    "no text": (f'[{ROWS[0]}, {{"id": 5}}, {ROWS[2]}]', '{"id": 5}', "row 2: no text: 'text' is"),
    "broken": (f'[{ROWS[0]}, {{"id" 5}}, {ROWS[2]}]', '{"id" 5}', "row 2: not valid JSON"),
    "behind a list in an object": (
        f'{{"items": [{ROWS[0]}, {ROWS[2]}]}} x',
        "x",
        "row 3: text after the array: 'x'",
    ),
    "an object without the list": (
        f'{{"items": [{ROWS[0]}, {ROWS[2]}]}} {{"other": [{ROWS[1]}]}}',
        f'{{"other": [{ROWS[1]}]}}',
        "row 3: no list 'items' in the object",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_else_stands_between_rows_is_a_bad_row_and_named_by_its_number(
    name: str, tmp_path: Path
) -> None:
    data, bad, said = OTHERS[name]
    path = tmp_path / "a.json"
    path.write_text(data)
    with pytest.raises(InputError) as caught:
        read(path)
    assert f": {said}" in str(caught.value)
    with read(path, on_bad_row="skip") as corpus:
        assert corpus.ids.to_pylist() == ["i0", "i2"]
        (row,) = corpus.rejected
        assert data[row.start : row.end] == bad
        assert not corpus.sources[0].ends_early


@given(st.integers(0, 5), st.sampled_from(["", " ", "\n", "\n \n  "]), st.integers(1, 40))
def test_a_place_counts_in_the_line_of_the_file(before: int, inside: str, size: int) -> None:
    bad = f'{{"text":{inside} "a"{inside} 5}}'
    rows = [json.dumps({"text": "é" * n}) for n in range(before + 1)]
    data = f"[{f',{inside}'.join([*rows, bad, *rows])}]".encode()
    found: list[BadRow] = []

    def reject(bad: BadRow, *, line: int, start: int, end: int) -> None:
        del start, end
        bad.line = bad.line or line
        found.append(bad)

    reader = JsonValues(Bytes(data, size), path="a", names=FieldNames(), reject=reject)
    assert sum(len(batch.columns["text"]) for batch in reader.batches()) == 2 * len(rows)
    (place,) = found
    assert place.reason.startswith(f"row {len(rows) + 1}: not valid JSON")
    assert place.line is not None
    assert place.column is not None
    assert data.split(b"\n")[place.line - 1][place.column - 1 :].startswith(b"5}")


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
