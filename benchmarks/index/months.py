"""``python -m benchmarks.index.months DUMP``: an index that is added to month by month.

What it says before it is settled is held against what it says then, which is a run over all: shares
of stories with the same canonical story and the same parent. Times are CPU of one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import dupdetect
from benchmarks.index.__main__ import cpu, stories_of


def by_month(table: pa.Table) -> list[pa.Table]:
    """Cut a table of stories by date into months; those of no date go with the first."""
    month = pc.utf8_slice_codeunits(table["published"], 0, 7).fill_null("").to_pylist()
    starts = [0, *(k for k in range(1, len(month)) if month[k] != month[k - 1])]
    ends = [*starts[1:], len(month)]
    return [table.slice(a, b - a) for a, b in zip(starts, ends, strict=True)]


def measure(table: pa.Table) -> dict[str, Any]:
    """Add month by month, then settle."""
    index = dupdetect.Index.in_memory(threads=1)
    parts = by_month(table)
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
        "stories": table.num_rows,
        "months": len(parts),
        "addition_us": added / table.num_rows * 1e6,
        "settle_us": settled / table.num_rows * 1e6,
        "labels_before_settling": same["cluster"],
        "parents_before_settling": same["parent"],
        "changes": changes.num_rows,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index.months", description=__doc__)
    parser.add_argument("dump", type=Path)
    given = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(measure(stories_of(given.dump)), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
