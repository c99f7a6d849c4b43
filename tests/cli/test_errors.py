"""Bad input and wrong usage: one line, the right exit code, nothing half written."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DUMP = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"
ROW = b'{"id": "a", "text": "Five words stand right here."}\n'


def fail(folder: Path, *words: str, code: int) -> str:
    """Run a command that must fail, and return the one line it says."""
    before = sorted(folder.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "dupdetect", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert sorted(folder.rglob("*")) == before
    return lines[0]


BAD = {
    "bad-row": (ROW + b'{"id": "b", "text": "cut off\n', ("in:2",), "--on-bad-row skip"),
    "no-text": (ROW + b'{"id": "b", "title": "t"}\n', ("in:2", "'text'"), "give each row one"),
    "no-text-field": (b'{"id": "a", "words": "w"}\n', ("in", "words"), "--text-field"),
    "two-text-fields": (b'{"id": "a", "text": "x", "body": "y"}\n', ("in",), "--text-field"),
    "empty": (b"", ("in", "empty"), ""),
    "not-json": (b"\x00\x01\x02\x03 no stories at all \xff\xfe" * 9, ("in",), ""),
    "truncated-gz": (gzip.compress(ROW * 99, mtime=0)[:-9], ("in", "gz"), ""),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["dedupe", "cluster"])
def test_bad_input(name: str, command: str, tmp_path: Path) -> None:
    content, said, remedy = BAD[name]
    (tmp_path / "in").write_bytes(content)
    line = fail(tmp_path, command, "in", "-o", "out", code=1)
    assert line.startswith("dupdetect: in")
    assert all(part in line for part in said), line
    assert remedy in line
    assert "; " in line


def test_no_such_dump(tmp_path: Path) -> None:
    assert "nowhere.jsonl" in fail(tmp_path, "dedupe", "nowhere.jsonl", "-o", "out", code=1)


@pytest.mark.parametrize("command", ["dedupe", "cluster"])
def test_several_inputs_of_which_some_are_no_files(command: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(ROW)
    for names in (("in", "nowhere"), ("one", "two"), ("no*", "none*")):
        line = fail(tmp_path, command, *names, "-o", "out", code=1)
        missing = next(name for name in names if name != "in")
        assert line.startswith(f"dupdetect: {missing}: cannot be opened: No such file")
    assert "no file fits this pattern" in fail(tmp_path, command, "no*", "-o", "out", code=1)
    assert "name of an input is empty" in fail(tmp_path, command, "", "-o", "out", code=1)
    line = fail(tmp_path, command, "in", "in", "-o", "out", code=1)
    assert "in: this file is named twice; name it once" in line


def test_equal_ids_stop_a_run_that_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(ROW + ROW.replace(b"Five", b"Six"))
    line = fail(tmp_path, "dedupe", "in", "-o", "out", "--duplicate-id", "stop", code=1)
    assert "in:2: id 'a' is also that of line 1; make ids unique, name another field" in line


def test_several_inputs_are_read_as_one(tmp_path: Path) -> None:
    copy = ROW.replace(b'"a"', b'"b"')
    (tmp_path / "1").write_bytes(b"\xef\xbb\xbf" + ROW[:-1])
    (tmp_path / "2").write_bytes(gzip.compress(copy + copy.replace(b'"b"', b'"c"')))
    words = ["dedupe", "1", "2", "-o", "kept", "--removed", "removed", "-q"]
    subprocess.run([sys.executable, "-m", "dupdetect", *words], cwd=tmp_path, check=True)
    assert (tmp_path / "kept").read_bytes() == ROW[:-1]
    assert (tmp_path / "removed").read_bytes().count(b'"matched":"a"') == 2


def test_rejects_may_stand_with_the_results(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(ROW + b"{\n")
    words = ["cluster", "in", "-o", "out", "--on-bad-row", "skip", "--rejects", "out/rejects", "-q"]
    subprocess.run([sys.executable, "-m", "dupdetect", *words], cwd=tmp_path, check=True)
    assert (tmp_path / "out" / "rejects").read_bytes() == b"{\n"
    assert (tmp_path / "out" / "summary.json").exists()


def test_skipped_rows_are_kept_byte_for_byte(tmp_path: Path) -> None:
    bad = b'{"id": "b", "text": 7}'
    (tmp_path / "in").write_bytes(ROW + bad + b"\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "dupdetect",
            "dedupe",
            "in",
            "-o",
            "out",
            "--on-bad-row",
            "skip",
            "--rejects",
            "bad.jsonl",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1 bad row" in done.stdout
    assert (tmp_path / "out").read_bytes() == ROW
    assert (tmp_path / "bad.jsonl").read_bytes() == bad + b"\n"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(ROW)
    (tmp_path / "folder").mkdir()
    for words in (
        ("dedupe", "in", "-o", "folder"),
        ("dedupe", "in", "-o", "u", "--removed", "folder"),
        ("dedupe", "in", "-o", "none/u"),
        ("cluster", "in", "-o", "in"),
    ):
        line = fail(tmp_path, *words, code=1)
        assert "--removed" in line if "--removed" in words else "--output" in line


def test_results_that_are_none(tmp_path: Path) -> None:
    assert "nowhere" in fail(tmp_path, "explain", "nowhere", "a", code=1)
    assert "nowhere" in fail(tmp_path, "report", "nowhere", "-o", "r.html", code=1)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "summary.json").write_text(json.dumps({"format": 99}), encoding="utf-8")
    assert "99" in fail(tmp_path, "explain", "old", "a", code=1)


def test_ids_that_are_not_there(tmp_path: Path) -> None:
    line = fail(tmp_path, "compare", str(DUMP), "courier-drone", "nobody", code=1)
    assert "'nobody'" in line
    assert "--id-field" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dedupe", "in"), "'-o' / '--output'"),
        (("dedupe", "-o", "out"), "DUMP"),
        (("dedupe", "in", "-o", "out", "--txt-field", "x"), "--text-field"),
        (("dedupe", "in", "-o", "in"), "--output in is also an input"),
        (("dedupe", "in", "-o", "x", "--removed", "x"), "--removed name the same file"),
        (("dedupe", "in", "-o", "-", "--json"), "--json"),
        (("dedupe", "in", "-o", "./in"), "--output ./in is also an input"),
        (("dedupe", "in", "-o", "x", "--removed", "in"), "--removed in is also an input"),
        (("dedupe", "in", "-o", ""), "--output is empty"),
        (("dedupe", "in", "-o", "x", "--removed", "-"), "--removed - is not possible"),
        (("dedupe", "in", "-o", "x", "--report", "-"), "--report - is not possible"),
        (("cluster", "in", "-o", "-"), "--output - is not possible"),
        (("cluster", "in", "-o", ""), "--output is empty"),
        (
            ("cluster", "in", "-o", "out", "--on-bad-row", "skip", "--rejects", "out/summary.json"),
            "--output (summary.json) and --rejects name the same file",
        ),
        (("dedupe", "in", "-o", "x", "--rejects", "y"), "--on-bad-row skip"),
        (("dedupe", "in", "-", "-o", "x"), "standard input"),
        (("cluster", "in", "-o", "out", "--set", "contained"), "NAME=VALUE"),
        (("cluster", "in", "-o", "out", "--set", "nothing=1"), "nothing"),
        (("cluster", "in", "-o", "out", "--set", "contained=2"), "0 to 1"),
        (("cluster", "in", "-o", "out", "--config", "none.toml"), "none.toml"),
        (("cluster", "in", "-o", "out", "--threads", "0"), "--threads"),
        (("dedupe", "in", "-o", "x", "--threads", "3000000000"), "4194304"),
        (("dedupe", "in", "-o", "x", "--threads", "9" * 30), "4194304"),
        (("dedupe", "in", "-o", "x", "--memory", "1M"), "at least 128M"),
        (("annotate", "in", "-o", "x", "--memory", "much"), "a size such as 2G"),
        (("dedupe", "in", "-o", "x", "--against", "i", "--memory", "2G"), "--against"),
        (("cluster", "in", "-o", "out", "--format", "xml"), "parquet"),
        (("compare", "in"), "two text files"),
        (("explain", "out"), "STORY_ID"),
        (("nothing",), "No such command"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(ROW)
    line = fail(tmp_path, *words, code=2)
    assert line.startswith("dupdetect")
    assert said in line


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system has no such file")
def test_a_read_error_names_the_input(tmp_path: Path) -> None:
    line = fail(tmp_path, "dedupe", "/proc/self/mem", "-o", "out", code=1)
    assert line.startswith("dupdetect: /proc/self/mem: cannot be read: Input/output error; ")
