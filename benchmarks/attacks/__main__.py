"""Hostile collections against ordinary text of the same size: time, memory, pairs aligned.

    python -m benchmarks.attacks                 # all, at full size
    python -m benchmarks.attacks nested shuffled # some of them
    python -m benchmarks.attacks --scale 0.1     # a tenth of the stories

Every collection is written to a file and clustered in a process of its own, on one thread. The
ordinary text is what ``benchmarks.generate`` makes, as many bytes of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.attacks.texts import ATTACKS, Attack
from benchmarks.generate import stories as generate

if TYPE_CHECKING:
    from collections.abc import Iterable

CPU_SECONDS = 900
MEMORY = 12 << 30


def write_attack(attack: Attack, scale: float, path: Path) -> int:
    """Write the stories of an attack as JSON Lines; their bytes."""
    texts = enumerate(attack.make(scale))
    return write_rows(
        ({"id": f"{n:07}", "publisher": "p", "text": text} for n, text in texts), path
    )


def write_rows(rows: Iterable[dict[str, str]], path: Path) -> int:
    """Write rows as JSON Lines; their bytes."""
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path.stat().st_size


def write_ordinary(size: int, path: Path) -> int:
    """Write ordinary stories until they take `size` bytes."""
    written = 0
    with path.open("wb") as out:
        for line, _ in generate.stories(max(20, size // 1500), seed=6):
            written += out.write(line)
            if written >= size:
                break
    return written


def run(source: Path, *, cpu_seconds: int = CPU_SECONDS, memory: int = MEMORY) -> dict[str, Any]:
    """Cluster a file in a process of its own.

    Returns
    -------
    dict
        stories, compared, cpu (seconds by stage), peak (bytes); or ``error``.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    command = [sys.executable, "-m", "benchmarks.attacks", "--worker", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [""]
        return {"error": f"exit {done.returncode} {last[0]}"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def work(source: str) -> None:
    """Cluster in this process and print what it took."""
    from dupdetect import corpus  # noqa: PLC0415  importing is no part of the text
    from dupdetect.engines import local  # noqa: PLC0415  importing is no part of the text

    def cpu() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    began = cpu()
    with corpus.read(source, threads=1) as stories:
        found = local.cluster_corpus(stories, threads=1)
    told = found.summary
    stages = {name: spent["cpu_seconds"] for name, spent in told["timings"].items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({
        "stories": told["stories"], "compared": told["compared_pairs"], "cpu": cpu() - began,
        "stages": stages, "peak": peak, "clusters": told["clusters"], "kinds": told["kinds"],
        "furniture": told["furniture"]["lines"], "stock": told["stock_phrases"]["fingerprints"],
    }))  # fmt: skip


def describe(result: dict[str, Any]) -> str:
    """Write a result as cells of a table."""
    if "error" in result:
        return f"| {result['error']} | | | | |"
    slow = sorted(result["stages"].items(), key=lambda item: -item[1])[:2]
    return (
        f"| {result['stories']:,} | {result['compared']:,} | {result['cpu']:.1f} s "
        f"| {result['peak'] / 1e6:,.0f} MB | {', '.join(f'{n} {s:.1f}' for n, s in slow)} |"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run attacks and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ATTACKS))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--cpu-seconds", type=int, default=CPU_SECONDS)
    parser.add_argument("--worker", metavar="FILE", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.worker:
        work(given.worker)
        return 0
    print("| collection | stories | pairs aligned | CPU | peak memory | slowest stages (s) |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory(prefix="dupdetect-attacks-") as folder:
        for name in given.names or ATTACKS:
            path = Path(folder) / f"{name}.jsonl"
            size = write_attack(ATTACKS[name], given.scale, path)
            print(
                f"| {name}, {size / 1e6:.1f} MB ",
                describe(run(path, cpu_seconds=given.cpu_seconds)),
                flush=True,
            )
            write_ordinary(size, path)
            print("| ordinary ", describe(run(path)), flush=True)
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
