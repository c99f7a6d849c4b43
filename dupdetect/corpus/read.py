"""The one entrance: whatever holds stories -> `Corpus`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dupdetect.corpus.builder import CorpusBuilder
from dupdetect.corpus.fields import FieldNames
from dupdetect.corpus.formats import find_format
from dupdetect.corpus.read_ahead import Prefetched
from dupdetect.corpus.readers.arrow import Tables, table_file
from dupdetect.corpus.readers.delimited import Delimited
from dupdetect.corpus.readers.jsonl import JsonLines
from dupdetect.corpus.readers.objects import RowStream, text_batches
from dupdetect.corpus.streams import Opened, open_input
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus, OnBadRow, Origin, Source

if TYPE_CHECKING:
    from dupdetect.corpus.readers.base import BadRow, Batch

__all__ = ["read"]

_MEMORY = "<memory>"
_DATA_NAMES = {
    ".jsonl", ".ndjson", ".json", ".jl", ".csv", ".tsv", ".parquet", ".arrow", ".feather", ".gz",
    ".zst", ".bz2",
}  # fmt: skip
_LONGEST_PATH = 4096
_NAMES = FieldNames()


def read(
    source: object,
    *,
    names: FieldNames = _NAMES,
    on_bad_row: OnBadRow = "stop",
    memory_bytes: int = 512 << 20,
    threads: int = 1,
) -> Corpus:
    """Read stories.

    Parameters
    ----------
    source : object
        A path (``"-"`` is standard input) or a list of paths to JSON Lines, CSV, Parquet or
        Arrow, plain or as gzip, zstd or bz2 (found by content); an Arrow table, a pandas or
        polars data frame; a list of texts or of dictionaries. In a list of strings each names
        a file, or none does: then they are texts. `pathlib.Path` leaves no doubt.
    names : FieldNames
        Which fields to use; those left out are looked for by name.
    on_bad_row : OnBadRow
        ``"stop"`` raises at the first row that is no story, ``"skip"`` sets such rows aside.
    memory_bytes : int
        Texts beyond this many bytes are kept in a temporary file. All else is kept in memory.
    threads : int
        With more than one, reading ahead, unpacking and keeping texts run while rows are parsed.

    Returns
    -------
    Corpus
        Rows in the order of the input. A row without an id field is named by its number, from
        0, over the whole input, bad rows counted; blank lines of JSON Lines are no rows.

    Raises
    ------
    InputError
        With file, line, reason and remedy: nothing to read, a format or a field that is not
        there, a damaged or changing file, a bad row, two rows with one id. With ``"skip"`` bad
        rows, and the later of two rows with one id, are in `Corpus.rejected` instead.

    Examples
    --------
    >>> corpus = read([{"id": 7, "body": "One story.", "date": "1970-01-02"}])
    >>> corpus.ids.to_pylist(), corpus.published_us.tolist()
    (['7'], [86400000000])
    """
    builder = CorpusBuilder(on_bad_row, memory_bytes, threads)
    try:
        paths = _paths(source)
        if paths is None:
            _read_memory(builder, source, names)
        for path in paths or ():
            _read_file(builder, path, names, threads=threads)
        return builder.finish()
    except BaseException:
        builder.abandon()
        raise


def _paths(source: object) -> list[str] | None:
    """Return the paths that `source` names; None when it holds the stories itself."""
    if isinstance(source, str | os.PathLike):
        return [os.fspath(source)]
    if not isinstance(source, Sequence) or not source:
        return None
    if all(isinstance(one, os.PathLike) for one in source):
        return [os.fspath(one) for one in source]
    if not all(isinstance(one, str) for one in source):
        return None
    paths = [one for one in source if _names_a_file(one)]
    if not paths:
        return None
    if len(paths) < len(source):
        text = next(one for one in source if not _names_a_file(one))
        raise InputError(
            f"{paths[0]!r} names a file and {text[:40]!r} does not",
            remedy="give only texts, or only paths (as pathlib.Path)",
        )
    return paths


def _names_a_file(text: str) -> bool:
    if len(text) > _LONGEST_PATH or "\n" in text or "\0" in text:
        return False
    if text == "-" or (" " not in text and PurePath(text).suffix.lower() in _DATA_NAMES):
        return True
    try:
        return bool(text) and Path(text).is_file()
    except OSError:
        return False


def _read_file(builder: CorpusBuilder, path: str, names: FieldNames, *, threads: int) -> None:
    opened = open_input(path)
    if opened.copy is not None:
        builder.kept_files.append(opened.copy)
    try:
        kind = find_format(opened.stream.head(), path=path, names=names)
        reject = partial(builder.reject, path=path)
        if kind in {"parquet", "arrow"}:
            table = table_file(opened, kind)
            tables = Tables(table, kind=kind, path=path, names=names, reject=reject)
            for batch in tables.batches():
                builder.add(batch)
            origin, rows, fields = Origin(open_table=table), tables.rows, tables.fields
        elif kind == "csv":
            records = Delimited(opened.stream, path=path, names=names, reject=reject)
            for batch in records.batches():
                builder.add(batch)
            origin = Origin(
                open_bytes=opened.reopen(), delimiter=records.delimiter, header=records.header
            )
            rows, fields = records.rows, records.fields
            builder.blank_lines += records.blank_lines
        else:
            rows, fields = _read_lines(builder, opened, names, threads=threads)
            origin = Origin(open_bytes=opened.reopen())
        opened.require_unchanged()
    finally:
        opened.stream.close()
    dotted = {use: ".".join(keys) for use, keys in fields.items()}
    modified_ns = -1 if opened.stamp is None else opened.stamp[1]
    source = Source(path, kind, opened.stream.compression, dotted, opened.size_bytes, modified_ns)
    builder.finish_source(source, origin, rows=rows)


def _read_lines(
    builder: CorpusBuilder, opened: Opened, names: FieldNames, *, threads: int
) -> tuple[int, dict[str, tuple[str, ...]]]:
    stream = Prefetched(opened.stream) if threads > 1 else opened.stream
    reject = partial(builder.reject, path=opened.path)
    lines = JsonLines(stream, path=opened.path, names=names, reject=reject)
    try:
        for batch in lines.batches():
            builder.add(batch)
    finally:
        if isinstance(stream, Prefetched):
            stream.stop()
    builder.blank_lines += lines.blank_lines
    return lines.rows, lines.fields


def _read_memory(builder: CorpusBuilder, source: object, names: FieldNames) -> None:
    def reject(bad: BadRow, *, line: int, start: int, end: int) -> None:
        del start, end  # of bytes that exist nowhere
        builder.reject(bad, line=line, start=-1, end=-1, path=_MEMORY)

    if hasattr(source, "__arrow_c_stream__"):
        table = _as_table(source)

        def open_rows(columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
            return (table if columns is None else table.select(columns)).to_reader()

        tables = Tables(open_rows, kind="arrow", path=_MEMORY, names=names, reject=reject)
        for batch in tables.batches():
            builder.add(batch)
        dotted = {use: ".".join(keys) for use, keys in tables.fields.items()}
        described = Source(_MEMORY, "arrow", None, dotted, table.nbytes)
        builder.finish_source(described, Origin(open_table=open_rows), rows=len(table))
        return
    if not isinstance(source, Iterable) or isinstance(source, bytes | Mapping):
        raise InputError(
            f"stories cannot be read from {type(source).__name__}",
            remedy="give a path, an Arrow table, a data frame, or a list of texts or dictionaries",
        )
    rows: list[Any] = list(source)
    if not rows:
        raise InputError("no stories: the list is empty", remedy="give at least one")
    if isinstance(rows[0], str):
        for batch in text_batches(rows, reject=reject):
            builder.add(batch)
        described = Source(_MEMORY, "text", None, {"text": "text"}, -1)
    else:
        lines = JsonLines(RowStream(rows), path=_MEMORY, names=names, reject=reject)
        for batch in lines.batches():
            builder.add(_without_ranges(batch))
        dotted = {use: ".".join(keys) for use, keys in lines.fields.items()}
        described = Source(_MEMORY, "jsonl", None, dotted, -1)
    builder.finish_source(described, Origin(), rows=len(rows))


def _without_ranges(batch: Batch) -> Batch:
    nowhere = np.full(batch.line.size, -1)
    return replace(batch, start=nowhere, end=nowhere)


def _as_table(source: object) -> pa.Table:
    if isinstance(source, pa.Table):
        return source
    try:
        return pa.table(source)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        said = str(error).splitlines()[0]
        raise InputError(
            f"the {type(source).__name__} has a column that is no Arrow type: {said}",
            remedy="give each column one type",
        ) from error
