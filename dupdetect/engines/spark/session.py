"""Whether Spark can run here, and a session for the command line."""

from __future__ import annotations

import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dupdetect.errors import MissingDependencyError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["arrow_alone", "require_java", "require_pyspark", "start"]

_LOCAL = re.compile(r"local\[(\d+|\*)\]")


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
    """
    require_pyspark()
    if master is None or not master.startswith("sc://"):
        require_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with arrow_alone():
        return _started(master)


def _started(master: str | None) -> SparkSession:
    from pyspark.sql import SparkSession  # noqa: PLC0415  (optional)

    builder = SparkSession.builder.appName("dupdetect")
    if master is not None and master.startswith("sc://"):
        return builder.remote(master).getOrCreate()
    if master is not None:
        builder = builder.master(_LOCAL.sub(r"local[\1,4]", master))
        if master.startswith("local"):
            builder = builder.config("spark.sql.shuffle.partitions", str(_partitions(master)))
    quiet = builder.config("spark.ui.showConsoleProgress", "false").config(
        "spark.log.level", "ERROR"
    )
    return quiet.getOrCreate()


def _partitions(master: str) -> int:
    """Return how many partitions keep the cores of this machine busy."""
    cores = master.removeprefix("local").strip("[]").partition(",")[0] or "1"
    return 2 * (int(cores) if cores.isdigit() else os.cpu_count() or 1)
