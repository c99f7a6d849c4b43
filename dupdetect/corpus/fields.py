"""Which field of the input is the text, the id, the title, the publisher, the date, the author."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from dupdetect.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["CANDIDATES", "ROLES", "FieldNames", "resolve_fields"]

CANDIDATES: dict[str, tuple[str, ...]] = {
    "id": ("id", "_id", "guid", "uri", "url"),
    "text": ("text", "body", "content", "article", "maintext", "body_text", "articleBody"),
    "title": ("title", "headline"),
    "publisher": ("publisher", "source", "outlet", "domain"),
    "published": ("published", "published_at", "date", "versioncreated", "datePublished"),
    "author": ("author", "byline", "authors"),
}
"""The names that are looked for, by what the field is used as."""

ROLES = tuple(CANDIDATES)
"""What a field can be used as."""

_SHOWN = 20


@dataclass(frozen=True)
class FieldNames:
    """Names of the fields to use; None looks for one of `CANDIDATES`.

    A dotted name such as ``"meta.title"`` leads into nested objects, unless a field is called
    just that.

    Examples
    --------
    >>> FieldNames(text="article_text", publisher="meta.outlet").text
    'article_text'
    """

    id: str | None = None
    text: str | None = None
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    author: str | None = None


def resolve_fields(
    names: FieldNames, seen: Collection[tuple[str, ...]], *, file: str
) -> dict[str, tuple[str, ...]]:
    """Choose the fields to read.

    Parameters
    ----------
    names : FieldNames
        What the caller wants.
    seen : Collection[tuple[str, ...]]
        The fields of the input as paths of keys, nested ones too, in order.
    file : str
        Named in errors.

    Returns
    -------
    dict
        For each use that has a field the path to it; always one for ``"text"``.

    Raises
    ------
    InputError
        When a name the caller gave is not there, no field or more than one can be the text, or
        more than one can be the title, publisher, date or author. Of the id's names the first
        in the order of `CANDIDATES` is taken: dumps give an id and a url side by side, and
        either would do.

    Examples
    --------
    >>> resolve_fields(FieldNames(), [("url",), ("id",), ("body",)], file="a.jsonl")
    {'id': ('id',), 'text': ('body',)}
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for use in (field.name for field in fields(FieldNames)):
        wanted: str | None = getattr(names, use)
        found = _find_wanted(use, wanted, seen, file) if wanted else _find(use, seen, file)
        if found is None:
            continue
        for other, path in chosen.items():
            if path == found:
                raise InputError(
                    f"field {'.'.join(found)!r} cannot be both the {other} and the {use}",
                    file=file,
                    remedy=f"name another with --{use}-field",
                )
        chosen[use] = found
    return chosen


def _find_wanted(
    use: str, wanted: str, seen: Collection[tuple[str, ...]], file: str
) -> tuple[str, ...]:
    for path in ((wanted,), tuple(wanted.split("."))):
        if path in seen:
            return path
    raise InputError(
        f"no field {wanted!r} for the {use}; the fields are {_shown(seen)}",
        file=file,
        remedy=f"name one of them with --{use}-field",
    )


def _find(use: str, seen: Collection[tuple[str, ...]], file: str) -> tuple[str, ...] | None:
    found = [(name,) for name in CANDIDATES[use] if (name,) in seen]
    if len(found) > 1 and use != "id":
        these = " and ".join(repr(path[0]) for path in found)
        raise InputError(
            f"{these} can each be the {use}; the fields are {_shown(seen)}",
            file=file,
            remedy=f"name one with --{use}-field",
        )
    if not found and use == "text":
        raise InputError(
            f"no field that can be the text; the fields are {_shown(seen)}",
            file=file,
            remedy="name it with --text-field",
        )
    return found[0] if found else None


def _shown(seen: Collection[tuple[str, ...]]) -> str:
    names = [".".join(path) for path in seen]
    if not names:
        return "(none)"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
