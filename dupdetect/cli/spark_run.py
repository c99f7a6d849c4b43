"""``python -m dupdetect.spark``: from files that Spark reads to files that it writes."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Literal

import click

from dupdetect.cli import reading
from dupdetect.cli.options import RELATIONS, setup_options
from dupdetect.engines.spark.failures import reason_of, said_plainly
from dupdetect.engines.spark.run import SparkClustering, cluster
from dupdetect.engines.spark.session import start
from dupdetect.engines.spark.tables import found_at
from dupdetect.errors import ConfigError, DupdetectError, InputError, OutputError
from dupdetect.products.schemas import KIND_FACTS
from dupdetect.views.findings import Findings, Leader, Outcome

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dupdetect.cli.options import Setup

_LEADERS = 3
_FORMATS = ("parquet", "json", "csv", "orc")
_TABLES = ("clusters", "relations", "kept")


@click.command(name="python -m dupdetect.spark")
@click.argument("source", metavar="INPUT")
@click.option("-o", "--output", required=True, metavar="OUT", help="Folder or URL for the results.")
@click.option(
    "--work", metavar="DIR", help="Folder or URL for the tables of the stages. Default: OUT/work."
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(_FORMATS),
    help="Format of INPUT. Default: by its ending, else Parquet.",
)
@RELATIONS
@click.option("--kept", is_flag=True, help="Write the rows that stay, too, as OUT/kept.")
@click.option("--master", metavar="URL", help="Where Spark runs; spark-submit says it otherwise.")
@click.option("--partitions", type=click.IntRange(min=1), metavar="N", help="Changes no result.")
@click.option("--resume", is_flag=True, help="Go on where a run into the same folder was stopped.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the summary, with all settings, as JSON."
)
@click.option("-q", "--quiet", is_flag=True, help="Print no summary.")
@setup_options
def command(
    *,
    source: str,
    output: str,
    work: str | None,
    kind: Literal["parquet", "json", "csv", "orc"] | None,
    relations: Literal["canonical", "all"],
    kept: bool,
    master: str | None,
    partitions: int | None,
    resume: bool,
    as_json: bool,
    quiet: bool,
    setup: Setup,
) -> None:
    """Find the copies in INPUT, which Spark reads, and write clusters and relations as Parquet."""
    began = time.perf_counter()
    config = reading.configuration(setup)
    spark = start(master)
    places = {name: f"{output.rstrip('/')}/{name}" for name in _TABLES[: 3 if kept else 2]}
    if not resume:
        _require_free(spark, tuple(places.values()))
    with said_plainly():
        found = cluster(
            _frame(spark, source, kind),
            work=work or f"{output.rstrip('/')}/work",
            config=config,
            names=reading.field_names(setup),
            relations=relations,
            partitions=partitions,
            resume=resume,
        )
        for name, place in places.items():
            rows = found.kept() if name == "kept" else getattr(found, name)
            rows.write.mode("overwrite" if resume else "error").parquet(place)
        if as_json:
            reading.print_json(found.summary)
        elif not quiet:
            _print_summary(found, source, output, tuple(places), time.perf_counter() - began)


def _require_free(spark: SparkSession, places: tuple[str, ...]) -> None:
    """Require that nothing is where tables will be written, before the work is done."""
    for place in places:
        if found_at(spark, place) is not None:
            raise OutputError(
                f"{place}: is there already; name another folder, delete it, or go on with its run "
                "by --resume"
            )


def _print_summary(
    found: SparkClustering, source: str, output: str, written: tuple[str, ...], seconds: float
) -> None:
    """Print what ``dupdetect cluster`` prints, but for the lines that were ignored."""
    from dupdetect.views.terminal import console, summary_lines  # noqa: PLC0415  (slow to load)

    findings = _findings(found)
    not_counted = {"furniture": {"lines": 0}, "rejected": 0, "inputs": [{"path": source}]}
    stock = {"stock_phrases": found.summary["stock_phrases"] | {"examples": []}}
    named = [leader.id for leader in findings.leaders]
    outcome = Outcome(
        written=((f"{output.rstrip('/')}/", ", ".join(written)),),
        seconds=seconds,
        left_out=False,
        titles=dict.fromkeys(named, ""),
    )
    target = console()
    for line in summary_lines(target, found.summary | not_counted | stock, findings, outcome):
        target.print(line, overflow="ignore", no_wrap=True, crop=False)


def _findings(found: SparkClustering) -> Findings:
    """Count and choose what a summary shows; only that comes here."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

    copies = found.clusters.where("not canonical")
    kinds: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for row in copies.groupBy("kind", "kept").count().collect():
        kinds[row["kind"]] += row["count"]
        if row["kind"] == "truncation":
            parts[row["kept"]] += row["count"]
    largest = found.summary["largest"][:_LEADERS]
    leading = found.clusters.where(F.col("cluster").isin([row["cluster"] for row in largest]))
    printed = leading.groupBy("cluster").agg(F.countDistinct("publisher").alias("publishers"))
    by = {row["cluster"]: row["publishers"] for row in (printed.collect() if largest else ())}
    return Findings(
        stories=found.summary["stories"],
        copies=kinds.total(),
        kinds=dict(sorted(kinds.items())),
        parts=dict(sorted(parts.items())),
        apart={
            facts.name: found.summary["kinds"][facts.name]
            for facts in KIND_FACTS
            if facts.apart and found.summary["kinds"].get(facts.name)
        },
        leaders=tuple(
            Leader(row["cluster"], row["stories"], by[row["cluster"]]) for row in largest
        ),
        example=None,
    )


def _frame(spark: SparkSession, source: str, kind: str | None) -> DataFrame:
    if kind is None:
        ending = source.rstrip("/").removesuffix(".gz").rpartition(".")[2].lower()
        kind = {"jsonl": "json", "ndjson": "json", "tsv": "csv"}.get(ending, ending)
        kind = kind if kind in _FORMATS else "parquet"
    reader = spark.read.format(kind)
    if kind == "csv":
        reader = reader.options(header="true", multiLine="true", escape='"')
    try:
        return reader.load(source)
    except Exception as error:  # of Spark, or of its JVM
        raise InputError(f"cannot be read as {kind}: {reason_of(error)}", file=source) from error


def main() -> int:
    """Run the command; return its exit code: 0, 1 for an error, 2 for a wrong use or setting."""
    try:
        command(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    except DupdetectError as error:
        click.echo(f"dupdetect: {error}", err=True)
        return 2 if isinstance(error, ConfigError) else 1
    return 0
