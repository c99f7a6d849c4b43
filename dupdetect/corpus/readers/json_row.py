"""The rows that the kernel leaves to Python: what is wrong with them, or what they hold."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import orjson

from dupdetect.corpus.readers.base import BadRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["CUT_SHORT", "decide_row", "empty_id", "field_paths", "missing", "object_of"]

CUT_SHORT = "the input ends inside this row: was it written to the end?"
_QUOTED = 60
_DEEPEST = 512
"""Levels of a row's nesting that are read; what parses JSON gives up somewhere beyond."""

# A string, closed or not, or a bracket; never tries a byte twice.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[][{}]', re.DOTALL)


def object_of(line: bytes) -> dict[str, Any]:
    """Parse a line that is to be one JSON object; `BadRow` says why it is not."""
    _refuse_deep(line)
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _broken(line, error) from None
    if not isinstance(row, dict):
        reason = f"expected a JSON object, found {_named(row)}"
        raise BadRow(reason, remedy="give one object with a text a line")
    return row


def _refuse_deep(line: bytes) -> None:
    if line.count(b"[") + line.count(b"{") <= _DEEPEST:
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
    if text.lstrip(" \t\r").startswith("\ufeff"):
        return BadRow("a byte order mark inside the file", column=1, remedy="leave it out")
    reason, remedy = _said(text, error)
    return BadRow(reason, column=len(text[: error.pos].encode()) + 1, remedy=remedy)


def _said(text: str, error: orjson.JSONDecodeError) -> tuple[str, str]:
    """Reason and remedy; the parser's own words where there are no better ones."""
    if text.lstrip(" \t\r")[:1] != "{":
        return f"not JSON: {text[:_QUOTED]!r}", "give one JSON object a line"
    if "after" in error.msg and text[error.pos :].lstrip(" \t\r,")[:1] == "{":
        return "more than one object on the line", "put each on a line of its own"
    if "surrogate" in error.msg:
        remedy = "escape both halves of the character, or none"
        return "a lone surrogate: half a character", remedy
    stopped_at = text[error.pos : error.pos + 1]
    if stopped_at and stopped_at < " ":
        code = ord(stopped_at)
        return f"control character 0x{code:02X} in the row", f"escape it as \\u{code:04x}"
    return f"not valid JSON: {error.msg}", ""


def decide_row(
    line: bytes, paths: Mapping[str, Sequence[str]], *, keys_checked: bool = False
) -> dict[str, str | None]:
    """Return the values of the mapped fields of a line.

    Parameters
    ----------
    line : bytes
        One JSON object.
    paths : mapping of str to sequence of str
        By use the keys that lead to the field.
    keys_checked : bool
        Whether the line is known to hold no key twice.

    Returns
    -------
    dict
        By use the value, None where absent; "text" and "id" always have one.

    Raises
    ------
    BadRow
        When the line is no JSON object, holds a mapped key twice, has no text or no id, or a
        value that cannot be used as what it is mapped to: the text is a string; the id a string
        or a whole number; the others a string, a number or a list of strings, which is joined
        by ", ".

    Examples
    --------
    >>> decide_row(b'{"text": "a", "by": ["B", "C"]}', {"text": ["text"], "author": ["by"]})
    {'text': 'a', 'author': 'B, C'}
    """
    row = object_of(line)
    if not keys_checked:
        pairs = _pairs(line)
        for path in paths.values():
            _refuse_repeated(pairs, path)
    values: dict[str, str | None] = {}
    for use, path in paths.items():
        value: Any = row
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        values[use] = _usable(value, use, ".".join(path))
    return values


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


def _usable(value: Any, use: str, name: str) -> str | None:  # noqa: ANN401
    if value is None:
        if use in {"text", "id"}:
            raise missing(use, name)
        return None
    if isinstance(value, str):
        if use == "id" and not value:
            raise empty_id(name)
        return value
    if use == "text":
        raise BadRow(f"the text {name!r} is {_named(value)}, expected a string")
    if type(value) is int:
        return str(value)
    if use == "id":
        raise BadRow(f"the id {name!r} is {_named(value)}, expected a string or a whole number")
    if type(value) is float:
        return repr(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    nested = f"; its fields are named {name}.NAME" if isinstance(value, dict) else ""
    reason = f"the {use} {name!r} is {_named(value)}, expected a string"
    raise BadRow(reason, remedy=f"name another with --{use}-field{nested}")


def missing(use: str, name: str) -> BadRow:
    """Return what is wrong with a row without a text or an id."""
    return BadRow(f"no {use}: {name!r} is null or not there", remedy="give each row one")


def empty_id(name: str) -> BadRow:
    """Return what is wrong with a row whose id is an empty string."""
    return BadRow(f"the id {name!r} is empty", remedy="give each row its own")


def _named(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    kinds: dict[object, str] = {str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


def field_paths(row: Mapping[str, Any], *, depth: int = 4) -> Iterator[tuple[str, ...]]:
    """Yield the paths of an object's fields, those of nested objects down to `depth` too."""
    for key, value in row.items():
        yield (key,)
        if isinstance(value, dict) and depth > 1:
            for path in field_paths(value, depth=depth - 1):
                yield (key, *path)
