"""Bytes that grow: in memory up to a limit, then in a temporary file that has no name."""

from __future__ import annotations

import mmap
import tempfile
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from dupdetect.errors import OutputError
from dupdetect.support.system import address_space
from dupdetect.support.threads import in_background

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_LITTLE = 1 << 18  # bytes
_SHARE_OF_LIMIT = 8
"""Where address space is limited, at most this part of it is reserved."""

__all__ = ["Spill", "no_room", "unnamed_file", "write_all"]


def unnamed_file() -> IO[bytes]:
    """Open a temporary file that no folder lists; whoever keeps it closes it."""
    try:
        file = tempfile.TemporaryFile(prefix="dupdetect-", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise no_room(error) from error
    return cast("IO[bytes]", file)


def write_all(file: IO[bytes], data: memoryview) -> None:
    """Write to an unbuffered file, which may take less at a time than it is given."""
    while data:
        data = data[file.write(data) :]


def no_room(error: OSError) -> OutputError:
    """Return the error of a temporary folder that cannot be written to."""
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError:  # none that can be written to
        folder = "a temporary folder"
    return OutputError(
        f"cannot keep stories in {folder}: {error.strerror or 'there is none'}; "
        "free some space there or name another folder in TMPDIR"
    )


class Spill:
    """Append-only bytes; their total is limited by the disk, their memory by `memory_bytes`.

    The file is unlinked from the start, so that nothing is left behind however the run ends.

    Parameters
    ----------
    memory_bytes : int
        What goes beyond is written to the file, all of it.
    threads : int
        With more than one, bytes are written in the background; an error then shows with the
        next bytes, or at the end.
    expected_bytes : int
        How many there will be, where it is known: more than `memory_bytes` go to the file from
        the first one on, not from memory when it is full.
    """

    def __init__(self, memory_bytes: int, *, threads: int = 1, expected_bytes: int = 0) -> None:
        self._memory_bytes = 0 if expected_bytes > memory_bytes else memory_bytes
        self._background = threads > 1
        self._written: Callable[[], None] = lambda: None  # waits until all is
        self._waiting = np.empty(0, np.uint8)  # what is being written
        self._held = np.empty(0, np.uint8)
        self._file: IO[bytes] | None = None
        self.size = 0

    def append(self, data: NDArray[np.uint8]) -> None:
        """Add bytes at the end; `OutputError` when the temporary folder is full."""
        end = self.size + data.size
        if self._file is None and end > self._held.size and not self._reserve(end):
            self._file = unnamed_file()
            self._write(self._held[: self.size])
            self._held = np.empty(0, np.uint8)  # nobody else's: written as it stands
        if self._file is None:
            self._held[self.size : end] = data
        elif self._background:
            self._wait()
            if self._waiting.size < data.size:
                self._waiting = np.empty(data.size, np.uint8)
            self._waiting[: data.size] = data
            self._write(self._waiting[: data.size])
        else:
            self._write(data)
        self.size = end

    def _reserve(self, needed: int) -> bool:
        """Reserve a little, then all the memory allowed: only what is written to is ever taken.

        Systems give large blocks in large pages, which cost more than a few stories do.
        """
        if self._held.size >= self._memory_bytes or needed > self._memory_bytes:
            return False
        size = min(_LITTLE, self._memory_bytes) if needed <= _LITTLE else self._memory_bytes
        limit = address_space()
        if limit is not None and size > limit // _SHARE_OF_LIMIT:
            return False
        try:
            held = np.empty(size, np.uint8)
        except MemoryError:
            return False
        held[: self.size] = self._held[: self.size]
        self._held = held
        return True

    def _write(self, data: NDArray[np.uint8]) -> None:
        file = self._file
        if file is None:
            return
        if self._background:
            self._written = in_background(lambda: write_all(file, data.data))
        else:
            self._written = lambda: write_all(file, data.data)
            self._wait()

    def _wait(self) -> None:
        written, self._written = self._written, lambda: None
        try:
            written()
        except OSError as error:
            self.close()
            raise no_room(error) from error

    def close(self) -> None:
        """Give back the disk space."""
        with suppress(OSError):
            self._written()
        if self._file is not None:
            self._file.close()

    def finish(self) -> tuple[NDArray[np.uint8], IO[bytes] | None]:
        """Return all bytes as one read-only array, and the file behind it, if any.

        Who makes the array writable again changes memory alone.
        """
        self._wait()
        if self._file is None:
            array = self._held[: self.size]
        else:
            mapped = mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_COPY)
            array = np.frombuffer(mapped, np.uint8)
        array.flags.writeable = False
        return array, self._file
