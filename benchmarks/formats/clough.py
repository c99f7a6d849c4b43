"""Clough and Stevenson 2011: short answers copied, revised or written from a source text."""

from __future__ import annotations

from pathlib import Path

from benchmarks.formats import lines
from benchmarks.quality.labelled import JudgedPair, LabelledSet

FORMAT = "clough_stevenson"
LOOKS_LIKE = "a folder with clough_stevenson.jsonl (id, category, source, text), or that file"
FILE = "clough_stevenson.jsonl"
EXPECTED = {"cut": True, "light": True, "heavy": None, "non": False}


def recognises(path: Path) -> bool:
    """Tell by the file's name."""
    return path.name.startswith(FILE) if path.is_file() else lines.file_in(path, FILE) is not None


def read(path: Path) -> LabelledSet:
    """Read the answers against their sources.

    Near copies (`cut`) and light revisions are expected to be related, answers written without
    the source (`non`) not. Heavy revisions keep few words in order, so they are shown by category
    and not counted.
    """
    file = path if path.is_file() else lines.file_in(path, FILE)
    if file is None:
        raise lines.LabelledSetError(f"{path}: {LOOKS_LIKE} was expected")
    pairs = []
    for row in lines.json_lines(file):
        category = str(lines.needed(row, "category", file))
        if category == "orig":
            continue
        if category not in EXPECTED:
            raise lines.LabelledSetError(
                f"{file}: category {category!r}; expected orig, {', '.join(EXPECTED)}"
            )
        story, source = str(row["id"]), str(lines.needed(row, "source", file))
        pairs.append(JudgedPair(story, (source,), EXPECTED[category], category=category))
    return LabelledSet(FORMAT, FORMAT, lines.stories(file), pairs=tuple(pairs))
