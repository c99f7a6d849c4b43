"""Options that several commands take, gathered into one value a command."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

import click

from dupdetect.settings import CANONICAL_POLICIES
from dupdetect.support.threads import MOST_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Option = Callable[[Callable[..., None]], Callable[..., None]]

FIELDS = {
    "id": "the id",
    "text": "the text",
    "title": "the title",
    "publisher": "the publisher",
    "published": "the time of publication",
    "author": "the author",
}

RELATIONS: Option = click.option(
    "--relations",
    type=click.Choice(["canonical", "all"]),
    default="canonical",
    show_default=True,
    help="Relations of each story to the one it was cut from, or of every related pair.",
)


@dataclass(frozen=True)
class Setup:
    """How to read stories and decide about them: field names given, settings given."""

    fields: Mapping[str, str | None]
    config_file: str | None
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """How to run over a dump."""

    threads: int | None
    memory: str | None
    on_bad_row: Literal["stop", "skip"]
    duplicate_id: Literal["version", "last", "stop"]
    rejects: str | None
    quiet: bool
    as_json: bool


def setup_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for fields and settings; the command takes them as ``setup``."""
    return _with_setup(command, (*_field_options(), *_SETTINGS))


def settings_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for settings alone; the command takes them as ``setup``."""
    return _with_setup(command, _SETTINGS)


def field_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for fields alone; the command takes them as ``setup``."""
    return _with_setup(command, _field_options())


def _with_setup(command: Callable[..., None], options: tuple[Option, ...]) -> Callable[..., None]:
    @wraps(command)
    def gathered(**given: Any) -> None:  # noqa: ANN401  (click passes options by name)
        settings = dict(given.pop("settings", {}))
        for name in ("canonical", "min_certainty"):
            value = given.pop(name, None)
            if value is not None:
                settings[name] = str(value)
        fields = {name: given.pop(f"{name}_field", None) for name in FIELDS}
        command(setup=Setup(fields, given.pop("config_file", None), settings), **given)

    decorated: Callable[..., None] = gathered
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a run over a dump; the command takes them as ``run``."""

    @wraps(command)
    def gathered(**given: Any) -> None:  # noqa: ANN401  (click passes options by name)
        aside = given["on_bad_row"] == "skip" or given["duplicate_id"] == "last"
        if given["rejects"] is not None and not aside:
            raise click.UsageError(
                "--rejects needs --on-bad-row skip or --duplicate-id last: otherwise a bad row "
                "stops the run",
                click.get_current_context(),
            )
        names = ("threads", "on_bad_row", "duplicate_id", "rejects", "quiet", "as_json")
        run = Run(memory=given.pop("memory", None), **{name: given.pop(name) for name in names})
        command(run=run, **given)

    decorated: Callable[..., None] = gathered
    for option in reversed(_RUN):
        decorated = option(decorated)
    return decorated


def _field_options() -> tuple[Option, ...]:
    return tuple(
        click.option(
            f"--{name}-field",
            metavar="NAME",
            help=f"Field that holds {what}, dotted if nested. Default: found by name.",
        )
        for name, what in FIELDS.items()
    )


def _named_values(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> Mapping[str, str]:
    """Split NAME=VALUE; the names are checked by the configuration itself."""
    named = {}
    for value in values:
        name, equals, given = value.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(
                f"{value!r} is not NAME=VALUE, such as --set contained=0.9", ctx, param
            )
        named[name.strip()] = given.strip()
    return named


_SETTINGS: tuple[Option, ...] = (
    click.option(
        "--canonical",
        type=click.Choice(CANONICAL_POLICIES),
        help="Which story of a cluster to keep; short for --set canonical=...",
    ),
    click.option(
        "--min-certainty",
        type=click.FloatRange(0, 1),
        metavar="SHARE",
        help="Remove only rows whose relation is at least this certain, 0-1.",
    ),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_named_values,
        help="Change one setting; may be repeated and wins over --config.",
    ),
    click.option("--config", "config_file", metavar="FILE", help="Settings from a TOML file."),
)

_RUN: tuple[Option, ...] = (
    click.option(
        "--threads",
        type=click.IntRange(1, MOST_THREADS),
        metavar="N",
        help="Threads to use, at most four a core; all cores by default. Changes no result.",
    ),
    click.option(
        "--on-bad-row",
        type=click.Choice(["stop", "skip"]),
        default="stop",
        show_default=True,
        help="What to do with a row that cannot be read.",
    ),
    click.option(
        "--duplicate-id",
        type=click.Choice(["version", "last", "stop"]),
        default="version",
        show_default=True,
        help="Rows with the id of another: compare all, the second A as A#2; take the last; stop.",
    ),
    click.option(
        "--rejects",
        metavar="FILE",
        help="With --on-bad-row skip or --duplicate-id last: put the rows set aside here, byte for "
        "byte.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress and no summary."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
)

memory_option: Option = click.option(
    "--memory",
    metavar="SIZE",
    help="Memory to fill before temporary files, such as 2G; by default half of what is free, at "
    "most 1G. Changes no result.",
)

known_id_option: Option = click.option(
    "--known-id",
    type=click.Choice(["stop", "skip", "replace"]),
    default="stop",
    show_default=True,
    help="Rows whose id the index has: stop, leave them out, or let them take its place.",
)

labelled_options: tuple[Option, ...] = _RUN[:2]
"""Of these options the ones that `evaluate` and `tune` take: threads, and what of bad rows."""
