"""How a run works: settings, threads, progress, timings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from dupdetect.config import Config
from dupdetect.support.progress import Progress
from dupdetect.support.threads import begin

__all__ = ["Progress", "Run"]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Run:
    """How to work: settings, threads, whom to tell, and where timings are noted."""

    config: Config
    threads: int
    progress: Progress
    timings: dict[str, dict[str, float]]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell that a stage begins, and note its CPU and wall time."""
        self.progress(name, 0, 0)
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.timings[name] = {
            "cpu_seconds": round(time.process_time() - cpu, 4),
            "wall_seconds": round(time.perf_counter() - wall, 4),
        }

    def beside(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Begin work beside the next stages, or, with one thread, where its result is asked for."""
        return work if self.threads == 1 else begin(work)

    def told(self, stage: str, total: int) -> Callable[[int], None]:
        """Return a callable that reports the progress of a stage."""
        return lambda done: self.progress(stage, done, total)
