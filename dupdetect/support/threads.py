"""How many threads work, and work in a thread of its own while the caller goes on."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from dupdetect.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = TypeVar("Result")

__all__ = ["MOST_THREADS", "any_in_background", "in_background", "threads_to_use"]

MOST_THREADS = 1 << 22
"""No Linux runs more threads than this at a time; a larger number is a mistake."""

_PER_CORE = 4
_NAME = "dupdetect-work"


def threads_to_use(asked: int | None) -> int:
    """Return how many threads to work with: those asked for, at most four a core.

    More gain nothing, while each costs a stack, tables of its own and its start.

    Parameters
    ----------
    asked : int, optional
        From 1 to `MOST_THREADS`; None is one a core.

    Raises
    ------
    ConfigError
        When it is no such number.

    Examples
    --------
    >>> threads_to_use(1), threads_to_use(50_000) < 50_000
    (1, True)
    """
    cores = os.cpu_count() or 1
    if asked is None:
        return cores
    if not isinstance(asked, int) or not 1 <= asked <= MOST_THREADS:
        raise ConfigError(
            f"threads = {asked!r}: expected 1 to {MOST_THREADS:,}; leave it out for all cores"
        )
    return min(asked, _PER_CORE * cores)


def in_background(work: Callable[[], Result], *, abandoned: bool = False) -> Callable[[], Result]:
    """Run `work` in another thread.

    Parameters
    ----------
    work : callable
        Gains by it where it is in kernels, in Arrow or in the operating system.
    abandoned : bool
        Whether the end of the program need not wait for it; see :func:`any_in_background`.

    Returns
    -------
    callable
        Waits for the end and returns what `work` returned, or raises what it raised.

    Raises
    ------
    RuntimeError
        When the system grants no thread to work that may be abandoned; other work is done here
        then, and has ended.

    Examples
    --------
    >>> wait = in_background(lambda: sum(range(10)))
    >>> wait()
    45
    """
    promised: Future[Result] = Future()

    def run() -> None:
        try:
            promised.set_result(work())
        except BaseException as error:
            promised.set_exception(error)

    thread = threading.Thread(target=run, name=_NAME, daemon=abandoned)
    try:
        thread.start()
    except RuntimeError:
        if abandoned:
            raise
        thread.run()
    return promised.result


def any_in_background() -> bool:
    """Tell whether any such work has not ended."""
    return any(thread.name == _NAME for thread in threading.enumerate())
