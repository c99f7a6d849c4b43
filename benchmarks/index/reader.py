"""``python -m benchmarks.index.reader INDEX``: a process that opens an index and asks it.

It reads a JSON list of rows from standard input, asks about each by itself, and prints what each
took and found, and the memory that it takes in the end: all but pages of files, which the system
takes back when it needs them.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import dupdetect

_KB_A_MB = 1024


def memory_mb() -> dict[str, float]:
    """Return what this process holds, and how much of files is in its memory besides."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    said = dict(line.split(":", 1) for line in lines)
    anonymous, files, shared = (
        int(said[name].split()[0]) / _KB_A_MB for name in ("RssAnon", "RssFile", "RssShmem")
    )
    return {"memory_mb": round(anonymous + shared, 1), "mapped_mb": round(files, 1)}


def ask(folder: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Ask about each row; CPU of one thread."""
    spent, stories = [], []
    before = memory_mb()["memory_mb"]  # with the libraries, and the rows
    with dupdetect.Index.open(folder, threads=1) as index:
        index.query(rows[0])  # what is read once
        for row in rows:
            began = time.process_time()
            found = index.query(row)
            spent.append((time.process_time() - began) * 1e3)
            stories.append(found["story"].to_pylist())
    held = memory_mb()
    return {"spent_ms": spent, "stories": stories, "memory_before_mb": before, **held}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ask(sys.argv[1], json.load(sys.stdin))))
