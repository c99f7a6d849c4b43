"""Bytes that grow: in memory up to a limit, then in a temporary file that has no name."""

from __future__ import annotations

import mmap
import tempfile
from typing import IO, TYPE_CHECKING

import numpy as np

from dupdetect.errors import OutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Spool"]


class Spool:
    """Append-only bytes; their total is limited by the disk, their memory by `memory_bytes`.

    The file is unlinked from the start, so that nothing is left behind however the run ends.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self.size = 0

    def append(self, data: NDArray[np.uint8]) -> None:
        """Add bytes at the end; `OutputError` when the temporary folder is full."""
        if self._file is None and self.size + data.size > self._memory_bytes:
            # Kept open beyond this call: the corpus closes it.
            self._file = tempfile.TemporaryFile(prefix="dupdetect-", buffering=0)  # noqa: SIM115
            self._write(memoryview(self._held))
            self._held = bytearray()
        if self._file is None:
            self._held += memoryview(data)
        else:
            self._write(memoryview(data))
        self.size += data.size

    def _write(self, data: memoryview) -> None:
        file = self._file
        try:
            while file is not None and data:
                data = data[file.write(data) :]
        except OSError as error:
            self.close()
            msg = (
                f"cannot keep texts in {tempfile.gettempdir()}: {error.strerror}; "
                "free some space there or name another folder in TMPDIR"
            )
            raise OutputError(msg) from error

    def close(self) -> None:
        """Give back the disk space."""
        if self._file is not None:
            self._file.close()

    def finish(self) -> tuple[NDArray[np.uint8], IO[bytes] | None]:
        """Return all bytes as one read-only array, and the file behind it, if any."""
        if self._file is None:
            array = np.frombuffer(self._held, np.uint8)
        else:
            mapped = mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ)
            array = np.frombuffer(mapped, np.uint8)
        array.flags.writeable = False
        return array, self._file
