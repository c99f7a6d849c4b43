"""Hold an installed dupdetect to what it did: python .ci/check_installed.py KEPT REMOVED.

KEPT and REMOVED are what ``dupdetect dedupe`` made of ``data/wire.jsonl``. Needs no test library,
so that it runs wherever a wheel does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import _dupdetect

import dupdetect

ROOT = Path(__file__).resolve().parent.parent


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read JSON Lines."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def main() -> int:
    """Return 0 when the rows are those of the sample and the package is the installed one."""
    kept, removed = (rows_of(Path(path)) for path in sys.argv[1:3])
    expected = rows_of(ROOT / "data" / "wire.jsonl")
    notes = [row.pop("dupdetect") for row in removed]
    rows = sorted(kept + removed, key=lambda row: row["id"])
    problems = []
    if rows != sorted(expected, key=lambda row: row["id"]):
        problems.append("the rows are not those of the sample")
    if not notes or {note["matched"] for note in notes} - {row["id"] for row in kept}:
        problems.append("a row went because of one that does not stay")
    if ROOT in Path(dupdetect.__file__).resolve().parents:
        problems.append(f"the package is the checkout: {dupdetect.__file__}")
    for problem in problems:
        print(f"failed: {problem}", file=sys.stderr)
    print(f"{len(kept)} kept, {len(removed)} removed, with {_dupdetect.__file__}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
