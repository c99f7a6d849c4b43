"""Every kind of input holds the same stories once it is read."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dupdetect.corpus import FieldNames, fields, read
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus, Source

ROWS: list[dict[str, Any]] = [
    {
        "id": str(10 + row),
        "title": f'Title, "{row}"' if row % 3 else None,
        "body": "zażółć\nthe second line " * row,
        "outlet": f"Paper {row % 2}",
        "date": f"2024-05-{row + 1:02}",
    }
    for row in range(7)
]
JSONL = b"".join(orjson.dumps(row) + b"\n" for row in ROWS)


def require_rows(corpus: Corpus, *, titles: bool = True) -> None:
    assert corpus.ids.to_pylist() == [row["id"] for row in ROWS]
    assert [corpus.text_of(row) for row in range(len(corpus))] == [row["body"] for row in ROWS]
    if titles:
        assert corpus.titles.to_pylist() == [row["title"] for row in ROWS]
    assert corpus.publishers.to_pylist() == [row["outlet"] for row in ROWS]
    assert corpus.published.to_pylist() == [row["date"] for row in ROWS]
    assert corpus.published_us.tolist() == [
        1_714_521_600_000_000 + day * 86_400_000_000 for day in range(7)
    ]
    assert corpus.authors.null_count == len(ROWS)
    assert not corpus.rejected


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return bytes(sink.getvalue())


PACKED = {
    None: JSONL,
    "gzip": gzip.compress(JSONL[:300]) + gzip.compress(JSONL[300:]),
    "zstd": zstd(JSONL),
    "bz2": bz2.compress(JSONL),
}


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("threads", [1, 2])
def test_compression_is_found_by_content(
    tmp_path: Path, compression: str | None, threads: int
) -> None:
    path = tmp_path / "misnamed.csv"
    path.write_bytes(PACKED[compression])
    with read(path, threads=threads) as corpus:
        require_rows(corpus)
        names = {
            "id": "id",
            "text": "body",
            "title": "title",
            "publisher": "outlet",
            "published": "date",
        }
        size = len(PACKED[compression])
        modified = path.stat().st_mtime_ns
        expected = Source(str(path), "jsonl", compression, names, size, modified)
        assert corpus.sources == (expected,)


def test_list_of_paths_numbers_rows_on(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text('{"text":"1"}\n\n{"text":"2"}\n{"text":5}\n')
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    with read(paths, on_bad_row="skip") as corpus:
        assert corpus.ids.to_pylist() == ["0", "1", "3", "4"]
        assert corpus.row_source.tolist() == [0, 0, 1, 1]
        assert corpus.row_line.tolist() == [1, 3, 1, 3]
        assert corpus.blank_lines == 2


@pytest.mark.parametrize("compression", PACKED)
def test_standard_input(compression: str | None) -> None:
    code = (
        "from dupdetect.corpus import read\n"
        "c = read('-')\n"
        "assert c.sources[0].path == '-' and c.sources[0].size_bytes == -1\n"
        "print(len(c), c.text_of(6)[:6], c.origins[0].open_bytes().read()[:7])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=PACKED[compression],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.stdout.decode().split(" ", 1)[0] == "7"
    assert "zażółć" in done.stdout.decode()
    assert """b'{"id":"'""" in done.stdout.decode()


def test_standard_input_that_ends_early() -> None:
    code = "from dupdetect.corpus import read; read('-')"
    done = subprocess.run(
        [sys.executable, "-c", code], input=JSONL[:-9], capture_output=True, check=False
    )
    assert b"InputError: -:7:" in done.stderr
    assert b"the input ends inside this row" in done.stderr


def test_standard_input_replaced_by_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(JSONL)))
    with read("-") as corpus:
        require_rows(corpus)


def test_a_pipe_with_a_name(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(JSONL,))
    writer.start()
    with read(pipe) as corpus:
        require_rows(corpus)
    writer.join()


def test_lists_of_texts_and_dictionaries() -> None:
    with read([row["body"] for row in ROWS]) as corpus:
        assert corpus.ids.to_pylist() == [str(row) for row in range(7)]
        assert corpus.text_of(6) == ROWS[6]["body"]
        assert corpus.sources[0].format == "text"
    with read(ROWS) as corpus:
        require_rows(corpus)
        assert corpus.sources[0].path == "<memory>"
        assert set(corpus.row_start.tolist()) == {-1}


@pytest.mark.parametrize("good", ["text", "dict"])
def test_bad_objects_in_lists(good: str) -> None:
    bad: list[Any] = (
        [None, 5, "\ud800"] if good == "text" else [{}, {"text": 5}, {"text": "\ud800"}]
    )
    rows = ["fine", *bad] if good == "text" else [{"text": "fine"}, *bad]
    with pytest.raises(InputError, match=r"<memory>:2: "):
        read(rows)
    with read(rows, on_bad_row="skip") as corpus:
        assert len(corpus) == 1
        assert [(bad.line, bad.start) for bad in corpus.rejected] == [(2, -1), (3, -1), (4, -1)]


def test_a_list_of_strings_is_never_a_list_of_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(JSONL)
    with pytest.raises(InputError, match=r"list of texts, .* give files as pathlib.Path objects"):
        read([str(path), str(path)])
    with read([str(path), "-"]) as corpus:
        assert corpus.text_of(0) == str(path)
        assert corpus.text_of(1) == "-"


def test_patterns_and_folders_are_the_files_in_them(tmp_path: Path) -> None:
    (tmp_path / "deep" / ".hidden").mkdir(parents=True)
    for name in ("a.jsonl", "b.jsonl.gz", "deep/c.jsonl", "deep/.hidden/d.jsonl", "notes.log"):
        row = orjson.dumps({"id": name, "text": "a story"})
        (tmp_path / name).write_bytes(gzip.compress(row) if name.endswith("gz") else row)
    for source, ids in (
        (tmp_path, ["a.jsonl", "b.jsonl.gz", "deep/c.jsonl"]),
        (str(tmp_path / "*.jsonl"), ["a.jsonl"]),
        (tmp_path / "**" / "*.jsonl", ["a.jsonl", "deep/c.jsonl"]),
    ):
        with read(source) as corpus:
            assert corpus.ids.to_pylist() == ids


def test_an_open_file_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(JSONL)
    for mode in ("r", "rb"):
        with path.open(mode) as file, pytest.raises(InputError, match="give its path"):
            read(file)


def table(rows: list[dict[str, Any]] = ROWS) -> pa.Table:
    return pa.Table.from_pylist(rows)


@pytest.mark.parametrize("kind", ["arrow", "pandas", "polars"])
def test_tables_in_memory(kind: str) -> None:
    source: object = table()
    if kind == "pandas":
        source = pd.DataFrame(ROWS)
    if kind == "polars":
        source = pl.DataFrame(ROWS)
    with read(source) as corpus:
        require_rows(corpus)
        assert corpus.sources[0].path == "<memory>"


@pytest.mark.parametrize("memory", [0, 1 << 20])
@pytest.mark.parametrize("kind", ["parquet", "file", "stream", "parquet.gz"])
def test_table_files(tmp_path: Path, kind: str, memory: int) -> None:
    path = tmp_path / "stories"
    if kind.startswith("parquet"):
        pq.write_table(table(), path, row_group_size=3)
    elif kind == "file":
        with pa.ipc.new_file(str(path), table().schema) as writer:
            writer.write_table(table(), max_chunksize=2)
    else:
        with pa.ipc.new_stream(str(path), table().schema) as writer:
            writer.write_table(table(), max_chunksize=2)
    if kind.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    with read(path, memory_bytes=memory) as corpus:
        require_rows(corpus)
        assert corpus.row_line.tolist() == list(range(1, 8))
        assert corpus.sources[0].format == ("parquet" if kind.startswith("parquet") else "arrow")


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array(["a", "b"], pa.large_string()),
        pa.array(["a", "b"], pa.string_view()),
        pa.array([b"a", b"b"], pa.binary()),
        pa.array(["x", "a", "b"]).slice(1),
    ],
)
def test_texts_of_every_string_type(column: pa.Array) -> None:
    with read(pa.table({"text": column, "id": pa.array([1, 2], pa.uint8())})) as corpus:
        assert [corpus.text_of(row) for row in range(2)] == ["a", "b"]
        assert corpus.ids.to_pylist() == ["1", "2"]


@pytest.mark.parametrize(
    ("columns", "pattern"),
    [
        ({"text": pa.array([1, 2])}, "the text 'text' is a column of int64, expected strings"),
        (
            {"text": ["a", "b"], "id": [1.5, 2]},
            "the id 'id' is a column of double, expected strings or whole numbers",
        ),
        (
            {"text": ["a", "b"], "id": [True, False]},
            "the id 'id' is a column of bool, expected strings or whole numbers",
        ),
        ({"words": ["a", "b"]}, "no field that can be the text; the fields are words"),
    ],
)
def test_tables_of_other_types(columns: dict[str, Any], pattern: str) -> None:
    with pytest.raises(InputError, match=pattern):
        read(pa.table(columns))


def test_what_cannot_be_read_of_optional_columns_is_unknown_and_counted() -> None:
    rows = {
        "text": ["a", "b"],
        "title": [{"x": 1, "y": 2}, {"x": 2, "y": 3}],
        "author": [[{"name": "Ann"}, {"name": "Bo"}], []],
        "date": ["soon", "2024-05-01"],
    }
    with read(pa.table(rows), names=FieldNames(title="title")) as corpus:
        assert corpus.titles.to_pylist() == [None, None]
        assert corpus.authors.to_pylist() == ["Ann, Bo", None]
        assert corpus.unread == {"author": 1, "published": 1, "title": 2}


def test_an_empty_table_or_list_is_an_empty_corpus() -> None:
    empty = pa.table({"text": pa.array([], pa.string())})
    sources: list[Any] = [[], (), iter(()), empty, {"text": []}]
    for source in sources:
        with read(source) as corpus:
            assert len(corpus) == corpus.rows == 0


def test_bad_rows_of_a_table() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
    )
    texts = pa.chunked_array([pa.array(["a", None]), broken, pa.array(["b", "c", ""])])
    rows = pa.table({"text": texts, "id": ["1", "2", "3", "", None, "6"]})
    with pytest.raises(InputError, match=r"<memory>:2: no text"):
        read(rows)
    with read(rows, on_bad_row="skip") as corpus:
        assert corpus.ids.to_pylist() == ["1", "6"]
        assert [bad.line for bad in corpus.rejected] == [2, 3, 4, 5]
        assert "UTF-8" in corpus.rejected[1].reason


def test_nested_columns_lists_and_times_of_a_table() -> None:
    rows = [{"text": "a", "by": ["B", "C"], "m": {"t": "T"}, "date": pd.Timestamp("2024-05-01")}]
    with read(table(rows), names=FieldNames(title="m.t", author="by")) as corpus:
        assert corpus.titles.to_pylist() == ["T"]
        assert corpus.authors.to_pylist() == ["B, C"]
        assert corpus.published_us.tolist() == [1_714_521_600_000_000]


CSV_CELLS = [
    ["id", "title", "body", "outlet", "date"],
    *([row[k] or "" for k in row] for row in ROWS),
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv(tmp_path: Path, delimiter: str, end: str, mark: bytes) -> None:
    quoted = [
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells) for cells in CSV_CELLS
    ]
    path = tmp_path / "stories.data"
    data = mark + (end.join(quoted) + end).encode()
    path.write_bytes(data)
    with read(path) as corpus:
        require_rows(corpus)
        assert corpus.sources[0].format == "csv"
        pieces = [
            data[start : stop + 1]
            for start, stop in zip(corpus.row_start, corpus.row_end, strict=True)
        ]
        assert mark + corpus.origins[0].header + b"".join(pieces) == data
        assert corpus.origins[0].delimiter == delimiter
        assert corpus.row_line[:3].tolist() == [2, 3, 5]


def test_csv_with_odd_quoting(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    bad = [b'2,"x"y', b"3,one,two", b"4", b"5,\xff", b',"noid"']
    path.write_bytes(
        b'id,text\n1,5" pipe\n\n' + b"\n".join(bad) + b'\n6,"a ""b"""\n7,"open\nto the end\n'
    )
    for row in bad:
        single = tmp_path / "b.csv"
        single.write_bytes(b"id,text\n0,a\n\n" + row + b"\n")
        with pytest.raises(InputError, match=r"b.csv:4: "):
            read(single)
    with read(path, on_bad_row="skip") as corpus:
        assert corpus.ids.to_pylist() == ["1", "6"]
        assert [corpus.text_of(row) for row in range(2)] == ['5" pipe', 'a "b"']
        assert [bad.line for bad in corpus.rejected] == [4, 5, 6, 7, 8, 10]
        data = path.read_bytes()
        assert [data[bad.start : bad.end] for bad in corpus.rejected[:5]] == bad
        assert "never closed" in corpus.rejected[5].reason
        assert corpus.blank_lines == 1


def test_csv_long_cells_and_only_a_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1," + "word " * 100_000 + "\n")
    with read(path) as corpus:
        assert len(corpus.text) == 500_000
    path.write_text("id,text\n")
    with pytest.raises(InputError, match="no stories: there is only a header"):
        read(path)


def test_spilled_texts_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with read(ROWS, memory_bytes=10) as corpus:
        assert list(tmp_path.iterdir()) == []
        require_rows(corpus)


def test_reading_again_notices_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(JSONL)
    with read(path) as corpus:
        opened = corpus.origins[0].open_bytes
        assert opened is not None
        with opened() as again:
            assert again.read() == JSONL
        path.write_bytes(JSONL + JSONL)
        with pytest.raises(InputError, match="it changed while it was read"):
            opened()
        path.unlink()
        with pytest.raises(InputError, match="it was read, and is gone"):
            opened()


@pytest.mark.parametrize("use", fields.CANDIDATES)
def test_every_candidate_is_found_and_the_better_one_taken_but_for_the_text(use: str) -> None:
    for name in fields.CANDIDATES[use]:
        seen: dict[tuple[str, ...], list[object]] = {("text",): [], (name,): []}
        if use == "text":
            del seen["text",]
            seen[name,] = []
        assert fields.resolve_fields(FieldNames(), seen, file="a")[use] == (name,)
    better, worse = ((name,) for name in fields.CANDIDATES[use][:2])
    both: dict[tuple[str, ...], list[object]] = {("text",): [], worse: [], better: []}
    if use == "text":
        with pytest.raises(InputError, match=f"can each be the {use}; .* --{use}-field"):
            fields.resolve_fields(FieldNames(), both, file="a")
        both[worse] = [None, None]
        assert fields.resolve_fields(FieldNames(), both, file="a")["text"] == better
    else:
        assert fields.resolve_fields(FieldNames(), both, file="a")[use] == better
        both[better] = [None, None]
        assert fields.resolve_fields(FieldNames(), both, file="a")[use] == worse


@pytest.mark.parametrize("name", fields.LAST_TEXTS)
def test_markup_and_summaries_are_the_text_only_where_there_is_no_other(name: str) -> None:
    seen: dict[tuple[str, ...], list[object]] = {(name,): ["A story."]}
    assert fields.resolve_fields(FieldNames(), seen, file="a")["text"] == (name,)
    seen["body",] = ["A story."]
    assert fields.resolve_fields(FieldNames(), seen, file="a")["text"] == ("body",)


def test_one_field_cannot_be_two_things() -> None:
    with pytest.raises(InputError, match="cannot be both the text and the title"):
        fields.resolve_fields(FieldNames(title="text", text="text"), {("text",): []}, file="a")


def test_many_fields_are_not_all_shown() -> None:
    seen: dict[tuple[str, ...], list[object]] = {(f"f{number}",): [] for number in range(30)}
    with pytest.raises(InputError, match="f19 and 10 more;"):
        fields.resolve_fields(FieldNames(), seen, file="a")
