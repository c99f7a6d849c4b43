"""The stories that a results folder is about, read again, and their furniture."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow.compute as pc

from dupdetect.config import Config
from dupdetect.corpus import Corpus, FieldNames, read
from dupdetect.errors import ConfigError, InputError
from dupdetect.furniture import find_furniture, furniture_spans
from dupdetect.report.stories import Furniture
from dupdetect.report.words import Span

_ROLES = ("id", "text", "title", "publisher", "published", "author")


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
    names = FieldNames(**{role: fields[role] for role in _ROLES if fields.get(role)})
    return read(paths, names=names, on_bad_row="skip")


def find_story_furniture(corpus: Corpus, summary: dict[str, Any]) -> Furniture:
    """Judge the lines of a corpus with the settings of the run.

    Returns
    -------
    callable
        Row number to half-open character spans of furniture.
    """
    codes = corpus.publishers.dictionary_encode().indices
    publishers = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    lines = find_furniture(corpus.text, corpus.text_offsets, publishers, config=_config(summary))

    @lru_cache(maxsize=4096)
    def spans(row: int) -> tuple[Span, ...]:
        text = corpus.text_of(row).encode()
        status = lines.status[lines.offsets[row] : lines.offsets[row + 1]]
        return tuple(furniture_spans(text, status))

    return spans


def _config(summary: dict[str, Any]) -> Config:
    """Return the settings of the run; the defaults where this release does not know them."""
    given = summary.get("config") or {}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    try:
        return Config(**values)
    except (TypeError, ConfigError):
        return Config()
