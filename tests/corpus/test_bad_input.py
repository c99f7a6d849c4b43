"""What each bad input gets: one line with file, line, reason and remedy, or a reject."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from dupdetect.corpus import FieldNames, read, streams
from dupdetect.corpus.readers import jsonl
from dupdetect.errors import InputError

GOOD = b'{"id":"good","text":"a story"}\n'

BAD_ROWS = {
    "invalid UTF-8": (b'{"id":"b","text":"\xff"}', r":2:19: byte 0xFF is not valid UTF-8; save"),
    "UTF-8 surrogate": (
        b'{"id":"b","text":"\xed\xa0\x80"}',
        r":2:19: byte 0xED is not valid UTF-8",
    ),
    "lone surrogate": (
        b'{"id":"b","text":"\\ud800"}',
        r":2:\d+: a lone surrogate: half a character; escape both",
    ),
    "raw NUL": (
        b'{"id":"b","text":"\x00"}',
        r":2:19: control character 0x00 in the row; escape it as",
    ),
    "number as text": (b'{"id":"b","text":5}', r":2: the text 'text' is the number 5, expected"),
    "list as text": (b'{"id":"b","text":[]}', r":2: the text 'text' is a list, expected a string"),
    "null text": (b'{"id":"b","text":null}', r":2: no text: 'text' is null or not there; give"),
    "missing text": (b'{"id":"b"}', r":2: no text: 'text' is null or not there"),
    "missing id": (b'{"text":"b"}', r":2: no id: 'id' is null or not there"),
    "null id": (b'{"id":null,"text":"b"}', r":2: no id"),
    "empty id": (b'{"id":"","text":"b"}', r":2: the id 'id' is empty; give each row its own"),
    "id that is a fraction": (b'{"id":1.5,"text":"b"}', r":2: the id 'id' is the number 1.5"),
    "id that is true": (b'{"id":true,"text":"b"}', r":2: the id 'id' is true, expected"),
    "key twice": (b'{"id":"b","text":"1","text":"2"}', r":2: key 'text' stands 2 times in the row"),
    "key twice, escaped": (b'{"id":"b","text":"1","te\\u0078t":"2"}', r":2: key 'text' stands 2"),
    "two objects": (
        b'{"id":"b","text":""} {}',
        r":2:22: more than one object on the line; put each",
    ),
    "cut short": (b'{"id":"b","text":"abc', r":2:\d+: not valid JSON: unexpected end"),
    "deep nesting": (
        b'{"id":"b","text":"","x":' + b"[" * 5000,
        r":2: lists and objects nested more than 512 deep; leave",
    ),
    "a list": (b"[1]", r":2: expected a JSON object, found a list; give one object"),
    "plain words": (b"hello", r":2:1: not JSON: 'hello'; give one JSON object a line"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_stops_with_place_and_reason_or_is_set_aside(tmp_path: Path, name: str) -> None:
    bad, pattern = BAD_ROWS[name]
    path = tmp_path / "a.jsonl"
    end = b'{"id":"end","text":"","title":"T"}\n'
    path.write_bytes(GOOD + bad + b"\n" + end)
    with pytest.raises(InputError, match=pattern) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:2")
    assert "; " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1

    corpus = read(path, on_bad_row="skip")
    assert corpus.ids.to_pylist() == ["good", "end"]
    (reject,) = corpus.rejected
    assert path.read_bytes()[reject.start : reject.end] == bad
    assert reject.line == 2
    assert reject.reason in str(caught.value)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (b'{"id":"b","text":""}', ""),
        (b'{"id":"b","text":"\\u0000"}', "\0"),
        (b'{"id":"b","text":"\\ud83d\\ude00"}', "😀"),
        (b'{"id":"b","x":1,"x":2,"text":"t"}', "t"),
        (b'{"id":"b","text":"t","x":' + b"[" * 500 + b"]" * 500 + b"}", "t"),
        (b'{"id":"b","text":"t"}\r', "t"),
        (b'\t {"id" : "b" , "text" : "t"} ', "t"),
        (b'{"id":"b","text":"t","x":1e999}', "t"),
        (b'{"id":"b","text":"t","x":NaN,"y":-Infinity,"z":123456789012345678901234567890}', "t"),
        (b'{"id":"b","text":["one","two"]}', "one\n\ntwo"),
        (b'{"id":"b","text":{"rendered":"t","protected":false}}', "t"),
        (b'{"id":{"$oid":"b"},"text":"t"}', "t"),
    ],
)
def test_unusual_rows_that_are_fine(tmp_path: Path, row: bytes, text: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD + row + b"\n")
    corpus = read(path)
    assert corpus.text_of(1) == text
    assert not corpus.rejected


def test_a_row_beyond_the_limit_is_bad_and_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "_CHUNK_BYTES", 64)
    monkeypatch.setattr(jsonl, "MAX_ROW_BYTES", 256)
    path = tmp_path / "a.jsonl"
    fits = b'{"id":"fits","text":"' + b"y" * 150 + b'"}\n'
    long = b'{"id":"long","text":"' + b"x" * 5000 + b'"}'
    path.write_bytes(GOOD + long + b"\n" + fits + long)
    with pytest.raises(InputError, match=r"a.jsonl:2: a row of 5,023 bytes, at most 256 are read"):
        read(path)
    corpus = read(path, on_bad_row="skip")
    assert corpus.ids.to_pylist() == ["good", "fits"]
    assert [bad.line for bad in corpus.rejected] == [2, 4]
    assert all(path.read_bytes()[bad.start : bad.end] == long for bad in corpus.rejected)


WHOLE_INPUTS = {
    "empty": (b"", "the input is empty"),
    "only a mark": (b"\xef\xbb\xbf", "the input is empty"),
    "only blank lines": (b"\n \n\r\n", "the input is empty"),
    "not a dump": (b"\x7fELF\x02\x01", "not a dump of stories: it starts"),
    "prose": (b"Once upon a time.\nThe end.\n", "not a dump of stories"),
    "UTF-16": ('{"text":"a"}'.encode("utf-16"), "this is UTF-16; save it as UTF-8"),
    "an empty JSON array": (b"[]", "no stories: no object in it"),
    "zip": (b"PK\x03\x04....", "this is a zip archive; unpack it first"),
    "xz": (b"\xfd7zXZ\x00....", "this is xz data; unpack it first"),
    "no text field": (b'{"id":"a","words":"b"}', "no field that can be the text; the fields are"),
    "two text fields": (b'{"text":"a","body":"b"}', "'text' and 'body' can each be the text"),
    "no field at all": (b"{}\n", r"the fields are \(none\)"),
    "broken parquet": (b"PAR1xxxxxxxxPAR1", "the parquet data is damaged"),
    "broken arrow": (b"ARROW1xxxxxxxxxx", "the arrow data is damaged"),
    "cut gzip": (gzip.compress(GOOD * 9)[:-6], "the gzip data ends too early; was it written"),
    "cut bz2": (bz2.compress(GOOD * 9)[:-6], "the bz2 data ends too early"),
    "damaged gzip": (gzip.compress(GOOD)[:-8] + b"\0" * 8, "the gzip data is damaged"),
    "rubbish behind gzip": (gzip.compress(GOOD) + b"rubbish", "the gzip data is damaged"),
    "empty gzip": (gzip.compress(b""), "the input is empty"),
}


@pytest.mark.parametrize("name", WHOLE_INPUTS)
@pytest.mark.parametrize("threads", [1, 2])
def test_an_input_that_is_no_dump_says_so(tmp_path: Path, name: str, threads: int) -> None:
    data, pattern = WHOLE_INPUTS[name]
    path = tmp_path / "input"
    path.write_bytes(data)
    with pytest.raises(InputError, match=pattern) as caught:
        read(path, on_bad_row="skip", threads=threads)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_called_jsonl_without_one_good_row(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\ntwo\n")
    with pytest.raises(InputError, match=r"a.jsonl:1:1: not JSON: 'one'"):
        read(path)
    assert [bad.line for bad in read(path, on_bad_row="skip").rejected] == [1, 2]


def test_the_last_line_without_its_end_says_that_the_input_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD + b'{"id":"b","te')
    with pytest.raises(InputError, match=r":2:\d+: .*; the input ends inside this row"):
        read(path)


def test_cut_zstd(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    with pa.CompressedOutputStream(str(path), "zstd") as out:
        out.write(GOOD)
    assert read(path).sources[0].compression == "zstd"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(InputError, match="the zstd data ends too early"):
        read(path)


def test_a_bomb_is_refused_before_it_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_BOMB_BYTES", 1 << 22)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(GOOD + b" " * (1 << 25)))
    with pytest.raises(InputError, match="expands more than 200-fold; if it is what"):
        read(path)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_that_grows_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD)
    decide = jsonl.JsonLines.batches

    def growing(lines: jsonl.JsonLines) -> object:
        yield from decide(lines)
        with path.open("ab") as file:
            file.write(b"\n")

    monkeypatch.setattr(jsonl.JsonLines, "batches", growing)
    with pytest.raises(InputError, match=r"a.jsonl: it changed while it was read; run again"):
        read(path, threads=threads)


def test_places_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder without a file of stories; name the files"):
        read(tmp_path)
    with pytest.raises(InputError, match="cannot be opened: No such file"):
        read(tmp_path / "nothing.jsonl")
    with pytest.raises(InputError, match="is no path; give texts in a list"):
        read("a\0b")
    with pytest.raises(InputError, match="check the name; texts are given in a list"):
        read("A story that somebody passed as it is.")
    with pytest.raises(InputError, match="no file fits this pattern"):
        read(str(tmp_path / "*.jsonl"))


@pytest.mark.parametrize("source", [7, None, b"x", {"text": "a"}, [1], [{"text": "a"}, 2]])
def test_objects_that_hold_no_stories(source: object) -> None:
    with pytest.raises(InputError, match=";"):
        read(source)


def test_a_wanted_field_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD)
    with pytest.raises(InputError, match=r"no field 'bdy' for the text; the fields are id, text;"):
        read(path, names=FieldNames(text="bdy"))
