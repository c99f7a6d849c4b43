"""Stories for the tests of an index, and what a run over them at once finds."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import pyarrow as pa

import dupdetect
from benchmarks.generate import stories as generate
from tests.support import golden

Rows = list[dict[str, Any]]
FIELDS = ("id", "publisher", "published", "title", "text")


@lru_cache(maxsize=1)
def made() -> tuple[dict[str, Any], ...]:
    """Generated stories with copies and furniture, and those of the sample."""
    rows = [json.loads(line) for line, _ in generate.stories(160, seed=4, family=12)]
    sample = golden.COLLECTIONS["wire"].read_text(encoding="utf-8").splitlines()
    rows += [json.loads(line) for line in sample]
    for number, row in enumerate(rows):
        row["published"] = row.get("published") or f"2026-03-{1 + number % 28:02}T10:00:00Z"
    return tuple({name: row.get(name) for name in FIELDS} for row in rows)


def table(rows: Rows) -> pa.Table:
    """Return rows as an input."""
    kinds = pa.schema([(name, pa.string()) for name in FIELDS])
    return pa.Table.from_pylist(rows, schema=kinds)


def differences(
    index: dupdetect.Index, rows: Rows, config: dupdetect.Config | None = None
) -> list[str]:
    """Return the names of the columns in which an index differs from a run over all its rows."""
    at_once = dupdetect.cluster(table(rows), config=config, threads=1)
    pairs = ((index.clusters(), at_once.clusters), (index.relations(), at_once.relations))
    return [
        name
        for ours, theirs in pairs
        for name in theirs.column_names
        if ours[name].to_pylist() != theirs[name].to_pylist()
    ]


def labels(index: dupdetect.Index) -> list[str]:
    """Return the canonical story of each one's cluster."""
    names: list[str] = index.clusters()["cluster"].to_pylist()
    return names
