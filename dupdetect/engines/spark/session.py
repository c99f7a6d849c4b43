"""Whether Spark can run here, and a session for the command line."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dupdetect.engines.spark.failures import reason_of
from dupdetect.errors import ConfigError, MissingDependencyError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = [
    "LOCAL_CONF",
    "arrow_alone",
    "require_answer",
    "require_java",
    "require_pyspark",
    "start",
]

_LOCAL = re.compile(r"local\[(\d+|\*)\]")
_MASTER = re.compile(r"local(-cluster)?(\[[^\]]+\])?|yarn|(k8s|spark|sc)://.+")
_ADDRESSES = re.compile(r"(?:spark|sc)://([^/;]+)")
_CONNECT_PORT = "15002"  # of Spark Connect, where none is said
_WAIT = 10  # seconds; Spark itself would wait for minutes
#: Rows are mostly moved, in code that Spark has compiled long ago: what the JVM would spend to
#: compile it once more, and faster, a run over less than some million stories does not get back.
#: Arrow would check the bounds of each value that Spark puts into a batch, one by one.
JAVA_OPTIONS = (
    "-XX:TieredStopAtLevel=1 -XX:+UseParallelGC -Darrow.enable_unsafe_memory_access=true "
    "-Darrow.enable_null_check_for_get=false"
)
#: Settings of a local master. Spark would hash each row that it moves, to tell whether a task that
#: is tried again makes the same rows; here it does.
LOCAL_CONF = {
    "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    "spark.sql.shuffle.orderIndependentChecksum.enabled": "false",
}
_KNOWN = "local[4], spark://HOST:PORT, yarn, k8s://HOST:PORT or sc://HOST:PORT"


@contextmanager
def arrow_alone() -> Iterator[None]:
    """Keep pyspark from warning of pandas 3, which it looks for whenever Arrow tables are mapped.

    No table of pandas is made here, neither on the driver nor on executors.
    """
    with warnings.catch_warnings():
        said = "PySpark does not yet fully support pandas"
        warnings.filterwarnings("ignore", message=said, category=FutureWarning)
        yield


def require_pyspark() -> None:
    """Require what the extra brings.

    Raises
    ------
    MissingDependencyError
        When pyspark or pandas is missing.
    """
    for name in ("pyspark", "pandas"):
        if find_spec(name) is None:
            raise MissingDependencyError(
                f"{name} is not installed; install it with pip install pyspark pandas"
            )


def require_java() -> None:
    """Require a Java that a classic session can start.

    Raises
    ------
    MissingDependencyError
        When there is none.
    """
    home = os.environ.get("JAVA_HOME")
    found = Path(home, "bin", "java").exists() if home else shutil.which("java") is not None
    if not found:
        where = f"no Java in JAVA_HOME={home}" if home else "no Java on the PATH"
        raise MissingDependencyError(
            f"{where}: Spark needs Java 17 or later; install it ('apt install "
            "openjdk-17-jre-headless') and set JAVA_HOME"
        )


def start(master: str | None) -> SparkSession:
    """Return a session: the one there is, or a new one.

    Parameters
    ----------
    master : str or None
        As Spark takes it; None leaves it to ``spark-submit``. A local one tries tasks four times,
        as clusters do.

    Raises
    ------
    MissingDependencyError
        When pyspark, pandas or Java is missing.
    ConfigError
        When `master` is nothing that Spark knows, or nothing answers there.
    """
    require_pyspark()
    if master is None or not master.startswith("sc://"):
        require_java()
    if master is not None:
        require_answer(master)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with arrow_alone():
            return _started(master)
    except Exception as error:  # of the JVM, of its gateway, or of Spark Connect
        where = "" if master is None else f" with master {master!r}"
        raise ConfigError(
            f"Spark does not start{where}: {reason_of(error)}; a master is {_KNOWN}"
        ) from error


def require_answer(master: str) -> None:
    """Require that something answers at one of the addresses of a master, if it has any.

    Raises
    ------
    ConfigError
        When nothing does, or it is no master.
    """
    if not _MASTER.fullmatch(master):
        raise ConfigError(f"{master!r} is no master of Spark: expected {_KNOWN}")
    found = _ADDRESSES.match(master)
    if found is None:
        return
    said = ""
    for address in found[1].split(","):
        host, _, port = address.rpartition(":") if ":" in address else (address, "", _CONNECT_PORT)
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_WAIT).close()
        except (OSError, ValueError) as error:
            said = str(error)
        else:
            return
    raise ConfigError(
        f"nothing answers at master {master!r}: {said}; start it, or name another: {_KNOWN}"
    )


def _started(master: str | None) -> SparkSession:
    from pyspark.sql import SparkSession  # noqa: PLC0415  (optional)

    builder = SparkSession.builder.appName("dupdetect")
    if master is not None and master.startswith("sc://"):
        return builder.remote(master).getOrCreate()
    if master is not None:
        builder = builder.master(_LOCAL.sub(r"local[\1,4]", master))
        if master.startswith("local"):
            builder = builder.config("spark.sql.shuffle.partitions", str(_partitions(master)))
            for key, value in LOCAL_CONF.items():
                builder = builder.config(key, value)
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    # What stops a run is raised here; of tasks that are tried again on this machine no word is due.
    here = master is not None and master.startswith("local")
    return builder.config("spark.log.level", "OFF" if here else "ERROR").getOrCreate()


def _partitions(master: str) -> int:
    """Return how many partitions keep the cores of this machine busy."""
    cores = master.removeprefix("local").strip("[]").partition(",")[0] or "1"
    return 2 * (int(cores) if cores.isdigit() else os.cpu_count() or 1)
