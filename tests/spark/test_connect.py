"""A session of Spark Connect, which has no ``SparkContext``, gives the same answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dupdetect

for _name in ("pyspark", "pandas", "grpc", "grpc_status", "zstandard"):
    pytest.importorskip(_name, reason=f"{_name} is not installed: pip install pyspark[connect]")
if shutil.which("java") is None:
    pytest.skip("no Java on the PATH", allow_module_level=True)

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pyarrow as pa
from pyspark.sql import SparkSession
import dupdetect.spark
spark = SparkSession.builder.remote("local[2,4]").getOrCreate()
with open(sys.argv[1], encoding="utf-8") as lines:
    table = pa.Table.from_pylist([json.loads(line) for line in lines])
found = dupdetect.spark.cluster(spark.createDataFrame(table), work="work", partitions=2)
rows = {name: getattr(found, name).toArrow().to_pylist() for name in ("clusters", "relations")}
with open("found.json", "w", encoding="utf-8") as file:
    json.dump({**rows, "session": type(spark).__module__}, file)
spark.stop()
"""


@pytest.mark.slow
def test_connect_gives_the_answer_of_a_local_run(tmp_path: Path) -> None:
    paths = os.pathsep.join(path for path in sys.path if path)
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(SAMPLE)],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": paths,
            "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # few rows
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    local = dupdetect.cluster(SAMPLE, threads=1)
    assert "connect" in found["session"]
    for name, keys in (("clusters", ["id"]), ("relations", ["a", "b"])):
        expected = getattr(local, name).drop_columns(["place"] if name == "clusters" else [])
        rows = [{column: row[column] for column in expected.column_names} for row in found[name]]
        rows.sort(key=lambda row: [row[key] for key in keys])
        assert rows == expected.sort_by([(key, "ascending") for key in keys]).to_pylist()
    assert found["relations"]
