"""Long native work outside the main thread, so that Ctrl-C need not wait for it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeVar

from dupdetect.support.threads import any_in_background, in_background

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = TypeVar("Result")


def outside_main_thread(work: Callable[[], Result]) -> Result:
    """Run `work` in another thread and wait for it.

    A signal reaches Python code only, and a kernel may run for seconds. Waiting here is Python
    code: Ctrl-C raises at once, while the kernel is left to `leave`. So `work` must hold no
    file that has to be cleaned up.
    """
    return in_background(work, abandoned=True)()


def leave(code: int) -> None:
    """End the process now if work is still running; otherwise return.

    The usual way out would unload libraries under the running kernel.
    """
    if any_in_background():
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
