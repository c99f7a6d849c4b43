"""Files that appear under their name only when they are whole."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from dupdetect.errors import OutputError
from dupdetect.output.renames import ENDING, Part, cannot_write, drop, hidden_name, take_names
from dupdetect.support import system

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "atomic",
    "atomic_packed",
    "cannot_write",
    "folder_for",
    "require_no_file",
    "sync_folder",
    "together",
]

_BUFFER = 1 << 18  # rows are short: gathered, they cost fewer calls
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_OWN = system.flags("O_CLOEXEC", "O_BINARY")
_CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


@dataclass(frozen=True)
class _Waiting:
    """What happens at the end of the outermost `together`."""

    parts: list[Part] = field(default_factory=list)
    outdated: list[Path] = field(default_factory=list)


_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def together(*, instead_of: Iterable[Path] = ()) -> Iterator[None]:
    """Let all files of the block take their names at its end, or none if it fails.

    Within another one they wait for the end of that. What was there before comes back when one
    of them cannot take its name.

    Parameters
    ----------
    instead_of : iterable of Path
        Files that no longer hold once the new ones are in place. Those that are written anew are
        away while the others take their names, the rest is removed at the very end.

    Raises
    ------
    OutputError
        When a file cannot take its name, or one of `instead_of` cannot be removed.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with together():
    ...     with atomic(folder / "a") as file:
    ...         _ = file.write(b"1")
    ...     (folder / "a").exists()
    False
    >>> (folder / "a").exists()
    True
    """
    outer = _waiting.get()
    if outer is not None:
        yield
        outer.outdated.extend(instead_of)
        return
    waiting = _Waiting()
    token = _waiting.set(waiting)
    try:
        yield
        waiting.outdated.extend(instead_of)
        take_names(waiting.parts, waiting.outdated)
        for folder in {part.target.parent for part in waiting.parts}:
            sync_folder(folder)
    finally:
        _waiting.reset(token)
        for part in waiting.parts:
            part.unlock()
            drop(part.path)


@contextmanager
def folder_for(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Make a folder; take it away again if the block fails and left nothing in it.

    Raises
    ------
    OutputError
        When it cannot be made.
    """
    place = Path(path)
    made = not place.exists()
    try:
        require_no_file(place)
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        yield place
    except BaseException:
        if made:
            with suppress(OSError):
                place.rmdir()
        raise


def require_no_file(folder: Path) -> None:
    """Raise `OutputError` when what is to be a folder is a file."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; give the name of a folder")


@contextmanager
def atomic(path: str | os.PathLike[str] | IO[bytes]) -> Iterator[IO[bytes]]:
    """Open a file that takes its name when the block ends without an error.

    Until then it stands next to its place under a hidden name, locked; such files of runs that
    were killed are removed on the way. A link is followed; an existing file keeps its rights;
    what is no regular file (a pipe, ``/dev/stdout``) and what is open already is written to
    directly. Inside `together` the name is taken when that ends.

    Parameters
    ----------
    path : str or os.PathLike[str] or IO[bytes]
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
    if not isinstance(path, str | os.PathLike):
        yield path
        return
    target = Path(os.path.realpath(path))
    part: Path | None = None
    try:
        _refuse_folder(target, path)
        if Path(path).exists() and not Path(path).is_file():
            # Not by its real path: that of a pipe behind /dev/stdout names nothing.
            with Path(path).open("wb") as file:
                yield file
            return
        _remove_strays(target.parent)
        part, descriptor = _create_part(target)
        with os.fdopen(descriptor, "wb", buffering=_BUFFER) as file:
            if target.exists():
                system.set_rights(descriptor, stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(descriptor)
            # The lock is on the open file, which both descriptors share.
            held = os.dup(descriptor) if system.HAS_LOCKS else None
        whole = Part(part, target, os.fspath(path), held)
        waiting = _waiting.get()
        if waiting is not None:
            waiting.parts.append(whole)
            return
        try:
            part.replace(target)
        finally:
            whole.unlock()
        sync_folder(target.parent)
    except BaseException as error:
        if part is not None:
            drop(part)
        # Other errors of the block are not about this file; a reader that went away is no fault.
        if isinstance(error, OSError) and (
            error.errno in _DISK_ERRORS or (part is None and error.errno != errno.EPIPE)
        ):
            raise cannot_write(path, error) from error
        raise


@contextmanager
def atomic_packed(path: str | os.PathLike[str] | IO[bytes]) -> Iterator[IO[bytes]]:
    """As `atomic`, packed as gzip, zstd or bz2 when the name ends in .gz, .zst or .bz2."""
    codec = None
    if isinstance(path, str | os.PathLike):
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
    if target.is_symlink():  # to itself: it leads nowhere
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if target.is_dir():
        raise OutputError(f"{os.fspath(path)}: is a folder; give the name of a file")


def _create_part(target: Path) -> tuple[Path, int]:
    while True:
        part = hidden_name(target)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OWN, 0o666)
        try:
            system.lock(descriptor)
        except BlockingIOError:
            pass  # another run that looks for strays came between the two calls: once more
        except OSError:
            return part, descriptor  # a file system without locks: no run removes strays there
        else:
            with suppress(FileNotFoundError):
                if part.stat().st_ino == os.fstat(descriptor).st_ino:
                    return part, descriptor
        os.close(descriptor)


def _remove_strays(folder: Path) -> None:
    """Remove what killed runs left in the folder; a living run holds a lock on its files."""
    for entry in os.scandir(folder):
        if not (entry.name.startswith(".") and entry.name.endswith(ENDING)):
            continue
        with suppress(OSError):
            # Not blocking: what bears such a name need not be a file of ours, nor a file.
            careful = system.flags("O_NOFOLLOW", "O_NONBLOCK")
            descriptor = os.open(entry.path, os.O_RDONLY | _OWN | careful)
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    continue
                system.lock(descriptor)
                Path(entry.path).unlink()
            finally:
                os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    with suppress(OSError):  # some file systems cannot; the file itself is safe
        descriptor = os.open(folder, os.O_RDONLY | _OWN)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
