"""Which field of the input is the text, the id, the title, the publisher, the date, the author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dupdetect.corpus.values import string_of
from dupdetect.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["ALSO", "CANDIDATES", "LAST_TEXTS", "ROLES", "FieldNames", "option_of", "resolve_fields"]

CANDIDATES: dict[str, tuple[str, ...]] = {
    "id": ("id", "_id", "guid", "uri", "url", "link", "@id", "DocumentIdentifier"),
    "text": (
        "text", "body", "content", "article", "maintext", "body_text", "articleBody", "plaintext",
        "full_text", "article_text", "content_text",
    ),
    "title": ("title", "headline", "title_page"),
    "publisher": (
        "publisher", "source", "outlet", "source_domain", "domain", "hostname", "source-hostname",
        "sitename", "site_name", "meta_site_name", "name_source", "clean_url", "domain_url",
        "source_name", "source_url", "SourceCommonName", "provider", "newspaper", "site",
    ),
    "published": (
        "published", "published_at", "publishedAt", "published_date", "datePublished",
        "date_published", "date_publish", "publish_date", "publishing_date", "dateTimePub",
        "dateTime", "pubDate", "pubdate", "versioncreated", "firstcreated", "date_gmt", "isoDate",
        "date", "seendate", "DATE",
    ),
    "author": ("author", "byline", "authors", "by", "creator", "dc:creator", "journalists"),
}  # fmt: skip
"""The names that are looked for, by what the field is used as, the better ones first."""

ALSO: dict[str, tuple[str, ...]] = {
    "url": (
        "url", "link", "canonical_url", "permalink", "web_url", "webUrl", "article_url",
        "page_url", "guid", "uri", "DocumentIdentifier",
    ),
    "language": ("language", "lang", "inLanguage", "language_code", "meta_lang", "locale"),
}  # fmt: skip
"""Names of what only views show; looked for where `FieldNames.also` asks for it."""

LAST_TEXTS = (
    "bodies", "body_xhtml", "body_richhtml", "content:encoded", "content_html", "article_html",
    "raw_text", "summary", "description", "excerpt",
)  # fmt: skip
"""Taken for the text where there is none of the others: markup, and what may be cut short."""

_PLACES = {
    use: {(name,): place for place, name in enumerate(known)}
    for use, known in (CANDIDATES | ALSO).items()
}

ROLES = tuple(CANDIDATES)
"""What a field can be used as."""

_SHOWN = 20


@dataclass(frozen=True)
class FieldNames:
    """Names of the fields to use; None looks for one of `CANDIDATES`.

    A dotted name such as ``"meta.title"`` leads into nested objects, unless a field is called
    just that. `also` are uses among `ALSO` to look for, too.

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
    also: tuple[str, ...] = ()


def option_of(use: str) -> str:
    """Return how a field is named, on the command line and in Python, for errors.

    Examples
    --------
    >>> option_of("text")
    '--text-field (in Python names=FieldNames(text=...))'
    """
    return f"--{use}-field (in Python names=FieldNames({use}=...))"


def resolve_fields(
    names: FieldNames, seen: Mapping[tuple[str, ...], Sequence[object]], *, file: str
) -> dict[str, tuple[str, ...]]:
    """Choose the fields to read.

    Parameters
    ----------
    names : FieldNames
        What the caller wants.
    seen : Mapping[tuple[str, ...], Sequence[object]]
        The fields of the input as paths of keys, nested ones too, in order; each with values of
        some rows, or with none where they are not known. A field without a usable value among
        them is not taken unless the caller named it.
    file : str
        Named in errors.

    Returns
    -------
    dict
        For each use that has a field the path to it; always one for ``"text"``.

    Raises
    ------
    InputError
        When a name the caller gave is not there, or no field or more than one can be the text.
        Of all other names the first in the order of `CANDIDATES` is taken.

    Examples
    --------
    >>> seen = {("url",): ["/a"], ("id",): [None], ("body",): ["One story."]}
    >>> resolve_fields(FieldNames(), seen, file="a.jsonl")
    {'id': ('url',), 'text': ('body',)}
    """
    chosen: dict[str, tuple[str, ...]] = {}
    wanted = {use: getattr(names, use) for use in ROLES}
    for use, name in wanted.items():
        if name:
            _take(chosen, use, _find_wanted(use, name, seen, file), file)
    for use in ROLES:
        if not wanted[use] and (found := _find(use, seen, chosen, file)) is not None:
            chosen[use] = found
    taken = {use: chosen[use] for use in ROLES if use in chosen}
    for use in names.also:
        if (found := _find(use, seen, chosen, file)) is not None:
            taken[use] = found
    return taken


def _take(chosen: dict[str, tuple[str, ...]], use: str, path: tuple[str, ...], file: str) -> None:
    for other, taken in chosen.items():
        if path == taken:
            raise InputError(
                f"field {'.'.join(path)!r} cannot be both the {other} and the {use}",
                file=file,
                remedy=f"name another with {option_of(use)}",
            )
    chosen[use] = path


def _find_wanted(
    use: str, wanted: str, seen: Collection[tuple[str, ...]], file: str
) -> tuple[str, ...]:
    for path in ((wanted,), tuple(wanted.split("."))):
        if path in seen:
            return path
    raise InputError(
        f"no field {wanted!r} for the {use}; the fields are {_shown(seen)}",
        file=file,
        remedy=f"name one of them with {option_of(use)}",
    )


def _find(
    use: str,
    seen: Mapping[tuple[str, ...], Sequence[object]],
    chosen: Mapping[str, tuple[str, ...]],
    file: str,
) -> tuple[str, ...] | None:
    places = _PLACES[use]
    there = sorted((path for path in seen if path in places), key=places.__getitem__)
    free = [path for path in there if path not in chosen.values()]
    found = [path for path in free if _may_be(use, seen[path])]
    if use != "text":
        return found[0] if found else None
    if len(found) > 1:
        these = " and ".join(repr(path[0]) for path in found)
        raise InputError(
            f"{these} can each be the {use}; the fields are {_shown(seen)}",
            file=file,
            remedy=f"name one with {option_of(use)}",
        )
    if not found:
        last = [(name,) for name in LAST_TEXTS if seen.get((name,)) and _may_be(use, seen[(name,)])]
        found = [path for path in last if path not in chosen.values()]
    if found or free:  # a text that is never one: the rows say what is wrong
        return (found or free)[0]
    raise InputError(
        f"no field that can be the text; the fields are {_shown(seen)}",
        file=file,
        remedy=f"name it with {option_of('text')}",
    )


def _may_be(use: str, values: Sequence[object]) -> bool:
    """Whether one of the values can be used, or none is known."""
    if not values:
        return True
    if use == "id" and all(value is None or value == "" for value in values):
        return False
    return use == "id" or any(string_of(value, use) is not None for value in values)


def _shown(seen: Collection[tuple[str, ...]]) -> str:
    names = [".".join(path) for path in seen]
    if not names:
        return "(none)"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
