"""Opening inputs: files, standard input, compression found by content, and the format of it all."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import pyarrow as pa

from dupdetect.corpus.gzip_stream import GzipStream
from dupdetect.errors import InputError, MissingDependencyError
from dupdetect.products.corpus import Stamp
from dupdetect.support.spill import no_room, unnamed_file, write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ByteStream", "Opened", "buffered", "files_in", "is_remote", "open_input", "reading"]

_CODECS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_NOT_READ = {
    b"\xfd7zXZ": "xz data",
    b"PK\x03\x04": "a zip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x04\x22\x4d\x18": "lz4 data",
}
_ENDINGS = {
    ".jsonl", ".ndjson", ".json", ".jl", ".csv", ".tsv", ".parquet", ".arrow", ".feather", ".txt",
    ".html", ".htm", ".xml", ".rss", ".atom", ".warc", ".wet", ".gz", ".zst", ".bz2",
}  # fmt: skip
_REMOTE = re.compile(r"[a-z][a-z0-9+.]+://", re.IGNORECASE)
_BOMB_BYTES = 1 << 30
_BOMB_RATIO = 200
_HEAD_BYTES = 1 << 16


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turn an error of the system in the block into one of the input `path`."""
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error) or type(error).__name__
        remedy = "is its disk, or the connection to it, in order?"
        if error.errno in {errno.EMFILE, errno.ENFILE}:
            remedy = "allow more of them, with 'ulimit -n 256'"
        raise InputError(f"cannot be read: {said}", file=path, remedy=remedy) from error


class _Counted(io.RawIOBase):
    """A raw file that knows how much of it was read, and its name where it cannot be."""

    def __init__(self, raw: IO[bytes], path: str) -> None:
        self._raw = raw
        self._path = path
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with reading(self._path):
            block = self._raw.read(size)
        self.count += len(block)
        return block

    def readinto(self, view: memoryview) -> int:  # type: ignore[override]
        with reading(self._path):
            count = int(self._raw.readinto(view))  # type: ignore[attr-defined]
        self.count += count
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class ByteStream:
    """Decompressed bytes of one input, read once from start to end.

    Parameters
    ----------
    raw : IO[bytes]
        The bytes as stored.
    path : str
        Named in errors.
    copy : IO[bytes] or None
        Receives all decompressed bytes, for an input that cannot be read twice.
    """

    def __init__(self, raw: IO[bytes], *, path: str, copy: IO[bytes] | None = None) -> None:
        self._path = path
        self._copy = copy
        self._counted = _Counted(raw, path)
        self._ahead = b""
        self._produced = 0
        first = self._read_first()
        for magic, name in _NOT_READ.items():
            if first.startswith(magic):
                self.close()
                raise InputError(f"this is {name}", file=path, remedy="unpack it first")
        self.compression = next(
            (codec for magic, codec in _CODECS.items() if first.startswith(magic)), None
        )
        self._unpacked: pa.NativeFile | GzipStream | None = None
        joined = _Joined(first, self._counted)
        if self.compression == "gzip":
            self._unpacked = GzipStream(joined.read)
        elif self.compression is not None:
            self._unpacked = pa.CompressedInputStream(
                pa.PythonFile(joined, mode="r"), self.compression
            )
        else:
            self._ahead = first

    def _read_first(self) -> bytes:
        first = b""
        while len(first) < _HEAD_BYTES and (block := self._counted.read(_HEAD_BYTES - len(first))):
            first += block
        return first

    def head(self) -> bytes:
        """Return up to 64 KiB of what comes next without consuming it."""
        while len(self._ahead) < _HEAD_BYTES:
            block = bytearray(_HEAD_BYTES)
            count = self._read(memoryview(block))
            if count == 0:
                break
            self._ahead += bytes(block[:count])
        return self._ahead

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view`; returns how many bytes, 0 at the end.

        Raises `InputError` when the compressed data is damaged, cut short or made to explode.
        """
        if self._ahead:
            count = min(len(view), len(self._ahead))
            view[:count] = self._ahead[:count]
            self._ahead = self._ahead[count:]
        else:
            count = self._read(view)
        if self._copy is not None and count:
            try:
                write_all(self._copy, view[:count])
            except OSError as error:
                raise no_room(error) from error
        return count

    def _read(self, view: memoryview) -> int:
        if self._unpacked is None:
            return self._counted.readinto(view)
        try:
            count = int(self._unpacked.readinto(view))
        except OSError as error:
            short = "Truncated" in str(error)
            said = "ends too early" if short else f"is damaged: {error}"
            remedy = "was it written and copied to the end?" if short else "get it again"
            raise InputError(
                f"the {self.compression} data {said}", file=self._path, remedy=remedy
            ) from error
        self._produced += count
        if self._produced > max(_BOMB_BYTES, _BOMB_RATIO * self._counted.count):
            raise InputError(
                f"the {self.compression} data expands more than {_BOMB_RATIO}-fold",
                file=self._path,
                remedy="if it is what it should be, unpack it first",
            )
        return count

    def close(self) -> None:
        """Close the file below."""
        self._counted.close()


class _Joined(io.RawIOBase):
    """What was read to find out the compression, and then the rest."""

    def __init__(self, first: bytes, rest: _Counted) -> None:
        self._first = first
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._first:
            size = len(self._first) if size < 0 else size
            block, self._first = self._first[:size], self._first[size:]
            return block
        return self._rest.read(size)


@dataclass(frozen=True)
class Opened:
    """An input that is open for its one reading.

    Attributes
    ----------
    stream : ByteStream
        Its decompressed bytes.
    size_bytes : int
        As stored; -1 where that is unknown.
    stamp : Stamp or None
        What tells that the file changed; None where it cannot be read twice.
    copy : IO[bytes] or None
        The decompressed bytes kept aside of an input that cannot be read twice.
    """

    path: str
    stream: ByteStream
    size_bytes: int
    stamp: Stamp | None
    copy: IO[bytes] | None

    def require_unchanged(self) -> None:
        """Raise `InputError` when the file is not the one that was opened."""
        if self.stamp is not None:
            _require(self.path, self.stamp)

    def reopen(self) -> Callable[[], IO[bytes]]:
        """Return what opens the decompressed bytes once more from their start."""
        return _Reopen(self.path, self.stamp, self.copy)


@dataclass(frozen=True)
class _Reopen:
    path: str
    stamp: Stamp | None
    copy: IO[bytes] | None

    def __call__(self) -> IO[bytes]:
        if self.copy is not None:
            return _copy_from_start(self.copy)
        if self.stamp is not None:
            _require(self.path, self.stamp)
        with reading(self.path):
            raw = cast("IO[bytes]", io.FileIO(self.path))
        return cast("IO[bytes]", _Readable(ByteStream(raw, path=self.path)))


class _Readable(io.RawIOBase):
    """A `ByteStream` as a file object."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, view: memoryview) -> int:  # type: ignore[override]
        return self._stream.readinto(view)

    def close(self) -> None:
        self._stream.close()
        super().close()


def buffered(stream: ByteStream) -> IO[bytes]:
    """Return a stream as a file that libraries can read."""
    return cast("IO[bytes]", io.BufferedReader(_Readable(stream)))


def _copy_from_start(file: IO[bytes]) -> IO[bytes]:
    again = cast("IO[bytes]", os.fdopen(os.dup(file.fileno()), "rb"))
    again.seek(0)
    return again


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp((found.st_size, found.st_mtime_ns, found.st_ino))


def _require(path: str, stamp: Stamp) -> None:
    try:
        now = _stamp(Path(path).stat())
    except OSError as error:
        reason = f"it was read, and is gone: {error.strerror}"
        raise InputError(reason, file=path, remedy="run again") from error
    if now != stamp:
        raise InputError(
            "it changed while it was read",
            file=path,
            remedy="run again when nothing writes to it any more",
        )


def is_remote(path: str) -> bool:
    """Whether a path names a place that is not on this machine, such as ``s3://...``."""
    return _REMOTE.match(path) is not None


def files_in(folder: Path) -> list[str]:
    """Return the files of a folder and of those inside it that may hold stories, in order.

    Raises
    ------
    InputError
        When there is none.
    """
    found = sorted(
        str(path)
        for path in folder.rglob("*")
        if path.suffix.lower() in _ENDINGS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not found:
        remedy = "name the files in it, or give them an ending such as .jsonl"
        raise InputError(
            "this is a folder without a file of stories", file=str(folder), remedy=remedy
        )
    return found


def open_input(path: str) -> Opened:
    """Open a file, or standard input for ``"-"``; `InputError` says why it cannot be."""
    if path == "-":
        return _open_once(path, _standard_input())
    if not path:
        raise InputError("the name of an input is empty", remedy="name a file")
    if is_remote(path):
        return _open_once(path, _open_remote(path))
    try:
        found = Path(path).stat()
        if stat.S_ISDIR(found.st_mode):
            raise InputError("this is a folder", file=path, remedy="name the files in it")
        raw = cast("IO[bytes]", io.FileIO(path))
    except (OSError, ValueError) as error:
        reason = f"cannot be opened: {getattr(error, 'strerror', None) or error}"
        remedy = "check the name and the rights"
        if getattr(error, "errno", None) in {errno.EMFILE, errno.ENFILE}:
            remedy = "allow more of them, with 'ulimit -n 256'"
        if isinstance(error, FileNotFoundError) and any(sign in path for sign in "*?["):
            remedy = "no file fits this pattern: check it"
        raise InputError(reason, file=path, remedy=remedy) from error
    if not stat.S_ISREG(found.st_mode):
        return _open_once(path, raw)
    stamp = _stamp(os.fstat(raw.fileno()))
    return Opened(path, ByteStream(raw, path=path), stamp[0], stamp, None)


def _standard_input() -> IO[bytes]:
    try:
        # A duplicate: closing the input must not close the process's own standard input.
        return cast("IO[bytes]", os.fdopen(os.dup(sys.stdin.fileno()), "rb", 0))
    except (OSError, AttributeError):  # replaced by an object of Python, or closed
        if getattr(sys.stdin, "buffer", None) is None:
            raise InputError("there is no standard input", file="-", remedy="name a file") from None
        return sys.stdin.buffer


def _open_remote(path: str) -> IO[bytes]:
    try:
        import fsspec  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingDependencyError(
            f"{path}: places on the net are read by fsspec, which is not installed; install it "
            "with pip install fsspec, or copy the file here"
        ) from error
    try:
        return cast("IO[bytes]", fsspec.open(path, "rb").open())
    except ImportError as error:  # of the library for this kind of place
        raise MissingDependencyError(f"{path}: {error}; install it") from error
    except Exception as error:  # what each kind of place raises is its own
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        remedy = "check the address and the rights"
        raise InputError(f"cannot be opened: {said}", file=path, remedy=remedy) from error


def _open_once(path: str, raw: IO[bytes]) -> Opened:
    copy = unnamed_file()
    return Opened(path, ByteStream(raw, path=path, copy=copy), -1, None, copy)
