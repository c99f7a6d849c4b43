"""The one entrance: whatever holds stories -> `Corpus`."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dupdetect.corpus.builder import CorpusBuilder
from dupdetect.corpus.fields import FieldNames
from dupdetect.corpus.formats import find_format, is_html
from dupdetect.corpus.one_row import corpus_of_row
from dupdetect.corpus.read_ahead import read_ahead
from dupdetect.corpus.readers.arrow import Tables, table_file
from dupdetect.corpus.readers.base import Reader, take_batches
from dupdetect.corpus.readers.delimited import Delimited
from dupdetect.corpus.readers.jsonl import JsonLines
from dupdetect.corpus.readers.objects import read_memory
from dupdetect.corpus.streams import files_in, is_remote, open_input
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus, DuplicateId, OnBadRow, Origin, Source
from dupdetect.support.arguments import require_choice

if TYPE_CHECKING:
    from dupdetect.corpus.readers.json_values import JsonValues
    from dupdetect.corpus.readers.newsml import NewsXml
    from dupdetect.corpus.readers.pages import Page
    from dupdetect.corpus.readers.warc import WebArchive
    from dupdetect.products.corpus import Format

__all__ = ["expand", "read"]

_LONGEST_PATH = 4096
_SHOWN = 80
_MISSING = "cannot be opened: No such file or directory"
_NAMES = FieldNames()
_log = logging.getLogger("dupdetect")
_log.addHandler(logging.NullHandler())  # silent unless the caller wants to hear


def read(
    source: object,
    *,
    names: FieldNames = _NAMES,
    on_bad_row: OnBadRow = "stop",
    duplicate_id: DuplicateId = "version",
    memory_bytes: int = 128 << 20,
    threads: int = 1,
    restore_lost: bool = True,
) -> Corpus:
    """Read stories.

    Parameters
    ----------
    source : object
        One path as a str or `pathlib.Path` (``"-"`` is standard input), or a list of
        `pathlib.Path`: files of JSON Lines, CSV, Parquet or Arrow, plain or as gzip, zstd or bz2
        (found by content), patterns such as ``*.jsonl``, and folders. Or an object that holds
        the stories, see `read_memory`: tables and frames, rows, a list of str, which are texts
        and never paths.
    names : FieldNames
        Which fields to use; those left out are looked for by name.
    on_bad_row : OnBadRow
        ``"stop"`` raises at the first row that is no story, ``"skip"`` sets such rows aside.
    duplicate_id : DuplicateId
        What to do about two rows with one id: ``"version"`` reads both, the second one of ``a``
        called ``a#2``; ``"last"`` sets all but the last aside; ``"stop"`` takes the later one for
        a bad row.
    memory_bytes : int
        Texts beyond this many bytes are kept in a temporary file. All else is kept in memory.
    threads : int
        With more than one, reading ahead, unpacking and keeping texts run while rows are parsed.
    restore_lost : bool
        Whether texts that lost letters get those that other stories have there.

    Returns
    -------
    Corpus
        Rows in the order of the input. A row without an id field is named by its number, from
        0, over the whole input, bad rows counted; blank lines of JSON Lines are no rows.

    Raises
    ------
    InputError
        With file, line, reason and remedy: nothing to read, a format or a field that is not
        there, a damaged or changing file, a bad row. With ``"skip"`` bad rows are in
        `Corpus.rejected` instead.

    Examples
    --------
    >>> corpus = read([{"id": 7, "body": "One story.", "date": "1970-01-02"}])
    >>> corpus.ids.to_pylist(), corpus.published_us.tolist()
    (['7'], [86400000000])
    """
    require_choice("on_bad_row", on_bad_row, ("stop", "skip"))
    require_choice("duplicate_id", duplicate_id, ("version", "last", "stop"))
    one = _only_row(source)
    if one is not None:
        alone = corpus_of_row(one, names, duplicate_id)
        if alone is not None:
            _tell(alone)
            return alone
    builder = CorpusBuilder(
        on_bad_row, memory_bytes, threads, duplicate_id, names.also, restore_lost
    )
    try:
        paths = _paths(source)
        _refuse_repeated(paths or [])
        if paths is None:
            read_memory(builder, source, names)
        for path in paths or ():
            _read_file(builder, path, names, threads=threads)
        corpus = builder.finish()
    except BaseException:
        builder.abandon()
        raise
    _tell(corpus)
    return corpus


def _only_row(source: object) -> dict[str, Any] | None:
    """Return the row where there is only one, in a list."""
    only = source[0] if isinstance(source, list) and len(source) == 1 else None
    return only if isinstance(only, dict) else None


def _tell(corpus: Corpus) -> None:
    """Log what a caller should know of what was read."""
    _log.info("stories read: %d, from inputs: %d", len(corpus), len(corpus.sources))
    if bad := len(corpus.rejected) - corpus.superseded:
        _log.warning("rows set aside: %d", bad)
    if corpus.superseded:
        _log.warning("rows set aside, as a later one has their id: %d", corpus.superseded)
    for source in corpus.sources:
        if source.ends_early:
            _log.warning("%s: ends early, so that rows may be missing", source.path)
    if corpus.repeated_ids:
        _log.warning("rows renamed, as they have the id of another: %d", corpus.repeated_ids)
    for use, count in corpus.unread.items():
        _log.warning("%s: values that could not be read and count as unknown: %d", use, count)


def _paths(source: object) -> list[str] | None:
    """Return the paths that `source` names; None when it holds the stories itself."""
    if isinstance(source, str | os.PathLike):
        return expand(source)
    if not isinstance(source, Sequence) or isinstance(source, bytes | bytearray) or not source:
        return None
    if all(isinstance(one, os.PathLike) for one in source):
        return [path for one in source for path in expand(one)]
    if all(isinstance(one, str) and names_file(one) for one in source):
        raise InputError(
            f"a list of strings is a list of texts, and {source[0]!r} names a file",
            remedy="give files as pathlib.Path objects",
        )
    return None


def _refuse_repeated(paths: Sequence[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        real = path if is_remote(path) else os.path.realpath(path)
        if real in seen:
            raise InputError("this file is named twice", file=path, remedy="name it once")
        seen.add(real)


def expand(source: str | os.PathLike[str]) -> list[str]:
    """Return the path, or the files that a pattern fits or a folder holds, in order.

    Raises
    ------
    InputError
        When nothing fits the pattern, the folder holds no stories, or a str is no path.
    """
    path = os.fspath(source)
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if isinstance(source, str) and not _may_be_path(source):
        raise InputError(
            f"{source[:40]!r} is no path",
            remedy="give texts in a list, and a file by a path that exists",
        )
    if path in {"", "-"} or is_remote(path):
        return [path]
    place = Path(path)
    if _exists(place):
        return files_in(place) if place.is_dir() else [path]
    if not any(sign in path for sign in "*?["):
        if isinstance(source, str):
            raise InputError(
                _MISSING,
                file=path if len(path) <= _SHOWN else f"{path[:_SHOWN]}...",
                remedy="check the name; texts are given in a list",
            )
        return [path]  # says why when it is opened
    names = glob(path, recursive=True)  # noqa: PTH207  (one that pathlib cannot begin at)
    found = sorted(name for name in names if Path(name).is_file())
    if not found:
        remedy = "no file fits this pattern: check it"
        raise InputError(_MISSING, file=path, remedy=remedy)
    return found


def _may_be_path(text: str) -> bool:
    return len(text) <= _LONGEST_PATH and "\n" not in text and "\0" not in text


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def names_file(text: str) -> bool:
    """Tell whether a text is the name of a file that is there."""
    try:
        return bool(text) and _may_be_path(text) and Path(text).is_file()
    except (OSError, ValueError):
        return False


def _read_file(builder: CorpusBuilder, path: str, names: FieldNames, *, threads: int) -> None:
    opened = open_input(path)
    if opened.copy is not None:
        builder.kept_files.append(opened.copy)
    builder.path = path
    reject = partial(builder.reject, path=path)
    origin = Origin(open_bytes=opened.reopen())
    try:
        kind = find_format(opened.stream.head(), path=path, names=names)
        reader: Reader
        if kind in {"parquet", "arrow"}:
            table = table_file(opened, kind)
            reader = Tables(table, kind=kind, path=path, names=names, reject=reject)
            origin = Origin(open_table=table)
            fields = take_batches(builder, reader)
        elif kind in {"csv", "json"}:
            reader = rows = _rows_of(kind)(opened.stream, path=path, names=names, reject=reject)
            fields = take_batches(builder, reader)
            origin = replace(origin, delimiter=rows.delimiter, header=rows.header)
        elif kind != "jsonl":
            reader = _stories_of(kind)(opened.stream, path=path, reject=reject)
            fields = take_batches(builder, reader)
            if kind != "page" or is_html(path):
                origin = Origin()
        else:
            with read_ahead(opened.stream, threads=threads) as stream:
                reader = JsonLines(stream, path=path, names=names, reject=reject)
                fields = take_batches(builder, reader)
        opened.require_unchanged()
    finally:
        opened.stream.close()
    builder.blank_lines += reader.blank_lines
    modified_ns = -1 if opened.stamp is None else opened.stamp[1]
    source = Source(path, kind, opened.stream.compression, fields, opened.size_bytes, modified_ns)
    builder.finish_source(source, origin, rows=reader.rows, seen=reader.seen)


def _rows_of(kind: Format) -> type[Delimited | JsonValues]:
    if kind == "csv":
        return Delimited
    from dupdetect.corpus.readers.json_values import JsonValues  # noqa: PLC0415  (seldom needed)

    return JsonValues


def _stories_of(kind: Format) -> type[Page | NewsXml | WebArchive]:
    """Return the reader of what holds no rows that could be copied."""
    # Each is seldom needed, and what it needs is slow to load.
    if kind == "page":
        from dupdetect.corpus.readers.pages import Page  # noqa: PLC0415

        return Page
    if kind == "xml":
        from dupdetect.corpus.readers.newsml import NewsXml  # noqa: PLC0415

        return NewsXml
    from dupdetect.corpus.readers.warc import WebArchive  # noqa: PLC0415

    return WebArchive
