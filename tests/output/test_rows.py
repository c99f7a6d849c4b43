"""No row is lost: kept, removed and rejected rows are the input, byte for byte and in order."""

from __future__ import annotations

import bz2
import csv
import errno
import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dupdetect.corpus import read
from dupdetect.errors import InputError, OutputError
from dupdetect.output import copy_rows, write_rejects
from dupdetect.products.corpus import Corpus
from tests.support.arrow_columns import COLUMNS

NOTE = b'{"matched":"a \\"b\\"","kind":"truncation"}'
MARK = b"\xef\xbb\xbf"


def write_all(corpus: Corpus, keep: list[bool], folder: Path, *, suffix: str = "jsonl") -> None:
    notes = [NOTE] * keep.count(False)
    kept, removed = folder / f"kept.{suffix}", folder / f"removed.{suffix}"
    copy_rows(corpus, np.array(keep, bool), kept, removed, notes)
    write_rejects(corpus, folder / "rejects")


def without_note(line: bytes, separator: bytes = b',"dupdetect') -> bytes:
    found = re.fullmatch(
        rb'(.*),"dupdetect(?:_\d)?":' + re.escape(NOTE) + rb"(\}[ \t\r]*)", line, re.DOTALL
    )
    assert found, line
    assert separator in line
    return found[1] + found[2]


def rows_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return data.removesuffix(b"\n").split(b"\n") if data else []


good_rows = st.builds(
    lambda text, more, space, ascii_only: (
        space + json.dumps({"text": text, **more}, ensure_ascii=ascii_only).encode() + space
    ),
    st.text(max_size=6),
    st.dictionaries(
        st.sampled_from(["dupdetect", "dupdetect_1", "x", "y}", "dupdetecł"]), st.text(max_size=3)
    ),
    st.sampled_from([b"", b" ", b"\t"]),
    st.booleans(),
)
bad_rows = st.sampled_from(
    [
        b"{",
        b'{"text":1}',
        b'{"text":"\xff"}',
        b'{"text":"a"}{}',
        b"[" * 2000,
        b'{"text":"\x00"}',
        b"}",
    ]
)
blank = st.sampled_from([b"", b" ", b"\t"])


@st.composite
def dumps(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Make the bytes of a dump, and what each of its lines is."""
    kinds = st.sampled_from(["kept", "kept", "removed", "bad", "blank"])
    parts: list[tuple[str, bytes]] = []
    for kind in draw(st.lists(kinds, min_size=1, max_size=12)):
        end = draw(st.sampled_from([b"", b"", b"\r"]))
        row = draw({"bad": bad_rows, "blank": blank}.get(kind, good_rows))
        parts.append((kind, row + end))
    parts.insert(0, ("kept", b'{"text":"first"}'))
    data = draw(st.sampled_from([b"", MARK])) + b"\n".join(row for _, row in parts)
    return data + draw(st.sampled_from([b"", b"\n", b"\n\n"])), parts


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(dumps(), min_size=1, max_size=3), st.booleans())
def test_kept_removed_and_rejected_rows_are_the_input(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[bytes, list[tuple[str, bytes]]]],
    packed: bool,
) -> None:
    folder = tmp_path_factory.mktemp("conserved")
    paths = []
    for number, (data, _) in enumerate(made):
        paths.append(folder / f"{number}.jsonl")
        paths[-1].write_bytes(gzip.compress(data) if packed else data)
    lines = [part for _, parts in made for part in parts]
    kinds = [kind for kind, _ in lines if kind in {"kept", "removed"}]
    with read(paths, on_bad_row="skip") as corpus:
        write_all(corpus, [kind == "kept" for kind in kinds], folder)
    assert rows_of(folder / "kept.jsonl") == [row for kind, row in lines if kind == "kept"]
    assert [without_note(row) for row in rows_of(folder / "removed.jsonl")] == [
        row for kind, row in lines if kind == "removed"
    ]
    assert rows_of(folder / "rejects") == [row for kind, row in lines if kind == "bad"]
    for row in rows_of(folder / "removed.jsonl"):
        found = orjson.loads(row)
        (key,) = found.keys() - orjson.loads(without_note(row)).keys()
        assert found[key] == orjson.loads(NOTE)


def read_bytes(tmp_path: Path, data: bytes, name: str = "in.jsonl") -> Corpus:
    path = tmp_path / name
    path.write_bytes(data)
    return read(path, on_bad_row="skip")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_dump_without_copies_comes_out_as_it_is(tmp_path: Path, end: bytes) -> None:
    data = b'{"text":"a"}\n{"text": "b" }\r\n {"text":"c"}' + end
    with read_bytes(tmp_path, data) as corpus:
        write_all(corpus, [True] * 3, tmp_path)
    assert (tmp_path / "kept.jsonl").read_bytes() == data
    assert (tmp_path / "removed.jsonl").read_bytes() == b""
    assert (tmp_path / "rejects").read_bytes() == b""


def test_a_file_can_be_replaced_by_its_own_kept_rows(tmp_path: Path) -> None:
    with read_bytes(tmp_path, b'{"text":"a"}\n{"text":"b"}\n') as corpus:
        copy_rows(corpus, np.array([False, True]), tmp_path / "in.jsonl")
    assert (tmp_path / "in.jsonl").read_bytes() == b'{"text":"b"}\n'


def test_outputs_are_packed_as_their_names_say(tmp_path: Path) -> None:
    data = b'{"text":"a"}\n{"text":"b"}\n'
    with read_bytes(tmp_path, data) as corpus:
        for suffix, unpack in (("gz", gzip.decompress), ("bz2", bz2.decompress)):
            path = tmp_path / f"kept.jsonl.{suffix}"
            copy_rows(corpus, np.array([True, True]), path)
            assert unpack(path.read_bytes()) == data
        zstd = tmp_path / "kept.jsonl.zst"
        copy_rows(corpus, np.array([True, True]), zstd)
        assert pa.input_stream(str(zstd), compression="zstd").read() == data


def test_an_input_that_changed_is_not_copied(tmp_path: Path) -> None:
    with read_bytes(tmp_path, b'{"text":"a"}\n') as corpus:
        (tmp_path / "in.jsonl").write_bytes(b'{"text":"other"}\n')
        with pytest.raises(InputError, match="changed while it was read"):
            copy_rows(corpus, np.array([True]), tmp_path / "kept.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_wrong_lengths_lists_and_mixed_inputs(tmp_path: Path) -> None:
    with read_bytes(tmp_path, b'{"text":"a"}\n') as corpus:
        with pytest.raises(ValueError, match="keep: 2 values"):
            copy_rows(corpus, np.array([True, True]), tmp_path / "kept")
        with pytest.raises(ValueError, match="notes: 0 given"):
            copy_rows(corpus, np.array([False]), tmp_path / "kept", tmp_path / "removed")
    with read(["a", "b"]) as corpus, pytest.raises(OutputError, match="Python list"):
        copy_rows(corpus, np.array([True, True]), tmp_path / "kept")
    (tmp_path / "a.csv").write_text("id,text\n7,a\n")
    (tmp_path / "b.csv").write_text("text,id\na,8\n")
    for paths in (["in.jsonl", "a.csv"], ["a.csv", "b.csv"]):
        with (
            read([tmp_path / name for name in paths]) as corpus,
            pytest.raises(OutputError, match="run once for each"),
        ):
            copy_rows(corpus, np.array([True, True]), tmp_path / "kept")


cells = st.text(alphabet='ab;, "\n\r\tł\x00', max_size=5)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(cells, cells, st.booleans()), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", ";", "\t"]),
)
def test_csv_rows_are_copied_and_removed_rows_get_a_column(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, bool]],
    end: str,
    delimiter: str,
) -> None:
    folder = tmp_path_factory.mktemp("csv")

    cells_in = "".join(text + more for text, more, _ in rows)

    def made(wanted: list[bool]) -> bytes:
        out = io.StringIO()
        # Python 3.11 leaves a carriage return unquoted where it does not end lines.
        writer = csv.writer(
            out,
            delimiter=delimiter,
            lineterminator=end,
            quoting=csv.QUOTE_ALL if "\r" in cells_in else csv.QUOTE_MINIMAL,
        )
        writer.writerow(["text", "x"])
        writer.writerows([text, more] for text, more, keep in rows if keep in wanted)
        return out.getvalue().encode()

    (folder / "in.csv").write_bytes(made([True, False]))
    with read(folder / "in.csv") as corpus:
        assert [corpus.text_of(row) for row in range(len(rows))] == [text for text, *_ in rows]
        write_all(corpus, [keep for *_, keep in rows], folder, suffix="csv")
    assert (folder / "kept.csv").read_bytes() == made([True])
    with (folder / "removed.csv").open(newline="") as file:
        header, *found = csv.reader(file, delimiter=delimiter, strict=True)
    assert header == ["text", "x", "dupdetect"]
    assert found == [[text, more, NOTE.decode()] for text, more, keep in rows if not keep]


def test_csv_rejects_are_verbatim(tmp_path: Path) -> None:
    with read_bytes(tmp_path, b'id,text\n1,a\n2\n3,"x"y\n4,b\n', "in.csv") as corpus:
        write_rejects(corpus, tmp_path / "rejects")
    assert (tmp_path / "rejects").read_bytes() == b'2\n3,"x"y\n'


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_table_rows_keep_their_format_and_columns(tmp_path: Path, kind: str) -> None:
    rows: list[dict[str, Any]] = [
        {"text": None if row % 7 == 3 else f"t{row}", "dupdetect": row, "more": {"deep": [row]}}
        for row in range(40)
    ]
    table = pa.Table.from_pylist(rows)
    path = tmp_path / f"in.{kind}"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=9)
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=9)
    with read([path], on_bad_row="skip") as corpus:
        good = [row for row in rows if row["text"] is not None]
        keep = [row["dupdetect"] % 3 == 0 for row in good]
        write_all(corpus, keep, tmp_path, suffix=kind)

    def back(name: str) -> pa.Table:
        place = tmp_path / f"{name}.{kind}"
        return pq.read_table(place) if kind == "parquet" else pa.ipc.open_file(place).read_all()

    kept, removed = back("kept"), back("removed")
    assert kept.schema.equals(table.schema)
    assert kept.to_pylist() == [row for row in good if row["dupdetect"] % 3 == 0]
    assert removed.drop_columns(["dupdetect_1"]).to_pylist() == [
        row for row in good if row["dupdetect"] % 3
    ]
    assert set(removed["dupdetect_1"].to_pylist()) == {NOTE.decode()}
    rejects = [orjson.loads(line) for line in rows_of(tmp_path / "rejects")]
    assert [one["row"] for one in rejects] == [4, 11, 18, 25, 32, 39]


def test_a_table_in_memory_can_be_written(tmp_path: Path) -> None:
    with read(pa.table({"text": ["a", "b"]})) as corpus:
        copy_rows(corpus, np.array([True, False]), tmp_path / "kept.parquet")
    assert pq.read_table(tmp_path / "kept.parquet").to_pylist() == [{"text": "a"}]


@pytest.mark.parametrize("ending", ["arrow", "parquet"])
@pytest.mark.parametrize("name", sorted(COLUMNS.keys() - {"bytes that are no string"}))
def test_columns_of_every_type_are_copied(tmp_path: Path, name: str, ending: str) -> None:
    more = COLUMNS[name]
    table = pa.table({"id": list("abcde"), "text": [*"pqrst"], "more": more})
    with pa.ipc.new_file(tmp_path / "in.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    keep = np.array([True, False, True, True, False])
    kept, removed = tmp_path / f"kept.{ending}", tmp_path / f"removed.{ending}"
    with read(tmp_path / "in.arrow") as corpus:
        copy_rows(corpus, keep, kept, removed, [b"{}"] * 2)
    values: dict[str, Any] = {}
    for path in (kept, removed):
        found = pq.read_table(path) if ending == "parquet" else pa.ipc.open_file(path).read_all()
        values |= dict(zip(found["id"].to_pylist(), found["more"].to_pylist(), strict=True))
        assert ending == "parquet" or found.schema.field("more").type == more.type
    assert values == dict(zip("abcde", more.to_pylist(), strict=True))


def test_a_type_that_parquet_has_not_is_said(tmp_path: Path) -> None:
    union = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2])] * 2)
    table = pa.table({"id": ["a", "b"], "text": ["x", "y"], "more": union})
    with read(table) as corpus, pytest.raises(OutputError, match="cannot be copied"):
        copy_rows(corpus, np.ones(2, bool), tmp_path / "kept.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_read_error_names_the_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.FileIO):
        def readinto(self, _: Any) -> int:
            raise OSError(errno.EIO, "Input/output error")

        def read(self, _: int | None = None) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    path, kept = tmp_path / "in.jsonl", tmp_path / "kept.jsonl"
    path.write_bytes(b'{"text":"x"}\n')
    with read(path) as corpus:
        monkeypatch.setattr("dupdetect.corpus.streams.io.FileIO", Failing)
        with pytest.raises(InputError, match=r"in\.jsonl: cannot be read: Input/output error"):
            copy_rows(corpus, np.ones(1, bool), kept)
    assert not kept.exists()
    with pytest.raises(InputError, match=r"in\.jsonl: cannot be read: Input/output error"):
        read(path)
