"""Long native work beside the main thread, so that Ctrl-C need not wait for it."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = TypeVar("Result")

_NAME = "dupdetect-work"


def beside(work: Callable[[], Result]) -> Result:
    """Run `work` in another thread and wait for it.

    A signal reaches Python code only, and a kernel may run for seconds. Waiting here is Python
    code: Ctrl-C raises at once, while the kernel is left to `leave`. So `work` must hold no
    file that has to be cleaned up.
    """
    promised: Future[Result] = Future()

    def run() -> None:
        try:
            promised.set_result(work())
        except BaseException as error:
            promised.set_exception(error)

    threading.Thread(target=run, name=_NAME, daemon=True).start()
    return promised.result()


def leave(code: int) -> None:
    """End the process now if work is still running; otherwise return.

    The usual way out would unload libraries under the running kernel.
    """
    if any(thread.name == _NAME for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
