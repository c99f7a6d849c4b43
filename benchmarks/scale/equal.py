"""Hold what Spark finds to what one process finds, whatever the partitions, plans and failures.

    python -m benchmarks.scale.equal DUMP [--stories N] [--publisher-field NAME] [--run 5:static]

A run is a number of partitions, with ``:static`` without adaptive plans and with ``:killed`` with a
Python worker killed in every stage; by default 2, 5 and 16 in all ways. DUMP is a file of JSON
lines. Of each run it prints the rows of clusters and relations that differ, the first of them, and
in which stages workers were killed; the exit code is 1 where any row differs.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import sys
import tempfile
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

import dupdetect
from benchmarks.scale.kills import killed_in, killing
from dupdetect.engines.spark import run as engine
from dupdetect.engines.spark.plan import Plan

RUNS = [f"{parts}{plan}{kill}" for kill in ("", ":killed") for plan in ("", ":static")
        for parts in (2, 5, 16)]  # fmt: skip
_KEYS = {"clusters": ["id"], "relations": ["a", "b"]}
_SHOWN = 3


def main() -> int:
    """Make all runs; return 1 if any differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("dump", type=Path)
    parser.add_argument("--stories", type=int, default=1 << 62)
    parser.add_argument("--publisher-field", metavar="NAME")
    shape = "PARTITIONS[:static][:killed]"
    parser.add_argument("--run", action="append", type=_run, metavar=shape)
    parser.add_argument("--apart", action="store_true", help="have executors align every pair")
    parser.add_argument("--memory", default="4g", help="of the JVM")
    given = parser.parse_args()
    names = dupdetect.FieldNames(publisher=given.publisher_field)
    if given.apart:
        engine.Plan = partial(Plan, few=0)  # type: ignore[assignment,attr-defined]
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder, "part.jsonl")
        opened = gzip.open if given.dump.suffix == ".gz" else open
        with opened(given.dump, "rb") as lines, part.open("wb") as kept:
            for _, line in zip(range(given.stories), lines, strict=False):
                kept.write(line)
        local = dupdetect.cluster(part, names=names, threads=1)
        expected = {name: _sorted(getattr(local, name), name) for name in _KEYS}
        print(f"{local.clusters.num_rows:,} stories, {local.relations.num_rows:,} relations")
        spark = _session(given.memory)
        for place, run in enumerate(given.run or RUNS):
            before, load = time.time(), os.getloadavg()[0]
            work = Path(folder, f"run{place}")
            found = _found(spark, part, names, run, work)
            said = [_difference(name, expected[name], found[name]) for name in _KEYS]
            different += sum(count for count, _ in said)
            words = [text for _, text in said]
            if killed := killed_in(work / "killed"):
                words.append(f"workers killed in {len(killed)} stages: {', '.join(killed)}")
            seconds = time.time() - before
            print(f"{run}: {'; '.join(words)}; {seconds:.0f} s, load {load:.0f}", flush=True)
            shutil.rmtree(work)
        spark.stop()
    return 1 if different else 0


def _run(given: str) -> str:
    """Return what was given for a run, if it is one."""
    partitions, *ways = given.split(":")
    if not partitions.isdecimal() or int(partitions) < 1 or not set(ways) <= {"static", "killed"}:
        raise argparse.ArgumentTypeError(
            f"{given!r} is no run; give a number of partitions, and :static or :killed behind it"
        )
    return given


def _session(memory: str) -> Any:  # noqa: ANN401  (optional)
    from pyspark.sql import SparkSession  # noqa: PLC0415

    from dupdetect.engines.spark.session import LOCAL_CONF  # noqa: PLC0415

    os.environ["PYSPARK_PYTHON"] = sys.executable
    conf = {
        **LOCAL_CONF,
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[2,4]")
    for setting in conf.items():
        builder = builder.config(*setting)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def _found(
    spark: Any,  # noqa: ANN401
    part: Path,
    names: dupdetect.FieldNames,
    run: str,
    work: Path,
) -> dict[str, pa.Table]:
    from dupdetect.spark import cluster  # noqa: PLC0415

    partitions, *ways = run.split(":")
    spark.conf.set("spark.sql.adaptive.enabled", str("static" not in ways).lower())
    (work / "killed").mkdir(parents=True)
    df = spark.read.json(str(part))
    with killing(work / "killed") if "killed" in ways else nullcontext():
        made = cluster(df, names=names, work=work / "tables", partitions=int(partitions))
        tables = {name: getattr(made, name).toArrow() for name in _KEYS}
    return {name: _sorted(table, name) for name, table in tables.items()}


def _sorted(table: pa.Table, name: str) -> pa.Table:
    """Return the rows in the order of their ids; places in files are a local run's alone."""
    kept = table.select([one for one in table.column_names if one != "place"])
    return kept.sort_by([(key, "ascending") for key in _KEYS[name]])


def _difference(name: str, expected: pa.Table, found: pa.Table) -> tuple[int, str]:
    """Return how many rows differ, and in words which."""
    rows = []
    for table in (expected, found):
        known = {}
        for batch in table.select(expected.column_names).to_batches(10_000):
            for row in batch.to_pylist():
                known[tuple(row[key] for key in _KEYS[name])] = row
        rows.append(known)
    ours, theirs = rows
    differ = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
    differ = sorted(differ)
    repeated = found.num_rows - len(theirs)
    shown = [f"\n  {key}: {ours.get(key)}\n  on Spark: {theirs.get(key)}" for key in differ]
    said = f"{len(differ) + repeated} of {len(ours)} {name} differ{''.join(shown[:_SHOWN])}"
    return len(differ) + repeated, said


if __name__ == "__main__":
    sys.exit(main())
