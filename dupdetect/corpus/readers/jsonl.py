"""JSON Lines, chunk by chunk: the kernel takes the plain rows, Python decides about the others."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dupdetect import kernels
from dupdetect.corpus.fields import FieldNames, resolve_fields
from dupdetect.corpus.readers.base import BadRow, Batch, Readable, RejectRow, Seen
from dupdetect.corpus.readers.json_row import (
    CUT_SHORT,
    decide_row,
    empty_id,
    missing,
    object_of,
    samples_of,
)
from dupdetect.errors import InputError
from dupdetect.support.columns import strings_to_arrow, to_arrow, to_numpy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["MAX_ROW_BYTES", "JsonLines"]

MAX_ROW_BYTES = 64 << 20
"""A longer line is no story but a broken or hostile file; it bounds the memory of reading."""

_CHUNK_BYTES = 1 << 20
_ROWS_LOOKED_AT = 100
_LINES_LOOKED_AT = 2000
_LONGEST_CHARACTER = 4
_INTEGER = 2  # how the kernel marks a value that is a whole number
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


@dataclass
class _Extracted:
    """What the kernel gives for a chunk, by field; views of the scratch buffers."""

    consumed: int
    lines: int
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    line: NDArray[np.int64]
    odd: NDArray[np.int64]
    integers: NDArray[np.bool_]
    values: dict[str, pa.LargeStringArray]


class JsonLines:
    """Reads one stream; after `batches` is exhausted its counts are those of the whole source.

    Parameters
    ----------
    stream : Readable
        Decompressed bytes.
    path : str
        Named in errors.
    names : FieldNames
        Which fields to read.
    reject : RejectRow
        Called for each bad row, in order.
    """

    def __init__(
        self, stream: Readable, *, path: str, names: FieldNames, reject: RejectRow
    ) -> None:
        self._stream = stream
        self._path = path
        self._names = names
        self._reject = reject
        self._buffer = np.empty(_CHUNK_BYTES, np.uint8)
        self._scratch: list[NDArray[np.uint8]] = []
        self._filled = 0
        self._offset = 0  # of the buffer's first byte in the source
        self._ended = False
        self.fields: dict[str, tuple[str, ...]] = {}
        self.seen = Seen()
        self.rows = 0
        self.lines = 0

    @property
    def blank_lines(self) -> int:
        """Empty lines so far."""
        return self.lines - self.rows

    def batches(self) -> Iterator[Batch]:
        """Yield the good rows; a batch's texts are valid until the next one is asked for."""
        self._fill()
        self._skip_bom()
        while self._filled or not self._ended:
            if not self.fields:
                self._resolve_fields()
            if self.fields:
                found = self._extract()
                yield self._batch(found)
                self._advance(found.consumed, lines=found.lines)
            if self._filled == self._buffer.size:
                self._make_room()
            self._fill()
        if not self.rows:
            remedy = "was it written to the end?"
            raise InputError("no stories: the input is empty", file=self._path, remedy=remedy)

    def _fill(self) -> None:
        view = self._buffer.data
        while self._filled < self._buffer.size and not self._ended:
            count = self._stream.readinto(view[self._filled :])
            self._ended = count == 0
            self._filled += count

    def _skip_bom(self) -> None:
        if self._buffer[: min(3, self._filled)].tobytes() == _BOM:
            self._advance(3, lines=0)
            self._fill()

    def _advance(self, count: int, *, lines: int) -> None:
        left = self._filled - count
        self._buffer[:left] = self._buffer[count : self._filled]
        self._filled = left
        self._offset += count
        self.lines += lines

    def _resolve_fields(self) -> None:
        """Look at the first rows that are objects; rows may leave out fields."""
        if self._pass_over_blank_lines():
            return
        head = self._buffer[: self._filled].tobytes()
        lines = head.split(b"\n", _LINES_LOOKED_AT)
        whole = self._ended and len(lines) <= _LINES_LOOKED_AT
        if not whole:
            lines.pop()
        rows: list[dict[str, object]] = []
        for line in lines:
            if len(rows) == _ROWS_LOOKED_AT:
                break
            with suppress(BadRow):
                rows.append(object_of(line))
        if rows:
            self.fields = resolve_fields(self._names, samples_of(rows), file=self._path)
        else:  # rows without an object are bad whatever the fields are called
            looked_at = sum(map(len, lines)) + len(lines) - whole
            found = self._extract(looked_at)
            self._batch(found)
            self._advance(found.consumed, lines=found.lines)

    def _pass_over_blank_lines(self) -> bool:
        """Take blank lines off the start of the buffer, all at once; tell whether there were."""
        head = self._buffer[: self._filled].tobytes()
        blank = head[: len(head) - len(head.lstrip(_BLANK))]
        ends = blank.rfind(b"\n") + 1
        self._advance(ends, lines=blank.count(b"\n"))
        return ends > 0

    def _extract(self, behind: int | None = None) -> _Extracted:
        """Parse the buffer, or the lines in it that come before the byte `behind`."""
        behind = self._filled if behind is None else behind
        if not self._scratch or self._scratch[0].size < self._buffer.size:
            # Only the pages that get written are ever given memory.
            self._scratch = [np.empty(self._buffer.size, np.uint8) for _ in self.fields]
        consumed, lines, start, end, line, odd, values = kernels.jsonl_extract(
            self._buffer[:behind],
            list(self.fields.values()),
            [use == "id" for use in self.fields],
            self._ended and behind == self._filled,
            self._scratch,
        )
        columns = {
            use: _strings(room, offsets, valid, copied=use != "text")
            for use, room, (offsets, valid) in zip(self.fields, self._scratch, values, strict=True)
        }
        integers = np.zeros(0, np.bool_)
        if "id" in self.fields:
            integers = values[list(self.fields).index("id")][1] == _INTEGER
        return _Extracted(consumed, lines, start, end, line, odd, integers, columns)

    def _batch(self, found: _Extracted) -> Batch:
        taken = np.ones(found.start.size, bool)
        taken[found.odd] = False
        bad_rows = self._incomplete(found, taken)
        decided: dict[int, dict[str, str | None]] = {}
        set_aside: list[int] = []
        rows = sorted([*found.odd.tolist(), *bad_rows])
        places = (array[rows].tolist() for array in (found.line, found.start, found.end))
        for row, line, start, end in zip(rows, *places, strict=True):  # the first may stop it
            bad = bad_rows.get(row)
            if bad is None:
                try:
                    decided[row] = decide_row(
                        self._buffer[start:end].tobytes(), self.fields, seen=self.seen
                    )
                    continue
                except BadRow as error:
                    # Its frames would keep more memory than the row.
                    error.__traceback__ = error.__context__ = None
                    bad = self._cut_short(error, start, end)
            set_aside.append(row)
            self._reject(
                bad,
                line=self.lines + line + 1,
                start=self._offset + start,
                end=self._offset + end,
            )
        taken[set_aside] = False  # what was set aside decides no type
        plain = int(np.count_nonzero(taken))
        if "id" in self.fields and plain:
            integers = int(np.count_nonzero(found.integers[taken]))
            self.seen.id_types.update(["integer"] * (integers > 0))
            self.seen.id_types.update(["string"] * (integers < plain))
        columns = found.values
        if decided:
            columns = {use: _with(column, decided, use) for use, column in columns.items()}
        ordinal = np.arange(self.rows, self.rows + found.start.size)
        lines, starts, ends = found.line, found.start, found.end
        if set_aside:
            kept = np.ones(found.start.size, bool)
            kept[set_aside] = False
            columns = {use: values.filter(to_arrow(kept)) for use, values in columns.items()}
            ordinal, lines, starts, ends = (array[kept] for array in (ordinal, lines, starts, ends))
        self.rows += found.start.size
        return Batch(
            columns, ordinal, lines + self.lines + 1, starts + self._offset, ends + self._offset
        )

    def _cut_short(self, bad: BadRow, start: int, end: int) -> BadRow:
        """Say so when the row is the last one, no newline ends it, and its end is what is wrong."""
        if (
            self._ended
            and end == self._filled
            and bad.column is not None
            and bad.column > end - start - _LONGEST_CHARACTER
        ):
            return BadRow(bad.reason, column=bad.column, remedy=CUT_SHORT, ends_early=True)
        return bad

    def _incomplete(self, found: _Extracted, taken: NDArray[np.bool_]) -> dict[int, BadRow]:
        bad_rows: dict[int, BadRow] = {}
        for use in ("text", "id"):
            if use not in self.fields:
                continue
            name = ".".join(self.fields[use])
            column = found.values[use]
            if column.null_count:
                absent = to_numpy(column.is_null())
                bad_rows.update(
                    dict.fromkeys(np.flatnonzero(absent & taken).tolist(), missing(use, name))
                )
            if use == "id":
                offsets = np.frombuffer(column.buffers()[1], np.int64)[: len(column) + 1]
                empty = np.flatnonzero((np.diff(offsets) == 0) & taken).tolist()
                for row in empty:
                    bad_rows.setdefault(row, empty_id(name))
        return bad_rows

    def _make_room(self) -> None:
        """Grow for a row longer than the buffer, or pass over one longer than any story."""
        if self._buffer.size < MAX_ROW_BYTES:
            grown = np.empty(2 * self._buffer.size, np.uint8)
            grown[: self._filled] = self._buffer
            self._buffer = grown
            return
        start, line = self._offset, self.lines + 1
        while True:
            newline = self._buffer[: self._filled].tobytes().find(b"\n")
            if newline >= 0 or self._ended:
                break
            self._advance(self._filled, lines=0)
            self._fill()
        length = newline if newline >= 0 else self._filled
        end = self._offset + length
        self.rows += 1
        reason = f"a row of {end - start:,} bytes, at most {MAX_ROW_BYTES:,} are read"
        self._reject(BadRow(reason), line=line, start=start, end=end)
        self._advance(min(length + 1, self._filled), lines=1)


def _strings(
    room: NDArray[np.uint8], offsets: NDArray[np.int64], valid: NDArray[np.uint8], *, copied: bool
) -> pa.LargeStringArray:
    used = room[: offsets[-1]]
    if copied:
        used = used.copy()
    bits = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [bits, pa.py_buffer(offsets), pa.py_buffer(used)]
    return pa.Array.from_buffers(pa.large_string(), valid.size, buffers)


def _with(
    column: pa.LargeStringArray, decided: dict[int, dict[str, str | None]], use: str
) -> pa.LargeStringArray:
    """Put the decided values in the places that the kernel left empty."""
    parts: list[pa.LargeStringArray] = []
    last = 0
    for row, values in sorted(decided.items()):
        parts += [column[last:row], strings_to_arrow([values[use]], pa.large_string())]
        last = row + 1
    return pa.concat_arrays([*parts, column[last:]])
