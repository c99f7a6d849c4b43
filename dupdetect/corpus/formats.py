"""What an input's content is, found from its first bytes."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dupdetect.corpus.envelopes import path_of_stories
from dupdetect.corpus.fields import CANDIDATES, FieldNames
from dupdetect.errors import InputError

if TYPE_CHECKING:
    from dupdetect.products.corpus import Format

__all__ = ["BOM", "DELIMITERS", "delimiter_of", "find_format", "is_html"]

BOM = b"\xef\xbb\xbf"
DELIMITERS = ",;\t|"
_HTML_NAMES = frozenset({".html", ".htm", ".xhtml"})
_TEXT_NAMES = frozenset({".txt", ".text", ".md"})
_CSV_NAMES = {".csv", ".tsv", ".tab"}
_JSON_NAMES = {".jsonl", ".ndjson", ".json", ".jl"}
_MAGIC: dict[bytes, Format] = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",
}
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh")
_XML_ROOTS = (b"rss", b"feed", b"newsItem", b"newsMessage", b"nitf")
_REMEDY = "give JSON Lines, CSV, Parquet or Arrow"


def find_format(head: bytes, *, path: str, names: FieldNames) -> Format:
    """Say what the bytes are.

    Parameters
    ----------
    head : bytes
        The first bytes, decompressed; all there are when they are few.
    path : str
        Its ending decides where the content does not.
    names : FieldNames
        A CSV header is known by the text's name.

    Raises
    ------
    InputError
        When it is none of the formats that are read.
    """
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head.startswith(_PACKED):
        raise InputError("this is compressed twice", file=path, remedy="unpack it once first")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("this is UTF-16", file=path, remedy="save it as UTF-8")
    start = head.removeprefix(BOM).lstrip()
    suffixes = {suffix.lower() for suffix in PurePath(path).suffixes}
    if not start and not suffixes & _TEXT_NAMES:
        if len(head) > len(BOM):
            return "jsonl"  # blank lines so far; the reader says when nothing follows
        raise InputError("no stories: the input is empty", file=path, remedy=_REMEDY)
    found = _text_format(start, suffixes, names)
    if found is None:
        shown = start[:40].decode("utf-8", "replace")
        raise InputError(f"not a dump of stories: it starts {shown!r}", file=path, remedy=_REMEDY)
    return found


def _text_format(start: bytes, suffixes: set[str], names: FieldNames) -> Format | None:
    """Return the format of text: the first whose sign is there, None without any."""
    signs: tuple[tuple[Format, bool], ...] = (
        ("json", start.startswith(b"{") and _goes_on(start)),
        ("json", start.startswith(b"{") and path_of_stories(start, names) is not None),
        ("jsonl", start.startswith(b"{")),
        ("warc", start.startswith(b"WARC/")),
        ("json", start.startswith(b"[") and start[1:].lstrip().startswith(b"{")),
        ("csv", bool(suffixes & _CSV_NAMES) or _is_header(start, names)),
        ("json", start.startswith(b"[")),
        ("xml", not suffixes & _HTML_NAMES and _is_xml(start)),
        ("page", bool(suffixes & (_HTML_NAMES | _TEXT_NAMES))),
        ("jsonl", bool(suffixes & _JSON_NAMES) or b"\n{" in start),
    )
    return next((kind for kind, there in signs if there), None)


def _goes_on(start: bytes) -> bool:
    """Whether the first object does not end on its line, and the next line begins no other."""
    first, newline, others = start.partition(b"\n")
    if not newline or first.rstrip()[-1:] not in b"{[,":
        return False
    return not others.lstrip().startswith(b"{")


def _is_xml(start: bytes) -> bool:
    return start.startswith(b"<") and (
        start.startswith(b"<?xml") or any(b"<" + name in start[:2048] for name in _XML_ROOTS)
    )


def _is_header(start: bytes, names: FieldNames) -> bool:
    header = start.split(b"\n", 1)[0].decode("utf-8", "replace")
    columns = {name.strip('" \r') for name in header.split(delimiter_of(header))}
    return len(columns) > 1 and bool(columns & {*CANDIDATES["text"], names.text})


def is_html(path: str) -> bool:
    """Whether a file of one story is a page, by its name."""
    return PurePath(path).suffix.lower() in _HTML_NAMES


def delimiter_of(header: str) -> str:
    """Return the separator that the header line holds most of; a comma where there is none."""
    return max(DELIMITERS, key=header.count)
