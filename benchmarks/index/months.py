"""``python -m benchmarks.index.months DUMP``: an index that is added to month by month.

With ``--size N`` stories come shuffled, N at a time, instead.

What it says before it is settled is held against what it says then, which is a run over all: shares
of stories with the same canonical story and the same parent. Times are CPU of one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import dupdetect
from benchmarks.index.__main__ import cpu, stories_of
from dupdetect.support.dates import UNKNOWN_TIME, parse_date


def by_month(table: pa.Table) -> list[pa.Table]:
    """Cut a table of stories by date into months; those of no date go with the first."""
    month = [date_of(text) for text in table["published"].to_pylist()]
    starts = [0, *(k for k in range(1, len(month)) if month[k] != month[k - 1])]
    ends = [*starts[1:], len(month)]
    return [table.slice(a, b - a) for a, b in zip(starts, ends, strict=True)]


def date_of(published: str | None) -> tuple[int, int]:
    """Return year and month."""
    when = parse_date(published) if published else UNKNOWN_TIME
    if when == UNKNOWN_TIME:
        return (0, 0)
    found = datetime.fromtimestamp(when / 1e6, UTC)
    return (found.year, found.month)


def by_size(table: pa.Table, size: int, seed: int) -> list[pa.Table]:
    """Cut a shuffled table of stories."""
    order = np.random.default_rng(seed).permutation(table.num_rows)
    table = table.take(pa.array(order))
    return [table.slice(first, size) for first in range(0, table.num_rows, size)]


def measure(parts: list[pa.Table]) -> dict[str, Any]:
    """Add part by part, then settle."""
    index = dupdetect.Index.in_memory(threads=1)
    count = sum(part.num_rows for part in parts)
    added, _ = cpu(lambda: [index.add(part) for part in parts])
    before = index.clusters()
    settled, changes = cpu(index.settle)
    after = index.clusters()
    same = {
        name: float(
            np.mean(
                [a == b for a, b in zip(before[name].to_pylist(), after[name].to_pylist(),
                                        strict=True)]
            )
        )
        for name in ("cluster", "parent")
    }  # fmt: skip
    return {
        "stories": count,
        "additions": len(parts),
        "addition_us": added / count * 1e6,
        "settle_us": settled / count * 1e6,
        "labels_before_settling": same["cluster"],
        "parents_before_settling": same["parent"],
        "changes": changes.num_rows,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index.months", description=__doc__)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--size", type=int, help="stories of an addition, instead of months")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which they come")
    parser.add_argument("--publisher-field", metavar="NAME", help="of the rows")
    given = parser.parse_args(arguments)
    table = stories_of(given.dump, given.publisher_field)
    parts = by_size(table, given.size, given.seed) if given.size else by_month(table)
    sys.stdout.write(json.dumps(measure(parts), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
