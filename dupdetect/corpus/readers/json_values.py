"""JSON that is not one row a line: an array, objects over many lines, objects around a list.

Programming interfaces of news wrap their stories, as in ``{"articles": [...]}`` and
``{"response": {"docs": [...]}}``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from dupdetect.corpus.envelopes import MOST_KEYS, STRING_OR_BRACKET, path_of_stories
from dupdetect.corpus.fields import FieldNames, resolve_fields
from dupdetect.corpus.readers.base import BadRow, Batch, RejectRow, Seen
from dupdetect.corpus.readers.json_row import CUT_SHORT, decide_row, object_of, samples_of
from dupdetect.corpus.readers.jsonl import MAX_ROW_BYTES
from dupdetect.corpus.readers.records import Record, batches_of
from dupdetect.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dupdetect.corpus.readers.base import Readable

__all__ = ["JsonValues"]

_BLOCK_BYTES = 1 << 20
_ROWS_LOOKED_AT = 100
_QUOTE = ord('"')
_BETWEEN = b" \t\r\n,]"
_BOM = b"\xef\xbb\xbf"


class JsonValues:
    """Reads the objects of one array, or objects that follow each other, from a stream.

    Attributes
    ----------
    header
        ``[`` for an array and a list that an object wraps: what is written in front of copies of
        its rows; else empty.
    """

    def __init__(
        self, stream: Readable, *, path: str, names: FieldNames, reject: RejectRow
    ) -> None:
        self._stream = stream
        self._path = path
        self._names = names
        self._reject = reject
        self._lines = 1
        self._offset = 0  # of the end of what was read
        self._ended_inside = False
        self.fields: dict[str, tuple[str, ...]] = {}
        self.seen = Seen()
        self.header = b""
        self.delimiter = ","
        self.rows = 0
        self.blank_lines = 0

    def batches(self) -> Iterator[Batch]:
        """Yield the good rows."""
        values = self._values()
        first = list(islice(values, _ROWS_LOOKED_AT))
        rows: list[dict[str, Any]] = []
        for _, _, line in first:
            try:
                rows.append(object_of(line))
            except BadRow:
                continue
        if rows:
            self.fields = resolve_fields(self._names, samples_of(rows), file=self._path)
        yield from batches_of(self._records([*first], values), tuple(self.fields) or ("text",))
        if not self.rows:
            remedy = "was it written to the end?"
            raise InputError("no stories: no object in it", file=self._path, remedy=remedy)

    def _records(
        self, first: list[tuple[int, int, bytes]], others: Iterator[tuple[int, int, bytes]]
    ) -> Iterator[Record]:
        for known in (iter(first), others):
            for start, line, value in known:
                end = start + len(value)
                try:
                    found = decide_row(value, self.fields, seen=self.seen)
                except BadRow as bad:
                    if self._ended_inside and end == self._offset:
                        bad = BadRow(bad.reason, column=bad.column, remedy=CUT_SHORT)
                    self._reject(bad, line=line, start=start, end=end)
                else:
                    yield Record(found, self.rows, line, start, end)
                self.rows += 1

    def _values(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield start, line and bytes of each value, and of what else stands between them."""
        held, base = bytearray(), 0  # `base` is the offset of what is held
        block = memoryview(bytearray(_BLOCK_BYTES))
        scan = _Scan()
        ended = False
        while not ended:
            count = self._stream.readinto(block)
            held += block[:count]
            ended = count == 0
            if not self._offset:
                scan.list_path = path_of_stories(bytes(held), self._names)
            if not self._offset and held.startswith(_BOM):
                scan.at = scan.behind = len(_BOM)
            self._offset += count
            for start, end in scan.values(held, ended=ended):
                line = self._lines + held.count(b"\n", 0, start)
                yield base + start, line, bytes(held[start:end])
            self.header = b"[" if scan.outer or scan.list_path else b""
            if len(held) - scan.behind > MAX_ROW_BYTES:
                raise InputError(
                    f"a row of more than {MAX_ROW_BYTES:,} bytes",
                    file=self._path,
                    line=self._lines,
                    remedy="leave it out",
                )
            self._lines += held.count(b"\n", 0, scan.behind)
            base += scan.behind
            del held[: scan.behind]
            scan.forget()
        rest = held.strip(_BETWEEN)
        if rest:
            self._ended_inside = True
            start = held.index(rest)
            yield base + start, self._lines + held.count(b"\n", 0, start), bytes(rest)


@dataclass
class _Scan:
    """Where the search for values stands in the bytes that are held."""

    list_path: tuple[bytes, ...] | None = None  # keys to the list inside objects that wrap one
    at: int = 0  # of the next byte to look at
    behind: int = 0  # the last value
    depth: int = 0
    outer: int = 0  # brackets around the values: 1 inside an array, more in a list inside objects
    begin: int = -1  # of the value that is open
    keys: list[bytes] = field(default_factory=lambda: [b""] * (MOST_KEYS + 1))
    # the last string in each of the brackets that are open outside of the list

    def values(self, held: bytearray, *, ended: bool) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the values that are whole, and of what stands between them."""
        for token in STRING_OR_BRACKET.finditer(held, self.at):
            sign = held[token.start()]
            if sign == _QUOTE:
                if not ended and not _is_closed(token[0]):
                    return
                if self.list_path and not self.outer and self.depth <= MOST_KEYS:
                    self.keys[self.depth] = token[0]
            elif self.list_path and not self.outer:
                self._outside(sign, token.end())
            elif self.list_path and self.depth == self.outer and sign in b"]}":
                yield from self._between(held, token.start())
                self.outer, self.depth, self.behind = 0, self.depth - 1, token.end()
            elif sign in b"[{":
                yield from self._opened(held, token.start(), is_array=sign == ord("["))
            elif self.depth:
                self.depth -= 1
                if self.begin >= 0 and self.depth == self.outer:
                    yield self.begin, token.end()
                    self.begin, self.behind = -1, token.end()
                elif self.begin < 0:  # of the array
                    yield from self._between(held, token.start())
                    self.behind = token.end()
            self.at = token.end()

    def _outside(self, sign: int, end: int) -> None:
        """Pass over a bracket of objects that wrap a list, up to the list."""
        if sign in b"[{":
            keys = tuple(self.keys[1 : self.depth + 1])
            self.depth += 1
            if sign == ord("[") and keys == self.list_path:
                self.outer = self.depth
        else:
            self.depth = max(self.depth - 1, 0)
        self.behind = end

    def _opened(self, held: bytearray, start: int, *, is_array: bool) -> Iterator[tuple[int, int]]:
        if self.begin < 0:
            yield from self._between(held, start)
            if is_array and self.depth == 0:
                self.outer, self.behind = 1, start + 1
            else:
                self.begin = self.behind = start
        self.depth += 1

    def _between(self, held: bytearray, start: int) -> Iterator[tuple[int, int]]:
        said = bytes(held[self.behind : start]).strip(_BETWEEN)
        if said:
            first = held.index(said, self.behind)
            yield first, first + len(said)

    def forget(self) -> None:
        """Take note that the bytes up to `behind` are gone."""
        self.at -= self.behind
        self.begin = 0 if self.begin >= 0 else -1
        self.behind = 0


def _is_closed(string: bytes) -> bool:
    if len(string) < 2 or not string.endswith(b'"'):
        return False
    slashes = len(string) - 1 - len(string[:-1].rstrip(b"\\"))
    return slashes % 2 == 0
