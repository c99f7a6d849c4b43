"""CSV: records as the csv module understands them, each with its exact bytes."""

from __future__ import annotations

import csv
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dupdetect.corpus.fields import FieldNames, resolve_fields
from dupdetect.corpus.formats import BOM, delimiter_of
from dupdetect.corpus.readers.base import BadRow, Batch, Readable, RejectRow, Seen
from dupdetect.corpus.readers.json_row import empty_id
from dupdetect.corpus.readers.jsonl import MAX_ROW_BYTES
from dupdetect.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Delimited"]

_DOUBLE = 'write a quote inside quotes as ""'
_BATCH_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 20
_ROWS_LOOKED_AT = 100


class Delimited:
    """Reads one CSV stream whose first record names the columns.

    The separator is the one of comma, semicolon, tab and bar that the header holds most of. A
    quote doubles inside quotes; a record may span lines. Empty cells are absent values, except
    that an empty text is a story without words. Lines that are empty are no rows.
    """

    def __init__(
        self, stream: Readable, *, path: str, names: FieldNames, reject: RejectRow
    ) -> None:
        self._stream = stream
        self._path = path
        self._names = names
        self._reject = reject
        self._lines = self._byte_lines()
        self._offset = 0  # of the next line that the csv module will ask for
        self._line = 0
        self._last_bytes = b""
        self._record_bytes = 0
        self.fields: dict[str, tuple[str, ...]] = {}
        self.seen = Seen(id_types={"string"})
        self.header = b""
        self.delimiter = ","
        self.rows = 0
        self.blank_lines = 0

    def batches(self) -> Iterator[Batch]:
        """Yield the good rows in batches of about 1 MiB."""
        columns = self.read_header()
        uses = {use: columns.index(keys[0]) for use, keys in self.fields.items()}
        with _long_fields():
            reader = csv.reader(_Repeated(self._next_text), delimiter=self.delimiter, strict=True)
            cells: dict[str, list[str | None]] = {use: [] for use in uses}
            places: list[tuple[int, int, int, int]] = []
            held = 0
            while True:
                start, line = self._offset, self._line + 1
                self._record_bytes = 0
                bad: BadRow | None = None
                record: list[str] = []
                try:
                    record = next(reader)
                except StopIteration:
                    break
                except csv.Error as error:
                    bad = self._broken(error)
                except BadRow as too_long:
                    bad = too_long
                if bad is None and not record:
                    self.blank_lines += 1
                    continue
                end = self._offset - self._last_bytes.endswith(b"\n")
                values: dict[str, str | None] = {}
                try:
                    if bad is not None:
                        raise bad
                    values = _values(record, uses, len(columns), self.seen)
                except BadRow as error:
                    self._reject(error, line=line, start=start, end=end)
                else:
                    for use, value in values.items():
                        cells[use].append(value)
                    places.append((self.rows, line, start, end))
                    held += end - start
                self.rows += 1
                if held >= _BATCH_BYTES:
                    yield _batch(cells, places)
                    cells, places, held = {use: [] for use in uses}, [], 0
            if places:
                yield _batch(cells, places)
        if not self.rows:
            raise InputError(
                "no stories: there is only a header",
                file=self._path,
                line=1,
                remedy="was it written to the end?",
            )

    def read_header(self) -> list[str]:
        """Read the first record: sets `header`, `delimiter` and `fields`, returns the columns."""
        head = self._stream.head() if hasattr(self._stream, "head") else b""
        first = next(self._lines, b"")
        bare = first.removeprefix(BOM)
        self.header = bare
        text = bare.decode("utf-8", "replace")
        self.delimiter = delimiter_of(text)
        try:
            columns = next(csv.reader([text], delimiter=self.delimiter, strict=True), [])
        except csv.Error as error:
            bad = self._broken(error)
            reason = f"the header cannot be read: {bad.reason}"
            raise InputError(reason, file=self._path, line=1, remedy=bad.remedy) from error
        columns = [name.strip() for name in columns]
        self._offset, self._line = len(first), 1
        self.fields = resolve_fields(
            self._names, _samples(head, columns, self.delimiter), file=self._path
        )
        for keys in self.fields.values():
            if columns.count(keys[0]) > 1:
                reason = f"two columns are called {keys[0]!r}"
                raise InputError(reason, file=self._path, line=1, remedy="rename one")
        return columns

    def _byte_lines(self) -> Iterator[bytes]:
        """Yield lines with their ends; a line beyond the limit comes in pieces."""
        block = memoryview(bytearray(_BLOCK_BYTES))
        left: list[bytes] = []
        size = 0
        while count := self._stream.readinto(block):
            *whole, rest = bytes(block[:count]).split(b"\n")
            for part in whole:
                yield b"".join([*left, part, b"\n"])
                left, size = [], 0
            left.append(rest)
            size += len(rest)
            if size > MAX_ROW_BYTES:
                yield b"".join(left)
                left, size = [], 0
        if size:
            yield b"".join(left)

    def _next_text(self) -> str:
        """Return the next line for the csv module; `BadRow` behind one that is too much."""
        line = next(self._lines)
        self._pass(line)
        if self._record_bytes <= MAX_ROW_BYTES:
            # Bytes that are no UTF-8 survive as lone surrogates until the row is checked.
            return line.decode("utf-8", "surrogateescape")
        while line and not line.endswith(b"\n"):
            line = next(self._lines, b"")
            self._pass(line)
        reason = f"a row of more than {MAX_ROW_BYTES:,} bytes"
        raise BadRow(reason, remedy="close the quote that opens in it, or leave the row out")

    def _pass(self, line: bytes) -> None:
        self._offset += len(line)
        self._line += line.endswith(b"\n")
        self._last_bytes = line or self._last_bytes
        self._record_bytes += len(line)

    def _broken(self, error: csv.Error) -> BadRow:
        said = str(error)
        if "unexpected end of data" in said:
            return BadRow("a quote opens here and is never closed", remedy="close it")
        if "new-line character" in said:
            remedy = "put the cell in quotes, or end lines with LF or CRLF"
            return BadRow("a carriage return stands outside quotes", remedy=remedy)
        if "expected after" in said:
            return BadRow("a cell goes on behind its closing quote", remedy=_DOUBLE)
        return BadRow(f"odd quoting: {said}", remedy=_DOUBLE)


class _Repeated:
    """Iterates over what a call returns, and goes on after an error, as a generator does not."""

    def __init__(self, call: Callable[[], str]) -> None:
        self._call = call

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._call()


@contextmanager
def _long_fields() -> Iterator[None]:
    """Lift the csv module's limit of 128 KiB a cell, which is global, for the time of reading."""
    before = csv.field_size_limit(MAX_ROW_BYTES + 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _samples(
    head: bytes, columns: list[str], delimiter: str
) -> dict[tuple[str, ...], list[str | None]]:
    """Return the columns with the cells of the first rows; none of a row that is broken."""
    found: dict[tuple[str, ...], list[str | None]] = {(name,): [] for name in columns}
    lines = head.removeprefix(BOM).decode("utf-8", "replace").split("\n")[1:-1]
    with suppress(csv.Error), _long_fields():
        for record in islice(csv.reader(lines, delimiter=delimiter), _ROWS_LOOKED_AT):
            if len(record) == len(columns):
                for name, cell in zip(columns, record, strict=True):
                    found[(name,)].append(cell or None)
    return found


def _values(
    record: list[str], uses: dict[str, int], columns: int, seen: Seen
) -> dict[str, str | None]:
    if len(record) != columns:
        reason = f"{len(record)} cells where the header has {columns}"
        raise BadRow(reason, remedy="quote cells that hold the separator")
    values: dict[str, str | None] = {}
    for use, at in uses.items():
        value = record[at]
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            if use not in {"text", "id"}:
                seen.unread[use] += 1
                values[use] = None
                continue
            raise BadRow(f"the {use} is not valid UTF-8", remedy="save the file as UTF-8") from None
        if use == "id" and not value:
            raise empty_id("id")
        values[use] = value if value or use == "text" else None
    return values


def _batch(cells: dict[str, list[str | None]], places: list[tuple[int, int, int, int]]) -> Batch:
    ordinal, line, start, end = np.array(places, np.int64).T.copy()
    columns = {use: pa.array(values, pa.large_string()) for use, values in cells.items()}
    return Batch(columns, ordinal, line, start, end)
