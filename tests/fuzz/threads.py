"""Cluster generated collections with many threads, best against a build with DUPDETECT_TSAN.

    python tests/fuzz/threads.py --seconds 600 --threads 4

Collections are large enough for all threads to have work; what they find must be what one finds.
Exit code 0: nothing differed. A data race ends the process where TSAN_OPTIONS says so.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: the package is the installed one

import dupdetect
from benchmarks.generate import stories as generate


def main() -> int:
    """Cluster until the time is up; the exit code says whether anything differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--stories", type=int, default=2000)
    given = parser.parse_args()
    until = time.monotonic() + given.seconds
    for seed in itertools.count(1):
        rows = [json.loads(line) for line, _ in generate.stories(given.stories, seed=seed)]
        found = [
            dupdetect.cluster(rows, relations="all", threads=threads)
            for threads in (given.threads, 1)
        ]
        one, other = ((each.clusters, each.relations) for each in found)
        if not all(x.equals(y) for x, y in zip(one, other, strict=True)):
            sys.stdout.write(f"seed {seed}: {given.threads} threads find other results than one\n")
            return 1
        if time.monotonic() >= until:
            break
    sys.stdout.write(f"{seed} collections of {given.stories:,} stories, nothing differed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
