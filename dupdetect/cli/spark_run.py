"""``python -m dupdetect.spark``: from files that Spark reads to files that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click
import orjson

from dupdetect.cli import reading
from dupdetect.cli.options import setup_options
from dupdetect.engines.spark.failures import said_plainly
from dupdetect.engines.spark.run import cluster
from dupdetect.engines.spark.session import start
from dupdetect.errors import DupdetectError, InputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dupdetect.cli.options import Setup

_FORMATS = ("parquet", "json", "csv", "orc")


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
@click.option(
    "--relations",
    type=click.Choice(["canonical", "all"]),
    default="canonical",
    show_default=True,
    help="Relations of each story to the one it was cut from, or of every related pair.",
)
@click.option("--kept", is_flag=True, help="Write the rows that stay, too, as OUT/kept.")
@click.option("--master", metavar="URL", help="Where Spark runs; spark-submit says it otherwise.")
@click.option("--partitions", type=click.IntRange(min=1), metavar="N", help="Changes no result.")
@click.option("--resume", is_flag=True, help="Go on where a run into the same folder was stopped.")
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
    setup: Setup,
) -> None:
    """Find the copies in INPUT, which Spark reads, and write clusters and relations as Parquet.

    Prints the summary as JSON.
    """
    config = reading.configuration(setup)
    spark = start(master)
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
        written = {"clusters": found.clusters, "relations": found.relations}
        if kept:
            written["kept"] = found.kept()
        for name, rows in written.items():
            mode = "overwrite" if resume else "error"
            rows.write.mode(mode).parquet(f"{output.rstrip('/')}/{name}")
    click.echo(orjson.dumps(found.summary, option=orjson.OPT_INDENT_2).decode())


def _frame(spark: SparkSession, source: str, kind: str | None) -> DataFrame:
    from pyspark.errors import AnalysisException  # noqa: PLC0415  (optional)

    if kind is None:
        ending = source.rstrip("/").removesuffix(".gz").rpartition(".")[2].lower()
        kind = {"jsonl": "json", "ndjson": "json", "tsv": "csv"}.get(ending, ending)
        kind = kind if kind in _FORMATS else "parquet"
    reader = spark.read.format(kind)
    if kind == "csv":
        reader = reader.options(header="true", multiLine="true", escape='"')
    try:
        return reader.load(source)
    except AnalysisException as error:
        said = str(error).splitlines()[0]
        raise InputError(f"cannot be read as {kind}: {said}", file=source) from error


def main() -> int:
    """Run the command; return its exit code: 0, 1 for an error, 2 for a wrong use."""
    try:
        command(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    except DupdetectError as error:
        click.echo(f"dupdetect: {error}", err=True)
        return 1
    return 0
