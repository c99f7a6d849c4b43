"""Rows of a dump read by their place: byte ranges of text files, row numbers of tables."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.corpus.builder import CorpusBuilder
from dupdetect.corpus.fields import ALSO, ROLES, FieldNames
from dupdetect.corpus.readers.arrow import Tables, table_file
from dupdetect.corpus.readers.base import mended
from dupdetect.corpus.readers.delimited import Delimited
from dupdetect.corpus.readers.jsonl import JsonLines
from dupdetect.corpus.streams import open_input, reading
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus, Origin, Source
from dupdetect.support.columns import to_arrow, to_numpy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dupdetect.corpus.readers.base import BadRow, Batch

__all__ = ["ANOTHER_DUMP", "read_places"]

ANOTHER_DUMP = "run 'dupdetect cluster' again, or give the dump as it was with --stories FILE"
"""What to do about a dump that is not the one of the run."""

_HEAD_BYTES = 1 << 20  # of a CSV, in which its header ends
_NEAR_BYTES = 1 << 16  # rows that stand closer are read together


def read_places(
    inputs: Sequence[Mapping[str, Any]],
    clusters: pa.Table,
    ids: Iterable[str],
    *,
    also: tuple[str, ...] = (),
) -> Corpus:
    """Read some stories of a run from where they stand in its inputs.

    Parameters
    ----------
    inputs : sequence of mappings
        As ``summary.json`` describes them.
    clusters : pyarrow.Table
        The run's table of clusters, with the place of every row.
    ids : iterable of str
        The stories wanted; those that are not in the table are left out.
    also : tuple of str
        Uses to read besides those of the run.

    Returns
    -------
    Corpus
        In the order of the inputs.

    Raises
    ------
    InputError
        When a row is not the story that stood there.
    """
    wanted = pa.array(sorted(set(ids)), clusters.schema.field("id").type)
    chosen = clusters.filter(pc.is_in(clusters["id"], value_set=wanted)).combine_chunks()
    places = to_numpy(chosen["place"].combine_chunks().flatten()).reshape(-1, 4)
    order = np.lexsort((places[:, 2], places[:, 1], places[:, 0]))
    places = places[order]
    names = chosen["id"].combine_chunks().cast(pa.large_string()).take(to_arrow(order))
    builder = CorpusBuilder("stop", memory_bytes=128 << 20, also=also)
    try:
        for number, given in enumerate(inputs):
            source = {**given, "also": also}
            here = np.flatnonzero(places[:, 0] == number)
            if here.size:
                _read_rows(builder, source, places[here, 1:], names.take(to_arrow(here)))
        return builder.finish()
    except BaseException:
        builder.abandon()
        raise


def _read_rows(
    builder: CorpusBuilder,
    source: Mapping[str, Any],
    places: NDArray[np.int64],
    names: pa.LargeStringArray,
) -> None:
    """Add the rows of one source at `places` (line, start, end), whose ids are `names`."""
    path = source["path"]
    if source["format"] == "jsonl":
        batches = _json_rows(source, places[:, 1:])
    elif source["format"] == "csv":
        batches = _csv_rows(source, places[:, 1:])
    else:
        batches = _table_rows(source, places[:, 0] - 1)
    done = 0
    for batch in batches:
        expected = names.slice(done, len(batch.columns["text"]))
        if not batch.columns.get("id", expected).equals(expected):
            raise _changed(path)
        seen = mended(batch)
        builder.add(replace(seen, columns={**seen.columns, "id": pa.concat_arrays([expected])}))
        done += len(expected)
    if done != len(names):
        raise _changed(path)
    described = Source(path, source["format"], None, dict(source["fields"]), -1)
    builder.finish_source(described, Origin(), rows=done)


def _changed(path: str) -> InputError:
    reason = "the dump has changed: a row is not the story that the run read there"
    return InputError(reason, file=path, remedy=ANOTHER_DUMP)


def _names(source: Mapping[str, Any]) -> FieldNames:
    fields = {role: source["fields"].get(role) for role in ROLES}
    return FieldNames(**fields, also=source["also"])


class _Pieces:
    """Bytes that come one piece after the other, as readers take them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.left = memoryview(b"")

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view`; returns how many bytes, 0 at the end."""
        if not self.left:
            self.left = memoryview(next(self.pieces, b""))
        count = min(len(view), len(self.left))
        view[:count] = self.left[:count]
        self.left = self.left[count:]
        return count


def _opened(source: Mapping[str, Any]) -> IO[bytes]:
    """Open the unpacked bytes of a source from their start."""
    if not source.get("compression"):
        with reading(source["path"]):
            return Path(source["path"]).open("rb")
    opened = open_input(source["path"])
    opened.stream.close()
    unpacked = cast("io.RawIOBase", opened.reopen()())
    return cast("IO[bytes]", io.BufferedReader(unpacked, _HEAD_BYTES))


def _rows_at(source: Mapping[str, Any], ranges: NDArray[np.int64]) -> Iterator[bytes]:
    """Yield the rows in ascending ranges, each with a line's end, those close by together."""
    gaps = np.flatnonzero(ranges[1:, 0] - ranges[:-1, 1] > _NEAR_BYTES) + 1
    with closing(_opened(source)) as file:
        at = 0
        for first, last in pairwise([0, *gaps.tolist(), len(ranges)]):
            start, end = int(ranges[first, 0]), int(ranges[last - 1, 1])
            with reading(source["path"]):
                if file.seekable():
                    file.seek(start)
                while at < start and not file.seekable():
                    passed = len(file.read(min(start - at, _HEAD_BYTES)))
                    at = at + passed if passed else start
                block = file.read(end - start)
            at = end
            yield b"".join(
                block[low - start : high - start] + b"\n"
                for low, high in ranges[first:last].tolist()
            )


def _refuse_in(path: str) -> Any:  # noqa: ANN401  a RejectRow
    def refuse(bad: BadRow, *, line: int, start: int, end: int) -> None:
        del line, start, end
        raise _changed(path) from bad

    return refuse


def _json_rows(source: Mapping[str, Any], ranges: NDArray[np.int64]) -> Iterator[Batch]:
    path, fields = source["path"], source["fields"]
    rows = _rows_at(source, ranges)
    first = next(rows)
    try:
        known = orjson.loads(first.split(b"\n", 1)[0])
    except orjson.JSONDecodeError as error:
        raise _changed(path) from error
    lines = JsonLines(
        _Pieces(chain((first,), rows)), path=path, names=_names(source), reject=_refuse_in(path)
    )
    # Known from the run: the rows chosen may all lack a field that others have.
    lines.fields = {
        role: (name,) if name in known else tuple(name.split(".")) for role, name in fields.items()
    }
    for use in source["also"]:
        free = [
            name for name in ALSO[use] if name in known and (name,) not in lines.fields.values()
        ]
        if free:
            lines.fields[use] = (free[0],)
    yield from lines.batches()


def _csv_rows(source: Mapping[str, Any], ranges: NDArray[np.int64]) -> Iterator[Batch]:
    path = source["path"]
    with closing(_opened(source)) as file, reading(path):
        head = file.read(_HEAD_BYTES)
    header = Delimited(
        _Pieces(iter((head,))), path=path, names=_names(source), reject=_refuse_in(path)
    )
    header.read_header()
    pieces = chain((header.header,), _rows_at(source, ranges))
    records = Delimited(_Pieces(pieces), path=path, names=_names(source), reject=_refuse_in(path))
    yield from records.batches()


def _table_rows(source: Mapping[str, Any], rows: NDArray[np.int64]) -> Iterator[Batch]:
    """Take the rows, by number from 0 and ascending, out of the batches that hold them."""
    path, kind = source["path"], source["format"]
    opened = open_input(path)
    try:
        table = table_file(opened, kind)
    finally:
        opened.stream.close()
    with table() as reader:
        schema = reader.schema
    used = {part for name in source["fields"].values() for part in (name, name.split(".")[0])}
    used |= {name for use in source["also"] for name in ALSO[use]}
    taken = table.take(rows, [name for name in schema.names if name in used])

    def open_rows(columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        return (taken if columns is None else taken.select(list(columns))).to_reader()

    yield from Tables(
        open_rows, kind=kind, path=path, names=_names(source), reject=_refuse_in(path)
    ).batches()
