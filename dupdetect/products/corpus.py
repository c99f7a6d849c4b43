"""What reading yields: the stories as Arrow buffers, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Literal, NewType

import numpy as np
import xxhash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = [
    "Corpus",
    "DuplicateId",
    "Format",
    "OnBadRow",
    "Origin",
    "Reject",
    "Source",
    "Stamp",
    "stories_digest",
]

Format = Literal[
    "jsonl", "json", "parquet", "csv", "arrow", "text", "page", "xml", "warc"
]  # fmt: skip
OnBadRow = Literal["stop", "skip"]
DuplicateId = Literal["version", "last", "stop"]
"""What to do about two rows with one id: compare both under names of their own, take the last, or
hold it for a bad row."""
Stamp = NewType("Stamp", tuple[int, int, int])
"""Size in bytes, modification time in ns and inode of a file: what tells that it changed."""


@dataclass(frozen=True)
class Source:
    """One input as it was understood.

    Attributes
    ----------
    path : str
        As given; ``"-"`` is standard input, ``"<memory>"`` a Python object.
    format : Format
        What its content is; ``"json"`` is an array or objects over many lines, ``"text"`` a list
        of texts, ``"page"`` a file that is one story.
    compression : str or None
        ``"gzip"``, ``"zstd"``, ``"bz2"`` or None.
    fields : dict of str to str
        Which field of the input (value, dotted) is used as what (key: id, text, title,
        publisher, published, author); what was not found is left out.
    size_bytes : int
        As stored, compressed; -1 where that is unknown.
    modified_ns
        When the file was last changed, in ns since 1970; -1 where that is unknown.
    ends_early : bool
        Whether it ends inside a row or a list, so that rows may be missing.
    """

    path: str
    format: Format
    compression: str | None
    fields: dict[str, str]
    size_bytes: int
    modified_ns: int = -1
    ends_early: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was set aside.

    Attributes
    ----------
    source : int
        Index into `Corpus.sources`.
    line : int
        Line (table sources: row) it starts on, from 1.
    start, end : int
        Its byte range in the decompressed source, without the line's end; -1 for tables.
    reason : str
        Why, in one line.
    superseded : bool
        Whether nothing is wrong with it but that a later row has its id
        (``duplicate_id="last"``).
    """

    source: int
    line: int
    start: int
    end: int
    reason: str
    superseded: bool = False


@dataclass(frozen=True)
class Origin:
    """How to read the rows of one source again, to copy them.

    Attributes
    ----------
    open_bytes : callable or None
        Opens the decompressed bytes from their start; raises `InputError` when the file is no
        longer the one that was read. None for tables.
    open_table : callable or None
        Opens the rows as Arrow record batches of at most 65,536 rows. None for text formats.
    delimiter : str
        The column separator of a CSV.
    header : bytes
        The first record of a CSV with its line end, to stand on top of copies; else empty.
    """

    open_bytes: Callable[[], IO[bytes]] | None = None
    open_table: Callable[[], pa.RecordBatchReader] | None = None
    delimiter: str = ","
    header: bytes = b""


@dataclass(frozen=True)
class Corpus:
    """Stories in the order of the input; n is their number.

    Use it as a context manager, or call `close`, to give back what was spilled to disk.

    Attributes
    ----------
    ids, titles, publishers, published, authors : pa.LargeStringArray
        large_string arrays of length n; null where a story has none (ids never are, and no two
        are equal).
    urls, languages : pa.LargeStringArray or None
        The same; None where they were not asked for.
    text : ndarray of uint8
        uint8, shape (bytes,): the texts one after the other, valid UTF-8, as
        :func:`dupdetect.corpus.mend.mend` gives them: as long in characters as the raw values. In
        memory, or a read-only map of a temporary file that has no name.
    text_offsets : ndarray of int64
        int64, shape (n + 1,): story i is ``text[text_offsets[i]:text_offsets[i + 1]]``.
    mended : ndarray of bool
        bool, shape (n,): which texts are not what came in: they were marked up or damaged.
    published_us : ndarray of int64
        int64, shape (n,): microseconds since 1970-01-01 UTC, `UNKNOWN_TIME` where unknown.
    id_type : pyarrow.DataType or None
        Type of the ids as they came, where all inputs agree and it is not a string; `ids` holds
        them as strings.
    row_number : ndarray of int64
        Shape (n,): which row of all inputs a story is, from 0, those set aside counted.
    rows : int
        How many there are, those set aside counted.
    row_source, row_line : ndarray of int32 and of int64
        int32 and int64, shape (n,): index into `sources`, and line or row from 1.
    row_start, row_end : ndarray of int64
        int64, shape (n,): byte range in the decompressed source, half open, without the line's
        end; -1 for table sources.
    sources, origins : tuple of Source and of Origin
        What was read, and how to read it again; one each an input.
    rejected : tuple of Reject
        The rows set aside under ``on_bad_row="skip"`` and ``duplicate_id="last"``, in order.
    superseded : int
        How many of these only have the id of a later row.
    unread : mapping of str to int
        By use how many values were nothing that could be used: they count as unknown.
    repeated_ids : int
        Rows whose id another row had before them, which were given a name of their own.
    duplicate_id : DuplicateId
        What was done about such rows.
    blank_lines : int
        Empty lines met in JSON Lines and CSV: they are no rows and stand in no output.
    """

    ids: pa.LargeStringArray
    titles: pa.LargeStringArray
    publishers: pa.LargeStringArray
    published: pa.LargeStringArray
    authors: pa.LargeStringArray
    text: NDArray[np.uint8]
    text_offsets: NDArray[np.int64]
    mended: NDArray[np.bool_]
    published_us: NDArray[np.int64]
    row_source: NDArray[np.int32]
    row_line: NDArray[np.int64]
    row_start: NDArray[np.int64]
    row_end: NDArray[np.int64]
    sources: tuple[Source, ...]
    row_number: NDArray[np.int64]
    rows: int
    id_type: pa.DataType | None = None
    urls: pa.LargeStringArray | None = None
    languages: pa.LargeStringArray | None = None
    unread: Mapping[str, int] = field(default_factory=dict)
    repeated_ids: int = 0
    duplicate_id: DuplicateId = "version"
    rejected: tuple[Reject, ...] = ()
    origins: tuple[Origin, ...] = ()
    blank_lines: int = 0
    spill_files: tuple[IO[bytes], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        """Return the number of stories."""
        return len(self.text_offsets) - 1

    @property
    def superseded(self) -> int:
        """Rows set aside only because a later row has their id."""
        return sum(row.superseded for row in self.rejected)

    def text_of(self, row: int) -> str:
        """Return the text of story `row` (0 <= row < n)."""
        start, end = self.text_offsets[row], self.text_offsets[row + 1]
        return self.text[start:end].tobytes().decode("utf-8")

    def places(self) -> NDArray[np.int64]:
        """Return where each row stands: source, line, start and end, shape (n, 4)."""
        columns = (self.row_source, self.row_line, self.row_start, self.row_end)
        return np.stack(columns, axis=1, dtype=np.int64)

    def close(self) -> None:
        """Give back the disk space of texts that were spilled; a second call does nothing."""
        for file in self.spill_files:
            file.close()

    def __enter__(self) -> Corpus:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()


def stories_digest(corpus: Corpus) -> str:
    """Return 128 bits in hexadecimal of the ids and texts of all stories, in their order."""
    digest = xxhash.xxh3_128()
    _, ends, data = corpus.ids.buffers()
    offsets = np.frombuffer(ends, np.int64)[corpus.ids.offset :][: len(corpus) + 1]
    digest.update(np.diff(offsets).tobytes())
    digest.update(memoryview(data or b"")[offsets[0] : offsets[-1]])
    digest.update(corpus.text_offsets.tobytes())
    digest.update(corpus.text.data)
    return str(digest.hexdigest())
