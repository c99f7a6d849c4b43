"""The fuzzer's targets hold for the inputs kept, and for some made of them."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import run
from tests.fuzz.mutations import MOST_BYTES, mutate

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", run.TARGETS)
def test_target_holds(name: str) -> None:
    kept = run.seeds(name)
    assert kept
    assert max(map(len, kept)) <= MOST_BYTES
    rng = random.Random(5)
    for data in kept + [mutate(rng, rng.choice(kept), kept) for _ in range(20)]:
        run.TARGETS[name](data)


def test_every_folder_of_inputs_belongs_to_a_target() -> None:
    assert {path.name for path in run.SEEDS.iterdir()} == set(run.TARGETS)


def _script(tmp_path: Path, target: str) -> Path:
    """Write a fuzzer whose target `prepare` is another one."""
    script = tmp_path / "fuzz.py"
    script.write_text(
        f"import os, sys, time\nsys.path.append({str(run.SEEDS.parents[2])!r})\n"
        f"from tests.fuzz import run\nrun.HANG_SECONDS = 1\n"
        f"run.TARGETS['prepare'] = lambda data: {target}\nsys.exit(run.main(sys.argv[1:]))\n"
    )
    return script


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("None", ""),
        ("time.sleep(1.3) if len(data) % 7 == 3 else None", ""),
        ("1 / (len(data) % 7 - 3)", "ZeroDivisionError"),
        ("os.abort() if len(data) % 7 == 3 else None", "exit -6"),
        ("max(iter(int, 1)) if len(data) % 7 == 3 else None", "hangs: 1 s of CPU"),
    ],
)
def test_what_fails_is_found_and_kept(tmp_path: Path, target: str, reason: str) -> None:
    arguments = ("--seconds", "1.5", "--target", "prepare", "--failures", str(tmp_path / "found"))
    done = subprocess.run(
        [sys.executable, str(_script(tmp_path, target)), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == bool(reason), done.stderr
    if not reason:
        assert not (tmp_path / "found").exists()
        return
    reasons = next((tmp_path / "found").glob("*.txt"))
    assert reason in reasons.read_text()
    assert len(reasons.with_suffix("").read_bytes()) % 7 == 3
