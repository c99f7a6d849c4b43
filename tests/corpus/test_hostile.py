"""Inputs made to crash, hang or fill the memory of whoever reads them."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dupdetect.corpus import builder, read
from dupdetect.corpus.read_ahead import Prefetched
from dupdetect.corpus.readers import delimited, jsonl
from dupdetect.corpus.readers.json_row import object_of
from dupdetect.corpus.streams import ByteStream
from dupdetect.errors import InputError, OutputError
from dupdetect.support import spill

pytestmark = pytest.mark.slow

FLIPS = 300
# In a process of its own: a crash would take the tests with it.
READER = """
import json, random, sys
import numpy as np
from dupdetect.corpus import read
from dupdetect.errors import DupdetectError, InputError
from dupdetect.output import copy_rows

path, flips = sys.argv[1], int(sys.argv[2])
whole = open(path, "rb").read()
ends = {"read": 0, "refused": 0}
for seed in range(flips):
    chance = random.Random(seed)
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.choice([0xFF, 0x7F, 0x80, chance.randrange(256)])
    with open(path, "wb") as file:
        file.write(data)
    try:
        with read(path, on_bad_row="skip") as corpus:
            copy_rows(corpus, np.ones(len(corpus), bool), path + ".kept")
        ends["read"] += 1
    except DupdetectError:
        ends["refused"] += 1
print(json.dumps(ends))
"""


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
def test_flipped_bytes_of_a_table_are_read_or_refused(tmp_path: Path, kind: str) -> None:
    rows = [
        {"id": str(n), "text": f"story {n} words " * 5, "more": {"deep": ["x" * n]}}
        for n in range(50)
    ]
    table = pa.Table.from_pylist(rows)
    path = tmp_path / "in"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=20)
    else:
        opened = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with opened(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=20)
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path), str(FLIPS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    ends = json.loads(done.stdout)
    assert ends["read"] + ends["refused"] == FLIPS
    assert min(ends.values()) > FLIPS // 20


@pytest.mark.parametrize(
    ("long", "lines"),
    [
        (b"2," + b"word " * 100, 1),
        (b"2" + b",cell" * 100, 1),
        (b'2,"' + b"word\n" * 60, 51),
        (b'2,"' + b"w" * 300, 1),
    ],
)
def test_a_csv_row_beyond_the_limit_is_one_bad_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bytes, lines: int
) -> None:
    monkeypatch.setattr(delimited, "MAX_ROW_BYTES", 256)
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 64)
    path = tmp_path / "in.csv"
    path.write_bytes(b"id,text\n1,first\n" + long + b"\n3,third\n")
    with pytest.raises(InputError, match=r"in.csv:3: a row of more than 256 bytes; close the"):
        read(path)
    corpus = read(path, on_bad_row="skip")
    assert corpus.ids.to_pylist() == ["1", "3"]
    first, *others = corpus.rejected
    assert first.line == 3
    if lines == 1:
        assert others == []
        assert path.read_bytes()[first.start : first.end] == long
    else:  # given up inside the quotes: what follows is read line by line
        assert first.end - first.start > 256 - len(b"word\n")
        assert [bad.line for bad in others] == list(range(3 + lines, 63))


@pytest.mark.parametrize(
    ("line", "deep"),
    [
        (b"[" * 500 + b'{"' * 20 + b'"\\"' * 200_000, False),
        (b'{"a":"' + b"[" * 200_000 + b'"}', False),
        (b'{"a":' + b"[]" * 200_000 + b"}", False),
        (b"[" * 513 + b'"\\"' * 200_000 + b"\\", True),
    ],
)
def test_looking_for_deep_nesting_takes_linear_time(
    tmp_path: Path, line: bytes, deep: bool
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"text":"a"}\n' + line + b"\n")
    began = time.process_time()
    corpus = read(path, on_bad_row="skip")
    assert time.process_time() - began < 10  # a byte tried twice would be hours
    assert ["nested more than" in bad.reason for bad in corpus.rejected] in ([deep], [])


def test_rows_of_a_deep_stack(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"text":"a","x":' + b"[" * 500 + b"]" * 500 + b',"author":["b"]}\n')

    def deeper(levels: int) -> int:
        if levels:
            return deeper(levels - 1)
        corpus = read(path, on_bad_row="skip")
        return len(corpus) + len(corpus.rejected)

    assert deeper(0) == 1
    assert deeper(sys.getrecursionlimit() - 500) == 1


def test_more_bad_rows_than_good_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MOST_BAD_ROWS", 3)
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    bad.write_bytes(b"{\n" * 4)
    good.write_bytes(b'{"text":"a"}\n' * 4)
    assert len(read([good, bad], on_bad_row="skip").rejected) == 4
    good.write_bytes(b'{"text":"a"}\n' * 3)
    with pytest.raises(InputError, match=r"bad.jsonl:4:2: 4 rows are bad, more than are good"):
        read([good, bad], on_bad_row="skip")


def test_short_bad_rows_are_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MOST_SHORT_ROWS", 3)
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b'{"text":"a"}\n' + b"{\n" * 4)
    with pytest.raises(InputError, match=r"bad.jsonl:5:2: 4 rows are bad"):
        read(path, on_bad_row="skip")
    path.write_bytes(b'{"text":"a"}\n' + (b"{" + b" " * 70 + b"\n") * 9)
    assert len(read(path, on_bad_row="skip").rejected) == 9


def test_good_rows_behind_bad_ones_count(tmp_path: Path) -> None:
    """More good rows than bad ones in one chunk, whichever come first."""
    path, bad = tmp_path / "rows.jsonl", builder.MOST_SHORT_ROWS + 1
    good = b"".join(b'{"text":"%x"}\n' % number for number in range(bad))
    for rows in (b"{\n" * bad + good, good + b"{\n" * bad):
        path.write_bytes(rows)
        found = read(path, on_bad_row="skip")
        assert (len(found), len(found.rejected)) == (bad, bad)
    path.write_bytes(b"{\n" * (bad + 1) + good)
    with pytest.raises(InputError, match="more than are good"):
        read(path, on_bad_row="skip")


@pytest.mark.parametrize("count", [jsonl._LINES_LOOKED_AT + more for more in (-1, 0, 1, 5000)])
@pytest.mark.parametrize("bad", [b'{"a" 1}' + b" " * 70 + b"\n", b"\n", b" \r\n"])
def test_the_first_story_stands_far_down(tmp_path: Path, bad: bytes, count: int) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(bad * count + b'{"name":"x","body":"a"}\n')
    found = read(path, on_bad_row="skip")
    assert found.sources[0].fields == {"text": "body"}
    assert found.row_line.tolist() == [count + 1]
    assert found.row_start.tolist() == [len(bad) * count]
    rows = len(found.rejected)
    assert (rows, found.blank_lines) == ((count, 0) if bad[:1] == b"{" else (0, count))


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_long_ids_are_bad_rows(tmp_path: Path, ending: str) -> None:
    most = builder.LONGEST_ID
    ids, texts = ["a" * most, "é" * (most // 2) + "b", "c"], ["x", "y", "z"]
    path = tmp_path / f"in.{ending}"
    if ending == "parquet":
        pq.write_table(pa.table({"id": ids, "text": texts}), path)
    elif ending == "csv":
        path.write_text("id,text\n" + "".join(map("{},{}\n".format, ids, texts)), "utf-8")
    else:
        rows = [{"id": one, "text": text} for one, text in zip(ids, texts, strict=True)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found = read(path, on_bad_row="skip")
    assert found.ids.to_pylist() == [ids[0], "c"]
    assert [found.text_of(row) for row in range(2)] == ["x", "z"]
    assert [bad.reason for bad in found.rejected] == [
        "an id of 2,049 bytes, at most 2,048 are read"
    ]
    with pytest.raises(InputError, match="name another field with --id-field"):
        read(path)


def test_blank_lines_before_the_first_story_are_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []

    def counted(line: bytes) -> dict[str, Any]:
        parsed.append(line)
        return object_of(line)

    monkeypatch.setattr(jsonl, "object_of", counted)
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\n" * (3 << 20) + b'{"text":"a"}\n' + b"\n" * 9)
    found = read(path)
    assert (len(found), found.blank_lines) == (1, (3 << 20) + 9)
    assert len(parsed) < 20


def test_reading_ahead_can_be_left_while_nothing_comes(tmp_path: Path) -> None:
    del tmp_path
    asked, answer = threading.Event(), threading.Event()

    class Silent:
        def read(self, size: int) -> bytes:
            del size
            asked.set()
            answer.wait(60)
            return b""

        def close(self) -> None:
            """Nothing to close."""

    stream = ByteStream.__new__(ByteStream)
    stream.readinto = lambda view: len(Silent().read(len(view)))  # type: ignore[method-assign]
    ahead = Prefetched(stream)
    assert asked.wait(10)
    began = time.monotonic()
    ahead.stop()
    assert time.monotonic() - began < 10
    answer.set()


def test_limited_address_space_is_not_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.zeros(1 << 19, dtype=np.uint8)  # more than is held where address space is limited
    for limit, spilled in ((resource.RLIM_INFINITY, False), (1 << 30, True), (1 << 33, False)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        kept = spill.Spill(1 << 28)
        kept.append(data)
        array, file = kept.finish()
        assert (file is not None) == spilled
        assert bytes(array) == bytes(data)
        kept.close()


def test_no_temporary_folder_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(OutputError, match=r"a temporary folder: No usable.*; free some space"):
        spill.unnamed_file()
