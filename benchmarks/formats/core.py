"""CORE Deduplication 2020 (Gyawali et al.): scholarly records with their labelled duplicates.

JSON lines with core_id, original_title, original_abstract, cat (exact_dup, near_exact_dup,
non_dup) and labelled_duplicates (core_ids).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.formats import lines
from benchmarks.quality.labelled import LabelledSet, Relation, Story, cluster_pairs, components

FORMAT = "core-2020"
LOOKS_LIKE = "a .jsonl or .ndjson file whose rows have core_id and labelled_duplicates"
RANK = ("non_dup", "near_exact_dup", "exact_dup")


def recognises(path: Path) -> bool:
    """Tell by the first row's fields."""
    file = _file(path)
    if file is None:
        return False
    first = next(iter(lines.json_lines(file)), {})
    return {"core_id", "labelled_duplicates"} <= first.keys()


def _file(path: Path) -> Path | None:
    if path.is_file():
        return path if {".jsonl", ".ndjson", ".json"} & set(path.suffixes) else None
    files = [f for pattern in ("*.jsonl*", "*.ndjson*") for f in sorted(path.glob(pattern))]
    return files[0] if len(files) == 1 else None


def read(path: Path) -> LabelledSet:
    """Read the records; the text is title and abstract, the clusters are the labelled groups.

    A label that names a record outside the file is left out: there is nothing to find.
    The category of a pair is the looser of its two records'.
    """
    file = _file(path)
    if file is None:
        raise lines.LabelledSetError(f"{path}: {LOOKS_LIKE} was expected")
    rows = {str(lines.needed(row, "core_id", file)): row for row in lines.json_lines(file)}
    edges = {
        frozenset((i, str(other)))
        for i, row in rows.items()
        for other in row.get("labelled_duplicates") or ()
        if str(other) in rows and str(other) != i
    }
    clusters = components(rows, edges)
    relations = tuple(
        Relation(a, b, edit=min(_cat(rows[a]), _cat(rows[b]), key=RANK.index))
        for a, b in cluster_pairs(clusters)
    )
    stories = tuple(_story(i, row) for i, row in rows.items())
    return LabelledSet(file.stem, FORMAT, stories, clusters, relations)


def _cat(row: dict[str, Any]) -> str:
    cat = str(row.get("cat"))
    if cat not in RANK:
        raise lines.LabelledSetError(
            f"record {row.get('core_id')}: cat {cat!r}; expected {', '.join(RANK)}"
        )
    return cat


def _story(i: str, row: dict[str, Any]) -> Story:
    title = str(row.get("original_title") or row.get("processed_title") or "")
    abstract = str(row.get("original_abstract") or row.get("processed_abstract") or "")
    return Story(i, f"{title}\n\n{abstract}".strip(), {"title": title} if title else {})
