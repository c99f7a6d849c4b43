"""The package runs where Unix's modules are missing, as on Windows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dupdetect.support import system

ROOT = Path(__file__).resolve().parents[2]
DUMP = ROOT / "data" / "wire.jsonl"
SCRIPT = ROOT / "tests" / "support" / "without_unix.py"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="open files cannot be listed here"
)


def without_unix(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_commands_write_the_same_files_without_them(tmp_path: Path) -> None:
    words = ["--removed", "gone.jsonl", "--report", "report.html", "-q"]
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "kept.jsonl").write_text("older")
    command = [sys.executable, "-m", "dupdetect", "dedupe", str(DUMP), "-o", "kept.jsonl", *words]
    subprocess.run(command, cwd=here, check=True)
    done = without_unix("dedupe", str(DUMP), "-o", "kept.jsonl", *words, cwd=there)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("kept.jsonl", "gone.jsonl"):
        assert (there / name).read_bytes() == (here / name).read_bytes()
    assert sorted(path.name for path in there.iterdir()) == [
        *("gone.jsonl", "kept.jsonl", "report.html"),
    ]


def test_results_are_written_and_explained_without_them(tmp_path: Path) -> None:
    for _ in range(2):  # the second run writes over the first
        done = without_unix("cluster", str(DUMP), "-o", "out", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["peak_memory_bytes"] == 0  # not known
    done = without_unix("explain", "out", "courier-drone", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = without_unix("cluster", "nothing.jsonl", "-o", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("clusters.jsonl", "relations.jsonl", "summary.json"),
    ]


def test_here_locks_and_memory_are_known() -> None:
    assert system.HAS_LOCKS
    assert system.peak_memory() > 1 << 20
