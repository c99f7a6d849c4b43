"""Files that are one story each: plain texts and HTML pages."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from dupdetect.corpus.formats import is_html
from dupdetect.corpus.mend import cut_markup
from dupdetect.corpus.readers.base import BadRow, Batch, RejectRow, Seen
from dupdetect.corpus.readers.jsonl import MAX_ROW_BYTES
from dupdetect.corpus.readers.records import Record, batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dupdetect.corpus.streams import ByteStream

__all__ = ["Page", "page_fields", "page_values"]

_USES = ("id", "text", "title", "publisher", "published", "author")


class Page:
    """Reads one file as one story, called by its path."""

    def __init__(self, stream: ByteStream, *, path: str, reject: RejectRow) -> None:
        self._stream = stream
        self._path = path
        self._reject = reject
        self.fields = {"id": ("path",), "text": ("text",)}
        self.seen = Seen(id_types={"string"})
        self.rows = 0
        self.blank_lines = 0

    def batches(self) -> Iterator[Batch]:
        """Yield the story."""
        self.rows = 1
        data = _whole(self._stream)
        try:
            values = _values(data, self._path)
        except BadRow as bad:
            self._reject(bad, line=1, start=0, end=len(data))
        else:
            record = Record({**values, "id": self._path}, 0, 1)
            yield from batches_of([record], _USES)


def _values(data: bytes, path: str) -> dict[str, str]:
    if len(data) > MAX_ROW_BYTES:
        raise BadRow(f"a file of more than {MAX_ROW_BYTES:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"byte 0x{data[error.start]:02X} is not valid UTF-8"
        raise BadRow(reason, remedy="save the file as UTF-8") from None
    return page_values(text) if is_html(path) else {"text": text}


def page_values(page: str) -> dict[str, str]:
    """Return what an HTML page holds, by use; its text is as long as the page."""
    return {**page_fields(page), "text": cut_markup(page)}


def _whole(stream: ByteStream) -> bytes:
    data = bytearray()
    block = memoryview(bytearray(1 << 20))
    while count := stream.readinto(block):
        data += block[:count]
        if len(data) > MAX_ROW_BYTES:
            break
    return bytes(data)


_META = r"(?i)<meta\s[^<>]{1,2000}>"
_ATTRIBUTE = r"""([a-zA-Z:_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"""
_TITLE = r"(?i)<title[^<>]*>([^<]{0,2000})</title"
_HEAD = 1 << 18
_META_USES = {
    "og:title": "title",
    "og:site_name": "publisher",
    "article:published_time": "published",
    "author": "author",
    "article:author": "author",
    "date": "published",
    "datepublished": "published",
}


def page_fields(text: str) -> dict[str, str]:
    """Return what the head of an HTML page says of it: title, publisher, published, author.

    Examples
    --------
    >>> page_fields('<title>Fog &amp; rain</title><meta property="og:site_name" content="A">')
    {'publisher': 'A', 'title': 'Fog & rain'}
    """
    head = text[:_HEAD]
    found: dict[str, str] = {}
    for tag in re.finditer(_META, head):
        values = {name.lower(): a or b for name, a, b in re.findall(_ATTRIBUTE, tag[0])}
        name = values.get("property") or values.get("name") or values.get("itemprop") or ""
        use = _META_USES.get(name.lower())
        if use is not None and values.get("content", "").strip():
            found.setdefault(use, unescape(values["content"]).strip())
    if "title" not in found and (title := re.search(_TITLE, head)):
        found["title"] = unescape(title[1]).strip()
    return found
