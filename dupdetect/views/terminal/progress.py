"""Progress on standard error while a run lasts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dupdetect.views.terminal.style import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dupdetect.support.progress import Progress as Report


@contextmanager
def progress(*, quiet: bool) -> Iterator[Report | None]:
    """Show stage, stories per second and time left; nothing when quiet or not on a terminal.

    Yields
    ------
    Progress or None
        To be called while the work lasts.
    """
    target = console(stderr=True)
    if quiet or not target.is_terminal:
        yield None
        return
    from dupdetect.views.terminal.progress_bar import progress_bar  # noqa: PLC0415  (slow to load)

    with progress_bar(target) as report:
        yield report
