"""Nothing is lost: kept, removed and rejected rows are the input, byte for byte and in order.

Thousands of small dumps with copies and faults mixed in, each through the whole command line.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dupdetect.cli import main

pytestmark = pytest.mark.slow

MARK = b"\xef\xbb\xbf"
WORDS = [
    "ferry",
    "gozo",
    "fog",
    "dawn",
    "noon",
    "harbour",
    "wind",
    "no",
    "sailed",
    "again",
    "Łódź",
    "東京",
    "naïve",
    "“quoted”",
    "it's",
]
NO_STORY = [
    b"{",
    b"}",
    b"[]",
    b"hello",
    b'"text"',
    b"\0\0\0",
    b"[" * 600,
    b'{"id":"x","text":1}',
    b'{"id":"x","text":null}',
    b'{"id":"x","text":"\xff"}',
    b'{"id":"x","text":"\\ud800"}',
    b'{"id":"x","text":"a"}{}',
    b'{"id":"x","text":"a","text":"b"}',
    b'{"id":"","text":"a"}',
    b'{"text":"a"}',
    b'{"id":"x"}',
    b'{"id":"x","text":"\x01"}',
    MARK + b'{"id":"x","text":"a"}',
]


@pytest.fixture
def dedupe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run the command in an empty folder; the disk need not be waited for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: None)

    def run(*paths: str, kept: str) -> None:
        words = ["--removed", "removed", "--on-bad-row", "skip", "--rejects", "rejects"]
        words += ["--duplicate-id", "stop"]
        assert main(["dedupe", *paths, "-o", kept, *words, "-q", "--threads", "1"]) == 0

    return run


def make_texts(chance: random.Random, count: int) -> list[str]:
    """Make texts of which some are the same as one before, or cut from it."""
    texts: list[str] = []
    for _ in range(count):
        kind = chance.random()
        if texts and kind < 0.3:
            texts.append(chance.choice(texts))
        elif texts and kind < 0.45:
            words = chance.choice(texts).split(" ")
            texts.append(" ".join(words[len(words) // 2 :]))
        else:
            lengths = [0, 1, 9, 40, 60]
            texts.append(" ".join(chance.choices(WORDS, k=chance.choice(lengths))))
    return texts


def json_line(chance: random.Random, number: int, text: str) -> bytes:
    """Write a row in one of the ways in which people do."""
    fields: dict[str, Any] = {"id": chance.choice([number, str(number)]), "text": text}
    if chance.random() < 0.3:
        fields[chance.choice(["dupdetect", "more}", "x\\"])] = chance.choice(
            [{"a": [1]}, "}", None]
        )
    keys = list(fields)
    chance.shuffle(keys)
    line = json.dumps(
        {key: fields[key] for key in keys},
        ensure_ascii=chance.random() < 0.5,
        separators=chance.choice([(",", ":"), (", ", ": "), (" , ", " :\t")]),
    )
    return chance.choice([b"", b"", b" ", b"\t"]) + line.encode() + chance.choice([b"", b" "])


def packed(chance: random.Random, data: bytes) -> bytes:
    """Pack, or do not."""

    def zstd(data: bytes) -> bytes:
        out = pa.BufferOutputStream()
        with pa.CompressedOutputStream(out, "zstd") as stream:
            stream.write(data)
        return bytes(out.getvalue())

    ways: list[Callable[[bytes], bytes]] = [bytes, bytes, gzip.compress, zstd, bz2.compress]
    return chance.choice(ways)(data)


def lines_of(path: str | Path) -> list[bytes]:
    data = Path(path).read_bytes()
    return data.removesuffix(b"\n").split(b"\n") if data else []


def without_note(line: bytes) -> bytes:
    """Take back what a removed row was given; its last key is the note."""
    found = re.fullmatch(rb'(.*),"dupdetect(?:_1)?":\{"matched":[^{}]*\}(\}\s*)', line, re.DOTALL)
    assert found, line
    return found[1] + found[2]


def check_shares(good: list[bytes], kept: list[bytes], removed: list[bytes]) -> None:
    """Check that the two lists are the good rows, each in its order; no two rows are equal."""
    gone = set(removed)
    assert len(gone) == len(removed)
    assert kept == [row for row in good if row not in gone]
    assert removed == [row for row in good if row in gone]


@pytest.mark.parametrize("first", range(0, 2000, 500))
def test_json_lines(first: int, dedupe: Callable[..., None]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(first, first + 500):
        chance = random.Random(seed)
        good: list[bytes] = []
        bad: list[bytes] = []
        paths = []
        number = 0
        for name in ("a", "b")[: chance.choice([1, 1, 2])]:
            data = chance.choice([b"", b"", MARK])
            texts = make_texts(chance, chance.randint(1, 9))
            for at, text in enumerate(texts):
                number += 1
                row = json_line(chance, number, text)
                end = chance.choice([b"\n", b"\n", b"\r\n"])
                if at == 0 or chance.random() < 0.75:
                    good.append(row + end[:-1])
                    data += row + end
                elif chance.random() < 0.2:
                    data += chance.choice([b"", b" ", b"\t"]) + end
                elif chance.random() < 0.3:  # an id that was there before
                    row = b'{"text":"again","id":"1"}'
                    bad.append(row + end[:-1])
                    data += row + end
                else:
                    row = chance.choice(NO_STORY)
                    bad.append(row + end[:-1])
                    data += row + end
            if chance.random() < 0.3:
                data = data[:-1]  # what follows a last line without its end is the end
                if data.endswith(b"\r") and chance.random() < 0.5:
                    data += b"\n"
            path = f"{name}.jsonl"
            Path(path).write_bytes(packed(chance, data))
            paths.append(path)
        dedupe(*paths, kept="kept")
        removed = [without_note(row) for row in lines_of("removed")]
        assert lines_of("rejects") == bad, seed
        check_shares(good, lines_of("kept"), removed)
        seen.update(kept=len(good) - len(removed), removed=len(removed), rejected=len(bad))
    assert min(seen[kind] for kind in ("kept", "removed", "rejected")) > 300


def test_csv(dedupe: Callable[..., None]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(500):
        chance = random.Random(seed)
        mark, end = chance.choice(["", "\ufeff"]), chance.choice(["\n", "\r\n"])
        delimiter = chance.choice([",", ";", "\t", "|"])

        def written(
            cells: Iterable[object],
            *,
            chance: random.Random = chance,
            delimiter: str = delimiter,
            end: str = end,
        ) -> bytes:
            out = io.StringIO()
            quoting: Any = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
            csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerow(
                cells
            )
            return out.getvalue().encode()

        header = written(["id", "text", "more"])
        good: list[bytes] = []
        bad: list[bytes] = []
        data = mark.encode() + header
        texts = make_texts(chance, chance.randint(1, 9))
        for number, text in enumerate(texts):
            cell = text.replace(" ", chance.choice([" ", " ", end, f"{delimiter} ", '"'])) or "-"
            row = written([number, cell, chance.choice(["", "x", 'a "b"'])])
            if number == 0 or chance.random() < 0.8:
                good.append(row)
            elif chance.random() < 0.2:
                data += end.encode()
                continue
            else:
                row = (
                    chance.choice(
                        [
                            written([number, "one cell less"]).removesuffix(end.encode()),
                            f'{number}{delimiter}"a"b{delimiter}c'.encode(),
                            f"{number}{delimiter}\udcff{delimiter}c".encode(
                                errors="surrogateescape"
                            ),
                            f"{delimiter}no id{delimiter}c".encode(),
                            f"0{delimiter}id 0 again{delimiter}c".encode(),
                        ]
                    )
                    + end.encode()
                )
                bad.append(row)
            data += row
        if chance.random() < 0.2:
            bad.append(f'9{delimiter}"never closed{end}'.encode())
            data += bad[-1]
        Path("in.csv").write_bytes(packed(chance, data))
        dedupe("in.csv", kept="kept")
        kept, removed = Path("kept").read_bytes(), Path("removed").read_bytes()
        assert Path("rejects").read_bytes() == b"".join(bad), seed
        assert kept.startswith(header)
        note = re.compile(rb'%s"\{""matched"".*?\}"(?=\r?\n)' % re.escape(delimiter.encode()))
        rows, notes = note.subn(b"", removed)
        rows = rows.removeprefix(
            header.removesuffix(end.encode()) + f"{delimiter}dupdetect{end}".encode()
        )
        # Rows hold line ends: what is left of the input without the one is the other.
        gone = []
        for row in good:
            if rows.startswith(row):
                rows = rows.removeprefix(row)
                gone.append(row)
        assert rows == b""
        assert len(gone) == notes
        assert kept == header + b"".join(row for row in good if row not in gone), seed
        seen.update(kept=len(good) - notes, removed=notes, rejected=len(bad))
    assert min(seen[kind] for kind in ("kept", "removed", "rejected")) > 150


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_tables(kind: str, dedupe: Callable[..., None]) -> None:
    seen: Counter[str] = Counter()

    def back(path: str) -> list[dict[str, Any]]:
        table = pq.read_table(path) if kind == "parquet" else pa.ipc.open_file(path).read_all()
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    for seed in range(200):
        chance = random.Random(seed)
        rows: list[dict[str, Any]] = [
            {"id": number, "text": text, "more": {"deep": [number, None]}}
            for number, text in enumerate(make_texts(chance, chance.randint(2, 12)))
        ]
        bad = [number for number in range(1, len(rows)) if chance.random() < 0.2]
        for number in bad:
            rows[number].update(chance.choice([{"text": None}, {"id": None}, {"id": 0}]))
        table = pa.Table.from_pylist(rows)
        path = f"in.{kind}"
        if kind == "parquet":
            pq.write_table(table, path, row_group_size=5)
        else:
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=5)
        dedupe(path, kept=f"kept.{kind}")
        assert [json.loads(line)["row"] - 1 for line in lines_of("rejects")] == bad
        good = [row for number, row in enumerate(rows) if number not in bad]
        removed = back("removed")
        assert all(json.loads(row.pop("dupdetect"))["matched"] for row in removed)
        kept = back(f"kept.{kind}")
        assert kept == [row for row in good if row not in removed]
        assert removed == [row for row in good if row in removed]
        seen.update(kept=len(kept), removed=len(removed), rejected=len(bad))
    assert min(seen[kind] for kind in ("kept", "removed", "rejected")) > 100
