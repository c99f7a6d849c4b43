"""Files that appear under their name only when they are whole."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from dupdetect.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["atomic", "atomic_packed"]

_ENDING = ".dupdetect-part"
_LONGEST_NAME = 150
_BUFFER = 1 << 18  # rows are short: gathered, they cost fewer calls
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file that takes its name when the block ends without an error.

    Until then it stands beside its place under a hidden name, locked; such files of runs that
    were killed are removed on the way. A link is followed; an existing file keeps its rights;
    what is no regular file (a pipe, ``/dev/stdout``) is written to directly.

    Parameters
    ----------
    path
        Its folder must exist.

    Raises
    ------
    OutputError
        When the path is a folder, its folder is missing or not writable, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with atomic(place) as file:
    ...     _ = file.write(b"whole")
    >>> place.read_bytes()
    b'whole'
    """
    target = Path(os.path.realpath(path))
    part: Path | None = None
    try:
        _refuse_folder(target, path)
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
            return
        _remove_strays(target.parent)
        part, descriptor = _create_part(target)
        with os.fdopen(descriptor, "wb", buffering=_BUFFER) as file:
            if target.exists():
                os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(descriptor)
            part.replace(target)
        _sync_folder(target.parent)
    except BaseException as error:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        # Other errors of the block are not about this file; a reader that went away is no fault.
        if isinstance(error, OSError) and (
            error.errno in _DISK_ERRORS or (part is None and error.errno != errno.EPIPE)
        ):
            raise _cannot(path, error) from error
        raise


@contextmanager
def atomic_packed(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """As `atomic`, packed as gzip, zstd or bz2 when the name ends in .gz, .zst or .bz2."""
    codec = _CODECS.get(Path(path).suffix.lower())
    with atomic(path) as file:
        if codec is None:
            yield file
            return
        with pa.CompressedOutputStream(pa.PythonFile(_KeptOpen(file), mode="w"), codec) as packed:
            yield packed


class _KeptOpen:
    """A file that Arrow cannot close: it still has to be synced and named."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.flush()


def _refuse_folder(target: Path, path: str | os.PathLike[str]) -> None:
    if target.is_dir():
        raise OutputError(f"{os.fspath(path)}: is a folder; give the name of a file")


def _cannot(path: str | os.PathLike[str], error: OSError) -> OutputError:
    remedies = {
        errno.ENOENT: "make its folder first",
        errno.ENOSPC: "free some space, or write elsewhere",
        errno.EDQUOT: "free some space, or write elsewhere",
        errno.ENAMETOOLONG: "give a shorter name",
    }
    remedy = remedies.get(error.errno or 0, "write elsewhere, or mend the rights")
    return OutputError(f"{os.fspath(path)}: cannot be written: {error.strerror}; {remedy}")


def _create_part(target: Path) -> tuple[Path, int]:
    while True:
        name = f".{target.name[:_LONGEST_NAME]}.{secrets.token_hex(4)}{_ENDING}"
        part = target.with_name(name)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        # Another run that looks for strays may have come between the two calls: then again.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if part.stat().st_ino == os.fstat(descriptor).st_ino:
                return part, descriptor
        os.close(descriptor)


def _remove_strays(folder: Path) -> None:
    """Remove what killed runs left in the folder; a living run holds a lock on its files."""
    for entry in os.scandir(folder):
        if not (entry.name.startswith(".") and entry.name.endswith(_ENDING)):
            continue
        with suppress(OSError):
            descriptor = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Path(entry.path).unlink()
            finally:
                os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems cannot; the file itself is safe
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
