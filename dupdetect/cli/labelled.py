"""The commands that hold decisions against labelled pairs: evaluate and tune."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import click

from dupdetect import corpus
from dupdetect import output as files
from dupdetect.cli import reading
from dupdetect.cli.interrupt import outside_main_thread
from dupdetect.corpus.labels import read_labels
from dupdetect.engines.evaluate import evaluate_corpus
from dupdetect.engines.tune import require_enough, tune_corpus
from dupdetect.support.threads import threads_to_use
from dupdetect.views.terminal import console
from dupdetect.views.terminal.evaluation import evaluation_lines, tuning_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dupdetect.cli.options import Setup
    from dupdetect.products.corpus import Corpus


def evaluate(
    labels: str,
    sources: Sequence[str],
    setup: Setup,
    *,
    threads: int | None,
    on_bad_row: Literal["stop", "skip"],
    as_json: bool,
    full: bool,
) -> None:
    """Print how decisions agree with labels."""
    config, known = reading.configuration(setup), read_labels(labels)
    count = threads_to_use(threads)
    with _read(sources, setup, count, on_bad_row) as stories:
        found = outside_main_thread(
            lambda: evaluate_corpus(known, stories, config=config, threads=count)
        )
    if as_json:
        reading.print_json(found.as_dict())
        return
    target = console()
    for line in evaluation_lines(target, found, full=full):
        target.print(line, overflow="ignore", no_wrap=True, crop=False)


def tune(
    labels: str,
    sources: Sequence[str],
    setup: Setup,
    *,
    threads: int | None,
    on_bad_row: Literal["stop", "skip"],
    as_json: bool,
    output: str | None,
) -> None:
    """Print the settings that fit labels better, and write them where that was asked for."""
    config, known = reading.configuration(setup), read_labels(labels)
    require_enough(known)
    reading.check_places([labels, *reading.expanded(sources)], {"-o": output})
    count = threads_to_use(threads)
    with _read(sources, setup, count, on_bad_row) as stories:
        found = outside_main_thread(
            lambda: tune_corpus(known, stories, config=config, threads=count)
        )
    text = found.config.to_toml() or "# All settings are the defaults.\n"
    if output is not None:
        with files.atomic(output) as file:
            file.write(text.encode())
    if as_json:
        reading.print_json(found.as_dict())
        return
    target = console()
    for line in tuning_lines(target, found, written=output):
        target.print(line, overflow="ignore", no_wrap=True, crop=False)
    if output is None and found.changes:
        click.echo(text, nl=False)


@contextmanager
def _read(
    sources: Sequence[str], setup: Setup, threads: int, on_bad_row: Literal["stop", "skip"]
) -> Iterator[Corpus]:
    with corpus.read(
        reading.source_of(reading.expanded(sources)),
        names=reading.field_names(setup),
        on_bad_row=on_bad_row,
        threads=threads,
    ) as stories:
        yield stories
