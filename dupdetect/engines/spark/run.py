"""Clusters and relations of a DataFrame."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.engines.declared import Scope, digests
from dupdetect.engines.spark.failures import said_plainly
from dupdetect.engines.spark.flow import Made, run
from dupdetect.engines.spark.plan import Plan
from dupdetect.engines.spark.session import arrow_alone, require_pyspark
from dupdetect.engines.spark.tables import WorkTables
from dupdetect.engines.spark.tasks import Versions
from dupdetect.errors import InputError
from dupdetect.output import FORMAT
from dupdetect.products.schemas import KEPT, KINDS
from dupdetect.support.arguments import require_choice, require_type
from dupdetect.support.columns import to_numpy
from dupdetect.version import VERSION

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["SparkClustering", "cluster"]

_LOOKED_AT = 1000  # rows that say which column is what
_USES = ("id", "text", "title", "publisher", "published", "author")


@dataclass(frozen=True, slots=True, eq=False)
class SparkClustering:
    """Clusters and relations of a DataFrame.

    Attributes
    ----------
    clusters : DataFrame
        One row a story; columns of ``dupdetect.products.schemas.CLUSTERS``. Ids have the type that
        they have in the input. ``place`` holds -1: a DataFrame has no rows by number.
    relations : DataFrame
        One row a related pair; columns of ``dupdetect.products.schemas.RELATIONS``.
    summary : dict
        Counts and settings.
    """

    clusters: DataFrame
    relations: DataFrame
    summary: dict[str, Any]
    _input: DataFrame
    _id: str

    def kept(self) -> DataFrame:
        """Return the rows of the input that stay, unchanged: those that no other stands for."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        stays = self.clusters.where("keeper is null").select(F.col("id").alias("_stays"))
        column = self._input[self._id]
        return self._input.join(stays, column == stays["_stays"], "left_semi")


def cluster(
    df: DataFrame,
    *,
    work: str | Path,
    config: Config | None = None,
    names: FieldNames | None = None,
    relations: Literal["canonical", "all"] = "canonical",
    partitions: int | None = None,
    resume: bool = False,
) -> SparkClustering:
    """Find the copies in a DataFrame of stories; the answer is that of :func:`dupdetect.cluster`.

    Parameters
    ----------
    df : DataFrame
        One story a row, each with an id of its own. Of a classic session or of Spark Connect.
    work : str or Path
        A folder that the driver and all executors reach; the tables of the stages are kept there,
        and what is returned is read from there. It must not hold a run yet.
    config : Config, optional
        Settings.
    names : FieldNames, optional
        Which columns hold id, text, title, publisher, date and author; found by name by default.
    relations : {"canonical", "all"}
        As for :func:`dupdetect.cluster`.
    partitions : int, optional
        Into how many partitions rows are put where they are moved; the session's
        ``spark.sql.shuffle.partitions`` by default. The answer does not depend on it.
    resume : bool
        Go on in a folder where a run was stopped: what it finished is not done again.

    Returns
    -------
    SparkClustering

    Raises
    ------
    InputError
        When a row is no story, has no id, or has that of another; when `work` holds a run.
    ConfigMismatchError
        When the run in `work` was made by another release, other settings, or of other rows.
    KernelError
        When an executor has another release.
    MissingDependencyError
        When pyspark, pandas or Java is missing.
    """
    require_pyspark()
    require_type("config", config, Config)
    require_type("names", names, FieldNames)
    require_choice("relations", relations, ("canonical", "all"))
    with arrow_alone():
        return _clustered(
            df, str(work), config or Config(), names or FieldNames(), relations, partitions, resume
        )


def _clustered(
    df: DataFrame,
    work: str,
    config: Config,
    names: FieldNames,
    relations: Scope,
    partitions: int | None,
    resume: bool,
) -> SparkClustering:
    spark = df.sparkSession
    if partitions is None:
        partitions = int(spark.conf.get("spark.sql.shuffle.partitions") or 200)
    if partitions < 1:
        raise InputError(f"partitions is {partitions}: expected 1 or more")
    with said_plainly():
        columns = _resolved(df, names)
        ids = str(columns.id)
        ids = f"`{ids}`" if ids in df.columns else ids
        read_as = {
            "fields": _digest(asdict(columns)),
            "input": _about(df, ids),
        }
    said = made_by(config, relations) | read_as
    tables = WorkTables.open(spark, work, said, resume=resume)
    made = run(Plan(tables, config, relations, partitions), df, columns)
    return _result(df, made, config, relations, ids)


def _resolved(df: DataFrame, names: FieldNames) -> FieldNames:
    """Say which column is what, by the first rows."""
    sample = df.limit(_LOOKED_AT).toArrow()
    if not sample.num_rows:
        raise InputError("no stories: the DataFrame has no rows")
    try:
        with read(sample, names=names, on_bad_row="skip") as corpus:
            fields: dict[str, Any] = dict(corpus.sources[0].fields)
    except InputError as error:  # without the place of the sample, which says nothing
        raise InputError(error.reason, remedy=error.remedy) from error
    if "id" not in fields:
        raise InputError(
            f"no column of ids among {', '.join(map(repr, df.columns[:20]))}",
            remedy="rows of a DataFrame have no order that could name them: add a column, or name "
            "it with --id-field (in Python names=FieldNames(id=...))",
        )
    return FieldNames(**{use: fields[use] for use in _USES if use in fields})


def made_by(config: Config, scope: Scope) -> dict[str, str]:
    """Return what tables in a work folder are made by."""
    return {
        "release": VERSION,
        "kernels": Versions.here(config).sketch,
        "rules and settings": _digest(digests(config, scope)),
    }


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _about(df: DataFrame, column: str) -> str:
    """Return how many rows there are, and a hash of their ids in any order."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

    ids = F.bit_xor(F.xxhash64(F.col(column).cast("string")))
    row = df.agg(F.count("*").alias("rows"), ids.alias("ids")).collect()[0]
    return f"{row['rows']} rows {(row['ids'] or 0) & 0xFFFFFFFFFFFFFFFF:016x}"


def tables_of_made(made: Made) -> tuple[DataFrame, DataFrame]:
    """Return clusters and relations, with ids as strings."""
    chosen: Any = made.chosen  # a DataFrame, since it is written
    clusters = chosen.where("clusters is not null").select("clusters.*")
    relations = chosen.where("relations is not null").select("relations.*")
    return clusters, relations


def _result(
    df: DataFrame, made: Made, config: Config, scope: str, id_column: str
) -> SparkClustering:
    clusters, relations = tables_of_made(made)
    summary = _summary(relations, made, config, scope)
    kind = df.select(id_column).schema[0].dataType.simpleString()
    if kind != "string":
        for name in ("id", "cluster", "parent", "keeper"):
            clusters = clusters.withColumn(name, clusters[name].cast(kind))
        for name in "ab":
            relations = relations.withColumn(name, relations[name].cast(kind))
    return SparkClustering(clusters, relations, summary, df, id_column)


def _summary(relations: DataFrame, made: Made, config: Config, scope: str) -> dict[str, Any]:
    stories = made.ordered.keys.size
    members = made.members
    sizes = pc.value_counts(members["name"].combine_chunks())
    counts, names = sizes.field("counts"), sizes.field("values")
    order = [("n", "descending"), ("name", "ascending")]
    largest = pa.table({"n": counts, "name": names}).sort_by(order).slice(0, 20).to_pylist()
    removed = int(np.count_nonzero(to_numpy(members["keeper"]) >= 0))
    clusters = stories - members.num_rows + len(names)
    found = relations.groupBy("kind", "kept").count().collect()
    kinds = {str(name): 0 for name in KINDS[1:]}
    kept = {str(name): 0 for name in KEPT[1:]}
    for row in found:
        kinds[row["kind"]] += row["count"]
        if row["kept"] is not None:
            kept[row["kept"]] += row["count"]
    return {
        "format": FORMAT,
        "version": VERSION,
        "engine": "spark",
        "stories": stories,
        "dated": int(np.count_nonzero(made.ordered.dated)),
        "clusters": clusters,
        "clusters_with_copies": int(np.count_nonzero(to_numpy(counts) > 1)),
        "kept": stories - removed,
        "removed": removed,
        "without_body": int(np.count_nonzero(~made.ordered.has_body)),
        "kinds": kinds,
        "kept_parts": kept,
        "largest": [
            {"cluster": row["name"], "stories": row["n"]} for row in largest if row["n"] > 1
        ],
        "stock_phrases": {"fingerprints": made.stock.fingerprints.size},
        "compared_pairs": made.compared,
        "comparing": {"aligned_pairs": made.compared, "unrelated_pairs": made.unrelated},
        "relations_scope": scope,
        "excepted": made.excepted,
        "config_digest": config.digest(),
        "config": asdict(config),
    }
