"""Files made to cost as much as they can: what attacks hold as rows, and files that are no rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.attacks.texts import ATTACKS as TEXTS
from benchmarks.generate import stories as generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_STORY = (
    "The ferry to the island was stopped by fog at dawn and sailed again before noon on Monday "
    "after the harbour master gave word to all the crews."
)


@dataclass(frozen=True)
class FileAttack:
    """A file: what it aims at, and its lines at a scale, 1 for the full size."""

    aim: str
    lines: Callable[[float], Iterator[bytes]]


def row(**fields: str) -> bytes:
    """Return a row of JSON Lines."""
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _rows_of(name: str) -> FileAttack:
    def lines(scale: float) -> Iterator[bytes]:
        for number, text in enumerate(TEXTS[name].make(scale)):
            yield row(id=f"{number:07}", publisher="p", text=text)

    return FileAttack(TEXTS[name].aim, lines)


def _ordinary(scale: float) -> Iterator[bytes]:
    for line, _ in generate.stories(max(20, int(20_000 * scale)), seed=6):
        yield line


def _blank_lines(scale: float) -> Iterator[bytes]:
    yield b"\n" * int(20_000_000 * scale)
    yield row(id="a", text="x")


def _blank_lines_between(scale: float) -> Iterator[bytes]:
    yield row(id="a", text="x")
    yield b" \n" * int(10_000_000 * scale)
    yield row(id="b", text="y")


def _bad_rows(scale: float) -> Iterator[bytes]:
    """More bad rows than good ones: the run ends, and soon."""
    yield row(id="a", text=_STORY)
    yield b"{\n" * int(5_000_000 * scale)


def _and_bad(bad: bytes, scale: float) -> Iterator[bytes]:
    """Make bad rows among more good ones, so that all are read."""
    count = int(100_000 * scale)
    for number in range(2 * count):
        yield b'{"text":"%x"}\n' % number
    for number in range(count):
        yield b'{"text":"y%x"}\n' % number + bad


def _some_bad_rows(scale: float) -> Iterator[bytes]:
    return _and_bad(b"{\n", scale)


def _bad_values(scale: float) -> Iterator[bytes]:
    """Rows of good JSON that are no stories."""
    return _and_bad(b'{"text":1}\n', scale)


def _long_id(scale: float) -> Iterator[bytes]:
    """One long id, of the story that stands for very many copies."""
    yield row(id="A" * int(2_000_000 * scale), text=f"{_STORY} This one says more than all others.")
    for number in range(int(40_000 * scale)):
        yield row(id=f"c{number}", text=_STORY)


def _short_rows(scale: float) -> Iterator[bytes]:
    for number in range(int(500_000 * scale)):
        yield b'{"text":"%x"}\n' % number


ORDINARY = FileAttack("what the generator makes", _ordinary)
FILES: dict[str, FileAttack] = {
    **{name: _rows_of(name) for name in TEXTS},
    "blank lines first": FileAttack("blank lines before the first row", _blank_lines),
    "blank lines": FileAttack("blank lines between two rows", _blank_lines_between),
    "bad rows": FileAttack("rows that are no JSON", _bad_rows),
    "some bad rows": FileAttack("of these a fourth, all set aside", _some_bad_rows),
    "bad values": FileAttack("a fourth of the rows without a text", _bad_values),
    "long id": FileAttack("a long id, named by every copy", _long_id),
    "short rows": FileAttack("stories of one word", _short_rows),
}


def write(attack: FileAttack, scale: float, path: Path) -> int:
    """Write an attack's file; its bytes."""
    with path.open("wb") as out:
        return sum(out.write(line) for line in attack.lines(scale))


def write_of_size(attack: FileAttack, size: int, path: Path) -> int:
    """Write an attack's file of about so many bytes, found by trying; its bytes."""
    scale = 0.01
    for _ in range(12):
        made = write(attack, scale, path)
        if 0.85 * size <= made <= 1.2 * size:
            break
        scale *= min(max(size / max(made, 1), 0.2), 8) ** (1 if made < size / 8 else 0.7)
    return made
