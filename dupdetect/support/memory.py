"""How much memory a run may fill before it goes on in temporary files."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dupdetect.errors import ConfigError
from dupdetect.support.system import address_space

__all__ = ["LEAST_MEMORY", "Memory"]

LEAST_MEMORY = 128 << 20
"""Bytes: what libraries and one batch of each stage take anyway."""

_MOST_BY_DEFAULT = 1 << 30
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = r"(\d+(?:\.\d+)?) ?([KMGT]?)(?:i?B)?"
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a run may fill, and the parts of them that its stages hold.

    The parts together are less than three quarters. What is kept of every story besides (ids,
    lines, buckets, relations: about a kilobyte) comes on top.

    Attributes
    ----------
    total : int
        Bytes, at least `LEAST_MEMORY`.

    Examples
    --------
    >>> Memory(1 << 30).texts >> 20
    128
    """

    total: int = _MOST_BY_DEFAULT

    @classmethod
    def of(cls, asked: int | str | None) -> Memory:
        """Return the memory asked for; by default what fits the machine.

        Parameters
        ----------
        asked : int or str, optional
            Bytes, or a number with K, M, G or T (powers of 1,024): ``"2G"``. By default half of
            what is free, at least `LEAST_MEMORY` and at most 1 GiB: more makes nothing faster.

        Raises
        ------
        ConfigError
            When it is no size, or below `LEAST_MEMORY`.

        Examples
        --------
        >>> Memory.of("2G").total, Memory.of("512 MiB").total
        (2147483648, 536870912)
        """
        if asked is None:
            return cls(min(_MOST_BY_DEFAULT, max(LEAST_MEMORY, _free() // 2)))
        size = _bytes_of(asked)
        if size is None or size < LEAST_MEMORY:
            raise ConfigError(
                f"memory = {asked!r}: expected at least {LEAST_MEMORY >> 20}M, a size such as 2G; "
                "leave it out for what fits the machine"
            )
        return cls(size)

    @property
    def texts(self) -> int:
        """Bytes of raw texts, and of letters of misread ones."""
        return self.total // 8

    @property
    def words(self) -> int:
        """Bytes of the words of all bodies."""
        return self.total // 8

    @property
    def fingerprints(self) -> int:
        """Bytes of the fingerprints of all bodies."""
        return self.total // 8

    @property
    def alignments(self) -> int:
        """Bytes of alignments that will be reported; they are put together once."""
        return self.total // 16


def _bytes_of(asked: object) -> int | None:
    if isinstance(asked, bool):
        return None
    if isinstance(asked, int):
        return asked
    found = re.fullmatch(_SIZE, asked.strip(), re.IGNORECASE) if isinstance(asked, str) else None
    return None if found is None else int(float(found[1]) * _UNITS[found[2].upper()])


def _free() -> int:
    """Bytes that the process may still take: the machine's, its group's, its own limit."""
    limits = [address_space()]
    with suppress(OSError, ValueError):  # no such group, or without limit
        limits.append(int(_CGROUP.read_text("ascii")))
    with suppress(OSError, ValueError, KeyError):  # another system
        known = dict(line.split(":", 1) for line in _MEMINFO.read_text("ascii").splitlines())
        limits.append(int(known["MemAvailable"].split()[0]) << 10)
    return min((limit for limit in limits if limit is not None), default=2 * _MOST_BY_DEFAULT)
