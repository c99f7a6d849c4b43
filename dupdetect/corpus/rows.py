"""The rows that the kernel leaves to Python: what is wrong with them, or what they hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from dupdetect.corpus.batches import BadRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["decide_row", "empty_id", "field_paths", "missing", "object_of"]

_QUOTED = 60


def object_of(line: bytes) -> dict[str, Any]:
    """Parse a line that is to be one JSON object; `BadRow` says why it is not."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _broken(line, error) from None
    if not isinstance(row, dict):
        reason = f"expected a JSON object, found {_named(row)}"
        raise BadRow(reason, remedy="give one object with a text a line")
    return row


def _broken(line: bytes, error: orjson.JSONDecodeError) -> BadRow:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as bad:
        byte = f"0x{line[bad.start]:02X}"
        remedy = "save the file as UTF-8"
        return BadRow(f"byte {byte} is not valid UTF-8", column=bad.start + 1, remedy=remedy)
    if line.lstrip(b" \t\r\n")[:1] != b"{":
        start = line[:_QUOTED].decode("utf-8", "replace")
        remedy = "give one JSON object a line"
        return BadRow(f"not JSON: {start!r}", column=error.colno, remedy=remedy)
    return BadRow(f"not valid JSON: {error.msg}", column=error.colno)


def decide_row(
    line: bytes, paths: Mapping[str, Sequence[str]], *, keys_checked: bool = False
) -> dict[str, str | None]:
    """Return the values of the mapped fields of a line.

    Parameters
    ----------
    line
        One JSON object.
    paths
        By use the keys that lead to the field.
    keys_checked
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
        pairs = json.loads(line, object_pairs_hook=_Pairs)
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
    """Return the verdict on a row without a text or an id."""
    return BadRow(f"no {use}: {name!r} is null or not there", remedy="give each row one")


def empty_id(name: str) -> BadRow:
    """Return the verdict on a row whose id is an empty string."""
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
