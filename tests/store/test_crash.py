"""Whatever happens to a writer, one generation or the next is there, whole."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dupdetect import Index
from dupdetect.errors import OutputError
from tests.support.index_stories import differences, made, table

KILLS = int(os.environ.get("DUPDETECT_KILLS", "4"))
"""Writers killed at any moment."""
GENERATIONS = int(os.environ.get("DUPDETECT_GENERATIONS", "20"))
"""Generations written while others read."""
FEW = 6
"""Moments at which a writer is killed; with ``DUPDETECT_KILLS`` set at all of them."""

DIES = """
import os, signal, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from dupdetect import Index
from tests.support.index_stories import made, table

calls, last, after = 0, int(sys.argv[3]), sys.argv[4] == "after"
fsync, replace = os.fsync, Path.replace

def counted(real):
    def call(*words):
        global calls
        calls += 1
        if calls == last and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*words)
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return call

with Index.open(sys.argv[2], write=True, threads=1) as index:
    os.fsync, Path.replace = counted(fsync), counted(replace)
    index.delete([made()[0]["id"]])
    rows = [dict(row) for row in made()[30:40]]
    index.add(table(rows))
print(calls)
"""

GOES_ON = """
import sys
sys.path.append(sys.argv[1])
from dupdetect import Index
with Index.open(sys.argv[2], write=True, threads=1) as index:
    print("open", flush=True)
    while True:
        number = index.generation + 1
        index.add([{"id": f"story {number}", "text": f"Story {number} says what {number} is."}])
        print(index.generation, flush=True)
"""

ROOT = str(Path(__file__).resolve().parents[2])


def started(program: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, ROOT, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an index of 30 stories in its first generation."""
    with Index.create(tmp_path / "i", threads=1) as index:
        index.add(table([dict(row) for row in made()[:30]]))
    return tmp_path / "i"


def copied(folder: Path, name: str) -> Path:
    place = folder.parent / name
    place.mkdir()
    for file in folder.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    return place


def test_killed_at_a_sync_or_a_rename(folder: Path) -> None:
    whole = started(DIES, str(copied(folder, "whole")), "0", "never")
    calls = int(whole.communicate()[0])
    assert calls > 12
    moments = [(call, when) for call in range(1, calls + 1) for when in ("before", "after")]
    if "DUPDETECT_KILLS" not in os.environ:
        moments = [*random.Random(2).sample(moments, FEW - 1), (calls, "after")]
    for call, when in moments:
        place = copied(folder, f"{call} {when}")
        killed = started(DIES, str(place), str(call), when)
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        with Index.open(place, write=True, threads=1) as index:
            held = {1: 30, 2: 29, 3: 39}
            assert len(index) == held[index.generation]
            assert index.check() == []
            known = {f"{name}.arrow" for name in index._manifest["files"]}
            there = {file.name for file in place.glob("*.arrow")}
            assert known == there  # a writer takes away what a killed one left
            index.settle()
            rows = [dict(row) for row in made()[(index.generation > 2) : 30]]
            if len(index) == 39:
                rows += [dict(row) for row in made()[30:40]]
            if len(index) == len(rows):
                assert differences(index, rows) == []


def test_killed_at_any_moment(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    Index.create(folder).close()
    rng = random.Random(1)
    said = 0
    for number in range(KILLS):
        writer = started(GOES_ON, str(folder))
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        if not number:  # however busy the machine is
            said = int(writer.stdout.readline())
        time.sleep(rng.random() * 0.6)
        writer.kill()
        lines = writer.communicate()[0].split()
        said = max([said, *map(int, lines)])
        with Index.open(folder) as index:
            assert index.generation in (said, said + 1)  # it may not have come to say so
            said = index.generation
            assert len(index) == said
            assert index.check() == []
    assert said > 0


def test_a_full_disk_leaves_the_generation_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    refused = 0
    for last in range(1, 100):
        place = copied(folder, str(last))
        calls = 0

        def full(descriptor: int, last: int = last) -> None:
            nonlocal calls
            calls += 1
            if calls == last:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(descriptor)

        with Index.open(place, write=True, threads=1) as index:
            before = index.clusters()
            monkeypatch.setattr(os, "fsync", full)
            try:
                index.add(table([dict(row) for row in made()[30:35]]))
            except OutputError as error:
                refused += "No space left" in str(error)
                assert (index.generation, len(index)) == (1, 30)
                assert index.clusters().equals(before)
                assert len(list(place.glob("*.arrow"))) == len(index._manifest["files"])
            else:  # all calls were made, or that which failed was to sync the folder
                assert (index.generation, len(index)) == (2, 35)
            finally:
                monkeypatch.setattr(os, "fsync", real)
            assert index.check() == []
            index.delete([made()[0]["id"]])
        if calls < last:
            break
    assert refused > 4


def test_readers_beside_a_writer(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    wrong: list[str] = []
    done = threading.Event()
    seen: list[set[int]] = []

    def read(mine: set[int]) -> None:
        try:
            with Index.open(folder, threads=1) as index:
                while not done.is_set():
                    index.refresh()
                    held = index.generation
                    found: Any = index.query("Story 1 says what 1 is.")
                    if len(index) != held or set(found["generation"].to_pylist()) - {held}:
                        wrong.append(f"{len(index)} stories in generation {held}")
                    mine.add(held)
        except Exception as error:
            wrong.append(repr(error))

    with Index.create(folder, threads=1) as writer:
        seen = [set() for _ in range(8)]
        readers = [threading.Thread(target=read, args=(mine,)) for mine in seen]
        for reader in readers:
            reader.start()
        for number in range(1, GENERATIONS + 1):
            text = f"Story {number} says what {number} is."
            writer.add([{"id": str(number), "text": text}])
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert all(seen)
    assert len(set.union(*seen)) > 2
