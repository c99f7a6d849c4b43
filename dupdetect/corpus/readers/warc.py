"""Web archives: the pages of WARC files and the texts of WET files; needs warcio."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dupdetect.corpus.readers.base import BadRow, Batch, RejectRow, Seen
from dupdetect.corpus.readers.jsonl import MAX_ROW_BYTES
from dupdetect.corpus.readers.pages import page_values
from dupdetect.corpus.readers.records import Record, batches_of
from dupdetect.corpus.streams import buffered
from dupdetect.errors import InputError, MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dupdetect.corpus.streams import ByteStream

__all__ = ["WebArchive"]

_USES = ("id", "text", "title", "publisher", "published", "author")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([a-zA-Z0-9_-]{1,40})", re.IGNORECASE)


class WebArchive:
    """Reads the records of an archive that hold a page or its text, each called by its address.

    Of responses those with status 200 that are HTML or plain text; of WET files the conversions.
    All other records are passed over. The publisher is the host, unless the page names its site.
    """

    def __init__(self, stream: ByteStream, *, path: str, reject: RejectRow) -> None:
        self._stream = stream
        self._path = path
        self._reject = reject
        self.fields = {use: (use,) for use in _USES}
        self.seen = Seen(id_types={"string"})
        self.rows = 0
        self.blank_lines = 0

    def batches(self) -> Iterator[Batch]:
        """Yield the stories of the records."""
        yield from batches_of(self._records(), _USES)
        if not self.rows:
            raise InputError(
                "no stories: no record holds a page",
                file=self._path,
                remedy="give a WARC file with responses, or a WET file",
            )

    def _records(self) -> Iterator[Record]:
        try:
            from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415  (an extra)
            from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415
        except ImportError as error:
            raise MissingDependencyError(
                f"{self._path}: WARC files are read by warcio, which is not installed; install "
                "it with pip install warcio"
            ) from error
        file = buffered(self._stream)
        try:
            for record in _records_of(ArchiveIterator(file), ArchiveLoadFailed):
                if (kind := _kind(record)) is not None:
                    yield from self._story(record, kind)
        except ArchiveLoadFailed as error:
            reason = f"the archive is damaged: {error}"
            raise InputError(reason, file=self._path, remedy="get it again") from error

    def _story(self, record: Any, kind: str) -> Iterator[Record]:  # noqa: ANN401  of warcio
        number = self.rows
        self.rows += 1
        address = record.rec_headers.get_header("WARC-Target-URI") or f"{self._path}#{number}"
        data = record.content_stream().read(MAX_ROW_BYTES + 1)
        if len(data) > MAX_ROW_BYTES:
            bad = BadRow(f"a page of more than {MAX_ROW_BYTES:,} bytes")
            self._reject(bad, line=number + 1, start=-1, end=-1)
            return
        text = _decoded(data, record)
        values: dict[str, str] = page_values(text) if kind == "html" else {"text": text}
        yield Record({"publisher": address, **values, "id": address}, number, number + 1)


def _records_of(archive: Iterable[Any], damaged: type[Exception]) -> Iterator[Any]:
    """Yield records; raise `damaged` where the library stumbles over a header that is missing."""
    records = iter(archive)
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except AttributeError as error:
            raise damaged(f"a header is missing ({error})") from error
        yield record


def _kind(record: Any) -> str | None:  # noqa: ANN401
    """Say whether a record is a page (html), a text (plain), or neither (None)."""
    if record.rec_type == "conversion":
        return "plain"
    if record.rec_type != "response" or record.http_headers is None:
        return None
    if record.http_headers.get_statuscode() != "200":
        return None
    kind = (record.http_headers.get_header("Content-Type") or "").lower()
    if "html" in kind:
        return "html"
    return "plain" if kind.startswith("text/plain") else None


def _decoded(data: bytes, record: Any) -> str:  # noqa: ANN401
    """Decode a page as its header or its head says; as UTF-8 otherwise, with marks for losses."""
    said = b""
    if record.http_headers is not None:
        said = (record.http_headers.get_header("Content-Type") or "").encode("latin-1", "replace")
    found = _CHARSET.search(said) or _CHARSET.search(data[:4096])
    name = found[1].decode("ascii") if found else "utf-8"
    try:
        return data.decode(name, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
