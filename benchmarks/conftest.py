"""Stories for the benchmarks of kernels and stages, made once a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.generate import stories as generate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

STORIES = 10_000
Untyped = Any  # pytest-benchmark and the native module have no types
_CLOCK = 2.4e9  # cycles/s of the machine on which the floors in docs/performance.md were measured


@dataclass(frozen=True)
class Made:
    """Generated stories in the forms the kernels and stages take."""

    path: Path
    lines: list[bytes]
    text: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    publishers: NDArray[np.int32]
    family: list[int]

    @property
    def count(self) -> int:
        """Number of stories."""
        return len(self.lines)

    def pairs(self, most: int = 5_000) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return related pairs: each family's first story with its other members."""
        first: dict[int, int] = {}
        found = []
        for row, family in enumerate(self.family):
            if family in first:
                found.append((first[family], row))
            else:
                first[family] = row
        ends = np.array(found[:most], dtype=np.int64)
        return np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return 10,000 generated stories (seed 1)."""
    import orjson  # noqa: PLC0415  the fixture alone needs it

    produced = list(generate.stories(STORIES, seed=1))
    lines = [line for line, _ in produced]
    path = tmp_path_factory.mktemp("stories") / "stories.jsonl"
    path.write_bytes(b"".join(lines))
    rows = [orjson.loads(line) for line in lines]
    array = pa.array([row["text"] for row in rows], pa.large_string())
    _, offsets, data = array.buffers()
    names = {name: n for n, name in enumerate(sorted({row["publisher"] for row in rows}))}
    return Made(
        path=path,
        lines=lines,
        text=np.frombuffer(data, np.uint8)[: array.nbytes],
        offsets=np.frombuffer(offsets, np.int64)[: len(rows) + 1],
        publishers=np.array([names[row["publisher"]] for row in rows], np.int32),
        family=[family for _, family in produced],
    )


@pytest.fixture
def timed(benchmark: Untyped) -> Untyped:
    """Run a call a few times and note its cost per item and per byte beside the statistics."""

    def run(call: Untyped, *, items: int, size: int = 0) -> Untyped:
        result = benchmark.pedantic(call, rounds=5, warmup_rounds=1, iterations=1)
        if benchmark.disabled:  # run once, to see that it does
            return result
        least = benchmark.stats.stats.min
        benchmark.extra_info["us_per_item"] = round(least / items * 1e6, 3)
        if size:
            benchmark.extra_info["cycles_per_byte_at_2.4_GHz"] = round(least * _CLOCK / size, 2)
        return result

    return run
