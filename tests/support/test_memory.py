"""How much memory a run may fill."""

from __future__ import annotations

from pathlib import Path

import pytest

import dupdetect
from dupdetect.errors import ConfigError
from dupdetect.support import memory
from dupdetect.support.memory import LEAST_MEMORY, Memory
from dupdetect.support.spill import Spill

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2G", 2 << 30),
        ("1.5g", 3 << 29),
        ("512 MiB", 512 << 20),
        ("300000K", 300_000 << 10),
        (LEAST_MEMORY, LEAST_MEMORY),
        (str(LEAST_MEMORY), LEAST_MEMORY),
    ],
)
def test_sizes(asked: int | str, expected: int) -> None:
    assert Memory.of(asked).total == expected


@pytest.mark.parametrize("asked", ["", "2X", "G", "-2G", "100M", 0, LEAST_MEMORY - 1, True, "2,5G"])
def test_what_is_no_size_or_too_little_says_what_to_do(asked: int | str) -> None:
    with pytest.raises(ConfigError, match=r"expected at least 128M, a size such as 2G; leave it"):
        Memory.of(asked)


def test_the_default_fits_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    group, machine = tmp_path / "memory.max", tmp_path / "meminfo"
    monkeypatch.setattr(memory, "_CGROUP", group)
    monkeypatch.setattr(memory, "_MEMINFO", machine)
    monkeypatch.setattr(memory, "address_space", lambda: None)
    assert Memory.of(None).total == 1 << 30  # unknown
    machine.write_text("MemTotal: 16000000 kB\nMemAvailable: 1048576 kB\n")
    assert Memory.of(None).total == 512 << 20
    group.write_text("max\n")
    assert Memory.of(None).total == 512 << 20
    group.write_text(f"{400 << 20}\n")
    assert Memory.of(None).total == 200 << 20
    group.write_text(f"{100 << 20}\n")
    assert Memory.of(None).total == LEAST_MEMORY
    monkeypatch.setattr(memory, "address_space", lambda: 300 << 20)
    group.write_text("max\n")
    assert Memory.of(None).total == 150 << 20


def test_parts_leave_room_for_what_is_put_together() -> None:
    most = Memory(1 << 30)
    held = 2 * most.texts + most.words + most.words // 4 + most.fingerprints + 2 * most.alignments
    assert held <= 3 * most.total // 4


def test_the_result_does_not_depend_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a large corpus does to the least memory, a tiny part does to few stories."""
    files = []
    write = Spill._write

    def counted(spill: Spill, data: object) -> None:
        files.append(data)
        write(spill, data)  # type: ignore[arg-type]

    sample = str(ROOT / "data/wire.jsonl")
    whole = dupdetect.cluster(sample, memory="1G")
    monkeypatch.setattr(Spill, "_write", counted)
    assert not files
    for part in ("texts", "words", "fingerprints", "alignments"):
        monkeypatch.setattr(Memory, part, property(lambda _: 1000))
    few = dupdetect.cluster(sample, memory="128M")
    assert len(files) > 4
    assert few.clusters.equals(whole.clusters)
    assert few.relations.equals(whole.relations)
