"""What the operating system offers, and what is done where it does not, as on Windows."""

from __future__ import annotations

import os
import sys

try:
    import fcntl
    import resource
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

__all__ = ["HAS_LOCKS", "address_space", "flags", "lock", "peak_memory", "set_rights"]


def lock(descriptor: int) -> None:
    """Lock an open file for this process, without waiting.

    Raises
    ------
    BlockingIOError
        When another process holds the lock.
    OSError
        When the system, or the file system, has no locks.
    """
    if not HAS_LOCKS:
        raise OSError("this system has no locks of open files")
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def flags(*names: str) -> int:
    """Return flags of `os.open` by name, those that the system has: ``O_CLOEXEC``, ``O_BINARY``."""
    found = 0
    for name in names:
        found |= getattr(os, name, 0)
    return found


def set_rights(descriptor: int, mode: int) -> None:
    """Give an open file the rights `mode`, where the system can."""
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, mode)


def peak_memory() -> int:
    """Return the largest resident size of this process so far, in bytes; 0 where it is unknown."""
    if not HAS_LOCKS:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def address_space() -> int | None:
    """Return how many bytes of address space the process may have; None: without limit."""
    if not HAS_LOCKS:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit
