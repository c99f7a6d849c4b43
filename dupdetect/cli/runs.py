"""The commands that run over a dump: dedupe and cluster."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import orjson
import pyarrow.compute as pc

from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.cli.interrupt import outside_main_thread
from dupdetect.engines import local
from dupdetect.errors import InputError, OutputError
from dupdetect.output.exports import EXPORTS, Export, export_names, write_export
from dupdetect.output.tables import with_id_type
from dupdetect.support.columns import to_numpy
from dupdetect.views.findings import findings_of
from dupdetect.views.terminal import Outcome, console, progress, summary_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dupdetect.cli.options import Run, Setup
    from dupdetect.output.clustering import Clustering
    from dupdetect.views.findings import Findings
from dupdetect.products.corpus import Corpus
from dupdetect.support.spill import unnamed_file
from dupdetect.support.threads import threads_to_use

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
    stories, found = _clustered(sources, setup, run, "canonical", rows_go_to)
    with stories, ExitStack() as stack:
        kept = stack.enter_context(unnamed_file()) if output == "-" else output
        with files.together():
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            if report_file is not None:
                from dupdetect.views import report  # noqa: PLC0415  (its template engine is for it alone)

                with progress(quiet=run.quiet) as shown:
                    report.write_report(found, report_file, corpus=stories, progress=shown)
            keep = to_numpy(pc.is_null(found.clusters["keeper"]))
            notes = [] if removed is None else _notes(found)
            files.copy_rows(stories, keep, kept, removed, notes)
        if not isinstance(kept, str):
            kept.seek(0)
            shutil.copyfileobj(kept, reading.standard_output())
        findings = findings_of(*found.as_text())
        written = [
            (output, f"{found.summary['kept']:,} stories, rows unchanged"),
            (removed, f"{found.summary['removed']:,} copies, each with what it matched and why"),
            (report_file, "all of it to look at, in a browser"),
            (run.rejects, f"{found.summary['rejected']:,} rows that could not be read"),
        ]
        outcome = Outcome(
            written=tuple((path, what) for path, what in written if path not in {None, "-"}),
            seconds=time.perf_counter() - began,
            left_out=True,
            titles=_titles(stories, findings),
            hints=_dedupe_hints(sources, findings, removed=removed, report_file=report_file),
        )
        _finish(run, found, findings, outcome, to_stderr=output == "-")


def annotate(sources: Sequence[str], setup: Setup, run: Run, *, output: str) -> None:
    """Write all rows again, each with what was found of it."""
    sources = reading.expanded(sources)
    reading.check_places(sources, {"--output": output, "--rejects": run.rejects})
    began = time.perf_counter()
    rows_go_to = [] if output == "-" else [output]
    stories, found = _clustered(sources, setup, run, "canonical", rows_go_to)
    with stories, ExitStack() as stack:
        place = stack.enter_context(unnamed_file()) if output == "-" else output
        clusters, _ = found.as_text()
        notes = [orjson.dumps(row) for row in clusters.select(_ANNOTATIONS).to_pylist()]
        with files.together():
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            files.annotate_rows(stories, place, notes)
        if not isinstance(place, str):
            place.seek(0)
            shutil.copyfileobj(place, reading.standard_output())
        findings = findings_of(*found.as_text())
        written = [
            (output, f"{findings.stories:,} stories, each with its cluster"),
            (run.rejects, f"{found.summary['rejected']:,} rows that could not be read"),
        ]
        outcome = Outcome(
            written=tuple((path, what) for path, what in written if path not in {None, "-"}),
            seconds=time.perf_counter() - began,
            left_out=False,
            titles=_titles(stories, findings),
        )
        _finish(run, found, findings, outcome, to_stderr=output == "-")


def cluster(
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    *,
    output: str,
    relations: Literal["canonical", "all"],
    table_format: Literal["jsonl", "parquet"],
    also: Sequence[Export] = (),
) -> None:
    """Write the folder of results."""
    reading.require_name("--output", output)
    folder = Path(output)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{output}: is a file; give --output the name of a folder")
    wanted = list(dict.fromkeys(also))
    exported = [name for kind in wanted for name in export_names(kind)]
    names = (f"clusters.{table_format}", f"relations.{table_format}", "summary.json", *exported)
    results = {f"--output ({name})": str(folder / name) for name in names}
    sources = reading.expanded(sources)
    reading.check_places(sources, {**results, "--rejects": run.rejects}, folder=folder)
    began = time.perf_counter()
    stories, found = _clustered(sources, setup, run, relations)
    with stories:
        former = [folder / name for kind in EXPORTS for name in export_names(kind)]
        with files.folder_for(folder), files.together(instead_of=former):
            if run.rejects is not None:
                files.write_rejects(stories, run.rejects)
            found.write(folder, format=table_format)
            clusters, relations_found = found.as_text()
            for kind in wanted:
                write_export(kind, folder, clusters=clusters, relations=relations_found)
        findings = findings_of(*found.as_text())
        written = [
            (f"{folder}/", ", ".join(names)),
            (run.rejects, f"{found.summary['rejected']:,} rows that could not be read"),
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
        _finish(run, found, findings, outcome, to_stderr=False)


def _clustered(
    sources: Sequence[str],
    setup: Setup,
    run: Run,
    relations: Literal["canonical", "all"],
    rows_go_to: Sequence[str | None] = (),
) -> tuple[Corpus, Clustering]:
    """Read and cluster, showing progress; the caller closes the stories."""
    config = reading.configuration(setup)
    source = reading.source_of(sources)
    with ExitStack() as undo, progress(quiet=run.quiet) as shown:
        stories = undo.enter_context(
            corpus.read(
                source,
                names=reading.field_names(setup),
                on_bad_row=run.on_bad_row,
                duplicate_id=run.duplicate_id,
                threads=threads_to_use(run.threads),
            )
        )
        for path in rows_go_to:
            if path is not None:
                files.require_ending(stories, path)
        if not len(stories) and stories.rejected:
            first = stories.rejected[0]
            raise InputError(
                f"no stories: all {len(stories.rejected):,} rows are bad: {first.reason}",
                file=stories.sources[first.source].path,
                line=first.line,
                remedy="look at them with --on-bad-row stop",
            )
        found = outside_main_thread(
            lambda: local.cluster_corpus(
                stories, config=config, relations=relations, threads=run.threads, progress=shown
            )
        )
        undo.pop_all()
    return stories, found


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


def _finish(
    run: Run, found: Clustering, findings: Findings, outcome: Outcome, *, to_stderr: bool
) -> None:
    if run.as_json:
        reading.print_json(found.summary)
    elif not run.quiet:
        target = console(stderr=to_stderr)
        for line in summary_lines(target, found.summary, findings, outcome):
            target.print(line, overflow="ignore", no_wrap=True, crop=False)
