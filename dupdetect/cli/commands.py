"""The commands and their help; the work is imported when a command runs."""

# Imports inside the functions keep --version, --help and completion fast.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from dupdetect.cli.options import (
    RELATIONS,
    known_id_option,
    labelled_options,
    memory_option,
    run_options,
    setup_options,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dupdetect.cli.options import Run, Setup

_SOURCES = click.argument("sources", nargs=-1, required=True, metavar="DUMP...")
_FOLDER = click.argument("folder", metavar="OUT")
_STORIES = click.option(
    "--stories",
    multiple=True,
    metavar="FILE",
    help="The dump, when it has moved since the run or came from standard input.",
)
_FULL = click.option("--full", is_flag=True, help="Show every passage and cut whole.")
_LINES = click.option(
    "--lines", is_flag=True, help="Say of every line what it is taken for, and why."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def _examples(*lines: str) -> str:
    """Write worked examples for the end of a help text, each on its line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.command(
    short_help="Write a dump again without the copies.",
    epilog=_examples(
        "dupdetect dedupe dump.jsonl -o unique.jsonl --removed removed.jsonl",
        "zcat dump.jsonl.gz | dupdetect dedupe - -o - --canonical earliest > unique.jsonl",
    ),
)
@_SOURCES
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Where the kept stories go, their rows unchanged; - for standard output.",
)
@click.option(
    "--removed",
    metavar="FILE",
    help="Put the copies here, each with what it matched, the kind and both coverages.",
)
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    help="Also write an HTML report, to read in a browser.",
)
@click.option(
    "--against",
    metavar="DIR",
    help="Leave out copies of the stories of an index, too; nothing is added to it.",
)
@known_id_option
@setup_options
@memory_option
@run_options
def dedupe(
    *,
    sources: tuple[str, ...],
    output: str,
    removed: str | None,
    report_file: str | None,
    against: str | None,
    known_id: Literal["stop", "skip", "replace"],
    setup: Setup,
    run: Run,
) -> None:
    """Write a dump again with one story of each cluster of copies.

    DUMP is JSON Lines, Parquet, CSV or Arrow, also gzipped, zstd or bz2; - reads
    standard input. Kept rows are copied byte for byte, with all their fields.
    """
    if output == "-" and run.as_json:
        raise click.UsageError(
            "--json and -o - both print to standard output; give -o a file",
            click.get_current_context(),
        )
    if against is not None:
        if report_file is not None:
            raise click.UsageError(
                "--report shows one dump: leave it or --against out", click.get_current_context()
            )
        if run.memory is not None:
            raise click.UsageError(
                "--memory is for a run over a dump alone: leave it or --against out",
                click.get_current_context(),
            )
        from dupdetect.cli import index_runs

        index_runs.dedupe_against(
            against, sources, setup, run, output=output, removed=removed, known_id=known_id
        )
        return
    if known_id != "stop":
        raise click.UsageError(
            "--known-id is about an index: give --against", click.get_current_context()
        )
    from dupdetect.cli import runs

    runs.dedupe(sources, setup, run, output=output, removed=removed, report_file=report_file)


@click.command(
    short_help="Write a dump again, each row with its cluster.",
    epilog=_examples(
        "dupdetect annotate dump.jsonl -o annotated.jsonl",
        "dupdetect annotate dump.parquet -o annotated/ --partition day",
    ),
)
@_SOURCES
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Where the rows go; - for standard output.",
)
@click.option(
    "--partition",
    type=click.Choice(["day"]),
    help="Write Parquet into a folder, a file a day of publication; for Parquet and Arrow.",
)
@setup_options
@memory_option
@run_options
def annotate(
    *,
    sources: tuple[str, ...],
    output: str,
    partition: Literal["day"] | None,
    setup: Setup,
    run: Run,
) -> None:
    """Write all rows of a dump again, unchanged, each with what was found of it.

    One field is added, "dupdetect" (a column of a CSV, Parquet or Arrow file): an
    object with cluster, canonical, parent, kind, kept, both coverages, the exact
    shares, certainty, and keeper, the row that `dedupe` would leave in its place.
    """
    if output == "-" and run.as_json:
        raise click.UsageError(
            "--json and -o - both print to standard output; give -o a file",
            click.get_current_context(),
        )
    from dupdetect.cli import runs

    runs.annotate(sources, setup, run, output=output, by_day=partition is not None)


@click.command(
    short_help="Write clusters, relations and a summary.",
    epilog=_examples(
        "dupdetect cluster dump.jsonl -o out/",
        "dupdetect cluster a.parquet b.parquet -o out/ --relations all --format parquet",
    ),
)
@_SOURCES
@click.option(
    "-o", "--output", required=True, metavar="OUT", help="Folder for the results; made if needed."
)
@RELATIONS
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="Format of the tables.",
)
@click.option(
    "--also",
    multiple=True,
    type=click.Choice(["csv", "graphml", "gexf", "parquet-by-day"]),
    help="Also write CSV for a spreadsheet, a graph of the relations, or the clusters as Parquet "
    "partitioned by day; may be repeated.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Run in this process or on Spark, which needs pyspark and pandas; the answer is the same.",
)
@click.option(
    "--master",
    metavar="URL",
    help="Where Spark runs, such as local[4]; for --engine spark.",
)
@setup_options
@memory_option
@run_options
def cluster(
    *,
    sources: tuple[str, ...],
    output: str,
    relations: Literal["canonical", "all"],
    table_format: Literal["jsonl", "parquet"],
    also: tuple[Literal["csv", "graphml", "gexf", "parquet-by-day"], ...],
    engine: Literal["local", "spark"],
    master: str | None,
    setup: Setup,
    run: Run,
) -> None:
    """Write the clusters, the relations with their passages, and a summary.

    OUT gets clusters (one line a story), relations (one line a pair, with the
    passages as character spans) and summary.json. Nothing of the dump is changed.
    """
    if master is not None and engine != "spark":
        raise click.UsageError(
            "--master says where Spark runs; add --engine spark", click.get_current_context()
        )
    from dupdetect.cli import runs

    runs.cluster(
        sources,
        setup,
        run,
        output=output,
        relations=relations,
        table_format=table_format,
        also=also,
        master=None if engine == "local" else master or "local[*]",
    )


@click.command(
    short_help="Show what two stories share and what was cut.",
    epilog=_examples(
        "dupdetect compare reuters.txt ours.txt",
        "dupdetect compare dump.jsonl story-17 story-42 --full --lines",
    ),
)
@click.argument("words", nargs=-1, required=True, metavar="A B | DUMP ID_A ID_B")
@setup_options
@_FULL
@_LINES
@_JSON
def compare(
    *, words: tuple[str, ...], setup: Setup, full: bool, lines: bool, as_json: bool
) -> None:
    """Show what two stories share, what was cut and what was added.

    Takes two text files, or a dump or an index and two ids of it. The two are compared by
    themselves: lines that only a whole dump shows to be page furniture are
    known to `cluster` and `explain`.
    """
    if len(words) not in {2, 3}:
        raise click.UsageError(
            "give two text files, or a dump and two ids", click.get_current_context()
        )
    from dupdetect.cli import show

    show.compare(words, setup, full=full, lines=lines, as_json=as_json)


@click.command(
    short_help="Show why a story was kept or is a copy.",
    epilog=_examples(
        "dupdetect explain out/ story-42",
        "dupdetect explain out/ story-42 --stories moved/dump.jsonl --json",
    ),
)
@_FOLDER
@click.argument("story_id", metavar="STORY_ID")
@_STORIES
@_FULL
@_LINES
@_JSON
def explain(
    *,
    folder: str,
    story_id: str,
    stories: tuple[str, ...],
    full: bool,
    lines: bool,
    as_json: bool,
) -> None:
    """Show why a story was kept or counted as a copy, with its whole cluster.

    OUT is a folder that `cluster` wrote, or an index. The texts are read again from
    the dump that the run read.
    """
    from dupdetect.cli import show

    show.explain(folder, story_id, stories=stories, full=full, lines=lines, as_json=as_json)


@click.command(
    short_help="Make an HTML page of the results.",
    epilog=_examples(
        "dupdetect report out/ -o report.html",
        "dupdetect report out/ -o all.html --clusters 50000 --size 200",
    ),
)
@_FOLDER
@click.option("-o", "--output", required=True, metavar="FILE", help="The HTML file to write.")
@click.option(
    "--clusters",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Clusters to show at most, the largest first.",
)
@click.option(
    "--size",
    type=click.IntRange(min=1),
    default=28,
    show_default=True,
    metavar="MB",
    help="Size of the file at most; the smallest clusters lose their texts first.",
)
@_STORIES
@click.option("-q", "--quiet", is_flag=True, help="No message.")
def report(
    *, folder: str, output: str, clusters: int, size: int, stories: tuple[str, ...], quiet: bool
) -> None:
    """Make one HTML file of the results, to read in any browser, offline.

    OUT is a folder that `cluster` wrote, or an index. The page says what it had
    to leave out.
    """
    from dupdetect.cli import show

    show.report(folder, output, clusters=clusters, megabytes=size, stories=stories, quiet=quiet)


_LABELLED: tuple[Callable[[Callable[..., None]], Callable[..., None]], ...] = (
    click.argument("labels", metavar="LABELS"),
    _SOURCES,
    setup_options,
    *labelled_options,
    _JSON,
)


def _labelled(command: Callable[..., None]) -> Callable[..., None]:
    """Add what `evaluate` and `tune` take."""
    for option in reversed(_LABELLED):
        command = option(command)
    return command


@click.command(
    short_help="Hold decisions against your own labelled pairs.",
    epilog=_examples(
        "dupdetect evaluate labels.csv dump.jsonl",
        "dupdetect evaluate labels.jsonl dump.parquet --config tuned.toml --full",
    ),
)
@_labelled
@click.option("--full", is_flag=True, help="Show every disputed pair.")
def evaluate(
    *,
    labels: str,
    sources: tuple[str, ...],
    setup: Setup,
    threads: int | None,
    on_bad_row: Literal["stop", "skip"],
    as_json: bool,
    full: bool,
) -> None:
    """Hold decisions against pairs that you labelled yourself.

    LABELS is CSV or JSON Lines: two ids and yes (one is a copy of the other), no, or
    a kind of relation. Prints accuracy, precision and recall, how each label was
    decided, and the disputed pairs with the reason of each decision.
    """
    from dupdetect.cli import labelled

    labelled.evaluate(
        labels,
        sources,
        setup,
        threads=threads,
        on_bad_row=on_bad_row,
        as_json=as_json,
        full=full,
    )


@click.command(
    short_help="Find settings that fit your labelled pairs better.",
    epilog=_examples(
        "dupdetect tune labels.csv dump.jsonl -o tuned.toml",
        "dupdetect dedupe dump.jsonl -o unique.jsonl --config tuned.toml",
    ),
)
@_labelled
@click.option("-o", "--output", metavar="FILE", help="Where the settings go, for --config.")
def tune(
    *,
    labels: str,
    sources: tuple[str, ...],
    setup: Setup,
    threads: int | None,
    on_bad_row: Literal["stop", "skip"],
    as_json: bool,
    output: str | None,
) -> None:
    """Find settings that fit pairs that you labelled better than those of now.

    Tries a few thresholds. What it proposes was held against labelled pairs that it
    had not seen; where nothing holds there, it says so and proposes nothing.
    """
    from dupdetect.cli import labelled

    labelled.tune(
        labels,
        sources,
        setup,
        threads=threads,
        on_bad_row=on_bad_row,
        as_json=as_json,
        output=output,
    )
