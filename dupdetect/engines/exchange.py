"""What goes into an index and comes back: ids and dates, what additions did and would do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.corpus.read import names_file
from dupdetect.errors import InputError
from dupdetect.products.stories import Stories, story_keys
from dupdetect.support.columns import strings_to_arrow
from dupdetect.support.dates import UNKNOWN_TIME, parse_date

__all__ = [
    "Added",
    "KnownId",
    "Preview",
    "ids_of",
    "keys_of",
    "require_generation",
    "require_limit",
    "require_new",
    "rows_of",
    "time_of",
]

KnownId = Literal["stop", "skip", "replace"]
"""What to do about a story whose id the index has: refuse all, leave it out, or put it in the
place of the one before."""


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """What an addition did.

    Attributes
    ----------
    stories : int
        Stories added.
    skipped : int
        Stories left out because the index had their id.
    rejected : int
        Rows that could not be read.
    changes : pyarrow.Table
        See :meth:`dupdetect.Index.changes`.
    superseded : int
        Rows left out because a later one has their id (``duplicate_id="last"``).
    """

    stories: int
    skipped: int
    rejected: int
    changes: pa.Table
    superseded: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What an addition would do.

    Attributes
    ----------
    keep : ndarray of bool, shape (stories,)
        Which of the new stories would stay; those of the index that stand in one do not go here.
    removed : pyarrow.Table
        The others, each with the story that stays; see
        :meth:`dupdetect.output.clustering.Clustering.removed`.
    """

    keep: NDArray[np.bool_]
    removed: pa.Table


def ids_of(ids: Iterable[str]) -> list[str]:
    """Return ids, each once; `InputError` where they are none."""
    if isinstance(ids, str) or not isinstance(ids, Iterable):
        raise InputError(
            f"ids: a {type(ids).__name__}, expected several", remedy="pass [id] for one"
        )
    wanted = list(ids)
    for one in wanted:
        if not isinstance(one, str):
            raise InputError(
                f"ids: {one!r} is a {type(one).__name__}, expected str",
                remedy=f"ids of an index are texts: pass {str(one)!r}",
            )
    return list(dict.fromkeys(wanted))


def keys_of(ids: list[str]) -> NDArray[np.uint64]:
    """Return the key of each id."""
    return story_keys(strings_to_arrow(ids, pa.large_string()))


def time_of(before: str | date) -> int:
    """Return a date in microseconds since 1970-01-01 UTC; `InputError` where it is none."""
    given = before.isoformat() if isinstance(before, date) else before
    found = parse_date(given) if isinstance(given, str) else UNKNOWN_TIME
    if found == UNKNOWN_TIME:
        raise InputError(f"before = {before!r} is no date", remedy="write it as 2026-10-01")
    return found


def rows_of(asked: Any) -> Any:  # noqa: ANN401  what `Index.query` takes
    """Return what is asked about as stories; `InputError` where a text names a file."""
    if isinstance(asked, str):
        if names_file(asked):
            raise InputError(
                f"a str is one text, and {asked!r} names a file",
                remedy="give a file as a pathlib.Path object",
            )
        return [{"id": "0", "text": asked}]
    return [asked] if isinstance(asked, dict) else asked


def require_generation(since: object, newest: int) -> None:
    """Raise `InputError` when a number is not that of a generation up to the newest."""
    if not isinstance(since, int) or isinstance(since, bool):
        raise InputError(
            f"since = {since!r}, expected the number of a generation",
            remedy="pass that of the generation before, or 0 for all",
        )
    if not 0 <= since <= newest:
        raise InputError(
            f"since = {since}: there is no such generation, the newest is {newest}",
            remedy=f"pass a number from 0 (all changes) to {newest} (none)",
        )


def require_limit(limit: object) -> None:
    """Raise `InputError` when a limit is not 1 or more."""
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise InputError(f"limit = {limit!r}, expected 1 or more", remedy="pass a number")


def require_new(stories: Stories, known: NDArray[np.bool_]) -> None:
    """Raise `InputError` when one of some stories is known; names the first."""
    if known.any():
        first = stories.ids[int(np.flatnonzero(known)[0])].as_py()
        raise InputError(
            f"the index has a story with the id {first!r} already",
            remedy="leave such stories out, or, when they are added, say --known-id skip or "
            "replace (known_id= in Python)",
        )
