"""Kill Python workers of Spark while it runs, one in every stage."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from dupdetect.engines.spark import flow, plan
from dupdetect.engines.spark.tasks import Batches, Task

__all__ = ["killed_in", "killing"]


@contextmanager
def killing(folder: Path) -> Iterator[None]:
    """Have a worker of every stage kill itself, when it has handed over some of its rows.

    Executors must be of this machine, have this module, and try tasks twice or more. What is killed
    leaves a file in a folder.
    """
    before = plan.on_executors

    def on_executors(df, task, schema):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return before(df, _killed_once(task, folder), schema)

    for module in (plan, flow):
        module.on_executors = on_executors  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in (plan, flow):
            module.on_executors = before  # type: ignore[attr-defined]


def killed_in(folder: Path) -> list[str]:
    """Return the names of the tasks whose workers were killed, each as often as it was."""
    return sorted(path.name.partition("-")[0] for path in folder.iterdir())


def _killed_once(task: Task, folder: Path) -> Task:
    """Return a task whose first try on the first partition ends with the worker's death."""
    name = task.__qualname__.partition(".")[0]

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext  # noqa: PLC0415  (optional)

        context = TaskContext.get()
        dies = context.partitionId() == 0 and context.attemptNumber() == 0
        for batch in task(batches):
            yield batch
            if dies:
                break
        else:
            if not dies:
                return
        Path(folder, f"{name}-{context.stageId()}").touch()
        os.kill(os.getpid(), signal.SIGKILL)

    return run
