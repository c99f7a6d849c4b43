"""What the commands of an index do."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal

import click
import numpy as np
import orjson
import pyarrow.compute as pc

from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.cli.interrupt import outside_main_thread
from dupdetect.engines.index import Index, Preview
from dupdetect.errors import FormatError
from dupdetect.output.tables import with_id_type
from dupdetect.products.schemas import COPIES, KINDS
from dupdetect.support.columns import strings_to_arrow, to_arrow, to_numpy
from dupdetect.support.spill import unnamed_file
from dupdetect.views.terminal import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from dupdetect.cli.options import Run, Setup
    from dupdetect.products.corpus import Corpus


def create(folder: str, setup: Setup) -> None:
    """Make an empty index."""
    reading.require_name("DIR", folder)
    Index.create(folder, config=reading.configuration(setup)).close()


def add(
    folder: str,
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    *,
    known_id: Literal["stop", "skip", "replace"],
) -> None:
    """Add stories and say what became of them."""
    reading.check_places(sources, {"--rejects": run.rejects})
    with (
        Index.open(folder, write=True, threads=run.threads) as opened,
        progress(quiet=run.quiet) as shown,
        _read(sources, setup, run) as stories,
    ):
        if run.rejects is not None:
            files.write_rejects(stories, run.rejects)
        added = outside_main_thread(
            lambda: opened.add_corpus(stories, known_id=known_id, progress=shown)
        )
        said = {
            "added": added.stories,
            "skipped": added.skipped,
            **_set_aside(stories),
            **_state(opened),
            "changes": _reasons(added.changes),
        }
    _tell(run.quiet, run.as_json, said)


def query(
    folder: str,
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    *,
    output: str,
    new_only: bool,
    limit: int,
) -> None:
    """Write what stories are copies of, or the rows of those that are not."""
    reading.check_places(sources, {"--output": output, "--rejects": run.rejects})
    with Index.open(folder, threads=run.threads) as opened, _read(sources, setup, run) as stories:
        if new_only and output != "-":
            files.require_ending(stories, output)
        found = outside_main_thread(lambda: opened.query_corpus(stories, limit=limit))
        names = strings_to_arrow([KINDS[kind] for kind in COPIES], found["kind"].type)
        copies = found.filter(pc.is_in(found["kind"], value_set=names))["query"].combine_chunks()
        new = ~to_numpy(pc.is_in(stories.ids.cast(copies.type), value_set=copies))
        with files.together():
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            if new_only:
                write_rows(stories, new, output)
            else:
                _write_table(found, output)
        said = {
            "asked": len(stories),
            "new": int(np.count_nonzero(new)),
            "copies": int(np.count_nonzero(~new)),
            "relations": found.num_rows,
            **_set_aside(stories),
            "generation": opened.generation,
        }
    _tell(run.quiet, run.as_json, said)


def dedupe_against(
    folder: str,
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    *,
    output: str,
    removed: str | None,
    known_id: Literal["stop", "skip", "replace"],
) -> None:
    """Write the rows that are copies neither of each other nor of stories of an index."""
    places = {"--output": output, "--removed": removed, "--rejects": run.rejects}
    reading.check_places(sources, places)
    given = setup.config_file is not None or bool(setup.settings)
    config = reading.configuration(setup) if given else None
    with (
        Index.open(folder, config=config, threads=run.threads) as opened,
        progress(quiet=run.quiet) as shown,
        _read(sources, setup, run) as stories,
    ):
        for path in (output, removed):
            if path not in {None, "-"}:
                files.require_ending(stories, str(path))
        found = outside_main_thread(
            lambda: opened.preview(stories, known_id=known_id, progress=shown)
        )
        notes = _notes(stories, found) if removed else []
        with files.together():
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            write_rows(stories, found.keep, output, removed, notes)
        said = {
            "stories": len(stories),
            "kept": int(np.count_nonzero(found.keep)),
            "removed": int(np.count_nonzero(~found.keep)),
            **_set_aside(stories),
            "generation": opened.generation,
        }
    _tell(run.quiet, run.as_json, said)


def _notes(stories: Corpus, found: Preview) -> list[bytes]:
    """Say of each row that goes what it is a copy of, or that the index has its id."""
    reasons = with_id_type(found.removed, None).drop_columns(["id"]).to_pylist()
    known = dict(zip(found.removed["id"].to_pylist(), reasons, strict=True))
    gone = stories.ids.filter(to_arrow(~found.keep)).to_pylist()
    return [orjson.dumps(known.get(id_, {"matched": id_, "known_id": True})) for id_ in gone]


def rebuild(folder: str, setup: Setup, threads: int | None, *, quiet: bool, as_json: bool) -> None:
    """Make an index anew and say what has changed."""
    given = setup.config_file is not None or bool(setup.settings)
    config = reading.configuration(setup) if given else None
    with progress(quiet=quiet or as_json) as shown:
        opened = outside_main_thread(
            lambda: Index.rebuild(folder, config=config, threads=threads, progress=shown)
        )
    with opened:
        changes = opened.changes(since=opened.generation - 1)
        said = {**_state(opened), "changes": _reasons(changes)}
    _tell(quiet, as_json, said)


def change(
    folder: str, make: Callable[[Index], pa.Table], threads: int | None, *, quiet: bool
) -> None:
    """Change an index and say what became of stories."""
    with Index.open(folder, write=True, threads=threads) as opened:
        changes = make(opened)
        _tell(quiet, False, {**_state(opened), "changes": _reasons(changes)})


def settle(folder: str, threads: int | None, *, quiet: bool, as_json: bool) -> None:
    """Settle an index and say what has changed."""
    with (
        Index.open(folder, write=True, threads=threads) as opened,
        progress(quiet=quiet or as_json) as shown,
    ):
        changes = outside_main_thread(lambda: opened.settle(progress=shown))
        said = {**_state(opened), "changes": _reasons(changes)}
    _tell(quiet, as_json, said)


def print_table(folder: str, of: Callable[[Index], pa.Table], output: str) -> None:
    """Write a table of an index as JSON lines."""
    reading.check_places((), {"--output": output})
    with Index.open(folder) as opened:
        _write_table(of(opened), output)


def info(folder: str, *, as_json: bool) -> None:
    """Print the summary of an index."""
    with Index.open(folder) as opened:
        summary = opened.summary()
    if as_json:
        reading.print_json(summary)
        return
    for name, value in summary.items():
        if name != "config":
            click.echo(f"{name.replace('_', ' '):22}{'unknown' if value is None else value}")


def check(folder: str) -> None:
    """Compare all files with what was written."""
    with Index.open(folder) as opened:
        wrong = opened.check()
        count = len(opened)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise FormatError(f"{folder}: {wrong[0]}{more}; restore it, or index the stories again")
    click.echo(f"{folder}: whole, {count:,} stories")


def compact(folder: str, *, quiet: bool) -> None:
    """Remove what is gone from the disk."""
    with Index.open(folder, write=True) as opened:
        before = opened.summary()["bytes"]
        opened.compact()
        _tell(quiet, False, {**_state(opened), "bytes_before": before})


def write_rows(
    stories: Corpus,
    keep: NDArray[np.bool_],
    output: str,
    removed: str | None = None,
    notes: Sequence[bytes] = (),
) -> None:
    """Write rows unchanged, to a file or, when they are all there, to standard output."""
    with ExitStack() as stack:
        kept = stack.enter_context(unnamed_file()) if output == "-" else output
        files.copy_rows(stories, keep, kept, removed, notes)
        if not isinstance(kept, str):
            kept.seek(0)
            shutil.copyfileobj(kept, reading.standard_output())


def _read(sources: Sequence[str], setup: Setup, run: Run) -> Corpus:
    return corpus.read(
        reading.source_of(reading.expanded(sources)),
        names=reading.field_names(setup),
        on_bad_row=run.on_bad_row,
        duplicate_id=run.duplicate_id,
        threads=run.threads or os.cpu_count() or 1,
    )


def _write_table(table: pa.Table, output: str) -> None:
    with files.atomic(reading.standard_output() if output == "-" else output) as file:
        for part in files.json_lines(table):
            file.write(part)


def _set_aside(stories: Corpus) -> dict[str, Any]:
    """Count rows that were not read; what is rare is named only where it is there."""
    rare = {
        "superseded": stories.superseded,
        "inputs_ending_early": sum(source.ends_early for source in stories.sources),
    }
    bad = len(stories.rejected) - stories.superseded
    return {"rejected": bad, **{name: value for name, value in rare.items() if value}}


def _state(opened: Index) -> dict[str, Any]:
    summary = opened.summary()
    return {name: summary[name] for name in ("generation", "stories", "clusters", "bytes")}


def _reasons(changes: pa.Table) -> dict[str, int]:
    """How many stories changed for each reason."""
    counted = changes["reason"].value_counts().to_pylist()
    return {row["values"]: row["counts"] for row in counted}


def _tell(quiet: bool, as_json: bool, said: dict[str, Any]) -> None:
    """Print a summary: as JSON to standard output, or in a line to standard error."""
    if as_json:
        reading.print_json(said)
    elif not quiet:
        parts = [f"{name.replace('_', ' ')} {_in_words(value)}" for name, value in said.items()]
        click.echo("; ".join(parts), err=True)


def _in_words(value: int | dict[str, int]) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(f"{count:,} {reason}" for reason, count in value.items()) or "none"
