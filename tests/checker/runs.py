"""Whole collections through the program, and what all checks say of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

import dupdetect
from tests.checker import corpora
from tests.checker.checks import (
    CHECKS,
    MAX_CLASSES,
    Result,
    check_compare,
    check_partition,
    check_related,
    check_same,
)
from tests.checker.plain import pairs_with_runs, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.checker.corpora import Row

CLASSES = (9, 12, 16, 20, 30)
RUN_WORDS = (12, 40, 60)


def run(rows: list[Row], source: Any = None, **settings: Any) -> Result:
    """Cluster rows, or a file that holds them."""
    config = dupdetect.Config(**settings)
    given = rows if source is None else source
    found = dupdetect.cluster(given, relations="all", config=config, again=True)
    return Result(rows, found.clusters.to_pylist(), found.relations.to_pylist(), found.summary)


def _json_lines(rows: list[Row], path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def _json_array(rows: list[Row], path: Path) -> None:
    path.write_text(json.dumps(rows, indent=1), "utf-8")


def _csv(rows: list[Row], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _parquet(rows: list[Row], path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


def _arrow(rows: list[Row], path: Path) -> None:
    table = pa.Table.from_pylist(rows)
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)


FORMATS: dict[str, Callable[[list[Row], Path], None]] = {
    "rows.jsonl": _json_lines,
    "rows.json": _json_array,
    "rows.csv": _csv,
    "rows.parquet": _parquet,
    "rows.arrow": _arrow,
}


def _renamed(result: Result, names: Mapping[str, str]) -> Result:
    """Return the clusters of a result under other ids."""
    clusters = [
        {**row, "id": names[row["id"]], "cluster": names[row["cluster"]]} for row in result.clusters
    ]
    rows = [row | {"id": names[row["id"]]} for row in result.rows]
    return Result(rows, clusters, [], {})


def check_families(rows: list[Row], seed: int, folder: Path) -> list[str]:
    """Check one made collection, all of which the plain rules can tell."""
    result = run(rows)
    wrong = [f"{name}: {one}" for name, check in CHECKS.items() for one in check(result)]
    wrong += check_compare(result, dupdetect.compare)
    wrong += _check_changes(result, seed, folder)
    twice = [*rows, Random(seed).choice(rows) | {"id": "again"}]
    wrong += check_partition(result, run(twice), "a row twice")
    wrong += check_same(result, run([*rows, corpora.unrelated(seed)]), "an unrelated story more")
    return wrong


def check_real(rows: list[Row], seed: int, folder: Path) -> list[str]:
    """Check real stories, whose words and sentences the plain rules can tell only roughly."""
    result = run(rows)
    wrong = [f"clusters: {one}" for one in CHECKS["clusters"](result)]
    return wrong + _check_changes(result, seed, folder)


def _check_changes(result: Result, seed: int, folder: Path) -> list[str]:
    """Check what becomes of a collection when nothing that matters is changed."""
    random = Random(seed)
    rows = list(result.rows)
    wrong = check_same(result, run(random.sample(rows, len(rows))), "shuffled")
    numbers = random.sample(range(10**6), len(rows))
    names = {row["id"]: f"x{number}" for row, number in zip(rows, numbers, strict=True)}
    renamed = [row | {"id": names[row["id"]]} for row in rows]
    wrong += check_partition(_renamed(result, names), run(renamed), "renamed")
    for name, write in FORMATS.items():
        write(rows, folder / name)
        wrong += check_same(result, run(rows, folder / name), name)
    kept = [row for row, of in zip(rows, result.clusters, strict=True) if of["keeper"] is None]
    again = run(kept).clusters
    wrong += [f"removed by a second run: {row['id']}" for row in again if row["keeper"] is not None]
    return wrong


def check_shared_run(seed: int, classes: int, size: int) -> list[str]:
    """Check that stories which share one run, however many they are, are all found."""
    made = corpora.shared_run(seed, classes, size)
    settings = {"max_classes": 40} if classes > MAX_CLASSES else {}
    result = run(made.rows, **settings)
    bodies = {row["id"]: words_of(row["text"]) for row in made.rows}
    pairs = pairs_with_runs(bodies, 12, classes)
    wrong = [f"{name}: {one}" for name, check in CHECKS.items() for one in check(result)]
    if len(pairs) != classes * (classes - 1) // 2:
        wrong.append(f"{len(pairs)} pairs of {classes} stories were made to share a run")
    if result.summary["compared_pairs"] < len(pairs):
        wrong.append(f"{result.summary['compared_pairs']} of {len(pairs)} pairs were compared")
    if size >= 40:  # prose enough for an overlap
        wrong += check_related(result, pairs)
    return [f"{classes} classes, a run of {size} words: {one}" for one in wrong]
