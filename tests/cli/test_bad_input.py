"""The table of bad input, row by row, through the command line.

The table says what is expected; `CASES` makes each input. Both name the same rows.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dupdetect.cli import main
from dupdetect.corpus import builder, streams
from dupdetect.corpus.readers import jsonl
from tests.support.bad_inputs import CASES, END, GOOD, Case, long_line

PAGE = Path(__file__).resolve().parents[2] / "docs" / "inputs.md"


def rows() -> dict[str, tuple[str, str]]:
    """What the page says each input gets, and what is said or done."""
    text = PAGE.read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- bad input -->\n(.*?)<!-- /bad input -->", text, re.DOTALL)
    cells = [
        [cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()[2:]
    ]
    assert len({name for name, *_ in cells}) == len(cells)
    return {name: (gets, said) for name, gets, said in cells}


ROWS = rows()


def test_the_table_and_the_cases_name_the_same_inputs() -> None:
    assert list(CASES) == list(ROWS)
    outcomes = {gets.partition(":")[0] for gets, _ in ROWS.values()}
    assert outcomes == {"bad row", "stops", "read"}
    for name, (gets, _) in ROWS.items():
        assert bool(CASES[name].bad) == gets.startswith("bad row"), name


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in an empty folder; returns exit code, output, and errors."""
    monkeypatch.chdir(tmp_path)

    def called(*words: str) -> tuple[int, str, str]:
        with (tmp_path / "in.jsonl" if "-" in words else Path(os.devnull)).open() as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def prepare(name: str, case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / ("in.jsonl" if case.name == "-" else case.name)
    if callable(case.data):
        case.data(path)
    else:
        path.write_bytes(case.data)
    if "million" in name:
        monkeypatch.setattr(builder, "MOST_BAD_ROWS", 4)
    if "bomb" in name:
        monkeypatch.setattr(streams, "_BOMB_BYTES", 1 << 22)
    if "changes" in name:
        original = jsonl.JsonLines.batches

        def growing(lines: jsonl.JsonLines) -> object:
            yield from original(lines)
            with path.open("ab") as file:
                file.write(b"\n")

        monkeypatch.setattr(jsonl.JsonLines, "batches", growing)
    return path


@pytest.mark.parametrize("name", [name for name in CASES if ROWS[name][0] != "read"])
def test_what_stops_a_run(
    name: str,
    tmp_path: Path,
    run: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, (gets, said) = CASES[name], ROWS[name]
    prepare(name, case, tmp_path, monkeypatch)
    before = sorted(tmp_path.iterdir())
    place = re.escape(case.name) + (rf":{case.line}(:\d+)?" if case.bad else r"(:\d+){0,2}")
    parts = said.removeprefix("`").removesuffix("`").split("…")
    line = rf"dupdetect: {place}: {'.*'.join(re.escape(part) for part in parts)}\n"
    for more in ([], ["--on-bad-row", "skip", "--rejects", "rejects"]):
        if (more and (case.bad or "--on-bad-row skip" in gets)) or (not more and "million" in name):
            continue
        code, out, err = run("dedupe", case.name, "-o", "kept", "--removed", "removed", *more)
        assert (code, out) == (1, ""), err
        assert re.fullmatch(line, err), err
        assert sorted(tmp_path.iterdir()) == before
    assert gets.startswith("bad row") == bool(case.bad)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].bad])
def test_what_is_set_aside(
    name: str,
    tmp_path: Path,
    run: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES[name]
    path = prepare(name, case, tmp_path, monkeypatch)
    words = ("--on-bad-row", "skip", "--rejects", "rejects", "--json")
    code, out, err = run("dedupe", case.name, "-o", "kept", *words)
    assert (code, err) == (0, "")
    summary = json.loads(out)
    assert summary["rejected"] == 1
    assert (tmp_path / "rejects").read_bytes().removesuffix(b"\n") == case.bad
    kept = (tmp_path / "kept").read_bytes()
    if case.name == "in.parquet":
        assert pq.read_table(pa.BufferReader(kept))["id"].to_pylist() == [1, 3]
        return
    if case.name == "in.json":
        left = [GOOD, END][: summary["stories"]]
        assert json.loads(kept) == [json.loads(line) for line in left]
        assert summary["inputs"][0]["ends_early"] == ("cut off" in name)
        return
    whole = path.read_bytes()
    at = whole.index(case.bad)
    assert kept == whole[:at] + whole[at + len(case.bad) + 1 :]
    assert kept.count(b"\n") == summary["stories"] + (case.name == "in.csv")


@pytest.mark.parametrize("name", [name for name in CASES if ROWS[name][0] == "read"])
def test_what_is_read(
    name: str,
    tmp_path: Path,
    run: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES[name]
    path = prepare(name, case, tmp_path, monkeypatch)
    code, out, err = run("dedupe", case.name, "-o", "kept", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["rejected"] == 0
    case.check(path, (tmp_path / "kept").read_bytes())


PEAK = """
import resource, sys
from dupdetect.cli import main
code = main(["dedupe", sys.argv[1], "-o", "kept", "-q", "--on-bad-row", "skip"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


def test_a_line_of_200_mb_takes_bounded_memory(tmp_path: Path) -> None:
    long_line(tmp_path / "long.jsonl")
    (tmp_path / "short.jsonl").write_bytes(GOOD + END)
    kibibytes = {
        name: int(
            subprocess.run(
                [sys.executable, "-c", PEAK, f"{name}.jsonl"],
                cwd=tmp_path, capture_output=True, check=True,
            ).stdout
        ) // (1024 if sys.platform == "darwin" else 1)
        for name in ("short", "long")
    }  # fmt: skip
    # A buffer of 64 MiB and one copy of it, not the line.
    assert kibibytes["long"] - kibibytes["short"] < 160 * 1024
