"""A master and a worker as processes of their own; the command sends them its work."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import dupdetect

for _name in ("pyspark", "pandas"):
    pytest.importorskip(_name, reason=f"{_name} is not installed: pip install '.[spark]'")
if shutil.which("java") is None:
    pytest.skip("no Java on the PATH", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"
DEPLOY = "org.apache.spark.deploy"
LITTLE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # few rows: compiling would be most of the work
#: All processes are of this machine, whatever its name resolves to.
HERE = {
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    "PYSPARK_PYTHON": sys.executable,
    "SPARK_LOCAL_IP": "127.0.0.1",
    "SPARK_DAEMON_MEMORY": "256m",
    "SPARK_DAEMON_JAVA_OPTS": LITTLE,
    "PYSPARK_SUBMIT_ARGS": (
        f"--conf 'spark.driver.extraJavaOptions={LITTLE}' "
        f"--conf 'spark.executor.extraJavaOptions={LITTLE}' "
        "--conf spark.sql.codegen.wholeStage=false --conf spark.ui.enabled=false pyspark-shell"
    ),
}


def is_open(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def master(tmp_path: Path) -> Iterator[str]:
    """Start a master and a worker of two cores; return the master's address."""
    import pyspark  # noqa: PLC0415  (optional)

    home = Path(pyspark.__file__).parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"spark://127.0.0.1:{port}"
    env = {**os.environ, **HERE, "SPARK_HOME": str(home)}
    there = ["--host", "127.0.0.1", "--webui-port", "0"]
    commands = [
        [f"{DEPLOY}.master.Master", "--port", str(port), *there],
        [f"{DEPLOY}.worker.Worker", url, "--cores", "2", "--memory", "1g", *there],
    ]
    started = []
    try:
        for command in commands:
            one = subprocess.Popen(
                [str(home / "bin" / "spark-class"), *command],
                cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            started.append(one)
            deadline = time.monotonic() + 120
            while not is_open(port) and time.monotonic() < deadline:
                time.sleep(0.2)
        yield url
    finally:
        for one in started:
            one.terminate()
            one.wait()


def test_the_command_on_a_cluster_gives_the_answer_of_a_local_run(
    master: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "dupdetect.spark", str(SAMPLE), "-o", "out"]
    done = subprocess.run(
        [*command, "--master", master, "--partitions", "3", "--kept"],
        cwd=tmp_path, env={**os.environ, **HERE}, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "FutureWarning" not in done.stderr
    local = dupdetect.cluster(SAMPLE, threads=1)
    count = local.clusters.num_rows
    assert done.stdout.startswith(f"{count} stories in {SAMPLE}")
    assert "out/  clusters, relations, kept" in " ".join(done.stdout.split(" "))
    for name, keys in (("clusters", ["id"]), ("relations", ["a", "b"])):
        expected = getattr(local, name).drop_columns(["place"] if name == "clusters" else [])
        found = pq.read_table(tmp_path / "out" / name).select(expected.column_names)
        order = [(key, "ascending") for key in keys]
        assert found.sort_by(order).to_pylist() == expected.sort_by(order).to_pylist()
    kept = pq.read_table(tmp_path / "out" / "kept")["id"].to_pylist()
    assert sorted(kept) == sorted(local.kept_ids())
