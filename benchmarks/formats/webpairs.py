"""Pairs of web stories labelled by reading: labels.jsonl and stories.jsonl."""

from __future__ import annotations

from pathlib import Path

from benchmarks.formats import lines
from benchmarks.quality.labelled import LABELS, JudgedPair, LabelledSet

FORMAT = "pairs"
LOOKS_LIKE = "a folder with labels.jsonl (a, b, label, confidence) and stories.jsonl"


def recognises(path: Path) -> bool:
    """Tell whether a folder has labels and stories."""
    return path.is_dir() and all(lines.file_in(path, n) for n in ("labels.jsonl", "stories.jsonl"))


def read(path: Path) -> LabelledSet:
    """Read the folder; every label must be one of `LABELS` and name stories that are there."""
    source = lines.file_in(path, "stories.jsonl") or path / "stories.jsonl"
    labels = lines.file_in(path, "labels.jsonl") or path / "labels.jsonl"
    stories = lines.stories(source)
    known = {story.id for story in stories}
    pairs = []
    for row in lines.json_lines(labels):
        a, b, label = (str(lines.needed(row, name, labels)) for name in ("a", "b", "label"))
        if label not in LABELS:
            raise lines.LabelledSetError(f"{labels}: label {label!r}; expected {', '.join(LABELS)}")
        if absent := {a, b} - known:
            raise lines.LabelledSetError(f"{labels}: story {min(absent)!r} is not in {source.name}")
        sure = row.get("confidence", "high") == "high"
        pairs.append(JudgedPair(a, (b,), label != "none", label, sure, label))
    return LabelledSet(path.name, FORMAT, stories, pairs=tuple(pairs), source=source)
