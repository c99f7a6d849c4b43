"""Fuzz the kernels and the readers, best against a build with sanitizers.

    python tests/fuzz/run.py --seconds 60
    python tests/fuzz/run.py --seconds 3600 --failures found/ --target align --target prepare
    python tests/fuzz/run.py --input found/align-1f2e3d4c

Inputs grow out of those in ``seeds/``. A build with ``DUPDETECT_SANITIZE`` says which branches of
the kernels an input reached; one that reached new ones is kept and changed further. Targets run in
a process of their own: one that dies or hangs is reported with its input, and another goes on.
Exit code 0: nothing found.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import mmap
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: the package is the installed one

import _dupdetect as native

from tests.fuzz import kernel_targets, reader_targets
from tests.fuzz.mutations import MOST_BYTES, mutate

Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {
    "jsonl": kernel_targets.jsonl,
    "prepare": kernel_targets.prepare,
    "first_equal": kernel_targets.first_equal,
    "lines": kernel_targets.lines,
    "sketch": kernel_targets.sketch,
    "align": kernel_targets.align,
    "credits": kernel_targets.credits_,
    "facts": kernel_targets.facts,
    "postings": kernel_targets.postings,
    "look_up": kernel_targets.look_up,
    "summaries": kernel_targets.summaries,
    "hashes": kernel_targets.hashes,
    "config": reader_targets.config,
    "corpus": reader_targets.corpus,
    "read_jsonl": reader_targets.reader_of("dump.jsonl"),
    "read_json": reader_targets.reader_of("dump.json"),
    "read_csv": reader_targets.reader_of("dump.csv"),
    "read_parquet": reader_targets.reader_of("dump.parquet"),
    "read_arrow": reader_targets.reader_of("dump.arrow"),
    "read_xml": reader_targets.reader_of("dump.xml"),
    "read_warc": reader_targets.reader_of("dump.warc"),
    "read_page": reader_targets.reader_of("page.html"),
    "outputs": reader_targets.outputs,
    "index": reader_targets.index,
    "flow": reader_targets.flow,
}
#: How often each place in the kernels was reached since the last call; in sanitizer builds.
REACHED: Callable[[], NDArray[np.uint8]] | None = getattr(native, "reached", None)
SEEDS = Path(__file__).parent / "seeds"
HANG_SECONDS = 60
_ROUND_SECONDS = 0.25  # spent on one target before the next has its turn
_KEPT = 2000  # inputs kept of one target
# How often a branch was reached, roughly: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more.
_CLASSES = np.array(
    [0, 1, 2, *[4], *[8] * 4, *[16] * 8, *[32] * 16, *[64] * 96, *[128] * 128], np.uint8
)


def seeds(name: str) -> list[bytes]:
    """Return the inputs kept in the repository for a target."""
    return [path.read_bytes() for path in sorted((SEEDS / name).iterdir())]


@dataclass
class Search:
    """What is known of one target: inputs worth changing, and what they reached."""

    target: Target
    inputs: list[bytes]
    reached: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(1 << 16, np.uint8))

    def next_input(self, rng: random.Random) -> bytes:
        """Change one of the inputs, the newest more often than others."""
        newest = len(self.inputs) - 1 - int(rng.expovariate(0.05))
        base = (
            self.inputs[newest] if newest >= 0 and rng.random() < 0.5 else rng.choice(self.inputs)
        )
        return mutate(rng, base, self.inputs)

    def keep_if_new(self, data: bytes) -> None:
        """Keep an input that reached what none before did, where that can be seen."""
        if REACHED is None:
            return
        classes = _CLASSES[REACHED()]
        if (classes & ~self.reached).any():
            self.reached |= classes
            self.inputs.append(data)
            if len(self.inputs) > _KEPT:
                del self.inputs[_KEPT // 2]


class Shared:
    """What the process at work and the one that watches it both see: the input, the counts."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16 + 8 * len(TARGETS) + MOST_BYTES)

    def begin(self, target: int, data: bytes) -> None:
        """Note an input before it is tried."""
        counts = 16 + 8 * target
        done = int.from_bytes(self._memory[counts : counts + 8], "little") + 1
        self._memory[counts : counts + 8] = done.to_bytes(8, "little")
        self._memory[:16] = target.to_bytes(8, "little") + len(data).to_bytes(8, "little")
        start = 16 + 8 * len(TARGETS)
        self._memory[start : start + len(data)] = data

    def current(self) -> tuple[str, bytes]:
        """Return the target at work and its input."""
        target, size = (int.from_bytes(self._memory[at : at + 8], "little") for at in (0, 8))
        start = 16 + 8 * len(TARGETS)
        return list(TARGETS)[target], self._memory[start : start + size]

    def counts(self) -> dict[str, int]:
        """Return the inputs tried of each target."""
        at = itertools.count(16, 8)
        return {
            name: int.from_bytes(self._memory[k : k + 8], "little")
            for name, k in zip(TARGETS, at, strict=False)
        }


def save(folder: Path, name: str, data: bytes, reason: str) -> None:
    """Write an input that failed, and why, beside each other."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:8]}"
    path.write_bytes(data)
    path.with_suffix(".txt").write_text(reason, encoding="utf-8")
    sys.stderr.write(f"\nfailed: {path}\n{base64.b64encode(data).decode()}\n{reason}\n")


def work(names: list[str], rng: random.Random, until: float, shared: Shared, folder: Path) -> bool:
    """Try inputs of the targets in turn until the time is up; whether all held."""
    numbers = {name: number for number, name in enumerate(TARGETS)}
    searches = {name: Search(TARGETS[name], seeds(name)) for name in names}
    saved: set[str] = set()

    def attempt(name: str, data: bytes) -> None:
        shared.begin(numbers[name], data)
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)  # of CPU: others may be at work, too
        try:
            searches[name].target(data)
        except Exception:
            reason = traceback.format_exc()
            place = "".join(line for line in reason.splitlines() if line.startswith("  File"))
            if place not in saved:  # one input for each place is enough
                saved.add(place)
                save(folder, name, data, reason)
        searches[name].keep_if_new(data)

    for name in names:
        for data in seeds(name):
            attempt(name, data)
    for name in itertools.cycle(names):
        turn = min(until, time.monotonic() + _ROUND_SECONDS)
        while time.monotonic() < turn:
            attempt(name, searches[name].next_input(rng))
        if time.monotonic() >= until:
            break
    if REACHED is not None:
        kept = {name: len(search.inputs) for name, search in searches.items()}
        sys.stderr.write(f"inputs kept for what they reached: {kept}\n")
    return not saved


def watch(names: list[str], seed: int, seconds: float, folder: Path) -> int:
    """Let processes try inputs until the time is up; the number of those that failed."""
    until, shared, failures = time.monotonic() + seconds, Shared(), 0
    for part in itertools.count():
        worker = os.fork()
        if worker == 0:
            held = False
            try:
                held = work(names, random.Random(seed * 1000 + part), until, shared, folder)
            finally:
                sys.stderr.flush()
                os._exit(0 if held else 1)
        _, status = os.waitpid(worker, 0)
        if os.WIFSIGNALED(status) or os.WEXITSTATUS(status) > 1:
            code = os.waitstatus_to_exitcode(status)
            hung = code == -signal.SIGPROF
            save(
                folder,
                *shared.current(),
                f"hangs: {HANG_SECONDS} s of CPU" if hung else f"exit {code}",
            )
        failures += status != 0
        if time.monotonic() >= until:
            break
    tried = shared.counts()
    sys.stdout.write(
        f"{sum(tried.values()):,} inputs in {seconds:.0f} s, {failures} failed processes: "
        + ", ".join(f"{name} {count:,}" for name, count in tried.items() if count)
        + "\n"
    )
    return failures


def main(arguments: list[str] | None = None) -> int:
    """Command line of the fuzzer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=TARGETS, help="all by default")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--input", type=Path, help="try this one alone; named TARGET-...")
    given = parser.parse_args(arguments)
    if given.input:
        TARGETS[given.input.name.partition("-")[0]](given.input.read_bytes())
        return 0
    return min(1, watch(given.target or list(TARGETS), given.seed, given.seconds, given.failures))


if __name__ == "__main__":
    sys.exit(main())
