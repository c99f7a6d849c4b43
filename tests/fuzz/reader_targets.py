"""What the readers promise about any bytes: an error of the package's own, or what was there."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import tempfile
from dataclasses import asdict, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dupdetect
from dupdetect import output
from dupdetect.corpus import read
from dupdetect.errors import ConfigError, DupdetectError
from dupdetect.views.report import write_report

if TYPE_CHECKING:
    from collections.abc import Callable

_FILES = (
    "clusters.jsonl",
    "relations.jsonl",
    "summary.json",
    "clusters.parquet",
    "relations.parquet",
)
_LINES = (
    "The ferry to Gozo was stopped by fog at dawn and sailed again an hour before noon.",
    "Two hundred passengers waited in the cold hall for a boat that nobody could see.",
    "The harbour master said that he would do it again, whatever the passengers thought.",
    "Read more of our stories about boats at the address below.",
)


def config(data: bytes) -> None:
    """Settings from TOML, and as names with values."""
    with contextlib.suppress(ConfigError):
        _same(dupdetect.Config.load(_file("settings.toml", data)))
    overrides = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        name, equals, value = line.partition("=")
        if equals:
            overrides[name.strip()] = value
    with contextlib.suppress(ConfigError):
        _same(dupdetect.Config.load(overrides=overrides))


def _same(loaded: dupdetect.Config) -> None:
    again = dupdetect.Config(**asdict(loaded))
    assert again == loaded
    assert again.digest() == loaded.digest()
    for item in fields(loaded):
        value = getattr(loaded, item.name)
        if type(value) in (int, float):
            assert item.metadata["low"] <= value <= item.metadata["high"]


def corpus(data: bytes) -> None:
    """Inputs of every format: each row is a story, set aside, or the reason to stop."""
    packed, data = data[:1], data[1:]
    if packed == b"g":
        data = gzip.compress(data)
    elif packed == b"b":
        data = bz2.compress(data)
    _read_twice(_file("dump", data))


def reader_of(name: str) -> Callable[[bytes], None]:
    """Return a target that reads files of one name: its ending, too, is a sign of the format."""

    def read_bytes(data: bytes) -> None:
        _read_twice(_file(name, data))

    return read_bytes


def _read_twice(path: Path) -> None:
    """With bad rows set aside all else is read as without."""
    stopped = False
    try:
        with read(str(path)) as stories:
            everything = stories.ids.to_pylist()
    except DupdetectError:
        stopped = True
    try:
        with read(str(path), on_bad_row="skip") as stories:
            assert len(set(stories.ids.to_pylist())) == len(stories.ids)
            for row in range(len(stories.ids)):
                stories.text_of(row).encode()
            if not stopped:
                assert stories.ids.to_pylist() == everything
                assert len(stories.rejected) == 0
    except DupdetectError:
        assert stopped


def outputs(data: bytes) -> None:
    """Results read again, one of the files replaced."""
    folder, good = _results()
    name = _FILES[data[0] % len(_FILES)] if data else _FILES[0]
    for other in _FILES:
        if other.split(".")[0] == name.split(".")[0]:
            (folder / other).unlink(missing_ok=True)
    (folder / name).write_bytes(data[1:])
    for reader in (output.read_summary, output.read_clusters, output.read_relations):
        with contextlib.suppress(DupdetectError):
            reader(folder)
    with contextlib.suppress(DupdetectError):
        write_report(folder, folder / "report.html")
    for other, content in good.items():
        (folder / other).write_bytes(content)


def index(data: bytes) -> None:
    """An index whose files were changed in places, or one replaced: nobody takes it for whole."""
    folder, good = _index()
    name = sorted(good)[data[0] % len(good)] if data else "MANIFEST"
    content = bytearray(good[name])
    if data[1:2] == b"=":
        content[:] = data[2:]
    else:
        for k in range(2, len(data) - 2, 3):  # a place and what stands there instead
            content[int.from_bytes(data[k : k + 2], "little") % len(content)] = data[k + 2]
    (folder / name).write_bytes(content)
    with (
        contextlib.suppress(DupdetectError),
        dupdetect.Index.open(folder, threads=1) as opened,
    ):
        used = name.removesuffix(".arrow") in json.loads(good["MANIFEST"])["files"]
        assert opened.check() or content == good[name] or not used
    (folder / name).write_bytes(good[name])


def flow(data: bytes) -> None:
    """Texts and settings from the first bytes: clusters that no number of threads changes."""
    numbers, texts = data[:8].ljust(8, b"\0"), data[8:].split(b"\x1e")[:12]
    config = dupdetect.Config(
        window=1 + numbers[0] % 12, shingle_words=1 + numbers[1] % 6,
        word_dice=numbers[2] / 127, overlap_prose_words=numbers[3] % 60,
        sentence_share=numbers[4] / 127, overlap_words=numbers[5] % 30, company_words=numbers[6],
        contained=numbers[7] / 255,
    )  # fmt: skip
    rows = [
        {"id": str(n), "publisher": f"p{n % 3}", "text": text.decode("utf-8", "replace")}
        for n, text in enumerate(texts)
    ]
    found = [
        dupdetect.cluster(rows, config=config, relations="all", threads=threads)
        for threads in (1, 3)
    ]
    assert found[0].clusters.equals(found[1].clusters)
    assert found[0].relations.equals(found[1].relations)
    lengths = {row["id"]: len(row["text"]) for row in rows}
    for relation in found[0].relations.to_pylist():
        for a_start, a_end, b_start, b_end, *_ in relation["passages"]:
            assert 0 <= a_start < a_end <= lengths[relation["a"]]
            assert 0 <= b_start < b_end <= lengths[relation["b"]]


@lru_cache(maxsize=1)
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="dupdetect-fuzz-"))


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


@lru_cache(maxsize=1)
def _results() -> tuple[Path, dict[str, bytes]]:
    """Make results of a few stories, once: their folder and its files."""
    rows: list[dict[str, Any]] = [
        {"id": f"s{n}", "publisher": "p", "text": "\n".join(_LINES[: 1 + n % 4])} for n in range(6)
    ]
    dump = _file("stories.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())
    folder = _folder() / "out"
    dupdetect.cluster(dump, config=dupdetect.Config(overlap_words=5)).write(folder)
    return folder, {path.name: path.read_bytes() for path in folder.iterdir()}


@lru_cache(maxsize=1)
def _index() -> tuple[Path, dict[str, bytes]]:
    """Make an index of a few stories, once: its folder and its files."""
    rows: list[dict[str, Any]] = [
        {"id": f"s{n}", "publisher": "p", "text": "\n".join(_LINES[: 1 + n % 4])} for n in range(6)
    ]
    folder = _folder() / "index"
    with dupdetect.Index.create(folder, config=dupdetect.Config(overlap_words=5)) as made:
        made.add(rows[:4])
        made.settle()
        made.add(rows[4:])
    files = (path for path in folder.iterdir() if path.name != "LOCK")
    return folder, {path.name: path.read_bytes() for path in files}
