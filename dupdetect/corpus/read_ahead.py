"""Reading ahead in a thread of its own, so that unpacking and parsing run side by side."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dupdetect.corpus.streams import ByteStream

__all__ = ["Prefetched", "read_ahead"]

_BLOCK_BYTES = 1 << 20
_BLOCKS = 4
_PATIENCE = 0.1


class Prefetched:
    """The bytes of a stream, read at most four blocks of 1 MiB ahead; call `stop` at the end."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._blocks: queue.Queue[memoryview | BaseException] = queue.Queue(_BLOCKS)
        self._stopped = threading.Event()
        self._left: memoryview = memoryview(b"")
        self._ended = False
        self._thread = threading.Thread(target=self._read_ahead, daemon=True)
        self._thread.start()

    def _read_ahead(self) -> None:
        try:
            while not self._stopped.is_set():
                block = memoryview(bytearray(_BLOCK_BYTES))
                count = self._stream.readinto(block)
                self._put(block[:count])
                if count == 0:
                    return
        except BaseException as error:
            self._put(error)

    def _put(self, item: memoryview | BaseException) -> None:
        while not self._stopped.is_set():
            try:
                self._blocks.put(item, timeout=_PATIENCE)
            except queue.Full:
                continue
            return

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view`; returns how many bytes, 0 at the end."""
        if not self._left and not self._ended:
            item = self._blocks.get()
            if isinstance(item, BaseException):
                raise item
            self._left = item
            self._ended = not item
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def stop(self) -> None:
        """End the thread; nothing more is read.

        One that waits for a pipe to send something is left waiting: nobody wants it any more,
        and Ctrl-C must not wait with it.
        """
        self._stopped.set()
        self._thread.join(timeout=2 * _PATIENCE)


@contextmanager
def read_ahead(stream: ByteStream, *, threads: int) -> Iterator[ByteStream | Prefetched]:
    """Give the stream itself, or, with more than one thread, what reads ahead of it."""
    if threads == 1:
        yield stream
        return
    ahead = Prefetched(stream)
    try:
        yield ahead
    finally:
        ahead.stop()
