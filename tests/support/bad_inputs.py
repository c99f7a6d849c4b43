"""One input for each row of the table of bad input in docs/inputs.md."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dupdetect.corpus import read
from dupdetect.support.dates import UNKNOWN_TIME

GOOD = b'{"id":"good","text":"Five words stand right here."}\n'
END = b'{"id":"end","text":"Other words end this small file."}\n'
ARRAY = b"[" + GOOD[:-1] + b",\n" + END[:-1] + b"]\n"
MARK = b"\xef\xbb\xbf"
DATES = [
    "2024-03-01", "2024-03-01T12:00:00Z", "2024/03/01", "01.03.2024", "20240301",
    "Fri, 01 Mar 2024 12:00:00 GMT", "March 1, 2024", "1 March 2024", "1709294400",
    "1709294400000",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An input; where `bad` is given it is what `skip` sets aside, from `line` on."""

    data: bytes | Callable[[Path], object]
    bad: bytes = b""
    line: int = 2
    name: str = "in.jsonl"
    check: Callable[[Path, bytes], object] = lambda _, __: None


def row(bad: bytes) -> Case:
    """Put one bad line between two good ones."""
    return Case(GOOD + bad + b"\n" + END, bad)


def stays(good: bytes, *, text: str = "t") -> Case:
    """Put one unusual line between two good ones, which is read and copied as it is."""

    def check(path: Path, kept: bytes) -> None:
        assert kept == GOOD + good + END
        with read(path) as corpus:
            assert corpus.text_of(1) == text

    return Case(GOOD + good + END, check=check)


def parquet(**columns: pa.Array | list[object]) -> Case:
    """Write a Parquet file."""
    return Case(lambda path: pq.write_table(pa.table(columns), path), name="in.parquet")


def table_row(path: Path) -> None:
    """Write a Parquet file whose second row has no text."""
    pq.write_table(pa.table({"id": [1, 2, 3], "text": ["a", None, "b"]}), path)


def arrow_with_wild_offsets(path: Path) -> None:
    """Write an Arrow file, and turn an offset of its texts into one far outside of it."""
    table = pa.table({"text": ["first story", "second story"]})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    offsets = (0).to_bytes(4, "little") + (11).to_bytes(4, "little") + (23).to_bytes(4, "little")
    data = path.read_bytes()
    assert data.count(offsets) == 1
    path.write_bytes(data.replace(offsets, offsets[:4] + b"\xff\xff\xff\x7f" + offsets[8:]))


def cut_zstd(path: Path) -> None:
    """Write a zstd file without its last bytes."""
    with pa.CompressedOutputStream(str(path), "zstd") as out:
        out.write(GOOD * 9)
    path.write_bytes(path.read_bytes()[:-4])


def long_line(path: Path) -> None:
    """Write a line of 200 MB between two good ones."""
    with path.open("wb") as file:
        file.write(GOOD + b'{"id":"long","text":"')
        for _ in range(200):
            file.write(b"word word " * 100_000)
        file.write(b'"}\n' + END)


def ids(*expected: str) -> Callable[[Path, bytes], None]:
    """Check the ids that are read."""

    def check(path: Path, _: bytes) -> None:
        with read(path) as corpus:
            assert corpus.ids.to_pylist() == list(expected)

    return check


def times(known: bool) -> Callable[[Path, bytes], None]:
    """Check that all dates, or none, are understood as the same day."""

    def check(path: Path, _: bytes) -> None:
        with read(path) as corpus:
            days = {int(time) // 86_400_000_000 for time in corpus.published_us}
            day = (dt.date(2024, 3, 1) - dt.date(1970, 1, 1)).days
            assert days == ({day} if known else {UNKNOWN_TIME // 86_400_000_000})

    return check


def dated(dates: list[str | None], *, known: bool) -> Case:
    """Give each story a date."""
    lines = [
        json.dumps({"id": n, "text": f"Story {n} has these words.", "date": date})
        for n, date in enumerate(dates)
    ]
    return Case("\n".join(lines).encode(), check=times(known))


def titles(*expected: str | None) -> Callable[[Path, bytes], None]:
    """Check the titles that are read, and that one is counted as unknown."""

    def check(path: Path, _: bytes) -> None:
        with read(path) as corpus:
            assert corpus.titles.to_pylist() == list(expected)
            assert corpus.unread == {"title": expected.count(None)}

    return check


def objects(kept: bytes) -> None:
    """Check that an array comes out as one."""
    assert json.loads(kept) == [{"id": "a", "text": "one two"}, {"id": "b", "text": "three"}]


def listed(kept: bytes, *expected: str) -> None:
    """Check the ids of the rows of an array."""
    assert [row["id"] for row in json.loads(kept)] == list(expected)


def alone(path: Path, kept: bytes) -> None:
    """Check that no story was taken for a copy of another."""
    assert kept == path.read_bytes()


def columns(path: Path, kept: bytes) -> None:
    """Check the strings that come out of other types."""
    with read(path) as corpus:
        assert corpus.ids.to_pylist() == ["7", "8"]
        assert corpus.text_of(1) == "second story"
        assert corpus.publishers.to_pylist() == ["A", "B"]
        assert (corpus.published_us > 0).all()
    assert pq.read_table(pa.BufferReader(kept)).equals(pq.read_table(path))


FURNITURE = b"".join(
    json.dumps({"id": number, "text": text}).encode() + b"\n"
    for number, text in enumerate(
        ["Share this article\nPhoto: Getty Images"] * 2 + ["Sign up now\nAll rights reserved"]
    )
)
CASES: dict[str, Case] = {
    "a byte that is not UTF-8": row(b'{"id":"b","text":"\xff"}'),
    "a lone surrogate, `\\ud800`": row(b'{"id":"b","text":"t","x":"\\ud800"}'),
    "a raw NUL or another control character": row(b'{"id":"b","text":"a\x00b"}'),
    "an escaped NUL, `\\u0000`": stays(b'{"id":"b","text":"\\u0000"}\n', text="\0"),
    "a line of NUL bytes": row(b"\0" * 4096),
    "a byte order mark at the start": Case(
        MARK + GOOD + END, check=lambda path, kept: alone(path, MARK + kept)
    ),
    "a byte order mark further on": row(MARK + b'{"id":"b","text":"t"}'),
    "CRLF line ends": Case((GOOD + END).replace(b"\n", b"\r\n"), check=alone),
    "blank lines": Case(
        b"\n \n" + GOOD + b"\t\r\n" + END + b"\n",
        check=lambda _, kept: pytest.fail(str(kept)) if kept != GOOD + END else None,
    ),
    "a line of more than 64 MiB": Case(
        long_line, b'{"id":"long","text":"' + b"word word " * 20_000_000 + b'"}'
    ),
    "a number as the text": row(b'{"id":"b","text":5}'),
    "null as the text, or no text": row(b'{"id":"b","text":null}'),
    "an object as the title": Case(
        b'{"id":"a","text":"t","title":{"main":"T"}}\n'
        b'{"id":"b","text":"u v","title":{"one":"T","two":"U"}}\n',
        check=titles("T", None),
    ),
    "a key twice that is used": row(b'{"id":"b","text":"1","text":"2"}'),
    "a key twice that is not used": stays(b'{"id":"b","text":"t","x":1,"x":2}\n'),
    "two objects on a line": row(b'{"id":"b","text":"t"} {"id":"c","text":"u"}'),
    "a row that is cut off": row(b'{"id":"b","text":"abc'),
    "a line that is no object": row(b"hello"),
    "nesting up to 512 levels deep": stays(
        b'{"id":"b","text":"t","x":' + b"[" * 511 + b"]" * 511 + b"}\n"
    ),
    "deeper nesting": row(b'{"id":"b","text":"t","x":' + b"[" * 512 + b"]" * 512 + b"}"),
    "an id missing in some rows": row(b'{"text":"b"}'),
    "an id of more than 2,048 bytes": row(b'{"id":"%s","text":"b"}' % (b"i" * 3000)),
    "no row with an id": Case(b'{"text":"a b"}\n\n{"text":"c d"}\n', check=ids("0", "1")),
    "an id twice": Case(GOOD + b'{"id":"good","text":"u v w"}\n', check=ids("good", "good#2")),
    "dates in ten formats": dated(list(DATES), known=True),
    "a date in no format, or none": dated(["soon", "2024-13-45", "", None], known=False),
    "an empty text": Case(GOOD + b'{"id":"b","text":""}\n{"id":"c","text":""}\n', check=alone),
    "texts of furniture only": Case(FURNITURE, check=alone),
    "a JSON array, or a list in an object, that is cut off between two rows": Case(
        b'{"items": [' + ARRAY[1:-2] + b",", name="in.json"
    ),
    "a row of a JSON array that is cut off": Case(
        ARRAY[:-2] + b',\n{"id":"b","te', b'{"id":"b","te', line=3, name="in.json"
    ),
    "no comma between two rows of a JSON array": Case(
        b"[" + GOOD + END + b"]", END.strip(), name="in.json"
    ),
    "anything else after a JSON array, or an object without the list of those before it": Case(
        b"[" + GOOD + b"]\nx", b"x", line=3, name="in.json"
    ),
    "two JSON arrays, or objects around lists, one after the other": Case(
        ARRAY + b'[{"id":"c","text":"A third."}]',
        name="in.json",
        check=lambda _, kept: listed(kept, "good", "end", "c"),
    ),
    "standard input that ends early": Case(
        GOOD + END + b'{"id":"b","te', b'{"id":"b","te', line=3, name="-"
    ),
    "a gzip file that is cut off": Case(gzip.compress(GOOD * 99)[:-9], name="in.jsonl.gz"),
    "a zstd file that is cut off": Case(cut_zstd, name="in.zst"),
    "a damaged gzip file": Case(gzip.compress(GOOD)[:-8] + b"\0" * 8),
    "a gzip bomb, 200-fold and over 1 GiB": Case(gzip.compress(GOOD + b" " * (1 << 25))),
    "a file packed twice": Case(gzip.compress(bz2.compress(GOOD))),
    "a file that changes while it is read": Case(GOOD + END),
    "a Parquet text that is no string": parquet(id=[1, 2], text=[5, 6]),
    "a Parquet id that is a fraction": parquet(id=[1.5, 2.5], text=["a", "b"]),
    "Parquet texts as bytes or dictionary, ids as numbers, dates as timestamps": Case(
        lambda path: pq.write_table(
            pa.table(
                {
                    "id": [7, 8],
                    "text": [b"first words", b"second story"],
                    "publisher": pa.array(["A", "B"]).dictionary_encode(),
                    "date": pa.array([dt.datetime(2024, 3, 1)] * 2),
                }
            ),
            path,
        ),
        name="in.parquet",
        check=columns,
    ),
    "a Parquet row without a text": Case(
        table_row,
        b'{"path":"in.parquet","row":2,"reason":"no text: \'text\' is null or not there"}',
        name="in.parquet",
    ),
    "a damaged Parquet file": Case(b"PAR1" + b"x" * 40 + b"PAR1", name="in.parquet"),
    "an Arrow file whose offsets lead outside it": Case(arrow_with_wild_offsets, name="in.arrow"),
    "a CSV quote inside a cell without quotes": Case(
        b'id,text\n1,a "b" c\n2,d\n', name="in.csv", check=alone
    ),
    "a CSV cell that goes on behind its quote": Case(
        b'id,text\n1,a\n2,"b"c\n3,d\n', b'2,"b"c', line=3, name="in.csv"
    ),
    "a CSV quote that is never closed": Case(
        b'id,text\n1,a\n2,"b\n3,d\n', b'2,"b\n3,d', line=3, name="in.csv"
    ),
    "a CSV row with more or fewer cells": Case(
        b"id,text\n1,a\n2,b,c\n3,d\n", b"2,b,c", line=3, name="in.csv"
    ),
    "more than a million bad rows, or 10,000 short ones, and fewer good ones": Case(
        GOOD + b"{\n" * 5 + END
    ),
    "no field that can be the text": Case(b'{"id":"a","words":"b"}\n'),
    "two fields that can be the text": Case(b'{"text":"a","body":"b"}\n'),
    "an empty file": Case(b""),
    "one JSON array, or objects over many lines": Case(
        b'[\n  {"id": "a", "text": "one two"},\n  {"id": "b", "text": "three"}]',
        check=lambda _, kept: objects(kept),
    ),
    "UTF-16": Case('{"text":"a"}'.encode("utf-16")),
    "another kind of file": Case(b"\x7fELF\x02\x01", name="in.bin"),
    "a folder without stories": Case(lambda path: path.mkdir()),
    "a name that is no file": Case(lambda _: None),
    "a pattern that fits no file": Case(lambda _: None, name="*.jsonl"),
}
