"""One string out of whatever a record holds as its text, its id, its title, its author."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from dupdetect.support.columns import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["hosts_of", "is_nothing", "named", "string_of"]

_NAMED = (
    "name", "title", "value", "rendered", "text", "content", "paragraphs", "#text", "_",
    "$oid", "$date", "$numberLong", "$numberInt", "@value", "display_name", "id", "uri", "@id",
)  # fmt: skip
"""The key of an object that holds what it stands for, the first that there is."""

_DEEPEST = 8
_FEW = 64  # publishers that are looked at one by one: a call of pyarrow takes longer
_JOINED = {"text": "\n\n", "id": "", "title": " ", "publisher": ", ", "published": " "}
_HOST = r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+).*$"


def string_of(value: Any, use: str, *, depth: int = 0) -> str | None:  # noqa: ANN401  of JSON
    """Return a value as the string that it is used as; None where it cannot be.

    Parameters
    ----------
    value
        A string; a number, for all but the text; a list, whose parts are joined (paragraphs of a
        text by an empty line, names by ", "); an object that has one text, such as
        ``{"rendered": "..."}``, ``{"name": "..."}`` or ``{"$oid": "..."}``.
    use
        What it is used as: one of `CANDIDATES`.
    depth
        Levels of nesting around it; beyond eight nothing is read.

    Examples
    --------
    >>> string_of([{"@type": "Person", "name": "Ann Roe"}, "B. Poe"], "author")
    'Ann Roe, B. Poe'
    >>> string_of({"rendered": "<p>One.</p>", "protected": False}, "text")
    '<p>One.</p>'
    >>> string_of(1.5, "id")
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or depth > _DEEPEST or is_nothing(value):
        return None
    if isinstance(value, int | float):
        return _number(value, use)
    if isinstance(value, dict):
        return _object(value, use, depth + 1)
    if isinstance(value, list | tuple):
        parts = [string_of(part, use, depth=depth + 1) for part in value]
        unusable = not parts or None in parts or (use == "id" and len(parts) > 1)
        return None if unusable else _JOINED.get(use, ", ").join(filter(None, parts))
    return str(value) if use == "published" else None


def is_nothing(value: Any) -> bool:  # noqa: ANN401
    """Whether a value says that there is none: null, or the NaN that some write for it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _number(value: float, use: str) -> str | None:
    if isinstance(value, int):
        return None if use == "text" else str(value)
    return None if use in {"text", "id"} else repr(value)


def _object(value: Mapping[str, Any], use: str, depth: int) -> str | None:
    if "sections" in value and use == "text":  # a body in parts, each with its headline
        parts = [value.get("summary"), *_sections(value["sections"])]
        found = [string_of(part, use, depth=depth) for part in parts if part]
        return "\n\n".join(part for part in found if part) or None
    for key in _NAMED:
        if value.get(key) is not None:
            return string_of(value[key], use, depth=depth)
    texts = [one for one in value.values() if isinstance(one, str)]
    return texts[0] if len(texts) == 1 else None


def _sections(sections: Any) -> list[Any]:  # noqa: ANN401
    if not isinstance(sections, list):
        return [sections]
    return [
        part
        for section in sections
        for part in (
            (section.get("headline"), section.get("paragraphs"))
            if isinstance(section, dict)
            else (section,)
        )
    ]


def named(value: Any) -> str:  # noqa: ANN401
    """Say in a message what a JSON value is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    kinds: dict[object, str] = {str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


def hosts_of(publishers: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return publishers with those that are URLs cut to their host.

    Examples
    --------
    >>> from dupdetect.support.columns import strings_to_arrow
    >>> import pyarrow as pa
    >>> names = strings_to_arrow(["https://www.a.example/b?c", "A, B"], pa.large_string())
    >>> hosts_of(names).to_pylist()
    ['a.example', 'A, B']
    """
    if len(publishers) <= _FEW:
        if not any(name and "://" in name for name in publishers.to_pylist()):
            return publishers
    elif not pc.any(pc.match_substring(publishers, "://")).as_py():
        return publishers
    urls = pc.match_substring_regex(publishers, _HOST)
    hosts = pc.utf8_lower(pc.replace_substring_regex(publishers, _HOST, r"\1"))
    return pc.if_else(pc.fill_null(urls, scalar(value=False)), hosts, publishers)
