"""Work in a thread of its own, beside what the caller does meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = TypeVar("Result")

__all__ = ["begin", "working"]

_NAME = "dupdetect-work"


def begin(work: Callable[[], Result], *, abandoned: bool = False) -> Callable[[], Result]:
    """Run `work` in another thread.

    Parameters
    ----------
    work
        Gains by it where it is in kernels, in Arrow or in the operating system.
    abandoned
        Whether the end of the program need not wait for it; see :func:`working`.

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
    >>> wait = begin(lambda: sum(range(10)))
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


def working() -> bool:
    """Tell whether any such work has not ended."""
    return any(thread.name == _NAME for thread in threading.enumerate())
