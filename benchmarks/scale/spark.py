"""Measure what Spark costs over a run in one process: CPU, memory, what is moved, jobs.

    python -m benchmarks.scale.spark DUMP [--stories 2000 --stories 20000] [--master 'local[2]']

Each run is a process of its own; CPU is that of all its processes, the JVM and its Python workers
counted. The difference between two sizes is what a story costs; what is left is what a run costs.
What is moved and jobs are those of Spark's event log; a worker's memory is the largest that was
seen of one, ten times a second. Every run's clusters and relations are held to the local run's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any


def main() -> None:
    """Run all sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("dump", type=Path)
    parser.add_argument("--stories", type=int, action="append")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--publisher-field", metavar="NAME")
    parser.add_argument("--worker", choices=["local", "spark"])
    given = parser.parse_args()
    if given.worker:
        print(json.dumps(_worker(given)))
        return
    found = []
    for stories in given.stories or [2_000, 20_000]:
        options = ["--stories", str(stories), "--master", given.master]
        options += ["--partitions", str(given.partitions)]
        if given.publisher_field:
            options += ["--publisher-field", given.publisher_field]
        runs = {}
        for engine in ("local", "spark"):
            command = [sys.executable, "-m", "benchmarks.scale.spark", str(given.dump)]
            done = subprocess.run(
                [*command, *options, "--worker", engine], stdout=subprocess.PIPE, check=True
            )
            runs[engine] = json.loads(done.stdout.splitlines()[-1])
        equal = runs["local"].pop("answer") == runs["spark"].pop("answer")
        count = runs["local"].pop("stories")  # the dump may hold fewer
        runs["spark"].pop("stories")
        found.append((count, runs))
        print(f"{count:,} stories, answers {'equal' if equal else 'DIFFER'}: {json.dumps(runs)}")
    for (few, before), (many, after) in pairwise(found):
        each = {
            engine: (after[engine]["cpu_seconds"] - before[engine]["cpu_seconds"]) / (many - few)
            for engine in before
        }
        print(
            f"{few:,} to {many:,}: local {each['local'] * 1e6:,.0f} us a story, Spark "
            f"{each['spark'] * 1e6:,.0f}, {each['spark'] / each['local']:.1f} times; Spark's fixed "
            f"part {before['spark']['cpu_seconds'] - few * each['spark']:,.0f} s"
        )


def _worker(given: argparse.Namespace) -> dict[str, Any]:
    import dupdetect  # noqa: PLC0415  (each engine in a process of its own)
    from dupdetect import corpus  # noqa: PLC0415

    (stories,) = given.stories
    names = dupdetect.FieldNames(publisher=given.publisher_field)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder, "part.jsonl")
        with given.dump.open("rb") as lines, part.open("wb") as kept:
            for _, line in zip(range(stories), lines, strict=False):
                kept.write(line)
        if given.worker == "local":
            found = dupdetect.cluster(part, threads=1, names=names)
            said: dict[str, Any] = {}
        else:
            from dupdetect.engines.spark.corpus import cluster_corpus  # noqa: PLC0415

            spark = _session(given, folder)
            with corpus.read(part, names=names) as read, _worker_memory() as seen:
                found = cluster_corpus(spark, read, config=dupdetect.Config())
            spark.stop()
            process = type(spark.sparkContext)._gateway.proc
            process.stdin.close()
            process.wait()
            said = {"worker_mb": max(seen) >> 20} | _logged(Path(folder, "log"), stories)
    own, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    by = [("a", "ascending"), ("b", "ascending")]
    rows = [one.to_pylist() for one in (found.clusters, found.relations.sort_by(by))]
    answer = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    count = found.clusters.num_rows
    return {"cpu_seconds": round(cpu, 1), **said, "stories": count, "answer": answer}


@contextmanager
def _worker_memory() -> Iterator[list[int]]:
    """Note again and again how much memory the largest Python worker had, in bytes."""
    done, seen = threading.Event(), [0]

    def look() -> None:
        while not done.wait(0.1):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    if b"pyspark.daemon" not in (folder / "cmdline").read_bytes():
                        continue
                    said = (folder / "status").read_text()
                except OSError:
                    continue
                peak = next((line for line in said.splitlines() if "VmHWM" in line), "0 0")
                seen.append(int(peak.split()[1]) << 10)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _session(given: argparse.Namespace, folder: str) -> Any:  # noqa: ANN401  (optional)
    from pyspark.sql import SparkSession  # noqa: PLC0415

    os.environ["PYSPARK_PYTHON"] = sys.executable
    log = Path(folder, "log")
    log.mkdir()
    return (
        SparkSession.builder.master(given.master)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", str(given.partitions))
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.rolling.enabled", "false")
        .config("spark.eventLog.dir", log.as_uri())
        .getOrCreate()
    )


def _logged(folder: Path, stories: int) -> dict[str, Any]:
    """Return jobs, tasks and bytes of an event log."""
    jobs = tasks = 0
    moved = dict.fromkeys(("shuffled", *_PYTHON), 0)
    for file in folder.rglob("*"):
        for line in file.open(encoding="utf-8") if file.is_file() else ():
            event = json.loads(line)
            jobs += event["Event"] == "SparkListenerJobStart"
            if event["Event"] == "SparkListenerTaskEnd":
                tasks += 1
                written = (event.get("Task Metrics") or {}).get("Shuffle Write Metrics", {})
                moved["shuffled"] += written.get("Shuffle Bytes Written", 0)
                for one in event["Task Info"].get("Accumulables", ()):
                    for name, metric in _PYTHON.items():
                        if one.get("Name") == metric:
                            moved[name] += int(one.get("Update", 0))
    each = {f"{name}_bytes_a_story": round(size / stories) for name, size in moved.items()}
    return {"jobs": jobs, "tasks": tasks, **each}


_PYTHON = {
    "to_python": "data sent to Python workers",
    "from_python": "data returned from Python workers",
}


if __name__ == "__main__":
    main()
