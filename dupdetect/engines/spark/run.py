"""Clusters and relations of a DataFrame."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.engines.declared import Scope, digests
from dupdetect.engines.spark.failures import said_plainly
from dupdetect.engines.spark.plan import Made, Plan, run
from dupdetect.engines.spark.session import require_pyspark
from dupdetect.engines.spark.tables import WorkTables
from dupdetect.engines.spark.tasks import Versions
from dupdetect.errors import InputError
from dupdetect.output import FORMAT
from dupdetect.products.schemas import KEPT, KINDS
from dupdetect.support.arguments import require_choice, require_type
from dupdetect.support.dates import UNKNOWN_TIME
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
    config = config or Config()
    spark = df.sparkSession
    if partitions is None:
        partitions = int(spark.conf.get("spark.sql.shuffle.partitions") or 200)
    if partitions < 1:
        raise InputError(f"partitions is {partitions}: expected 1 or more")
    with said_plainly():
        columns = _resolved(df, names or FieldNames())
        ids = str(columns.id)
        ids = f"`{ids}`" if ids in df.columns else ids
        read_as = {
            "fields": _digest(asdict(columns)),
            "input": _about(df, ids),
        }
    said = made_by(config, relations) | read_as
    tables = WorkTables.open(spark, str(work), said, resume=resume)
    made = run(Plan(tables, config, relations, partitions), df, columns)
    return _result(df, made, config, relations, ids)


def _resolved(df: DataFrame, names: FieldNames) -> FieldNames:
    """Say which column is what, by the first rows."""
    sample = df.limit(_LOOKED_AT).toArrow()
    if not sample.num_rows:
        raise InputError("no stories: the DataFrame has no rows")
    with read(sample, names=names, on_bad_row="skip") as corpus:
        fields: dict[str, Any] = dict(corpus.sources[0].fields)
    if "id" not in fields:
        raise InputError(
            f"no column of ids among {', '.join(map(repr, df.columns[:20]))}",
            remedy="rows of a DataFrame have no order that could name them: add a column, or name "
            "it with FieldNames(id=...)",
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
    clusters = made.chosen.where("clusters is not null").select("clusters.*")
    relations = made.chosen.where("relations is not null").select("relations.*")
    return clusters, relations


def _result(
    df: DataFrame, made: Made, config: Config, scope: str, id_column: str
) -> SparkClustering:
    clusters, relations = tables_of_made(made)
    summary = _summary(clusters, relations, made, config, scope)
    kind = df.select(id_column).schema[0].dataType.simpleString()
    if kind != "string":
        for name in ("id", "cluster", "parent", "keeper"):
            clusters = clusters.withColumn(name, clusters[name].cast(kind))
        for name in "ab":
            relations = relations.withColumn(name, relations[name].cast(kind))
    return SparkClustering(clusters, relations, summary, df, id_column)


def _summary(
    clusters: DataFrame, relations: DataFrame, made: Made, config: Config, scope: str
) -> dict[str, Any]:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

    sizes = clusters.groupBy("cluster").count()
    largest = sizes.where("count > 1").orderBy(F.desc("count"), "cluster").limit(20).collect()
    counted = sizes.selectExpr("count(*) AS every", "count_if(count > 1) AS with_copies").collect()[
        0
    ]
    rows = clusters.selectExpr("count(*) AS every", "count(keeper) AS removed").collect()[0]
    about = made.bodies.select(
        F.expr("count_if(body_words = 0)").alias("empty"),
        F.sum((F.col("published_us") != UNKNOWN_TIME).cast("int")).alias("dated"),
    ).collect()[0]
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
        "stories": rows["every"],
        "dated": about["dated"],
        "clusters": counted["every"],
        "clusters_with_copies": counted["with_copies"],
        "kept": rows["every"] - rows["removed"],
        "removed": rows["removed"],
        "without_body": about["empty"],
        "kinds": kinds,
        "kept_parts": kept,
        "largest": [{"cluster": row["cluster"], "stories": row["count"]} for row in largest],
        "stock_phrases": {"fingerprints": made.stock.count()},
        "compared_pairs": made.compared,
        "comparing": {"aligned_pairs": made.compared, "unrelated_pairs": made.unrelated},
        "relations_scope": scope,
        "excepted": made.excepted,
        "config_digest": config.digest(),
        "config": asdict(config),
    }
