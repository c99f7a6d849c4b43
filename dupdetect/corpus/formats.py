"""What an input's content is, found from its first bytes."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dupdetect.corpus.fields import CANDIDATES, FieldNames
from dupdetect.errors import InputError

if TYPE_CHECKING:
    from dupdetect.products.corpus import Format

__all__ = ["BOM", "DELIMITERS", "delimiter_of", "find_format"]

BOM = b"\xef\xbb\xbf"
DELIMITERS = ",;\t|"
_CSV_NAMES = {".csv", ".tsv", ".tab"}
_JSON_NAMES = {".jsonl", ".ndjson", ".json", ".jl"}
_MAGIC: dict[bytes, Format] = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",
}
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh")
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
    if not start:
        if len(head) > len(BOM):
            return "jsonl"  # blank lines so far; the reader says when nothing follows
        raise InputError("no stories: the input is empty", file=path, remedy=_REMEDY)
    suffixes = {suffix.lower() for suffix in PurePath(path).suffixes}
    if start.startswith(b"{"):
        return "jsonl"
    if suffixes & _CSV_NAMES or _is_header(start, names):
        return "csv"
    if start.startswith(b"["):
        remedy = "give one object a line, for instance with: jq -c '.[]'"
        raise InputError("this is one JSON array", file=path, line=1, remedy=remedy)
    if suffixes & _JSON_NAMES or b"\n{" in head:
        return "jsonl"
    shown = start[:40].decode("utf-8", "replace")
    raise InputError(f"not a dump of stories: it starts {shown!r}", file=path, remedy=_REMEDY)


def _is_header(start: bytes, names: FieldNames) -> bool:
    header = start.split(b"\n", 1)[0].decode("utf-8", "replace")
    columns = {name.strip('" \r') for name in header.split(delimiter_of(header))}
    return len(columns) > 1 and bool(columns & {*CANDIDATES["text"], names.text})


def delimiter_of(header: str) -> str:
    """Return the separator that the header line holds most of; a comma where there is none."""
    return max(DELIMITERS, key=header.count)
