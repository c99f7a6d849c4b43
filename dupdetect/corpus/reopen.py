"""The stories of a run, read again for those who look at its results.

One rule for every command. A dump whose size and time of change are those of the run is trusted,
and of it only the rows asked for are read, by their place. Any other, moved ones among them, is
read whole and must hold the very stories of the run. Results of format 1 know no places. The
settings of a run are never needed: nothing is found or compared again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dupdetect.corpus.aside import find_row_aside
from dupdetect.corpus.fields import ROLES, FieldNames
from dupdetect.corpus.places import ANOTHER_DUMP, read_places
from dupdetect.corpus.read import read
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus, stories_digest
from dupdetect.support.columns import strings_to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["read_stories", "set_aside", "why_unknown"]

_PLACED = {"jsonl", "csv", "parquet", "arrow"}
"""Formats of which single rows can be read; of others the whole."""

_MOVED = "give the dump with --stories FILE"


def read_stories(
    summary: Mapping[str, Any],
    clusters: pa.Table,
    ids: Iterable[str],
    *,
    moved: Sequence[str] = (),
    also: tuple[str, ...] = (),
) -> Corpus:
    """Read stories of a run again.

    Parameters
    ----------
    summary : mapping
        Contents of ``summary.json``.
    clusters : pyarrow.Table
        The run's table of clusters, which says where each row stands.
    ids : iterable of str
        The stories wanted; those that the run did not read are left out.
    moved : sequence of str
        Where the dump is now, file by file; by default where it was.
    also : tuple of str
        Uses to read besides those of the run: ``"url"``, ``"language"``.

    Returns
    -------
    Corpus
        Of the stories wanted at least, with the fields that the run used.

    Raises
    ------
    InputError
        When the run did not read files, when one of them is gone or has changed, or when those
        in `moved` hold other stories; says what is not as it was.
    """
    inputs = summary["inputs"]
    if "" in moved:
        raise InputError("the name of the dump is empty", remedy=_MOVED)
    unchanged = [] if moved else [_is_unchanged(source) for source in inputs]  # each is looked at
    rows_have_places = (
        clusters["place"].null_count == 0
        and not summary.get("repeated_ids")
        and all(source["format"] in _PLACED for source in inputs)
    )
    if unchanged and all(unchanged) and rows_have_places:
        return read_places(inputs, clusters, ids, also=also)
    return _read_whole(summary, list(moved) or [source["path"] for source in inputs], also)


def _is_unchanged(source: Mapping[str, Any]) -> bool:
    """Whether a file is as old and as large as it was; not to know is to say no."""
    path = source["path"]
    if path in {"-", "<memory>"}:
        raise InputError("the run did not read a file", file=path, remedy=_MOVED)
    try:
        found = Path(path).stat()
    except OSError as error:
        raise InputError("the dump of the run is gone", file=path, remedy=_MOVED) from error
    size = source.get("size_bytes", -1)
    if source.get("modified_ns", -1) < 0:
        return False
    if found.st_size != size:
        reason = f"the dump has changed: {found.st_size:,} bytes, {size:,} when the run read it"
        raise InputError(reason, file=path, remedy=ANOTHER_DUMP)
    return bool(found.st_mtime_ns == source["modified_ns"])


def _named_as_before(again: Corpus, inputs: Sequence[Mapping[str, Any]]) -> Corpus:
    """Give stories that are called by the path of their file the name that they had in the run."""
    pages = any(source["format"] == "page" for source in inputs)
    if not pages or len(again.sources) != len(inputs):
        return again
    ids = again.ids.to_pylist()
    for row, source in enumerate(again.row_source.tolist()):
        if again.sources[source].format == inputs[source]["format"] == "page":
            ids[row] = inputs[source]["path"]
    return replace(again, ids=strings_to_arrow(ids, pa.large_string()))


def _read_whole(summary: Mapping[str, Any], paths: list[str], also: tuple[str, ...] = ()) -> Corpus:
    inputs = summary["inputs"]
    # A name that all inputs share is asked for; the others were found in their input by themselves.
    fields = {
        role: name
        for role, name in (inputs[0]["fields"] if inputs else {}).items()
        if all(source["fields"].get(role) == name for source in inputs)
    }
    again = read(
        [Path(path) for path in paths],
        names=FieldNames(**{role: fields[role] for role in ROLES if fields.get(role)}, also=also),
        on_bad_row="skip" if _is_incomplete(summary) else "stop",
        duplicate_id=summary.get("duplicate_id", "stop"),
    )
    again = _named_as_before(again, inputs)
    reason = ""
    if len(again) != summary["stories"]:
        found = f"{len(again):,} {'story' if len(again) == 1 else 'stories'}"
        reason = f"{found}, but the run read {summary['stories']:,}"
    elif summary.get("stories_digest") not in {None, stories_digest(again)}:
        reason = "as many stories as the run read, but other ids or texts"
    if reason:
        again.close()
        raise InputError(reason, file=paths[0], remedy=ANOTHER_DUMP)
    return again


def _is_incomplete(summary: Mapping[str, Any]) -> bool:
    """Whether the run read on where rows were bad or missing."""
    return bool(summary["rejected"]) or any(one.get("ends_early") for one in summary["inputs"])


def why_unknown(
    summary: Mapping[str, Any], story_id: str, *, moved: Sequence[str] = ()
) -> InputError | None:
    """Say why a story is not among those of a run that set rows aside; None where it is not known.

    Parameters
    ----------
    summary : mapping
        Contents of ``summary.json``.
    story_id : str
        The id that was asked for.
    moved : sequence of str
        As for `read_stories`.
    """
    if not summary["rejected"]:
        return None
    try:
        paths = list(moved) or [source["path"] for source in summary["inputs"]]
        with _read_whole(summary, paths) as again:
            return set_aside(again, story_id)
    except InputError:
        return None


def set_aside(corpus: Corpus, story_id: str) -> InputError | None:
    """Return the error that says why a row with this id was set aside; None when none was."""
    bad = find_row_aside(corpus, story_id)
    if bad is None:
        return None
    return InputError(
        f"the row with the id {story_id!r} was set aside: {bad.reason}",
        file=corpus.sources[bad.source].path,
        line=bad.line,
        remedy="mend the row",
    )
