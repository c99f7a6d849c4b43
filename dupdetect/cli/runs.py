"""The commands that run over a dump: dedupe and cluster."""

from __future__ import annotations

import shutil
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import orjson
import pyarrow.compute as pc

from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.cli.interrupt import outside_main_thread
from dupdetect.corpus.fields import ALSO
from dupdetect.engines import local
from dupdetect.errors import InputError, OutputError
from dupdetect.output.exports import (
    Export,
    clear_days,
    clear_exports,
    export_names,
    former_days,
    former_exports,
    write_by_day,
    write_export,
)
from dupdetect.output.tables import with_id_type
from dupdetect.support.columns import to_numpy
from dupdetect.views.findings import Outcome, findings_of
from dupdetect.views.wording import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from dupdetect.cli.options import Run, Setup
    from dupdetect.output.clustering import Clustering
    from dupdetect.support.progress import Progress
    from dupdetect.views.findings import Findings
from dupdetect.products.corpus import Corpus
from dupdetect.support.memory import Memory
from dupdetect.support.spill import unnamed_file
from dupdetect.support.threads import threads_to_use

_DAY_FILE = "rows.parquet"
_ANNOTATIONS = [
    *("cluster", "canonical", "parent", "kind", "kept", "coverage", "parent_coverage"),
    *("exact", "parent_exact", "certainty", "keeper"),
]
"""What `annotate` says of each row; ``keeper`` is the row that stays in its place."""


def dedupe(
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    *,
    output: str,
    removed: str | None,
    report_file: str | None,
) -> None:
    """Write the kept rows, and what else was asked for, when the whole run has worked."""
    places = {
        "--output": output,
        "--removed": removed,
        "--report": report_file,
        "--rejects": run.rejects,
    }
    sources = reading.expanded(sources)
    reading.check_places(sources, places)
    began = time.perf_counter()
    rows_go_to = [path for path in (output, removed) if path not in {None, "-"}]
    also = () if report_file is None else tuple(ALSO)
    stories, found = _clustered(
        sources, setup, run, "canonical", rows_go_to, also,
        passages=report_file is not None, again=True,
    )  # fmt: skip
    with stories, ExitStack() as stack:
        kept = stack.enter_context(unnamed_file()) if output == "-" else output
        with files.together():
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            if report_file is not None:
                from dupdetect.views import report  # noqa: PLC0415  (its template engine is for it alone)

                with _progress(run) as shown:
                    report.write_report(found, report_file, corpus=stories, progress=shown)
            keep = to_numpy(pc.is_null(found.clusters["keeper"]))
            notes = [] if removed is None else _notes(found)
            files.copy_rows(stories, keep, kept, removed, notes)
        if not isinstance(kept, str):
            kept.seek(0)
            shutil.copyfileobj(kept, reading.standard_output())
        if _is_said(run, found):
            return
        findings = findings_of(*found.as_text())
        written = [
            (output, f"{count(found.summary['kept'], 'story')}, rows unchanged"),
            (
                removed,
                f"{count(found.summary['removed'], 'copy')}, each with what it matched and why",
            ),
            (report_file, "all of it to look at, in a browser"),
            (run.rejects, _rows_aside(found.summary)),
        ]
        outcome = Outcome(
            written=tuple((path, what) for path, what in written if path not in {None, "-"}),
            seconds=time.perf_counter() - began,
            left_out=True,
            titles=_titles(stories, findings),
            hints=_dedupe_hints(sources, findings, removed=removed, report_file=report_file),
        )
        _finish(found, findings, outcome, to_stderr=output == "-")


def annotate(
    sources: Sequence[str], setup: Setup, run: Run, *, output: str, by_day: bool = False
) -> None:
    """Write all rows again, each with what was found of it; by day into a folder of Parquet."""
    sources = reading.expanded(sources)
    if by_day:
        _require_folder(output)
    rejects = {"--rejects": run.rejects}
    reading.check_places(sources, rejects if by_day else {"--output": output, **rejects})
    began = time.perf_counter()
    rows_go_to = [] if output == "-" or by_day else [output]
    stories, found = _clustered(
        sources, setup, run, "canonical", rows_go_to, tables_only=by_day, passages=False
    )
    with stories, ExitStack() as stack:
        place = stack.enter_context(unnamed_file()) if output == "-" else output
        clusters, _ = found.as_text()
        notes = [orjson.dumps(row) for row in clusters.select(_ANNOTATIONS).to_pylist()]
        former = former_days(Path(output), _DAY_FILE) if by_day else []
        with files.together(instead_of=former):
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            if by_day:
                rows = files.annotated_table(stories, notes)
                write_by_day(Path(output), rows, stories.published_us, _DAY_FILE)
            else:
                files.annotate_rows(stories, place, notes)
        if by_day:
            clear_days(Path(output))
        if not isinstance(place, str):
            place.seek(0)
            shutil.copyfileobj(place, reading.standard_output())
        if _is_said(run, found):
            return
        findings = findings_of(*found.as_text())
        written = [
            (
                f"{output}/" if by_day else output,
                f"{count(findings.stories, 'story')}, each with its cluster"
                + (", a file a day" if by_day else ""),
            ),
            (run.rejects, _rows_aside(found.summary)),
        ]
        outcome = Outcome(
            written=tuple((path, what) for path, what in written if path not in {None, "-"}),
            seconds=time.perf_counter() - began,
            left_out=False,
            titles=_titles(stories, findings),
        )
        _finish(found, findings, outcome, to_stderr=output == "-")


def _require_folder(output: str) -> None:
    """Refuse what cannot be a folder of results."""
    reading.require_name("--output", output)
    if Path(output).exists() and not Path(output).is_dir():
        raise OutputError(f"{output}: is a file; give --output the name of a folder")


def cluster(
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    *,
    output: str,
    relations: Literal["canonical", "all"],
    table_format: Literal["jsonl", "parquet"],
    also: Sequence[Export] = (),
    master: str | None = None,
) -> None:
    """Write the folder of results; found on Spark where its master is named."""
    _require_folder(output)
    folder = Path(output)
    wanted = list(dict.fromkeys(also))
    exported = [name for kind in wanted for name in export_names(kind)]
    names = (f"clusters.{table_format}", f"relations.{table_format}", "summary.json", *exported)
    files_named = [name for name in names if not name.endswith("/")]
    results = {f"--output ({name})": str(folder / name) for name in files_named}
    sources = reading.expanded(sources)
    reading.check_places(sources, {**results, "--rejects": run.rejects}, folder=folder)
    began = time.perf_counter()
    stories, found = _clustered(sources, setup, run, relations, master=master)
    with stories:
        with files.folder_for(folder), files.together(instead_of=former_exports(folder)):
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            found.write(folder, format=table_format)
            clusters, relations_found = found.as_text()
            for kind in wanted:
                write_export(kind, folder, clusters=clusters, relations=relations_found)
        clear_exports(folder)
        if _is_said(run, found):
            return
        findings = findings_of(*found.as_text())
        written = [
            (f"{folder}/", ", ".join(names)),
            (run.rejects, _rows_aside(found.summary)),
        ]
        hints: list[tuple[Sequence[str], str]] = []
        if findings.example is not None:
            why = "why that copy is one: its passages, what was cut, its whole cluster"
            named = _operands(output, findings.example.id)
            hints = [(("dupdetect", "explain", *named), why)]
        if findings.copies:
            hints.append(
                (
                    ("dupdetect", "report", output, "-o", "report.html"),
                    "all of it to look at, in a browser",
                )
            )
        outcome = Outcome(
            written=tuple((path, what) for path, what in written if path is not None),
            seconds=time.perf_counter() - began,
            left_out=False,
            titles=_titles(stories, findings),
            hints=tuple(hints),
        )
        _finish(found, findings, outcome, to_stderr=False)


def _clustered(
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    relations: Literal["canonical", "all"],
    rows_go_to: Sequence[str | None] = (),
    also: tuple[str, ...] = (),
    *,
    tables_only: bool = False,
    passages: bool = True,
    again: bool = False,
    master: str | None = None,
) -> tuple[Corpus, Clustering]:
    """Read and cluster, showing progress; the caller closes the stories.

    Relations may lack passages where none is shown.
    """
    config, memory = reading.configuration(setup), Memory.of(run.memory)
    spark = None if master is None else _session(master)
    source = reading.source_of(sources)
    with ExitStack() as undo, _progress(run) as shown:
        stories = undo.enter_context(
            corpus.read(
                source,
                names=replace(reading.field_names(setup), also=also),
                on_bad_row=run.on_bad_row,
                duplicate_id=run.duplicate_id,
                memory_bytes=memory.texts,
                threads=threads_to_use(run.threads),
            )
        )
        if tables_only:
            files.require_tables(stories)
        for path in rows_go_to:
            if path is not None:
                files.require_ending(stories, path)
        if not len(stories) and stories.rejected:
            first = stories.rejected[0]
            raise InputError(
                _all_bad(len(stories.rejected), first.reason),
                file=stories.sources[first.source].path,
                line=first.line,
                remedy="look at them with --on-bad-row stop",
            )
        if spark is not None:
            from dupdetect.engines.spark.corpus import cluster_corpus  # noqa: PLC0415  (seldom needed)

            found = cluster_corpus(spark, stories, config=config, relations=relations)
            undo.pop_all()
            return stories, found
        found = outside_main_thread(
            lambda: local.cluster_corpus(
                stories,
                config=config,
                relations=relations,
                threads=run.threads,
                memory=memory.total,
                progress=shown,
                passages=passages,
                again=again,
            )
        )
        undo.pop_all()
    return stories, found


def _session(master: str) -> SparkSession:
    from dupdetect.cli import allow_pandas  # noqa: PLC0415  (which imports this)
    from dupdetect.engines.spark.session import start  # noqa: PLC0415  (seldom needed)

    allow_pandas()
    return start(master)


def _rows_aside(summary: Mapping[str, Any]) -> str:
    """Say what is in the file of rows that were set aside."""
    bad, superseded = summary["rejected"], summary["superseded"]
    said = [f"{count(bad, 'row')} that could not be read"] if bad or not superseded else []
    if superseded:
        said.append(f"{count(superseded, 'row')} with the id of a later one")
    return " and ".join(said)


def _all_bad(rows: int, reason: str) -> str:
    said = "the only row is bad" if rows == 1 else f"all {rows:,} rows are bad"
    return f"no stories: {said}: {reason}"


def _notes(found: Clustering) -> list[bytes]:
    """Say of each removed row what it matched and how, as a JSON object."""
    removed = with_id_type(found.removed(), None).drop_columns(["id"])
    return [orjson.dumps(row) for row in removed.to_pylist()]


def _titles(stories: Corpus, findings: Findings) -> dict[str, str]:
    ids = {leader.id for leader in findings.leaders}
    found = reading.stories_of(stories, ids)
    return {id_: story.title or (story.text or "")[:200] for id_, story in found.items()}


def _operands(*words: str) -> tuple[str, ...]:
    """Put what a shell or the command would take for an option behind ``--``."""
    return ("--", *words) if any(word.startswith("-") for word in words) else words


def _dedupe_hints(
    sources: Sequence[str], findings: Findings, *, removed: str | None, report_file: str | None
) -> tuple[tuple[Sequence[str], str], ...]:
    """Suggest the command that shows the example, then what this one could have written too."""
    if findings.example is None:
        return ()
    hints: list[tuple[Sequence[str], str]] = []
    if len(sources) == 1 and sources[0] != "-":
        example = findings.example
        hints.append(
            (
                ("dupdetect", "compare", *_operands(sources[0], example.parent, example.id)),
                "the example above: what both share, what was cut",
            )
        )
    more = [] if removed else ["--removed", "removed.jsonl"]
    more += [] if report_file else ["--report", "report.html"]
    if more:
        said = [] if removed else ["keep the copies too, each with its reason"]
        said += [] if report_file else ["see all of it in a browser"]
        typed: list[str] = click.get_current_context().obj or []
        hints.append((("dupdetect", *typed, *more), "; ".join(said)))
    return tuple(hints)


def _progress(run: Run) -> AbstractContextManager[Progress | None]:
    """Show progress, unless nothing is to be said."""
    if run.quiet:
        return nullcontext()
    from dupdetect.views.terminal import progress  # noqa: PLC0415  (slow to load)

    return progress(quiet=False)


def _is_said(run: Run, found: Clustering) -> bool:
    """Print the summary as JSON where that was asked for; True when nothing more is to be said."""
    if run.as_json:
        reading.print_json(found.summary)
    return run.as_json or run.quiet


def _finish(found: Clustering, findings: Findings, outcome: Outcome, *, to_stderr: bool) -> None:
    from dupdetect.views.terminal import console, summary_lines  # noqa: PLC0415  (slow to load)

    target = console(stderr=to_stderr)
    for line in summary_lines(target, found.summary, findings, outcome):
        target.print(line, overflow="ignore", no_wrap=True, crop=False)
