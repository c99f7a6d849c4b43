"""The rows that the kernel leaves to Python: what is wrong with them, or what they hold."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson

from dupdetect.corpus.readers.base import BadRow
from dupdetect.corpus.values import is_nothing, named, string_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dupdetect.corpus.readers.base import Seen

__all__ = [
    "CUT_SHORT",
    "decide_row",
    "decided",
    "empty_id",
    "missing",
    "object_of",
    "samples_of",
    "values_of",
]

CUT_SHORT = "the input ends inside this row: was it written to the end?"
_HALF = "escape both halves of the character, or none"
_QUOTED = 60
_DEEPEST = 512
"""Levels of a row's nesting that are read; what parses JSON gives up somewhere beyond."""

_STRANGE_NUMBER = re.compile(rb"NaN|Infinity|[0-9]{16}|[0-9.][eE]")
"""What every number holds that only the lenient parser takes; it is slow to say no."""

# A string, closed or not, or a bracket; never tries a byte twice.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[][{}]', re.DOTALL)


def object_of(line: bytes) -> dict[str, Any]:
    """Parse a line that is to be one JSON object; `BadRow` says why it is not."""
    _refuse_deep(line)
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        row = _lenient(line, error)
    if not isinstance(row, dict):
        reason = f"expected a JSON object, found {named(row)}"
        raise BadRow(reason, remedy="give one object with a text a line")
    return row


def _lenient(line: bytes, error: orjson.JSONDecodeError) -> Any:  # noqa: ANN401
    """Parse what only numbers stop: NaN, infinities, and those beyond a double."""
    if "surrogate" not in error.msg and _STRANGE_NUMBER.search(line):
        with suppress(ValueError, RecursionError):
            return json.loads(line.decode("utf-8"))
    raise _broken(line, error) from None


def _refuse_deep(line: bytes) -> None:
    if len(line) <= _DEEPEST or line.count(b"[") + line.count(b"{") <= _DEEPEST:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(line):
        first = line[token.start()]
        depth += (first in b"[{") - (first in b"]}")
        if depth > _DEEPEST:
            reason = f"lists and objects nested more than {_DEEPEST} deep"
            raise BadRow(reason, remedy="leave that field out")


def _broken(line: bytes, error: orjson.JSONDecodeError) -> BadRow:
    if not line.strip(b"\0 \t\r"):
        remedy = "it was not written to the end, or is damaged: get it again"
        return BadRow("NUL bytes where a row should be", column=1, remedy=remedy)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as bad:
        byte = f"0x{line[bad.start]:02X}"
        remedy = "save the file as UTF-8"
        return BadRow(f"byte {byte} is not valid UTF-8", column=bad.start + 1, remedy=remedy)
    begin = text.lstrip(" \t\r")[:1]
    if begin == "\ufeff":
        return BadRow("a byte order mark inside the file", column=1, remedy="leave it out")
    reason, remedy = _said(text, begin, error)
    return BadRow(reason, column=len(text[: error.pos].encode()) + 1, remedy=remedy)


def _said(text: str, begin: str, error: orjson.JSONDecodeError) -> tuple[str, str]:
    """Reason and remedy; the parser's own words where there are no better ones."""
    if begin != "{":
        return f"not JSON: {text[:_QUOTED]!r}", "give one JSON object a line"
    if "after" in error.msg and text[error.pos :].lstrip(" \t\r,")[:1] == "{":
        return "more than one object on the line", "put each on a line of its own"
    if "surrogate" in error.msg:
        return "a lone surrogate: half a character", _HALF
    stopped_at = text[error.pos : error.pos + 1]
    if stopped_at and stopped_at < " ":
        code = ord(stopped_at)
        return f"control character 0x{code:02X} in the row", f"escape it as \\u{code:04x}"
    return f"not valid JSON: {error.msg}", ""


def decide_row(
    line: bytes, paths: Mapping[str, Sequence[str]], *, seen: Seen | None = None
) -> dict[str, str | None]:
    """Return the values of the mapped fields of a line.

    Parameters
    ----------
    line : bytes
        One JSON object.
    paths : mapping of str to sequence of str
        By use the keys that lead to the field.
    seen : Seen, optional
        Takes note of the id's type and of values that were left out.

    Returns
    -------
    dict
        By use the value, None where absent, or where a value other than "text" and "id" is
        nothing that `string_of` can use; "text" and "id" always have one.

    Raises
    ------
    BadRow
        When the line is no JSON object, holds a mapped key twice, or has no text or no id that
        can be used.

    Examples
    --------
    >>> decide_row(b'{"text": "a", "by": ["B", "C"]}', {"text": ["text"], "author": ["by"]})
    {'text': 'a', 'author': 'B, C'}
    """
    return decided(object_of(line), line, paths, seen=seen)


def decided(
    row: Mapping[str, Any],
    line: bytes,
    paths: Mapping[str, Sequence[str]],
    *,
    seen: Seen | None = None,
) -> dict[str, str | None]:
    """As :func:`decide_row`, of a line that was parsed."""
    if b"\\u" in line or any(
        line.count(b'"%s"' % path[-1].encode()) > 1 for path in paths.values()
    ):
        pairs = _pairs(line)
        for path in paths.values():
            _refuse_repeated(pairs, path)
    return values_of(row, paths, seen=seen)


def values_of(
    row: Mapping[str, Any], paths: Mapping[str, Sequence[str]], *, seen: Seen | None = None
) -> dict[str, str | None]:
    """Return the values of the mapped fields of an object; as `decide_row`."""
    values: dict[str, str | None] = {}
    for use, path in paths.items():
        value: Any = row
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        found = string_of(value, use)
        if use in {"text", "id"}:
            found = _required(found, value, use, ".".join(path))
            if use == "id" and seen is not None:
                seen.id_types.add("integer" if type(value) is int else "string")
        elif found is None and not is_nothing(value) and seen is not None:
            seen.unread[use] += 1
        elif found is not None and not _is_encodable(found):
            raise BadRow("a lone surrogate: half a character", remedy=_HALF)
        values[use] = found
    return values


def _required(found: str | None, value: Any, use: str, name: str) -> str:  # noqa: ANN401
    if is_nothing(value):
        raise missing(use, name)
    if found is None:
        expected = "a string" if use == "text" else "a string or a whole number"
        raise BadRow(f"the {use} {name!r} is {named(value)}, expected {expected}")
    if use == "id" and not found:
        raise empty_id(name)
    if not _is_encodable(found):
        raise BadRow("a lone surrogate: half a character", remedy=_HALF)
    return found


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object as its pairs, so that a key that stands twice shows."""

    __slots__ = ()


def _pairs(line: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(line, object_pairs_hook=_Pairs)
    except RecursionError:  # the caller's own stack is deep already
        raise BadRow("lists and objects nested too deep", remedy="leave that field out") from None


def _refuse_repeated(pairs: Any, path: Sequence[str]) -> None:  # noqa: ANN401
    for key in path:
        if not isinstance(pairs, _Pairs):
            return
        found = [value for name, value in pairs if name == key]
        if len(found) > 1:
            reason = f"key {key!r} stands {len(found)} times in the row"
            raise BadRow(reason, remedy="keep one of them")
        pairs = found[0] if found else None


def missing(use: str, name: str) -> BadRow:
    """Return what is wrong with a row without a text or an id."""
    return BadRow(f"no {use}: {name!r} is null or not there", remedy="give each row one")


def empty_id(name: str) -> BadRow:
    """Return what is wrong with a row whose id is an empty string."""
    return BadRow(f"the id {name!r} is empty", remedy="give each row its own")


def samples_of(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], list[Any]]:
    """Return the fields of objects, nested ones too, in order, each with its values."""
    found: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        for path, value in _fields_of(row):
            found.setdefault(path, []).append(value)
    return found


def _fields_of(row: Mapping[str, Any], depth: int = 4) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in row.items():
        yield (key,), value
        if isinstance(value, dict) and depth > 1:
            for path, inner in _fields_of(value, depth - 1):
                yield (key, *path), inner
