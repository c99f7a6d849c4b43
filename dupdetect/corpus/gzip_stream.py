"""Gzip data, unpacked member by member."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GzipStream"]

_WITH_HEADER = 16 + zlib.MAX_WBITS
_BLOCK = 1 << 16
_BLANK = b"\0 \t\r\n"


class GzipStream:
    """Unpacks one gzip member after the other; blank bytes behind the last one are passed over.

    Some programs pad with NUL bytes, and a newline is what an editor or ``echo`` adds.

    Parameters
    ----------
    read : callable
        Returns up to so many bytes, none at the end.

    Raises
    ------
    OSError
        From `readinto`, when the data is damaged, or says "Truncated" when it ends too early.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._packed = b""
        self._member = zlib.decompressobj(_WITH_HEADER)
        self._begun = False

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view`; returns how many bytes, 0 at the end."""
        while view:
            if not self._packed:
                self._packed = self._read(_BLOCK)
                if not self._packed:
                    break
            if not self._begun:
                self._packed = self._packed.lstrip(_BLANK)  # no member begins so
                self._begun = bool(self._packed)
            found = self._unpacked(len(view))
            if found:
                view[: len(found)] = found
                return len(found)
        if view and self._begun:
            raise OSError("Truncated gzip data")
        return 0

    def _unpacked(self, most: int) -> bytes:
        try:
            found = self._member.decompress(self._packed, most)
        except zlib.error as error:
            raise OSError(str(error)) from error
        self._packed = self._member.unconsumed_tail
        if self._member.eof:
            self._packed = self._member.unused_data
            self._member = zlib.decompressobj(_WITH_HEADER)
            self._begun = False
        return found
