"""Made sets of syndicated copies: stories.jsonl, clusters.jsonl, relations.jsonl."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.formats import lines
from benchmarks.quality.labelled import Answer, LabelledSet, Passages, Relation, by_key, largest

FORMAT = "wirebench"
LOOKS_LIKE = "a folder with stories.jsonl, clusters.jsonl and relations.jsonl"


def recognises(path: Path) -> bool:
    """Tell whether a folder has the three files."""
    names = ("stories.jsonl", "clusters.jsonl", "relations.jsonl")
    return path.is_dir() and all(lines.file_in(path, name) for name in names)


def read(path: Path) -> LabelledSet:
    """Read the folder.

    The largest cluster is taken as listed only against its original, as its maker does.
    """
    source = lines.file_in(path, "stories.jsonl") or path / "stories.jsonl"
    clusters = read_clusters(path)
    return LabelledSet(
        name=path.name,
        format=FORMAT,
        stories=lines.stories(source),
        clusters=clusters,
        relations=read_relations(path),
        listed_in_part=largest(clusters) if clusters else None,
        source=source,
    )


def read_clusters(folder: Path) -> dict[str, str]:
    """Read id -> cluster, labels as text."""
    path = lines.file_in(folder, "clusters.jsonl") or folder / "clusters.jsonl"
    if not path.exists():
        raise lines.LabelledSetError(f"{path}: no such file")
    return {str(row["id"]): str(row["cluster"]) for row in lines.json_lines(path)}


def read_relations(folder: Path) -> tuple[Relation, ...]:
    """Read the relations of a labelled folder, or of one a system wrote."""
    path = lines.file_in(folder, "relations.jsonl") or folder / "relations.jsonl"
    if not path.exists():
        raise lines.LabelledSetError(f"{path}: no such file")
    return tuple(relation(row, path) for row in lines.json_lines(path))


def relation(row: Mapping[str, Any], path: Path) -> Relation:
    """Make a relation of one row."""
    return Relation(
        a=str(lines.needed(row, "a", path)),
        b=str(lines.needed(row, "b", path)),
        kind=row.get("kind"),
        kept=row.get("kept"),
        a_coverage=row.get("a_coverage"),
        b_coverage=row.get("b_coverage"),
        passages=passages(row.get("passages")),
        certain=bool(row.get("certain", True)),
        edit=row.get("op_b"),
    )


def passages(found: list[Any] | None) -> Passages | None:
    """Read spans given as lists of four or as objects."""
    names = ("a_start", "a_end", "b_start", "b_end")
    if found is None:
        return None
    spans = [[p[name] for name in names] if isinstance(p, dict) else p for p in found]
    return tuple((int(p[0]), int(p[1]), int(p[2]), int(p[3])) for p in spans)


def read_answer(folder: Path, *, system: str) -> Answer:
    """Read what a system wrote: clusters.jsonl and relations.jsonl."""
    return Answer(system, read_clusters(folder), by_key(read_relations(folder)))
