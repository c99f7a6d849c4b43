"""The commands of an index and their help; the work is imported when one runs."""

# Imports inside the functions keep --version, --help and completion fast.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from dupdetect.cli.options import field_options, known_id_option, run_options, settings_options

if TYPE_CHECKING:
    from dupdetect.cli.options import Run, Setup

_DIR = click.argument("folder", metavar="DIR")
_SOURCES = click.argument("sources", nargs=-1, required=True, metavar="DUMP...")
_THREADS = click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Threads to use. Default: all cores. The result does not depend on it.",
)
_QUIET = click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
_OUTPUT = click.option(
    "-o", "--output", default="-", metavar="FILE", help="Where to. Default: standard output."
)


@click.group(short_help="Keep stories, ask about new ones, add them day by day.")
def index() -> None:
    """Keep stories in a folder: ask which of them new ones are copies of, and add these.

    \b
    A day:
      dupdetect dedupe today.jsonl --against news.idx -o new.jsonl
      dupdetect index add news.idx today.jsonl
      dupdetect index expire news.idx --before 2026-10-01
      dupdetect index settle news.idx
      dupdetect index changes news.idx --since 41

    After `settle` clusters and relations are those that `cluster` finds in the
    stories kept. One command writes at a time; others read meanwhile.
    """  # noqa: D301  (click's mark for lines to keep)


@index.command(short_help="Make an empty index.")
@_DIR
@settings_options
def create(*, folder: str, setup: Setup) -> None:
    """Make an empty index in DIR, a folder that is not there or empty.

    The index keeps the settings.
    """
    from dupdetect.cli import index_runs

    index_runs.create(folder, setup)


@index.command(short_help="Add stories.")
@_DIR
@_SOURCES
@known_id_option
@field_options
@run_options
def add(
    *,
    folder: str,
    sources: tuple[str, ...],
    known_id: Literal["stop", "skip", "replace"],
    setup: Setup,
    run: Run,
) -> None:
    """Add stories; they join the clusters of what they are copies of.

    Until `settle` that is provisional.
    """
    from dupdetect.cli import index_runs

    index_runs.add(folder, sources, setup, run, known_id=known_id)


@index.command(short_help="Tell what new stories are copies of.")
@_DIR
@_SOURCES
@_OUTPUT
@click.option(
    "--new-only", is_flag=True, help="Write the rows that are no copies, unchanged, instead."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    metavar="N",
    help="Stories compared with each; more while none of them is a copy.",
)
@field_options
@run_options
def query(
    *,
    folder: str,
    sources: tuple[str, ...],
    output: str,
    new_only: bool,
    limit: int,
    setup: Setup,
    run: Run,
) -> None:
    """Tell which stories of the index those of DUMP are copies of; nothing is stored.

    One line of JSON a pair: kind, what was kept and cut, coverages, passages, and
    the cluster. Copies stand first; "joins" marks all rows of the cluster that a
    story would join, identical ones first, then the fullest.
    """
    if output == "-" and run.as_json:
        raise click.UsageError(
            "--json and -o - both print to standard output; give -o a file",
            click.get_current_context(),
        )
    from dupdetect.cli import index_runs

    index_runs.query(folder, sources, setup, run, output=output, new_only=new_only, limit=limit)


@index.command(short_help="Take out old stories.")
@_DIR
@click.option("--before", required=True, metavar="DATE", help="Such as 2026-10-01.")
@_THREADS
@_QUIET
def expire(*, folder: str, before: str, threads: int | None, quiet: bool) -> None:
    """Take out the stories published before a date; of unknown dates, those added before."""
    from dupdetect.cli import index_runs
    from dupdetect.support.dates import UNKNOWN_TIME, parse_date

    if parse_date(before) == UNKNOWN_TIME:
        raise click.UsageError(
            f"--before {before!r} is no date; write it as 2026-10-01", click.get_current_context()
        )
    index_runs.change(folder, lambda opened: opened.expire(before), threads, quiet=quiet)


@index.command(short_help="Take out stories by id.")
@_DIR
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--ids", "ids_file", metavar="FILE", help="A file with an id a line.")
@_THREADS
@_QUIET
def delete(
    *, folder: str, ids: tuple[str, ...], ids_file: str | None, threads: int | None, quiet: bool
) -> None:
    """Take stories out. Their bytes are gone from the folder after `compact`."""
    from dupdetect.cli import index_runs, reading

    wanted = list(ids)
    if ids_file is not None:
        missing = "give --ids a file with an id a line"
        wanted += reading.text_of(ids_file, missing=missing).splitlines()
    if not wanted:
        raise click.UsageError("give ids, or --ids FILE", click.get_current_context())
    index_runs.change(folder, lambda opened: opened.delete(wanted), threads, quiet=quiet)


@index.command(short_help="Decide everything as one run does.")
@_DIR
@_THREADS
@_QUIET
@_JSON
def settle(*, folder: str, threads: int | None, quiet: bool, as_json: bool) -> None:
    """Bring clusters and relations to what `cluster` finds in the stories kept."""
    from dupdetect.cli import index_runs

    index_runs.settle(folder, threads, quiet=quiet, as_json=as_json)


@index.command(short_help="Make it anew by the rules of this release.")
@_DIR
@settings_options
@_THREADS
@_QUIET
@_JSON
def rebuild(*, folder: str, setup: Setup, threads: int | None, quiet: bool, as_json: bool) -> None:
    """Make everything anew from the stories kept, by the rules of this release.

    For an index that another release made, or to give it other settings. Clusters
    keep their names; until all is written the index is what it was.
    """
    from dupdetect.cli import index_runs

    index_runs.rebuild(folder, setup, threads, quiet=quiet, as_json=as_json)


@index.command(short_help="Print the clusters.")
@_DIR
@_OUTPUT
def clusters(*, folder: str, output: str) -> None:
    """Print one line of JSON a story: its cluster, by its lasting name, too."""
    from dupdetect.cli import index_runs

    index_runs.print_table(folder, lambda opened: opened.clusters(), output)


@index.command(short_help="Print what became of stories.")
@_DIR
@click.option(
    "--since",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="After this generation; `info` tells the newest.",
)
@_OUTPUT
def changes(*, folder: str, since: int, output: str) -> None:
    """Print one line of JSON for each story whose cluster has changed: before, after, why."""
    from dupdetect.cli import index_runs

    index_runs.print_table(folder, lambda opened: opened.changes(since), output)


@index.command(short_help="Say what the index holds.")
@_DIR
@_JSON
def info(*, folder: str, as_json: bool) -> None:
    """Print the generation, counts, dates, and bytes on disk."""
    from dupdetect.cli import index_runs

    index_runs.info(folder, as_json=as_json)


@index.command(short_help="Check all files.")
@_DIR
def check(*, folder: str) -> None:
    """Read all files again and compare them with what was written; exit code 1 if they differ."""
    from dupdetect.cli import index_runs

    index_runs.check(folder)


@index.command(short_help="Remove what is gone from the disk.")
@_DIR
@_QUIET
def compact(*, folder: str, quiet: bool) -> None:
    """Put all files together: of what was deleted no text, id or passage is left."""
    from dupdetect.cli import index_runs

    index_runs.compact(folder, quiet=quiet)
