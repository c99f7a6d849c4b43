"""Reading lines of JSON, plain or gzipped, and files of one folder."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.quality.labelled import Story

STORY_FIELDS = ("title", "publisher", "published")


class LabelledSetError(ValueError):
    """The path or its content is not what its format says."""


def text_of(path: Path) -> str:
    """Read a file, gzipped or not, keeping its line ends: offsets count them."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Give each line's object; a bad line raises `LabelledSetError` with its number.

    Lines end at a newline only: U+2028 and its like may stand inside a text.
    """
    with path.open("rb") as probe:
        opener = gzip.open if probe.read(2) == b"\x1f\x8b" else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as file:
        for n, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise LabelledSetError(f"{path}:{n}: not JSON ({error.msg})") from error
            if not isinstance(row, dict):
                raise LabelledSetError(f"{path}:{n}: a JSON object was expected")
            yield row


def file_in(folder: Path, stem: str) -> Path | None:
    """Find `stem` or `stem.gz` in a folder."""
    for name in (stem, f"{stem}.gz"):
        if (folder / name).is_file():
            return folder / name
    return None


def needed(row: Mapping[str, Any], name: str, path: Path) -> Any:  # noqa: ANN401 (JSON value)
    """Give a field of a row, or say which one is missing where."""
    if name not in row:
        raise LabelledSetError(f"{path}: a row without {name!r}; it has {', '.join(map(str, row))}")
    return row[name]


def stories(path: Path) -> tuple[Story, ...]:
    """Read stories of JSON lines with `id`, `text` and the optional fields."""
    return tuple(
        Story(
            str(needed(row, "id", path)),
            str(needed(row, "text", path)),
            {name: str(row[name]) for name in STORY_FIELDS if row.get(name) is not None},
        )
        for row in json_lines(path)
    )
