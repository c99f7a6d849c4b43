"""The stories that a results folder is about, read again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dupdetect.config import Config
from dupdetect.corpus.fields import ROLES, FieldNames
from dupdetect.corpus.read import read
from dupdetect.errors import ConfigError, FormatError, InputError
from dupdetect.products.corpus import Corpus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def read_stories(summary: dict[str, Any]) -> Corpus:
    """Read the inputs that a summary names, with the fields that were used.

    Parameters
    ----------
    summary
        Contents of `summary.json`.

    Raises
    ------
    InputError
        When they came from standard input or from memory, or are not where they were.
    """
    inputs = summary.get("inputs") or []
    paths = [str(source["path"]) for source in inputs]
    if not paths or any(path in ("-", "<memory>") for path in paths):
        raise InputError(
            "the stories were not read from a file",
            remedy="name a file that holds them with --stories FILE",
        )
    fields = inputs[0].get("fields") or {}
    names = FieldNames(**{role: fields[role] for role in ROLES if fields.get(role)})
    return read(
        [Path(path) for path in paths],
        names=names,
        on_bad_row="skip",
        duplicate_id=summary.get("duplicate_id", "stop"),
    )


def settings_of(given: Mapping[str, Any]) -> Config:
    """Return the settings of a run; `FormatError` when this release does not know them."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    try:
        return Config(**values)
    except (TypeError, ConfigError) as error:
        said = f"the settings in summary.json are not known here: {error}; run 'cluster' again"
        raise FormatError(said) from error


def reread(summary: Mapping[str, Any], moved: Sequence[str]) -> Corpus:
    """Open the dump of a run again, from where it was or from ``--stories``.

    Raises
    ------
    InputError
        If it is gone, was standard input, or is not the size it was.
    """
    inputs = summary["inputs"]
    remedy = "give the dump with --stories FILE"
    paths = list(moved) or [source["path"] for source in inputs]
    for source in () if moved else inputs:
        if source["path"] in {"-", "<memory>"}:
            raise InputError("the run did not read a file", file=source["path"], remedy=remedy)
        if not Path(source["path"]).is_file():
            raise InputError("the dump of the run is gone", file=source["path"], remedy=remedy)
    fields = inputs[0]["fields"] if inputs else {}
    again = read(
        [Path(path) for path in paths],
        names=FieldNames(**{name: fields.get(name) for name in ROLES}),
        on_bad_row="skip" if summary["rejected"] else "stop",
        duplicate_id=summary.get("duplicate_id", "stop"),
    )
    if len(again.ids) != summary["stories"]:
        again.close()
        raise InputError(
            f"{len(again.ids):,} stories, but the run read {summary['stories']:,}",
            file=paths[0],
            remedy="run 'dupdetect cluster' again, or give the right dump with --stories FILE",
        )
    return again
