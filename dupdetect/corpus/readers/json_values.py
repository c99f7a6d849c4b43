"""JSON that is not one row a line: an array, objects over many lines, objects around a list.

Programming interfaces of news wrap their stories, as in ``{"articles": [...]}`` and
``{"response": {"docs": [...]}}``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

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
_SPACE = b" \t\r\n"
_BETWEEN = b" \t\r\n,"
_BOM = b"\xef\xbb\xbf"
_SHOWN = 60
_OBJECTS = "give objects with a text alone, and commas between them"
_ALIKE = "give objects around lists that are alike, or each in a file of its own"


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
        self._line = 1  # where the bytes held begin, and where that line does
        self._line_start = 0
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
        for value in first:
            try:
                rows.append(object_of(value.row))
            except BadRow:
                continue
        if rows:
            self.fields = resolve_fields(self._names, samples_of(rows), file=self._path)
        yield from batches_of(self._records(chain(first, values)), tuple(self.fields) or ("text",))
        if not self.rows:
            remedy = "was it written to the end?"
            raise InputError("no stories: no object in it", file=self._path, remedy=remedy)

    def _records(self, values: Iterator[_Value]) -> Iterator[Record]:
        for value in values:
            end = value.start + len(value.row)
            if not value.row:  # the end of the input, where more should stand
                bad = _not_closed(self.rows, in_list=value.in_list)
                self._reject(bad, line=value.line, start=end, end=end)
                return
            try:
                if value.bad is not None:
                    raise value.bad
                found = decide_row(value.row, self.fields, seen=self.seen)
            except BadRow as bad:
                there = _in_file(bad, value, self.rows + 1)
                self._reject(there, line=value.line, start=value.start, end=end)
            else:
                yield Record(found, self.rows, value.line, value.start, end)
            self.rows += 1

    def _values(self) -> Iterator[_Value]:
        """Yield each value, and what else stands between them."""
        held, base = bytearray(), 0  # `base` is the offset of what is held
        block = memoryview(bytearray(_BLOCK_BYTES))
        scan = _Scan()
        ended = False
        while not ended:
            count = self._stream.readinto(block)
            if not base + len(held):
                scan.list_path = path_of_stories(bytes(block[:count]), self._names)
                scan.at = scan.behind = len(_BOM) if block[:count].tobytes()[:3] == _BOM else 0
            held += block[:count]
            ended = count == 0
            counted = 0  # lines up to here
            for place in chain(scan.values(held, ended=ended), scan.rest(held) if ended else ()):
                self._count_lines(held, base, counted, place.start)
                counted = place.start
                yield _Value(
                    base + place.start,
                    self._line,
                    base + place.start - self._line_start + 1,
                    bytes(held[place.start : place.end]),
                    place.bad,
                    is_cut=place.is_cut,
                    in_list=scan.outer > 0,
                )
            self.header = b"[" if scan.has_list else b""
            if len(held) - scan.behind > MAX_ROW_BYTES:
                raise InputError(
                    f"a row of more than {MAX_ROW_BYTES:,} bytes",
                    file=self._path,
                    line=self._line,
                    remedy="leave it out",
                )
            if not ended:
                self._count_lines(held, base, counted, scan.behind)
                base += scan.behind
                del held[: scan.behind]
                scan.forget()

    def _count_lines(self, held: bytearray, base: int, start: int, end: int) -> None:
        """Go on to the line in which the byte `end` of what is held stands."""
        if ends := held.count(b"\n", start, end):
            self._line += ends
            self._line_start = base + held.rindex(b"\n", start, end) + 1


class _Value(NamedTuple):
    """A value, and where it stands in the input; without bytes the end of an input cut off."""

    start: int
    line: int
    column: int  # of its first byte, from 1
    row: bytes
    bad: BadRow | None
    is_cut: bool
    in_list: bool


def _in_file(bad: BadRow, value: _Value, number: int) -> BadRow:
    """Say where in the file a row is bad, and which row it is, from 1."""
    line, column = None, bad.column
    if column is not None:
        before = value.row[: column - 1]
        ends = before.count(b"\n")
        line = value.line + ends
        column += -before.rindex(b"\n") - 1 if ends else value.column - 1
    remedy = CUT_SHORT if value.is_cut else bad.remedy
    reason = f"row {number:,}: {bad.reason}"
    return BadRow(reason, line=line, column=column, remedy=remedy, ends_early=value.is_cut)


def _not_closed(rows: int, *, in_list: bool) -> BadRow:
    what = "array" if in_list else "object around the array"
    reason = f"the {what} is not closed: the input ends after row {rows:,}"
    remedy = (
        "was it written to the end? Get it whole, or read the rows that are there with "
        "--on-bad-row skip"
    )
    return BadRow(reason, remedy=remedy, ends_early=True)


class _Place(NamedTuple):
    """A value, or what else stands between values, in the bytes that are held."""

    start: int
    end: int
    bad: BadRow | None = None
    is_cut: bool = False  # by the end of the input


@dataclass
class _Scan:
    """Where the search for values stands in the bytes that are held."""

    list_path: tuple[bytes, ...] | None = None  # keys to the list inside objects that wrap one
    at: int = 0  # of the next byte to look at
    behind: int = 0  # the last value
    depth: int = 0
    outer: int = 0  # brackets around the values: 1 inside an array, more in a list inside objects
    begin: int = -1  # of the value that is open
    has_list: bool = False  # whether there was an array or a list
    is_opened: bool = False  # whether the object around a list that is open had its list
    is_first: bool = True  # whether the next value is the first of its list
    has_comma: bool = True  # whether one stands in front of the value that is open, or need not
    keys: list[bytes] = field(default_factory=lambda: [b""] * (MOST_KEYS + 1))
    # the last string in each of the brackets that are open outside of the list

    def values(self, held: bytearray, *, ended: bool) -> Iterator[_Place]:
        """Yield the values that are whole, and what stands between them."""
        for token in STRING_OR_BRACKET.finditer(held, self.at):
            sign = held[token.start()]
            if sign == _QUOTE:
                if not ended and not _is_closed(token[0]):
                    return
                if self.list_path and not self.outer and self.depth <= MOST_KEYS:
                    self.keys[self.depth] = token[0]
            elif self.begin >= 0:
                self.depth += 1 if sign in b"[{" else -1
                if self.depth == self.outer:
                    yield self._value(token.end())
            elif sign in b"[{" and (self.outer or not self.depth):
                yield from self._between(held, token.start())
                self._open(held, token.start(), is_array=sign == ord("["))
            elif self.outer and sign == ord("]"):
                yield from self._between(held, token.start())
                self.outer, self.depth, self.behind = 0, self.depth - 1, token.end()
            elif self.depth and not self.outer:
                yield from self._around(sign, token.end())
            # Any other closes nothing, and stands between values.
            self.at = token.end()

    def rest(self, held: bytearray) -> Iterator[_Place]:
        """Yield what stands behind the last value, at the end of the input.

        Where a bracket is open without a value in it that is cut off, an empty place comes last.
        """
        if self.begin >= 0 or (self.depth and not self.outer and not self.is_opened):
            yield _Place(self.behind, len(held.rstrip(_SPACE)), is_cut=True)
            return
        cut = False
        if self.outer or not self.depth:
            for place in self._between(held, len(held)):
                cut = self.outer > 0
                yield place._replace(is_cut=cut)
        if self.depth and not cut:
            yield _Place(len(held), len(held))

    def _value(self, end: int) -> _Place:
        """Return the value that ends here."""
        found = _Place(self.begin, end)
        if self.outer and not self.has_comma:
            bad = BadRow("no comma in front of it", column=1, remedy="put one there")
            found = found._replace(bad=bad)
        self.begin, self.behind, self.is_first = -1, end, False
        return found

    def _open(self, held: bytearray, start: int, *, is_array: bool) -> None:
        """Go into a list, a value, or an object around a list."""
        if not self.depth and is_array:
            self._open_list(start + 1)
        elif not self.depth and self.list_path:
            self.behind, self.is_opened = start, False
        else:
            self.has_comma = self.is_first or b"," in held[self.behind : start]
            self.begin = self.behind = start
        self.depth += 1

    def _open_list(self, behind: int) -> None:
        self.outer, self.behind = self.depth + 1, behind
        self.has_list = self.is_opened = self.is_first = True

    def _around(self, sign: int, end: int) -> Iterator[_Place]:
        """Pass over a bracket of an object around a list, up to the list."""
        if sign in b"[{":
            if sign == ord("[") and tuple(self.keys[1 : self.depth + 1]) == self.list_path:
                self._open_list(end)
            self.depth += 1
        else:
            self.depth -= 1
            if not self.depth and not self.is_opened:
                keys = b".".join(key[1:-1] for key in self.list_path or ())
                reason = f"no list {keys.decode('utf-8', 'replace')!r} in the object"
                yield _Place(self.behind, end, BadRow(reason, column=1, remedy=_ALIKE))
                self.is_opened = True
        if self.is_opened and not self.outer:
            self.behind = end

    def _between(self, held: bytearray, start: int) -> Iterator[_Place]:
        """Yield what stands in front of the byte `start` and is no part of a value."""
        said = bytes(held[self.behind : start]).strip(_BETWEEN)
        if said:
            first = held.index(said, self.behind)
            bad = None
            shown = said[:_SHOWN].decode("utf-8", "replace")
            if self.outer:
                bad = BadRow(f"no JSON object: {shown!r}", column=1, remedy=_OBJECTS)
            elif self.has_list:
                bad = BadRow(f"text after the array: {shown!r}", column=1, remedy="leave it out")
            yield _Place(first, first + len(said), bad)

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
