"""Names that are no text, links that lead nowhere, and limits of the system: one line each."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TEXT = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon on Monday."
ROWS = "".join(json.dumps({"id": one, "text": TEXT}) + "\n" for one in "ab")
NAME = os.fsdecode(b"in\xff.jsonl")


def run(
    folder: Path, *words: str, limit: tuple[int, int] | None = None
) -> subprocess.CompletedProcess[bytes]:
    def limited() -> None:
        if limit is not None:
            resource.setrlimit(limit[0], (limit[1], limit[1]))

    words = (sys.executable, "-m", "dupdetect", *words)
    return subprocess.run(
        words, cwd=folder, capture_output=True, check=False, timeout=60, preexec_fn=limited
    )


def fail(folder: Path, *words: str, limit: tuple[int, int] | None = None) -> str:
    done = run(folder, *words, limit=limit)
    said = done.stderr.decode()
    assert (done.returncode, said.count("\n")) == (1, 1), said
    return said


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(ROWS, encoding="utf-8")
    kept, folder, table = (os.fsdecode(b"\xff" + one) for one in (b".jsonl", b"", b".parquet"))
    done = run(tmp_path, "dedupe", NAME, "-o", kept, "--report", "r.html", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["inputs"][0]["path"] == "in\\xff.jsonl"
    assert (tmp_path / kept).read_text("utf-8").count("\n") == 1
    for form in ("jsonl", "parquet"):
        done = run(tmp_path, "cluster", NAME, "-o", folder, "--format", form, "-q")
        assert done.returncode == 0, done.stderr
        words = ("report", folder, "-o", "r2.html", "--stories", NAME, "-q")
        done = run(tmp_path, *words)
        assert done.returncode == 0, done.stderr
    with (tmp_path / table).open("wb") as file:
        pq.write_table(pa.table({"id": ["a", "b"], "text": [TEXT, TEXT]}), file)
    done = run(tmp_path, "dedupe", table, "-o", os.fsdecode(b"k\xff.parquet"), "-q")
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, "compare", NAME, NAME, "--json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("dedupe", "loop", "-o", "out"),
        ("dedupe", "in", "-o", "loop"),
        ("dedupe", "in", "-o", "out", "--removed", "loop"),
        ("cluster", "in", "-o", "loop"),
        ("cluster", "in", "-o", "loop/out"),
        ("compare", "loop", "in"),
        ("report", "loop", "-o", "out"),
    ],
)
def test_a_link_to_itself(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "in").write_text(ROWS, encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    assert "loop" in fail(tmp_path, *words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "loop"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits are Linux's here")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="sanitizers need more")
@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ((resource.RLIMIT_NOFILE, 6), "ulimit -n"),
        ((resource.RLIMIT_AS, 200 << 20), "not enough memory"),
        ((resource.RLIMIT_AS, 300_000_000), "not enough memory"),
    ],
)
def test_limits_of_the_system(tmp_path: Path, limit: tuple[int, int], said: str) -> None:
    (tmp_path / "in").write_text(ROWS, encoding="utf-8")
    assert said in fail(tmp_path, "cluster", "in", "-o", "out", "-q", limit=limit)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


SLOW = """
import sys, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "dupdetect.cli":
            print("loading", flush=True)
            time.sleep(30)

sys.meta_path.insert(0, Slow())
from dupdetect.__main__ import run
sys.exit(run())
"""


def test_ctrl_c_while_the_command_is_being_loaded(tmp_path: Path) -> None:
    words = [sys.executable, "-c", SLOW]
    started = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert started.stdout is not None
    assert started.stdout.readline() == b"loading\n"
    time.sleep(0.1)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=30)
    assert started.returncode == 130
    assert said == b"dupdetect: stopped; no output was left half written\n"
