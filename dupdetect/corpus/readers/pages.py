"""Files that are one story each: plain texts and HTML pages."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dupdetect.corpus.formats import HTML_NAMES
from dupdetect.corpus.markup import cut_markup, page_fields
from dupdetect.corpus.readers.base import BadRow, Batch, RejectRow, Seen
from dupdetect.corpus.readers.jsonl import MAX_ROW_BYTES
from dupdetect.corpus.readers.records import Record, batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dupdetect.corpus.streams import ByteStream

__all__ = ["Page", "page_values"]

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
    is_page = PurePath(path).suffix.lower() in HTML_NAMES
    return page_values(text) if is_page else {"text": text}


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
