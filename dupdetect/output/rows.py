"""The rows of the input, kept, removed or rejected, as the bytes they were."""

from __future__ import annotations

import os
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from dupdetect.errors import OutputError
from dupdetect.output.atomic import atomic, atomic_packed, together
from dupdetect.output.json_rows import MADE_ROWS, copy_values, made_rows
from dupdetect.support.columns import to_arrow
from dupdetect.support.paths import shown_path
from dupdetect.support.spill import unnamed_file
from dupdetect.support.take import plain, restored, take_rows, without_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dupdetect.products.corpus import Corpus, Origin

__all__ = [
    "NOTE_KEY",
    "annotate_rows",
    "annotated_table",
    "copy_rows",
    "require_ending",
    "require_tables",
    "write_rejects",
]

NOTE_KEY = "dupdetect"
"""The key, or column, that says of a removed row what it matched; ``dupdetect_1`` if taken."""

_BLOCK = 1 << 20
_GROUP_ROWS = 16_384
_Path = str | os.PathLike[str]


_ENDINGS: dict[str, frozenset[str]] = {
    ".csv": frozenset({"csv"}),
    ".tsv": frozenset({"csv"}),
    ".parquet": frozenset({"parquet", "arrow"}),
    ".arrow": frozenset({"arrow"}),
    ".feather": frozenset({"arrow"}),
    ".jsonl": frozenset({"jsonl", "json", *MADE_ROWS}),
    ".ndjson": frozenset({"jsonl", "json", *MADE_ROWS}),
    ".json": frozenset({"jsonl", "json", *MADE_ROWS}),
    ".txt": frozenset({"jsonl", "json", "csv"}),
    ".text": frozenset({"jsonl", "json", "csv"}),
    ".md": frozenset(),
    ".html": frozenset(),
    ".htm": frozenset(),
    ".xml": frozenset(),
    ".xlsx": frozenset(),
    ".xls": frozenset(),
}
"""Which formats of rows may stand in a file of that name."""

_SAID = {
    "jsonl": ("JSON Lines", ".jsonl"),
    "json": ("JSON", ".json"),
    "csv": ("CSV", ".csv"),
    "parquet": ("Parquet", ".parquet"),
    "arrow": ("Arrow", ".arrow"),
}


def require_ending(corpus: Corpus, path: _Path) -> None:
    """Refuse a name for rows that ends in what they are not; rows keep their format.

    Parameters
    ----------
    corpus : Corpus
        Whose rows are to be written.
    path : path-like
        Endings of packed files are passed over.

    Raises
    ------
    OutputError
        When the ending is that of another format.
    """
    endings = [one.lower() for one in Path(path).suffixes]
    while endings and endings[-1] in {".gz", ".zst", ".bz2"}:
        endings.pop()
    allowed = _ENDINGS.get(endings[-1]) if endings else None
    form = corpus.sources[0].format if corpus.sources else "jsonl"
    if allowed is not None and form not in allowed:
        said, ending = _SAID.get(form, _SAID["jsonl"])
        rows = "stories of texts and pages" if form in MADE_ROWS else "rows, written as they came,"
        raise OutputError(
            f"{path}: ends in {endings[-1]}, and {rows} are {said}; "
            f"give it a name that ends in {ending}"
        )


def require_tables(corpus: Corpus) -> None:
    """Refuse rows that cannot stand in a table: those of text formats.

    Raises
    ------
    OutputError
        When an input is neither Parquet nor Arrow.
    """
    for source, origin in zip(corpus.sources, corpus.origins, strict=True):
        if origin.open_table is None:
            raise OutputError(
                f"{source.path}: rows of {source.format} cannot stand in Parquet unchanged; give a "
                "dump in Parquet or Arrow, or use 'cluster --also parquet-by-day'"
            )


def annotated_table(corpus: Corpus, notes: Sequence[bytes]) -> pa.Table:
    """Return all rows of tables in their order, with the notes as `annotate_rows` adds them."""
    import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load)

    with unnamed_file() as file:
        annotate_rows(corpus, file, notes)
        file.seek(0)
        if corpus.sources[0].format == "parquet":
            return pq.read_table(file)
        return pa.ipc.open_file(file).read_all()


def annotate_rows(corpus: Corpus, path: _Path | IO[bytes], notes: Sequence[bytes]) -> None:
    """Write all rows in their order, each with a note as `copy_rows` adds it to removed rows.

    Parameters
    ----------
    corpus : Corpus
        Open, its inputs unchanged.
    path : path-like or IO[bytes]
        A path, or a file that is open for writing bytes.
    notes : sequence of bytes
        A JSON object for each row.

    Raises
    ------
    OutputError, InputError
        As `copy_rows`.
    """
    with unnamed_file() as nothing:
        copy_rows(corpus, np.zeros(len(corpus), np.bool_), nothing, path, notes)


def copy_rows(
    corpus: Corpus,
    keep: NDArray[np.bool_],
    kept_path: _Path | IO[bytes],
    removed_path: _Path | IO[bytes] | None = None,
    notes: Sequence[bytes] = (),
) -> None:
    """Write the rows to keep, and into another file those that are removed.

    A kept row is byte for byte what it was, its line end included. A removed row has
    ``,"dupdetect":NOTE`` put before the end of its object, or NOTE in one more column of a CSV
    or table. Parquet and Arrow stay what they are; files whose names end in .gz, .zst or .bz2
    are packed. Blank lines and a byte order mark are in neither. Both files appear when all of
    it has worked, the removed rows first, so that no row is ever in no file.

    Parameters
    ----------
    corpus : Rows
        Open, its inputs unchanged.
    keep : ndarray of bool
        Shape (n,).
    kept_path : path-like or IO[bytes]
        A path, or a file that is open for writing bytes.
    removed_path : path-like, optional
        None: the removed rows are not written.
    notes : sequence of bytes
        A JSON object for each removed row, in order; needed with `removed_path`.

    Raises
    ------
    OutputError
        When a file cannot be written, the inputs differ in format, header or schema, or are
        Python lists.
    InputError
        When an input changed since it was read.
    ValueError
        When `keep` or `notes` are not of the right length.
    """
    count = len(corpus.row_source)
    if len(keep) != count:
        raise ValueError(f"keep: {len(keep)} values, expected one for each of {count} rows")
    removed = count - int(np.count_nonzero(keep))
    if removed_path is not None and len(notes) != removed:
        raise ValueError(f"notes: {len(notes)} given, expected one for each of {removed} rows")
    _require_one_format(corpus)
    form = corpus.sources[0].format
    if form == "json" or form in MADE_ROWS:
        copy_values(
            _values(corpus) if form == "json" else made_rows(corpus),
            keep,
            (kept_path, removed_path),
            notes,
            is_array=corpus.origins[0].header == b"[",
            note=_json_note,
        )
        return
    if corpus.origins[0].open_table is not None:
        with together():
            _copy_table_rows(corpus, keep, kept_path, removed_path, notes)
        return
    _copy_lines(corpus, keep, kept_path, removed_path, notes)


def _copy_lines(
    corpus: Corpus,
    keep: NDArray[np.bool_],
    kept_path: _Path | IO[bytes],
    removed_path: _Path | IO[bytes] | None,
    notes: Sequence[bytes],
) -> None:
    with together(), ExitStack() as stack:
        kept = _Out(stack.enter_context(atomic_packed(kept_path)))
        out = None if removed_path is None else stack.enter_context(atomic_packed(removed_path))
        aside = None if out is None else _Out(out)
        header = corpus.origins[0].header
        kept.write(header)
        kept.end_row()
        note: Callable[[bytes, bytes], bytes] = _json_note
        if corpus.sources[0].format == "csv":
            note = _csv_note(corpus.origins[0].delimiter)
            if aside is not None and header:
                aside.write(note(header, NOTE_KEY.encode()))
                aside.end_row()
        left = iter(notes)
        for source, origin in enumerate(corpus.origins):
            rows = np.flatnonzero(corpus.row_source == source)
            many = corpus.sources[source].format == "jsonl"
            asked = rows if aside is not None else rows[keep[rows]]
            starts, ends, is_kept = _pieces(corpus, keep, asked)
            with _Ranges(origin) as ranges:
                for group in _groups(is_kept, many):
                    if is_kept[group.start]:
                        ranges.copy(starts[group], ends[group], kept)
                    elif aside is not None:
                        for start, end in zip(
                            starts[group].tolist(), ends[group].tolist(), strict=True
                        ):
                            aside.write(note(ranges.row(start, end), next(left)))
                            aside.end_row()


def _values(corpus: Corpus) -> Iterator[bytes]:
    """Yield the rows of JSON files."""
    for source, place in enumerate(corpus.origins):
        rows = np.flatnonzero(corpus.row_source == source)
        with _Ranges(place) as ranges:
            for row in rows.tolist():
                yield ranges.row(int(corpus.row_start[row]), int(corpus.row_end[row]))


def write_rejects(corpus: Corpus, path: _Path) -> None:
    """Write the rows that were set aside, verbatim; of tables and lists their number and reason.

    Raises
    ------
    OutputError
        When the file cannot be written.
    InputError
        When an input changed since it was read.
    """
    with atomic_packed(path) as file:
        out = _Out(file)
        for source, origin in enumerate(corpus.origins):
            rejected = [bad for bad in corpus.rejected if bad.source == source]
            if origin.open_bytes is None:
                for bad in rejected:
                    said = {
                        "path": shown_path(corpus.sources[source].path),
                        "row": bad.line,
                        "reason": bad.reason,
                    }
                    out.write(orjson.dumps(said) + b"\n")
            elif rejected:
                # A line's end goes with it; behind a value there is none.
                kind = corpus.sources[source].format
                places = np.array([(bad.start, bad.end) for bad in rejected], np.int64)
                starts, ends = places[:, 0], places[:, 1] + (kind != "json")
                with _Ranges(origin) as ranges:
                    for group in _groups(np.ones(len(rejected), np.bool_), kind == "jsonl"):
                        ranges.copy(starts[group], ends[group], out)


class _Out:
    """Rows one after the other: the one without a line end gets it when another follows."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._last = b"\n"
        self._ended = True

    def write(self, block: bytes | memoryview) -> None:
        if not len(block):
            return
        if self._ended and self._last != b"\n":
            self._file.write(b"\n")
        self._ended = False
        self._file.write(block)
        self._last = bytes(block[-1:])

    def end_row(self) -> None:
        self._ended = True


class _Ranges:
    """Reads ranges of a source that follow each other, block by block."""

    def __init__(self, origin: Origin) -> None:
        if origin.open_bytes is None:
            raise OutputError("the rows of this input have no bytes to copy")
        self._open = origin.open_bytes
        self._file = self._open()
        self._block = memoryview(b"")
        self._at = 0  # where the block begins in the source

    def __enter__(self) -> _Ranges:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._file.close()
        if kind is None:
            self._open().close()  # raises when the input changed under our hands

    def row(self, start: int, end: int) -> bytes:
        """Return the bytes of a range; the last one may go beyond the source."""
        pieces: list[memoryview] = []
        while start < end and self._reach(start):
            pieces.append(self._block[start - self._at : end - self._at])
            start += len(pieces[-1])
        return b"".join(pieces)

    def copy(self, starts: NDArray[np.int64], ends: NDArray[np.int64], out: _Out) -> None:
        """Write ranges that follow each other, as one row; the last may go beyond the source."""
        first = 0
        while first < starts.size and self._reach(max(int(starts[first]), self._at)):
            behind = self._at + len(self._block)
            last = int(np.searchsorted(starts, behind))  # those that begin in the block
            out.write(
                _joined(
                    self._block,
                    np.maximum(starts[first:last] - self._at, 0),
                    np.minimum(ends[first:last], behind) - self._at,
                )
            )
            first = last
            if ends[last - 1] > behind:
                first -= 1
                self._next()
        out.end_row()

    def _reach(self, place: int) -> bool:
        """Read on until a place is in the block; False where the source ends before."""
        while place >= self._at + len(self._block):
            if not self._next():
                return False
        return True

    def _next(self) -> bool:
        self._at += len(self._block)
        self._block = memoryview(self._file.read(_BLOCK))
        return bool(self._block)


def _joined(block: memoryview, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> memoryview:
    """Return the bytes of ranges of a block, one behind the other."""
    if starts.size == 1:
        return block[starts[0] : ends[0]]
    edges = np.stack([starts, ends], axis=1).ravel()
    buffers = [None, pa.py_buffer(edges), pa.py_buffer(block)]
    parts = pa.LargeBinaryArray.from_buffers(pa.large_binary(), edges.size - 1, buffers)
    wanted = parts.take(to_arrow(np.arange(0, edges.size, 2)))
    return memoryview(wanted.buffers()[2])[: int((ends - starts).sum())]


def _groups(is_kept: NDArray[np.bool_], many: bool) -> Iterator[slice]:
    """Yield which pieces are copied together: one by one, or all between two of the other kind.

    Of JSON Lines every row but the last has its line end: rows are copied together.
    """
    edges = np.arange(1, is_kept.size)
    if many:
        edges = np.flatnonzero(is_kept[1:] != is_kept[:-1]) + 1
    starts = [0, *edges.tolist()] if is_kept.size else []
    for start, end in pairwise([*starts, is_kept.size]):
        yield slice(start, end)


def _require_one_format(corpus: Corpus) -> None:
    """One output holds rows of one kind only."""
    first, leading = corpus.sources[0], corpus.origins[0]
    unnamed = first.format not in MADE_ROWS
    if leading.open_bytes is None and leading.open_table is None and unnamed:
        raise OutputError(
            "the rows were given as a Python list and have no bytes to copy; "
            "choose them by the ids of Clustering.canonical_ids()"
        )
    for source, origin in zip(corpus.sources, corpus.origins, strict=True):
        if source.format != first.format or (origin.open_table is None) != (
            leading.open_table is None
        ):
            raise OutputError(
                f"{source.path} is {source.format} and {first.path} is {first.format}; "
                "rows of both cannot stand in one file: run once for each"
            )
        if origin.header.rstrip(b"\r\n") != leading.header.rstrip(b"\r\n"):
            raise OutputError(
                f"{source.path} and {first.path} have different columns; "
                "their rows cannot stand in one file: run once for each"
            )


def _pieces(
    corpus: Corpus, keep: NDArray[np.bool_], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return byte ranges to copy at once, line ends included, and which to keep.

    Rows are kept together where nothing stands between them.
    """
    if not rows.size:
        return rows, rows, keep[rows]
    kept = keep[rows]
    joined = kept[1:] & kept[:-1]
    joined &= corpus.row_start[rows[1:]] == corpus.row_end[rows[:-1]] + 1
    edges = np.flatnonzero(~joined)
    firsts = rows[np.concatenate([[0], edges + 1])]
    lasts = rows[np.concatenate([edges, [rows.size - 1]])]
    ends = corpus.row_end[lasts] + 1
    return corpus.row_start[firsts], ends, keep[firsts]


def _json_note(row: bytes, note: bytes) -> bytes:
    at = row.rindex(b"}")
    key = NOTE_KEY
    # A key written with escapes needs a look as well.
    if NOTE_KEY.encode() in row or b"\\u" in row:
        taken = orjson.loads(row)
        number = 0
        while key in taken:
            number += 1
            key = f"{NOTE_KEY}_{number}"
    return b'%s,"%s":%s%s' % (row[:at], key.encode(), note, row[at:])


def _csv_note(delimiter: str) -> Callable[[bytes, bytes], bytes]:
    def annotated(row: bytes, note: bytes) -> bytes:
        bare = row.rstrip(b"\r\n")
        cell = b'"%s"' % note.replace(b'"', b'""') if b'"' in note else note
        return bare + delimiter.encode() + cell + row[len(bare) :]

    return annotated


class _TableOut:
    """Collects batches to row groups of a useful size."""

    def __init__(self, writer: Any, schema: pa.Schema) -> None:  # noqa: ANN401
        self._writer = writer
        self._schema = schema
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._held.append(batch)
            self._rows += batch.num_rows
        if self._rows >= _GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        if self._held:
            batches = [self._as_written(batch) for batch in self._held]
            self._writer.write_table(pa.Table.from_batches(batches, self._schema))
        self._held, self._rows = [], 0

    def _as_written(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if batch.schema.equals(self._schema):
            return batch
        columns = [
            column if column.type == field.type else restored(plain(column), field.type)
            for column, field in zip(batch.columns, self._schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)


def _copy_table_rows(
    corpus: Corpus,
    keep: NDArray[np.bool_],
    kept_path: _Path | IO[bytes],
    removed_path: _Path | IO[bytes] | None,
    notes: Sequence[bytes],
) -> None:
    """Copy the rows of tables as `copy_rows` says; notes are a column of strings."""
    schema = _common_schema(corpus)
    name, number = NOTE_KEY, 0
    while name in schema.names:
        number += 1
        name = f"{NOTE_KEY}_{number}"
    noted = schema.append(pa.field(name, pa.string()))
    kind = corpus.sources[0].format
    try:
        with ExitStack() as stack:
            kept = _open(stack, kept_path, kind, schema)
            aside = None if removed_path is None else _open(stack, removed_path, kind, noted)
            _copy_batches(corpus, keep, kept, aside, notes)
    except (
        pa.ArrowInvalid,
        pa.ArrowNotImplementedError,
    ) as error:  # those of reading are errors of the input by now
        said = str(error).splitlines()[0]
        raise OutputError(
            f"the rows cannot be copied: {said}; leave such a column out, or write to a .parquet "
            "or an .arrow, whichever this is not"
        ) from error


def _copy_batches(
    corpus: Corpus,
    keep: NDArray[np.bool_],
    kept: _TableOut,
    aside: _TableOut | None,
    notes: Sequence[bytes],
) -> None:
    used = 0
    for source, origin in enumerate(corpus.origins):
        rows = np.flatnonzero(corpus.row_source == source)
        number_in_source = corpus.row_line[rows] - 1
        if origin.open_table is None:
            continue
        first = 0
        with origin.open_table() as reader:
            for batch in reader:
                last = first + batch.num_rows
                low, high = np.searchsorted(number_in_source, [first, last])
                here, kept_here = number_in_source[low:high] - first, keep[rows[low:high]]
                kept.write(take_rows(batch, here[kept_here]))
                if aside is not None:
                    gone = take_rows(batch, here[~kept_here])
                    said = [note.decode() for note in notes[used : used + gone.num_rows]]
                    columns = [*gone.columns, pa.array(said, pa.string())]
                    named = [*gone.schema.names, NOTE_KEY]
                    aside.write(pa.RecordBatch.from_arrays(columns, names=named))
                    used += gone.num_rows
                first = last
    kept.flush()
    if aside is not None:
        aside.flush()


def _common_schema(corpus: Corpus) -> pa.Schema:
    schema: pa.Schema | None = None
    for source, origin in zip(corpus.sources, corpus.origins, strict=True):
        if origin.open_table is None:
            continue
        with origin.open_table() as reader:
            found = reader.schema
        if schema is not None and not found.equals(schema):
            raise OutputError(
                f"{source.path} and {corpus.sources[0].path} have different columns; "
                "their rows cannot stand in one file: run once for each"
            )
        schema = schema if schema is not None else found
    return schema


def _open(stack: ExitStack, path: _Path | IO[bytes], kind: str, schema: pa.Schema) -> _TableOut:
    file = stack.enter_context(atomic(path))
    named = isinstance(path, str | os.PathLike) and Path(path).suffix == ".parquet"
    if kind == "parquet" or named:
        import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load)

        fields = [field.with_type(without_runs(field.type)) for field in schema]  # it has none
        schema = pa.schema(fields, schema.metadata)
        writer = stack.enter_context(pq.ParquetWriter(file, schema, compression="zstd"))
    else:
        writer = stack.enter_context(pa.ipc.new_file(pa.output_stream(file), schema))
    return _TableOut(writer, schema)
