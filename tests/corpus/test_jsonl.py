"""JSON Lines: the kernel against its twin and orjson, chunks of every size, odd rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import _dupdetect as native
import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.mend import mend
from dupdetect.corpus.readers import jsonl
from dupdetect.errors import InputError
from dupdetect.kernels.reference import jsonl as reference
from dupdetect.products.corpus import Corpus

PATHS = [["id"], ["text"], ["m", "t"], ["m", "p", "x"], ["d"]]
INTEGERS = [True, False, False, False, True]

Found = tuple[int, int, list[list[int]], list[list[bytes | None]]]


def extract(kernel: Any, data: bytes, *, whole: bool) -> Found:
    chunk = np.frombuffer(data, np.uint8)
    scratch = [np.zeros(len(data), np.uint8) for _ in PATHS]
    consumed, lines, *rows, values = kernel.jsonl_extract(chunk, PATHS, INTEGERS, whole, scratch)
    columns = [
        [
            bytes(room[offsets[row] : offsets[row + 1]]) if valid[row] else None
            for row in range(len(valid))
        ]
        for room, (offsets, valid) in zip(scratch, values, strict=True)
    ]
    return consumed, lines, [array.tolist() for array in rows], columns


PIECES = [
    *(bytes([byte]) for byte in b'{}[],:"\\ \t\r\n0'),
    *(b"\\u", b"d83d", b"\\ude00", b"\\u0142", b"null", b"true", b"false", b"-1", b"12.5e3"),
    *(b"1e400", b"-0", b"1" * 120, b"\x00", b"\x1f", b"\x7f", b"\xff", b"\xc5\x82"),
    *(b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf4\x90\x80\x80", b"\xe0\x80\x80", b"\xc0\xaf"),
    *(
        b'"id"',
        b'"text"',
        b'"m"',
        b'"t"',
        b'"text":"a",',
        b"\\n",
        b'\\"',
        b"x" * 40,
        b"\xef\xbb\xbf",
    ),
]
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
keys = st.sampled_from(["id", "text", "m", "t", "p", "x", "d", "ł", 'a"b', ""])
texts = st.text() | st.text(alphabet='ab "\\\nł中😀\x00\x7f/')
values = st.recursive(
    leaves | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
lines = st.builds(
    lambda row, ascii_only: json.dumps(row, ensure_ascii=ascii_only).encode(),
    st.dictionaries(keys, values, max_size=5),
    st.booleans(),
)
noise = st.lists(st.sampled_from(PIECES) | st.binary(max_size=2), max_size=12).map(b"".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from([b"\n", b"\r\n", b"\n \n"])).join(draw(st.lists(lines, max_size=4)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        gone = draw(st.integers(0, 3))
        data = data[:at] + draw(st.sampled_from(PIECES) | st.binary(max_size=1)) + data[at + gone :]
    return data


@pytest.mark.slow
@settings(max_examples=1500, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(damaged() | noise, st.booleans())
@example(b'{"text":"\xed\xa0\x80"}', True)
@example(b'{"text":"a","text":"b"}\n', True)
@example(b'{"m":{"t":"a"},"m":{"t":"b"}}', True)
@example(b'{"te\\u0078t":"a","text":"b"}', True)
@example(b'{"text":"' + b"[" * 5000 + b'"}', True)
@example(b"[" * 5000, True)
@example(b'{"x":' * 5000, True)
@example(b'{"id":1.0,"text":"a"}', True)
def test_native_takes_only_what_the_reference_takes_and_gives_the_same(
    data: bytes, whole: bool
) -> None:
    *_, odd_native = (found := extract(native, data, whole=whole))[2]
    *_, odd_reference = (expected := extract(reference, data, whole=whole))[2]
    assert found[:2] == expected[:2]
    assert found[2][:3] == expected[2][:3]
    assert set(odd_reference) <= set(odd_native)
    for mine, theirs in zip(found[3], expected[3], strict=True):
        for row, value in enumerate(mine):
            assert value == (None if row in odd_native else theirs[row])


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(lines, min_size=1, max_size=5))
def test_lines_that_json_writers_make_are_plain_unless_a_value_is_not(rows: list[bytes]) -> None:
    """The fast path must be the usual one: odd rows need a reason."""
    data = b"\n".join(rows)
    _, _, (start, end, _, odd), _ = extract(native, data, whole=True)
    for row in odd:
        line = data[start[row] : end[row]]
        parsed = orjson.loads(line)
        mapped = [parsed.get("text"), parsed.get("id"), parsed.get("d"), parsed.get("m")]
        assert (
            b"\\" in line
            or b"e" in line
            or any(value is not None and not isinstance(value, str) for value in mapped)
            or max(len(part) for part in line.split(b",")) > 100
        )


def test_native_refuses_small_scratch_and_equal_paths() -> None:
    chunk, small = np.zeros(8, np.uint8), np.zeros(7, np.uint8)
    with pytest.raises(ValueError, match="scratch"):
        native.jsonl_extract(chunk, [["a"]], [False], True, [small])
    with pytest.raises(ValueError, match="scratch"):
        reference.jsonl_extract(chunk, [["a"]], [False], True, [small])
    with pytest.raises(ValueError, match="same path"):
        native.jsonl_extract(chunk, [["a"], ["a"]], [False] * 2, True, [chunk.copy()] * 2)


def test_nothing_is_written_behind_the_values() -> None:
    data = b'{"text":"' + b"a" * 50 + b'"}'
    room = np.full(200, 7, np.uint8)
    native.jsonl_extract(np.frombuffer(data, np.uint8), [["text"]], [False], True, [room])
    assert (room[50:] == 7).all()


@given(st.lists(st.text(max_size=3)), st.integers(0, 2**64 - 1))
def test_first_equal_is_that_of_a_dictionary(strings: list[str], seed: int) -> None:
    data = np.frombuffer("".join(strings).encode(), np.uint8)
    lengths = [len(one.encode()) for one in strings]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    first = native.first_equal(data, offsets, (seed, 1))
    assert first.tolist() == [strings.index(one) for one in strings]
    assert reference.first_equal(data, offsets, (seed, 1)).tolist() == first.tolist()


def test_first_equal_refuses_offsets_outside_the_data() -> None:
    with pytest.raises(ValueError, match="offset"):
        native.first_equal(np.zeros(3, np.uint8), np.array([0, 4]), (0, 0))


def same(one: Corpus, other: Corpus) -> bool:
    return (
        one.ids.equals(other.ids)
        and one.titles.equals(other.titles)
        and one.publishers.equals(other.publishers)
        and one.published.equals(other.published)
        and one.authors.equals(other.authors)
        and one.text.tobytes() == other.text.tobytes()
        and all(
            np.array_equal(getattr(one, name), getattr(other, name))
            for name in ("text_offsets", "published_us", "row_line", "row_start", "row_end")
        )
        and one.rejected == other.rejected
        and one.blank_lines == other.blank_lines
    )


def dump(tmp_path: Path) -> Path:
    rows = [
        {"id": row, "title": f"T{row}", "text": "słowo " * (row % 7) + "😀\n", "source": None}
        for row in range(60)
    ]
    odd = [b"", b'{"id":"o","text":"\\u0000"}', b"{broken", b'{"id":"r","text":4}', b"\r"]
    parts = [orjson.dumps(row) for row in rows]
    for at, line in zip((3, 9, 20, 44, 60), odd, strict=True):
        parts.insert(at, line)
    path = tmp_path / "dump.jsonl"
    path.write_bytes(b"\n".join(parts))
    return path


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000])
@pytest.mark.parametrize("memory", [0, 40, 1 << 20])
def test_chunks_and_spilling_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, memory: int
) -> None:
    path = dump(tmp_path)
    whole = read(path, on_bad_row="skip")
    assert len(whole) == 61
    assert [bad.line for bad in whole.rejected] == [21, 45]
    assert whole.blank_lines == 2
    # Fields are looked for in the first chunk, so they are named here.
    names = FieldNames(id="id", text="text", title="title", publisher="source")
    monkeypatch.setattr(jsonl, "_CHUNK_BYTES", chunk)
    monkeypatch.setattr(jsonl, "_ROWS_LOOKED_AT", 100)
    with read(path, names=names, on_bad_row="skip", memory_bytes=memory) as parts:
        assert same(whole, parts)
        assert bool(parts.spill_files) == (memory < 1 << 20)


def test_the_reference_kernel_reads_the_same_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dump(tmp_path)
    before = read(path, on_bad_row="skip")
    monkeypatch.setattr("dupdetect.kernels.jsonl_extract", reference.jsonl_extract)
    monkeypatch.setattr("dupdetect.kernels.first_equal", reference.first_equal)
    assert same(before, read(path, on_bad_row="skip"))


def test_threads_change_nothing(tmp_path: Path) -> None:
    path = dump(tmp_path)
    assert same(read(path, on_bad_row="skip"), read(path, on_bad_row="skip", threads=2))


def test_row_ranges_are_the_bytes_of_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    data = b'\xef\xbb\xbf{"text":"a"}\r\n\r\n {"text":"b"} \n{"text":"c"}'
    path.write_bytes(data)
    with read(path) as corpus:
        found = [
            data[start:end] for start, end in zip(corpus.row_start, corpus.row_end, strict=True)
        ]
        assert found == [b'{"text":"a"}\r', b' {"text":"b"} ', b'{"text":"c"}']
        assert corpus.row_line.tolist() == [1, 3, 4]
        assert corpus.blank_lines == 1
        assert corpus.ids.to_pylist() == ["0", "1", "2"]
        assert corpus.publishers.null_count == 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", "1"), ("-7", "-7"), ("18446744073709551615", "18446744073709551615"), ('"x"', "x")],
)
def test_whole_numbers_are_ids_as_written(tmp_path: Path, value: str, expected: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"id":{value},"text":""}}\n')
    assert read(path).ids.to_pylist() == [expected]


def test_dotted_names_lead_into_objects_unless_a_field_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text":"a","meta":{"t":{"x":"T"}},"m.p":"P"}\n{"text":"b","meta":1}\n{"text":"c"}\n'
    )
    corpus = read(path, names=FieldNames(title="meta.t.x", publisher="m.p"))
    assert corpus.titles.to_pylist() == ["T", None, None]
    assert corpus.publishers.to_pylist() == ["P", None, None]
    assert corpus.sources[0].fields == {"text": "text", "title": "meta.t.x", "publisher": "m.p"}


def test_other_fields_may_be_numbers_or_lists_of_strings(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text":"a","title":2024,"author":["A","B"],"date":1.5e9}\n')
    corpus = read(path)
    assert corpus.titles.to_pylist() == ["2024"]
    assert corpus.authors.to_pylist() == ["A, B"]
    assert corpus.published_us.tolist() == [1_500_000_000_000_000]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(), st.none() | st.text()), min_size=1))
def test_every_text_comes_back_in_place(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str | None]]
) -> None:
    path = tmp_path_factory.mktemp("texts") / "a.jsonl"
    path.write_text(
        "".join(json.dumps({"text": text, "title": title}) + "\n" for text, title in rows)
    )
    with read(path) as corpus:
        texts = [corpus.text_of(row) for row in range(len(corpus))]
        assert texts == [mend(text) for text, _ in rows]
        assert corpus.titles.to_pylist() == [title for _, title in rows]
        assert corpus.ids.type == pa.large_string()


def test_texts_are_read_only(tmp_path: Path) -> None:
    corpus = read(dump(tmp_path), on_bad_row="skip")
    with pytest.raises(ValueError, match="read-only"):
        corpus.text[0] = 1


def test_equal_ids_name_both_lines_of_both_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text('{"id":"x","text":"1"}\n\n{"id":"y","text":"2"}\n')
    second.write_text('{"id":"y","text":"3"}\n{"id":"z","text":"4"}\n{"id":"z","text":"5"}\n')
    with pytest.raises(InputError) as caught:
        read([first, second], duplicate_id="stop")
    assert str(caught.value).startswith(f"{second}:1: id 'y' is also that of line 3 of {first};")
    with read([first, second], on_bad_row="skip", duplicate_id="stop", memory_bytes=0) as corpus:
        assert corpus.ids.to_pylist() == ["x", "y", "z"]
        assert [corpus.text_of(row) for row in range(3)] == ["1", "2", "4"]
        assert [(bad.source, bad.line) for bad in corpus.rejected] == [(1, 1), (1, 3)]
        assert corpus.row_source.tolist() == [0, 0, 1]
