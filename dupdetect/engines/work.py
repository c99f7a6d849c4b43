"""How a run works: settings, threads, progress, timings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from dupdetect.config import Config
from dupdetect.support.memory import Memory
from dupdetect.support.progress import Progress
from dupdetect.support.threads import in_background

__all__ = ["Progress", "Work", "silent"]

Result = TypeVar("Result")


def silent(_name: str, _done: int, _total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Work:
    """How to work.

    Attributes
    ----------
    config : Config
        Settings.
    threads : int
        Threads to use; no result depends on it.
    progress : callable
        Called with stage, done and total.
    memory : Memory
        What may be filled before temporary files are; no result depends on it.
    timings : dict
        CPU and wall seconds of each stage that has ended.
    counts : dict
        What was done so far: ``aligned_pairs``, of them ``unrelated_pairs`` that turned out to be
        nothing when they were first compared, and ``split_texts``, each time that a text was split
        into words: once for its lines, once for sketch and alignment, and where needed for notices,
        for pairs and for spans that are shown; counted as one thread does it.
    """

    config: Config
    threads: int = 1
    progress: Progress = silent
    memory: Memory = field(default_factory=Memory)
    timings: dict[str, dict[str, float]] = field(default_factory=dict)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("aligned_pairs", "unrelated_pairs", "split_texts"), 0
        )
    )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Say that a stage begins, and note its CPU and wall time."""
        self.progress(name, 0, 0)
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.timings[name] = {
            "cpu_seconds": round(time.process_time() - cpu, 4),
            "wall_seconds": round(time.perf_counter() - wall, 4),
        }

    def in_background(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Begin work in the background; with one thread, where its result is asked for."""
        return work if self.threads == 1 else in_background(work)

    def progress_of(self, stage: str, total: int) -> Callable[[int], None]:
        """Return a callable that takes how much of a stage is done."""
        return lambda done: self.progress(stage, done, total)
