"""Runs that are killed, interrupted or refused something leave whole files or none."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dupdetect import output
from dupdetect.errors import FormatError

pytestmark = pytest.mark.slow

KILLS = 10  # of each command
STORIES = 3000


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make stories of which every third is a copy."""
    path = tmp_path_factory.mktemp("dump") / "dump.jsonl"
    chance = random.Random(6)
    words = [f"w{number}" for number in range(2000)]
    texts: list[str] = []
    for number in range(STORIES):
        texts.append(texts[-2] if number % 3 == 2 else " ".join(chance.choices(words, k=60)))
    rows = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield an empty folder, and an environment whose temporary files have one of their own."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "work").mkdir()
    yield tmp_path / "work", {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    assert list((tmp_path / "tmp").iterdir()) == []


def command(dump: Path, name: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "dupdetect", name, str(dump), "-q", *more]


def run(words: list[str], folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def killed(
    words: list[str], folder: Path, env: dict[str, str], after: float, number: signal.Signals
) -> tuple[int, str]:
    started = subprocess.Popen(
        words, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    time.sleep(after)
    started.send_signal(number)
    _, said = started.communicate(timeout=60)
    return started.returncode, said


def test_dedupe_killed_at_random_moments(dump: Path, place: tuple[Path, dict[str, str]]) -> None:
    folder, env = place
    words = command(dump, "dedupe", "-o", "kept", "--removed", "removed", "--report", "r.html")
    began = time.monotonic()
    assert run(words, folder, env).returncode == 0
    took = time.monotonic() - began
    whole = {name: (folder / name).read_bytes() for name in ("kept", "removed")}
    chance = random.Random(1)
    ends = set()
    for _ in range(KILLS):
        for name in names(folder):
            (folder / name).unlink()
        (folder / "kept").write_bytes(b"old")
        code, _ = killed(words, folder, env, chance.uniform(0, took), signal.SIGKILL)
        ends.add(code)
        assert (folder / "kept").read_bytes() in {b"old", whole["kept"]}
        if (folder / "removed").exists():
            assert (folder / "removed").read_bytes() == whole["removed"]
    assert -signal.SIGKILL in ends
    (folder / ".kept.00000000.dupdetect-part").write_bytes(b"of a killed run")
    assert run(words, folder, env).returncode == 0
    assert names(folder) == ["kept", "r.html", "removed"]
    assert (folder / "kept").read_bytes() == whole["kept"]


def test_cluster_killed_at_random_moments(dump: Path, place: tuple[Path, dict[str, str]]) -> None:
    folder, env = place
    words = command(dump, "cluster", "-o", "out")
    began = time.monotonic()
    assert run(words, folder, env).returncode == 0
    took = time.monotonic() - began
    whole = output.read_clusters(folder / "out")
    chance = random.Random(2)
    ends = set()
    for _ in range(KILLS):
        code, _ = killed(words, folder, env, chance.uniform(0, took), signal.SIGKILL)
        ends.add(code)
        try:
            assert output.read_clusters(folder / "out").equals(whole)
        except FormatError:
            assert not (folder / "out" / "summary.json").exists()
    assert -signal.SIGKILL in ends
    assert run(words, folder, env).returncode == 0
    assert names(folder) == ["clusters.jsonl", "relations.jsonl", "summary.json"]


def test_ctrl_c_at_random_moments(dump: Path, place: tuple[Path, dict[str, str]]) -> None:
    folder, env = place
    words = command(dump, "dedupe", "-o", "kept")
    began = time.monotonic()
    assert run(words, folder, env).returncode == 0
    took = time.monotonic() - began
    whole = (folder / "kept").read_bytes()
    chance = random.Random(3)
    ends = set()
    moments = [chance.uniform(0.3, took) for _ in range(10)]
    # Where a busy machine starts more slowly than it did above, later ones are needed, too.
    later = [took * part / 20 for part in range(10, 70)]
    for number, moment in enumerate([*moments, *later]):
        if number >= len(moments) and 130 in ends:
            break
        (folder / "kept").unlink(missing_ok=True)
        code, said = killed(words, folder, env, moment, signal.SIGINT)
        ends.add(code)
        assert code in {0, 130, -signal.SIGINT}
        if code == 130:
            assert said.split("\n")[-2:] == [
                "dupdetect: stopped; no output was left half written",
                "",
            ]
            assert "Traceback" not in said
        assert names(folder) == (["kept"] if (folder / "kept").exists() else [])
        assert not (folder / "kept").exists() or (folder / "kept").read_bytes() == whole
    assert 130 in ends


@pytest.mark.parametrize("threads", ["1", "2"])
def test_ctrl_c_while_waiting_for_standard_input(
    place: tuple[Path, dict[str, str]], threads: str
) -> None:
    folder, env = place
    words = [sys.executable, "-m", "dupdetect", "dedupe", "-", "-o", "x", "--threads", threads]
    with subprocess.Popen(
        words, cwd=folder, env=env, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as waiting:
        assert waiting.stdin is not None
        # Taken whole only when it is being read: a pipe holds 64 KiB.
        waiting.stdin.write(b'{"text":"a b c"}\n' * 20_000)
        waiting.stdin.flush()
        time.sleep(0.3)
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(timeout=30) == 130
        assert waiting.stderr is not None
        assert b"stopped; no output" in waiting.stderr.read()
    assert names(folder) == []


@pytest.mark.parametrize(
    "words",
    [("dedupe", "-o", "-"), ("dedupe", "-o", "/dev/stdout"), ("dedupe", "-o", "kept", "--json")],
)
def test_a_reader_that_goes_away(
    dump: Path, place: tuple[Path, dict[str, str]], words: tuple[str, ...]
) -> None:
    folder, env = place
    with subprocess.Popen(
        command(dump, *words), cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        if "kept" not in words:
            assert writer.stdout.readline().startswith(b'{"id"')
        writer.stdout.close()
        assert writer.stderr.read() == b""
        assert writer.wait(timeout=60) == 0
    assert names(folder) == (["kept"] if "kept" in words else [])


def test_a_reader_of_the_summary_that_goes_away(
    dump: Path, place: tuple[Path, dict[str, str]]
) -> None:
    folder, env = place
    words = [word for word in command(dump, "dedupe", "-o", "kept") if word != "-q"]
    with subprocess.Popen(
        words, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.close()
        assert writer.stderr.read() == b""
        assert writer.wait(timeout=60) == 0
    assert names(folder) == ["kept"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("more", [["-o", "-"], ["-o", "kept", "--json"]])
def test_a_full_disk_behind_standard_output(
    dump: Path, place: tuple[Path, dict[str, str]], more: list[str]
) -> None:
    folder, env = place
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(dump, "dedupe", *more),
            cwd=folder, env=env, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "dupdetect: standard output: cannot be written: No space left on device; "
        "send it elsewhere\n"
    )


LIMITED = """
import resource, sys
from dupdetect import corpus
from dupdetect.engines import local
from dupdetect.views import report
from dupdetect.cli import main, show, runs
which, limit = getattr(resource, sys.argv[1]), int(sys.argv[2])
if which == resource.RLIMIT_AS:
    with open("/proc/self/statm") as file:
        limit += int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(which, (limit, limit))
sys.exit(main(sys.argv[3:]))
"""


def limited(
    which: str, limit: int, words: list[str], folder: Path, env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-c", LIMITED, which, str(limit), *words[3:]], folder, env)


@pytest.mark.parametrize("name", ["dedupe", "cluster"])
def test_files_that_may_not_grow(dump: Path, place: tuple[Path, dict[str, str]], name: str) -> None:
    folder, env = place
    done = limited("RLIMIT_FSIZE", 50_000, command(dump, name, "-o", "out"), folder, env)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written: File too large; write elsewhere" in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
@pytest.mark.parametrize("name", ["dedupe", "cluster"])
def test_no_memory(dump: Path, place: tuple[Path, dict[str, str]], name: str) -> None:
    folder, env = place
    said = []
    for megabytes in (1, 8, 24, 64, 160):
        words = command(dump, name, "-o", "out", "--threads", "1")
        before = [one for one in names(folder) if not one.startswith(".")]  # of a run that worked
        done = limited("RLIMIT_AS", megabytes << 20, words, folder, env)
        said.append(done.stderr)
        if done.returncode == 0:
            continue
        # The C library ends a process itself that has no memory for a thread (127, or SIGABRT).
        assert done.returncode in {1, 127, -signal.SIGABRT}, done.stderr
        assert [one for one in names(folder) if not one.startswith(".")] == before
        if done.returncode == 1:
            assert done.stderr.count("\n") == 1, done.stderr
            assert "memory" in done.stderr
    assert any("there is not enough memory; use fewer --threads" in one for one in said)
    assert run(command(dump, name, "-o", "out"), folder, env).returncode == 0
    assert not [one for one in names(folder) if one.startswith(".")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a file system of 1 MiB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
        capture_output=True, text=True, check=False,
    ) if os.geteuid() == 0 else None  # fmt: skip
    if made is None or made.returncode:
        pytest.skip("no file system can be mounted here: " + (made.stderr if made else "not root"))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(dump: Path, place: tuple[Path, dict[str, str]], small_disk: Path) -> None:
    folder, env = place
    (small_disk / "fill").write_bytes(b"x" * 700_000)
    old = b"old\n"
    (small_disk / "kept").write_bytes(old)
    for words, where in (
        (("dedupe", "-o", f"{small_disk}/kept"), "kept"),
        (
            ("dedupe", "-o", f"{small_disk}/kept", "--removed", f"{small_disk}/removed"),
            "(kept|removed)",
        ),
        (("cluster", "-o", f"{small_disk}/out"), "clusters\\.jsonl"),
    ):
        done = run(command(dump, *words), folder, env)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        said = f"/{where}: cannot be written: No space left on device; free some space"
        assert re.search(said, done.stderr)
        assert sorted(path.name for path in small_disk.iterdir()) == ["fill", "kept"]
        assert (small_disk / "kept").read_bytes() == old
    # The place for texts that cannot be read twice may be full, too.
    with dump.open("rb") as stories:
        done = subprocess.run(
            [sys.executable, "-m", "dupdetect", "dedupe", "-", "-o", "kept"],
            cwd=folder, env={**env, "TMPDIR": str(small_disk)}, stdin=stories,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"cannot keep stories in {small_disk}: No space left on device" in done.stderr
    assert names(folder) == []


def test_a_folder_that_cannot_be_written_to(
    dump: Path, place: tuple[Path, dict[str, str]], small_disk: Path
) -> None:
    folder, env = place
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for words in (("dedupe", "-o", f"{small_disk}/kept"), ("cluster", "-o", f"{small_disk}/out")):
        done = run(command(dump, *words), folder, env)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "cannot be written: Read-only file system; write elsewhere" in done.stderr
    done = run(command(dump, "cluster", "-o", str(small_disk)), folder, env)
    assert done.returncode == 1
    assert "clusters.jsonl: cannot be written: Read-only file system" in done.stderr
