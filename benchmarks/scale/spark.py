"""Measure what Spark costs over a run in one process: CPU, memory, what is moved, jobs.

    python -m benchmarks.scale.spark DUMP [--stories 2000 --stories 20000] [--master 'local[2]']

Each run is a process of its own; CPU is that of all its processes: of this one, of the JVM's
threads by what they do, and of its Python workers, as far as they were seen ten times a second.
The difference between two sizes is what a story costs; what is left is what a run costs. What is
moved and jobs are those of Spark's event log; a worker's memory is the largest that was seen of
one. Every run's clusters and relations are held to the local run's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
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
    parser.add_argument(
        "--conf", metavar="KEY=VALUE", action="append", default=[], help="setting of Spark"
    )
    parser.add_argument("--dataframe", action="store_true", help="have Spark read the stories")
    parser.add_argument("--log", metavar="DIR", type=Path, help="where Spark's event log is left")
    parser.add_argument("--worker", choices=["local", "spark"])
    given = parser.parse_args()
    if given.worker:
        print(json.dumps(_worker(given)))
        return
    found = []
    for stories in given.stories or [2_000, 20_000]:
        options = ["--stories", str(stories), "--master", given.master]
        options += ["--partitions", str(given.partitions)]
        options += [f"--conf={one}" for one in given.conf]
        if given.dataframe:
            options.append("--dataframe")
        if given.log:
            options += ["--log", str(given.log)]
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
            local = dupdetect.cluster(part, threads=1, names=names)
            clusters, relations = local.clusters, local.relations
            said: dict[str, Any] = {}
            watching = 0.0
        else:
            from dupdetect.engines.spark.corpus import cluster_corpus  # noqa: PLC0415
            from dupdetect.spark import cluster  # noqa: PLC0415

            spark = _session(given, folder)
            process = type(spark.sparkContext)._gateway.proc
            with _workers(process.pid) as seen:
                if given.dataframe:
                    df = spark.read.json(str(part))
                    work, partitions = Path(folder, "work"), given.partitions
                    made = cluster(df, names=names, work=work, partitions=partitions)
                    clusters, relations = made.clusters.toArrow(), made.relations.toArrow()
                else:
                    with corpus.read(part, names=names) as read:
                        local = cluster_corpus(spark, read, config=dupdetect.Config())
                    clusters, relations = local.clusters, local.relations
            jvm = _threads(process.pid)
            spark.stop()
            process.stdin.close()
            process.wait()
            logged = _logged(given.log or Path(folder), stories)
            watching = seen.pop(_WATCHING)[1]
            memory = max(one for one, _ in seen.values()) >> 20
            cpu = sum(one for _, one in seen.values())
            said = {"jvm": jvm, "workers": round(cpu, 1), "worker_mb": memory, **logged}
    said = {"driver": round(time.process_time() - watching, 1)} | said
    cpu = said["driver"] + said.get("workers", 0) + sum(said.get("jvm", {}).values())
    return {
        "cpu_seconds": round(cpu, 1),
        **said,
        "stories": clusters.num_rows,
        "answer": _answer(clusters.drop_columns("place"), relations),
    }


def _answer(clusters: Any, relations: Any) -> str:  # noqa: ANN401  (imported where it is needed)
    """Return a hash of all clusters and relations, in the order of their ids."""
    found = hashlib.sha256()
    for table, keys in ((clusters, ("id",)), (relations, ("a", "b"))):
        for batch in table.sort_by([(key, "ascending") for key in keys]).to_batches(10_000):
            found.update(json.dumps(batch.to_pylist(), default=str).encode())
    return found.hexdigest()


_THREADS = {
    "compiling": ("C1 Comp", "C2 Comp"),
    "collecting": ("GC ", "G1 ", "VM Thread"),
    "tasks": ("Executor task", "stdout writer", "Writer for"),
}


def _threads(pid: int) -> dict[str, float]:
    """Return the CPU of a JVM's threads that still are, by what they do, in seconds."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = dict.fromkeys((*_THREADS, "rest"), 0.0)
    whole = 0.0
    for folder in [Path(f"/proc/{pid}"), *Path(f"/proc/{pid}/task").iterdir()]:
        try:
            said = (folder / "stat").read_text()
        except OSError:  # it ended just now
            continue
        name, _, after = said.partition("(")[2].rpartition(")")
        used = sum(map(int, after.split()[11:13])) / ticks
        if folder.parent == Path("/proc"):
            whole = used
            continue
        what = [one for one, begins in _THREADS.items() if name.startswith(begins)]
        found[what[0] if what else "rest"] += used
    found["rest"] += whole - sum(found.values())
    return {name: round(used, 1) for name, used in found.items()}


_WATCHING = 0  # what it takes to look, which is no part of a run


@contextmanager
def _workers(jvm: int) -> Iterator[dict[int, tuple[int, float]]]:
    """Note again and again the peak of memory and the CPU of a JVM's Python workers, by process.

    Workers that still are when the daemon that forked them ends are waited for by nobody, so that
    their CPU is in no one's account of its children.
    """
    ticks = os.sysconf("SC_CLK_TCK")
    done = threading.Event()
    seen: dict[int, tuple[int, float]] = {}
    ours = {jvm}  # whose children are workers, or the daemon that forks them

    def look() -> None:
        while not done.wait(0.1):
            seen[_WATCHING] = 0, time.thread_time()
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    used = (folder / "stat").read_text().rpartition(")")[2].split()
                    if int(used[1]) not in ours:
                        continue
                    said = (folder / "status").read_text()
                except OSError:
                    continue
                ours.add(int(folder.name))
                peak = next((line for line in said.splitlines() if "VmHWM" in line), "0 0")
                cpu = sum(map(int, used[11:13])) / ticks
                seen[int(folder.name)] = int(peak.split()[1]) << 10, cpu

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
    log = given.log or Path(folder)
    log.mkdir(exist_ok=True)
    from dupdetect.engines.spark.session import LOCAL_CONF  # noqa: PLC0415  (optional)

    builder = SparkSession.builder.master(given.master)
    for setting in [*LOCAL_CONF.items(), *(one.split("=", 1) for one in given.conf)]:
        builder = builder.config(*setting)
    return (
        builder.config("spark.ui.enabled", "false")
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
    for file in folder.glob("local-*"):
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
