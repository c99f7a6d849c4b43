"""The stories of a run read again: by place where nothing changed, else whole or not at all."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

import dupdetect
from dupdetect.corpus.reopen import read_stories
from dupdetect.errors import InputError

ROWS = [
    {
        "id": f"s{number}",
        "meta": {"outlet": f"Outlet {number}"},
        "title": f"Nº {number}" if number % 5 else None,
        "text": f"Story {number}, “quoted” 😀.\nIts second line is long enough: {'word ' * number}",
    }
    for number in range(300)
]
FLAT = [{**row, "meta": row["meta"]["outlet"]} for row in ROWS]  # type: ignore[index]
WANTED = ["s290", "s3", "s150", "s4", "none such"]


def jsonl(path: Path) -> None:
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in ROWS))


def packed(pack: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(  # type: ignore[return-value]
        pack(b"\xef\xbb\xbf" + b"".join(orjson.dumps(row) + b"\n\n" for row in ROWS))
    )


def csv(path: Path) -> None:
    pc.write_csv(pa.Table.from_pylist(FLAT), path)


def parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=70)


def arrow(path: Path) -> None:
    table = pa.Table.from_pylist(ROWS)
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=64)


WRITERS = {
    "jsonl": jsonl,
    "gzip": packed(gzip.compress),
    "bz2": packed(bz2.compress),
    "csv": csv,
    "parquet": parquet,
    "arrow": arrow,
}


def clustered(path: Path, outlet: str = "meta.outlet") -> dupdetect.Clustering:
    return dupdetect.cluster(path, names=dupdetect.FieldNames(publisher=outlet))


@pytest.mark.parametrize("kind", WRITERS)
def test_stories_are_read_by_their_place(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dump"
    WRITERS[kind](path)
    found = clustered(path, "meta" if kind == "csv" else "meta.outlet")
    with read_stories(found.summary, found.clusters, WANTED) as again:
        assert len(again) == 4, "no other row was read"
        ids = again.ids.to_pylist()
        assert ids == ["s3", "s4", "s150", "s290"]
        for at, id_ in enumerate(ids):
            row: dict[str, Any] = ROWS[int(id_[1:])]
            assert again.text_of(at) == row["text"]
            assert again.titles[at].as_py() == row["title"]
            assert again.publishers[at].as_py() == row["meta"]["outlet"]


def test_rows_without_an_id_field_keep_their_names(tmp_path: Path) -> None:
    for name, part in (("a.jsonl", ROWS[:7]), ("b.jsonl", ROWS[7:20])):
        lines = (orjson.dumps({"text": row["text"]}) + b"\n" for row in part)
        (tmp_path / name).write_bytes(b"".join(lines))
    found = dupdetect.cluster([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    with read_stories(found.summary, found.clusters, ["12", "2", "5"]) as again:
        assert again.ids.to_pylist() == ["2", "5", "12"]
        assert [again.text_of(at) for at in range(3)] == [ROWS[n]["text"] for n in (2, 5, 12)]


def garbled(path: Path, spared: dict[str, Any]) -> None:
    """Overwrite every row but one with other bytes, as if nothing had happened."""
    before = path.stat()
    rows = path.read_bytes().split(b"\n")
    kept = orjson.dumps(spared)
    path.write_bytes(b"\n".join(row if row == kept else b"#" * len(row) for row in rows))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_no_other_byte_of_the_dump_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    jsonl(path)
    found = clustered(path)
    garbled(path, ROWS[150])
    with read_stories(found.summary, found.clusters, ["s150"]) as again:
        assert again.text_of(0) == ROWS[150]["text"]
    with pytest.raises(InputError, match="a row is not the story that the run read there"):
        read_stories(found.summary, found.clusters, ["s150", "s151"])


def test_a_row_that_became_another_story_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    jsonl(path)
    found = clustered(path)
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b'"s150"', b'"x150"'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(InputError, match="a row is not the story that the run read there"):
        read_stories(found.summary, found.clusters, ["s150"])


def test_a_dump_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    jsonl(path)
    found = clustered(path)
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"\n\n")
    with pytest.raises(InputError) as caught:
        read_stories(found.summary, found.clusters, WANTED)
    said = str(caught.value)
    assert f"the dump has changed: {size + 2:,} bytes, {size:,} when the run read it" in said
    assert "--stories FILE" in said


def test_a_dump_that_was_only_touched_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    jsonl(path)
    found = clustered(path)
    os.utime(path, ns=(0, 0))
    with read_stories(found.summary, found.clusters, WANTED) as again:
        assert len(again) == len(ROWS)
    path.write_bytes(path.read_bytes().replace(b"Story 7,", b"Story 8,"))
    os.utime(path, ns=(0, 0))
    with pytest.raises(InputError, match="as many stories as the run read, but other ids or texts"):
        read_stories(found.summary, found.clusters, WANTED)


def test_a_dump_that_moved_must_hold_the_same_stories(tmp_path: Path) -> None:
    path, moved = tmp_path / "dump.jsonl", tmp_path / "moved.jsonl.gz"
    jsonl(path)
    found = clustered(path)
    moved.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    with pytest.raises(InputError, match=r"the dump of the run is gone.*--stories FILE"):
        read_stories(found.summary, found.clusters, WANTED)
    with read_stories(found.summary, found.clusters, WANTED, moved=[str(moved)]) as again:
        assert again.text_of(150) == ROWS[150]["text"]
    moved.write_bytes(orjson.dumps(ROWS[0]))
    with pytest.raises(InputError, match="1 story, but the run read 300"):
        read_stories(found.summary, found.clusters, WANTED, moved=[str(moved)])


def test_stories_from_memory_must_be_named() -> None:
    found = dupdetect.cluster(["One story.", "Another one."])
    with pytest.raises(InputError, match=r"the run did not read a file.*--stories FILE"):
        read_stories(found.summary, found.clusters, ["0"])
