"""Keep a record of what the whole job costs against a fixed program in the same run.

    python -m benchmarks.speed.ratios [STORIES] [--publisher-field NAME] [--record FILE]

The program reads the stories, parses each row with orjson and hashes it with SHA-256. It and
``dupdetect dedupe`` take turns, each a process on one thread, start-up included; what is kept is
the median of their ratios of CPU time, with counters that no load disturbs. Of ratios from one kind
of machine a lasting step up says that something became dearer. No test asks for them: tests hold
the counters (`tests/engines/test_counts.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.generate import stories as generate
from benchmarks.peers.__main__ import machine
from dupdetect.version import VERSION

_STORIES = 20_000
_REFERENCE = """
import gzip, hashlib, orjson, sys
path = sys.argv[1]
with (gzip.open(path) if path.endswith(".gz") else open(path, "rb")) as rows:
    for row in rows:
        hashlib.sha256(str(orjson.loads(row)).encode("utf-8", "replace")).digest()
"""


def cpu_seconds(arguments: list[str], out: Path | None = None) -> float:
    """Processor seconds of one process of this interpreter; what it prints goes to `out`.

    Raises
    ------
    subprocess.CalledProcessError
        When it fails.
    """
    with Path(os.devnull if out is None else out).open("wb") as printed:
        child = subprocess.Popen([sys.executable, *arguments], stdout=printed)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, arguments)
    return usage.ru_utime + usage.ru_stime


def measure(source: Path, folder: Path, publisher: str | None, rounds: int) -> dict[str, object]:
    """Return the ratio, how far the rounds are apart, and the counters."""
    printed = folder / "summary.json"
    dedupe = ["-m", "dupdetect", "dedupe", str(source), "-o", str(folder / "kept.jsonl"), "--json"]
    dedupe += ["--threads", "1", *(["--publisher-field", publisher] if publisher else [])]
    ratios = []
    for _ in range(rounds):
        reference = cpu_seconds(["-c", _REFERENCE, str(source)])
        ratios.append(cpu_seconds(dedupe, printed) / reference)
    found = json.loads(printed.read_bytes())
    stories, pairs = found["stories"], found["compared_pairs"]
    return {
        "stories": stories,
        "ratio": round(statistics.median(ratios), 3),
        "spread": round((max(ratios) - min(ratios)) / statistics.median(ratios), 3),
        "pairs_a_story": round(pairs / stories, 3),
        "nothing": round(found["comparing"]["unrelated_pairs"] / max(pairs, 1), 3),
        "splits_a_story": round(found["comparing"]["split_texts"] / stories, 3),
        "bytes_a_story": round(sum(one["size_bytes"] or 0 for one in found["inputs"]) / stories),
    }


def main(arguments: list[str] | None = None) -> int:
    """Command line of the measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.ratios", description=__doc__)
    parser.add_argument("source", type=Path, nargs="?", help="JSONL, plain or gzip")
    parser.add_argument("--publisher-field")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", type=Path, default=Path("docs/figures/ratios.jsonl"))
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder, source, name = Path(temporary), given.source, "generated, seed 1"
        if source is None:
            source = folder / "stories.jsonl"
            generate.write(source, count=_STORIES, seed=1)
        else:
            source, name = source.resolve(), source.name
        found = measure(source, folder, given.publisher_field, given.rounds)
    row = {
        "day": time.strftime("%Y-%m-%d"),
        "version": VERSION,
        "corpus": name,
        **found,
        "rounds": given.rounds,
        "load": round(os.getloadavg()[0], 1),
        "processor": machine()["processor"],
    }
    given.record.parent.mkdir(parents=True, exist_ok=True)
    with given.record.open("a", encoding="utf-8") as record:
        record.write(json.dumps(row) + "\n")
    sys.stdout.write(json.dumps(row, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
