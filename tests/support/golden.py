"""The golden results: clusters and relations, coverages and passages and all, of two collections.

    python tests/support/golden.py            # say what differs from the files in tests/data/golden
    python tests/support/golden.py --write    # and take the results of now as the golden ones
    python tests/support/golden.py --stories  # make other stories, too

``generated.jsonl`` was made by ``benchmarks.generate``; ``data/wire.jsonl`` is the other one.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))  # last: the package is the installed one

import dupdetect  # noqa: E402
from benchmarks.generate import stories as generate  # noqa: E402

GOLDEN = ROOT / "tests" / "data" / "golden"
COLLECTIONS = {"generated": GOLDEN / "generated.jsonl", "wire": ROOT / "data" / "wire.jsonl"}
Rows = dict[str, list[dict[str, Any]]]


def result_of(source: Any, **arguments: Any) -> Rows:
    """Return the rows of clusters and relations, ordered by what they are about."""
    found = dupdetect.cluster(source, relations="all", **arguments)
    clusters = found.clusters.drop_columns(["place"])  # where a row stood is no result
    return {
        "clusters": sorted(clusters.to_pylist(), key=lambda row: str(row["id"])),
        "relations": sorted(
            found.relations.to_pylist(), key=lambda row: (str(row["a"]), str(row["b"]))
        ),
    }


def golden(name: str) -> Rows:
    """Read the golden rows of a collection."""
    return {
        table: [json.loads(line) for line in _path(name, table).read_text("utf-8").splitlines()]
        for table in ("clusters", "relations")
    }


def differences(now: Rows, before: Rows) -> list[str]:
    """Say row by row what is not as it was; empty when all is."""
    differences = []
    for table, keys in (("clusters", ("id",)), ("relations", ("a", "b"))):
        rows = [{tuple(r[key] for key in keys): r for r in side[table]} for side in (before, now)]
        for key in sorted(rows[0].keys() | rows[1].keys(), key=str):
            old, new = rows[0].get(key), rows[1].get(key)
            if old is None or new is None:
                differences.append(f"{table} {' '.join(key)}: {'new' if old is None else 'gone'}")
            elif old != new:
                changed = [f"{f} {old[f]} -> {new.get(f)}" for f in old if old[f] != new.get(f)]
                differences.append(f"{table} {' '.join(key)}: {', '.join(changed)}")
    return differences


def _path(name: str, table: str) -> Path:
    return GOLDEN / f"{name}_{table}.jsonl"


def _plain(rows: Rows) -> Rows:
    """Return rows as they come back from JSON."""
    plain: Rows = json.loads(json.dumps(rows, default=str))
    return plain


def now(name: str, **arguments: Any) -> Rows:
    """Return the rows of a collection as they are found now, as they come back from JSON."""
    return _plain(result_of(COLLECTIONS[name], **arguments))


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--stories", action="store_true")
    given = parser.parse_args(arguments)
    if given.stories:
        lines = (line for line, _ in generate.stories(200, seed=4, family=12))
        short = [line for line in lines if len(line) < 2400][:60]
        COLLECTIONS["generated"].write_bytes(b"".join(short))
    different = False
    for name in COLLECTIONS:
        found = now(name)
        before = (
            golden(name) if _path(name, "clusters").exists() else {"clusters": [], "relations": []}
        )
        for line in differences(found, before):
            different = True
            sys.stdout.write(f"{name}: {line}\n")
        if given.write:
            for table, rows in found.items():
                text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                _path(name, table).write_text(text, encoding="utf-8")
    return int(different and not given.write)


if __name__ == "__main__":
    sys.exit(main())
