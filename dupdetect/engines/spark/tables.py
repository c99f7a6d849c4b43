"""The tables of a run under its work folder: Parquet, each with Spark's mark when it is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from dupdetect.engines.spark.failures import reason_of, said_plainly
from dupdetect.engines.spark.rows import ddl
from dupdetect.errors import ConfigMismatchError, FormatError, InputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["WorkTables", "found_at"]

_MARK = "said string"
#: Texts, keys and hashes hardly ever repeat: a dictionary of them is work that is thrown away.
_WRITTEN = {
    "parquet.enable.dictionary": "false",
    "compression": "zstd",
    "parquet.compression.codec.zstd.level": "1",
}


@dataclass(frozen=True, slots=True, eq=False)
class WorkTables:
    """Tables that are made once and read from then on; what is whole outlives the run.

    Attributes
    ----------
    spark : SparkSession
        Classic or of Spark Connect.
    folder : str
        A path or URL that the driver and all executors reach.
    resume : bool
        Whether tables that an earlier run made are used.
    """

    spark: SparkSession
    folder: str
    resume: bool

    @classmethod
    def open(
        cls, spark: SparkSession, folder: str, made_by: Mapping[str, str], *, resume: bool
    ) -> WorkTables:
        """Begin in an empty folder, or go on where a run was stopped.

        Raises
        ------
        InputError
            When the folder holds a run and none is to be resumed.
        ConfigMismatchError
            When the run was made by another release, settings, rules or input.
        """
        tables = cls(spark, folder.rstrip("/"), resume)
        known = tables._said("_RUN")
        if known is None:
            tables._say("_RUN", json.dumps(dict(made_by)), again=resume)
            return tables
        if not resume:
            raise InputError(
                f"{folder}: holds the tables of a run",
                remedy="go on with resume=True (--resume), or name another folder",
            )
        before = json.loads(known)
        for name, value in made_by.items():
            if before.get(name) != value:
                raise ConfigMismatchError(
                    f"{folder}: was made by {name} {before.get(name)}, this run has {value}; use "
                    "the same, or name another folder"
                )
        return tables

    def made(self, name: str, schema: pa.Schema, rows: DataFrame) -> DataFrame:
        """Return a table, which is made unless a run before made it whole."""
        place = f"{self.folder}/{name}"
        if not self.resume or not self._is_whole(place):
            mode = "overwrite" if self.resume else "error"
            with said_plainly():
                rows.write.mode(mode).options(**_WRITTEN).parquet(place)
        return self.spark.read.schema(ddl(schema)).parquet(place)

    def _is_whole(self, place: str) -> bool:
        """Tell whether a table is there with the mark that Spark leaves when it has written it."""
        return found_at(self.spark, f"{place}/_SUCCESS") is not None

    def _said(self, name: str) -> str | None:
        """Return what a mark says; None where there is none, or not a whole one."""
        found = found_at(self.spark, f"{self.folder}/{name}")
        rows = [] if found is None else found.collect()
        return str(rows[0][0]) if rows else None

    def _say(self, name: str, said: str, *, again: bool) -> None:
        """Leave a mark; Spark puts a file in its place when it is whole."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        row = self.spark.range(0, 1, 1, 1).select(F.lit(said).alias("said"))
        try:
            row.write.mode("overwrite" if again else "error").json(f"{self.folder}/{name}")
        except Exception as error:
            raise FormatError(
                f"{self.folder}: cannot be written: {reason_of(error)}; name a folder "
                "that the driver and all executors reach"
            ) from error


def found_at(spark: SparkSession, place: str) -> DataFrame | None:
    """Return what is at a path or URL, as rows of a mark; None where nothing is."""
    from pyspark.errors import AnalysisException  # noqa: PLC0415  (optional)

    try:
        rows = spark.read.schema(_MARK).json(place)
        rows.schema  # noqa: B018  only now does a session of Spark Connect look
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return None
    return rows
