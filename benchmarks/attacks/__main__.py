"""What hostile files cost, in CPU for each byte of ordinary text, and how it grows.

    python -m benchmarks.attacks                  # all
    python -m benchmarks.attacks nested "bad rows"  # some of them
    python -m benchmarks.attacks --megabytes 1    # smaller ones

Every file is written twice, small and eight times as large, and goes through ``dupdetect dedupe``
in a process of its own, on one thread. CPU is counted from when the program is loaded. Ordinary
text is what ``benchmarks.generate`` makes. *Ratio* is CPU a byte of the larger file, divided by
that of ordinary text of that size; *growth* is CPU a byte of the larger file divided by that of the
smaller one: 1 is linear, 8 quadratic. The bounds are 5 for the ratio and 2 for growth.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.attacks.files import FILES, ORDINARY, FileAttack, write, write_of_size

CPU_SECONDS = 900
MEMORY = 12 << 30
FACTOR = 8
MOST_RATIO, MOST_GROWTH = 5.0, 2.0
_OUTSIDE = 0.2  # seconds: less CPU than this says nothing about growth


@dataclass(frozen=True)
class Cost:
    """What a file cost: bytes, CPU seconds, pairs aligned, peak memory in bytes; or an error."""

    size: int
    cpu: float = 0.0
    pairs: int = 0
    peak: int = 0
    stages: str = ""
    error: str = ""

    def per_byte(self) -> float:
        """CPU seconds for each byte."""
        return self.cpu / self.size


def run(source: Path, *, cpu_seconds: int = CPU_SECONDS, memory: int = MEMORY) -> Cost:
    """Remove the copies of a file in a process of its own."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    size = source.stat().st_size
    command = [sys.executable, "-m", "benchmarks.attacks", "--worker", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [""]
        return Cost(size, error=f"exit {done.returncode} {last[0]}")
    return Cost(size, **json.loads(done.stdout.splitlines()[-1]))


def work(source: Path) -> None:
    """Remove the copies of a file in this process, and print what it took."""
    small = source.with_suffix(".small")
    write(ORDINARY, 0.001, small)
    remove_copies(small)  # so that loading is not measured

    def cpu() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    began = cpu()
    summary = remove_copies(source)
    spent = cpu() - began
    stages = {name: one["cpu_seconds"] for name, one in summary.get("timings", {}).items()}
    stages["else"] = spent - sum(stages.values())
    slow = sorted(stages.items(), key=lambda item: -item[1])[:2]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({
        "cpu": spent, "peak": peak,
        "pairs": summary["comparing"]["aligned_pairs"] if summary else 0,
        "stages": ", ".join(f"{name} {seconds:.2f}" for name, seconds in slow),
    }))  # fmt: skip


def remove_copies(source: Path) -> dict[str, Any]:
    """Run ``dupdetect dedupe`` in this process; the summary."""
    from dupdetect.cli import main as dupdetect  # noqa: PLC0415  only the worker needs it

    printed = io.BytesIO()
    stdout = io.TextIOWrapper(printed, "utf-8")  # closes `printed` when it goes
    with redirect_stdout(stdout), suppress(SystemExit):
        dupdetect([
            *("dedupe", str(source), "--output", str(source.with_suffix(".out"))),
            *("--removed", str(source.with_suffix(".removed")), "--threads", "1", "--json"),
            *("--on-bad-row", "skip", "--rejects", str(source.with_suffix(".rejects"))),
        ])  # fmt: skip
    said = printed.getvalue()
    if not said:  # the run ended with an error: too many bad rows
        return {}
    summary: dict[str, Any] = json.loads(said)
    return summary


def measure(attack: FileAttack, size: int, folder: Path, cpu_seconds: int) -> tuple[Cost, Cost]:
    """Return what the small and the large file of an attack cost."""
    costs = []
    for part in (size // FACTOR, size):
        path = folder / "stories.jsonl"
        write_of_size(attack, part, path)
        costs.append(run(path, cpu_seconds=cpu_seconds))
        for made in folder.iterdir():
            made.unlink()
    return costs[0], costs[1]


def describe(small: Cost, large: Cost, ordinary: Cost) -> str:
    """Write two costs as cells of a table."""
    if large.error or small.error:
        return f"| {large.size / 1e6:.1f} | {large.error or small.error} | | | | | |"
    ratio = large.per_byte() / ordinary.per_byte()
    growth = large.per_byte() / small.per_byte()
    certain = large.cpu > _OUTSIDE
    marks = [
        " (!)" if ratio > MOST_RATIO else "",
        "" if not certain else " (!)" if growth > MOST_GROWTH else "",
    ]
    return (
        f"| {large.size / 1e6:.1f} | {large.cpu:.2f} | {ratio:.1f}{marks[0]} "
        f"| {growth:.1f}{marks[1]} | {large.pairs:,} | {large.peak / 1e6:,.0f} | {large.stages} |"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run attacks and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FILES))
    parser.add_argument("--megabytes", type=float, default=4.0, help="of the larger file; 4")
    parser.add_argument("--cpu-seconds", type=int, default=CPU_SECONDS)
    parser.add_argument("--worker", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.worker:
        work(given.worker)
        return 0
    size = int(given.megabytes * 1e6)
    print("| file | MB | CPU s | ratio | growth | pairs aligned | peak MB | slowest stages (s) |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="dupdetect-attacks-") as name:
        small, ordinary = measure(ORDINARY, size, Path(name), given.cpu_seconds)
        print("| ordinary text", describe(small, ordinary, ordinary), flush=True)
        for attack in given.names or FILES:
            costs = measure(FILES[attack], size, Path(name), given.cpu_seconds)
            print(f"| {attack}", describe(*costs, ordinary), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
