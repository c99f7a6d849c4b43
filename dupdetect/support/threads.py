"""Work in the background: in a thread of its own, while the caller goes on."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from dupdetect.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = TypeVar("Result")

__all__ = ["any_in_background", "in_background", "threads_or_all"]

_NAME = "dupdetect-work"


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


def threads_or_all(threads: int | None) -> int:
    """Return how many threads to use: as many as given, or one a core.

    Raises
    ------
    ConfigError
        When it is no whole number from 1 on.
    """
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ConfigError(f"threads = {threads!r}: expected 1 or more; leave it out for all cores")
    return threads or os.cpu_count() or 1
