"""A bar of progress; what draws it takes long to import."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from dupdetect.support.progress import Progress as Report


# Stages that count pairs of stories; the others count stories.
_PAIRS = {"compare", "relate"}


class _Share(ProgressColumn):
    """Share of the stage that is done, where it is known how much there is to do."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.percentage:>3.0f} %" if task.total else "     ", style="dim")


class _Rate(ProgressColumn):
    """Stories, or pairs of them, per second of the stage."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        unit = "pairs" if task.description in _PAIRS else "stories"
        return Text(f"{speed:,.0f} {unit}/s" if speed else "", style="dim")


@contextmanager
def progress_bar(target: Console) -> Iterator[Report]:
    """Show stage, stories per second and time left.

    Yields
    ------
    Progress
        To be called while the work lasts.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        _Share(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=target, transient=True, refresh_per_second=8) as shown:
        task = shown.add_task("reading", total=None)
        current = ""

        def report(stage: str, done: int, total: int) -> None:
            nonlocal task, current
            if stage != current:
                # A new task, not a reset one: the rate must not count the stage before.
                shown.remove_task(task)
                task, current = shown.add_task(stage, total=total or None), stage
            shown.update(task, completed=done, total=total or None)

        yield report
