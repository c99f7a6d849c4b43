"""A damaged index: whatever is asked of it, the error is one line that names the file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dupdetect
from dupdetect.engines.damage import naming_damage
from dupdetect.errors import FormatError, InputError

_WORDS = [
    "ferry", "fog", "dawn", "quay", "island", "council", "harbour", "bridge", "school", "river",
    "market", "tunnel", "budget", "storm", "museum", "strike", "vote", "crane", "orchard",
]  # fmt: skip


def _rows(count: int) -> list[dict[str, Any]]:
    """Make stories of which every third is cut from the one before it."""
    rng = np.random.default_rng(5)
    texts: list[str] = []
    for number in range(count):
        words = rng.choice(_WORDS, 90).tolist()
        whole = ". ".join(" ".join(words[k : k + 9]) for k in range(0, 90, 9)) + "."
        texts.append(texts[-1][: len(texts[-1]) // 2] if number % 3 == 2 else whole)
    return [
        {"id": f"s{k}", "title": f"Ferry {k}", "publisher": "p", "text": text}
        for k, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("damage") / "news.idx"
    rows = _rows(60)
    with dupdetect.Index.create(folder, threads=1) as index:
        index.add(rows[:45])
        index.settle()
        index.add(rows[45:])
    used = json.loads((folder / "MANIFEST").read_bytes())["files"]
    names = ["MANIFEST", *(f"{name}.arrow" for name in sorted(used))]
    return folder, {name: (folder / name).read_bytes() for name in names}


def _error_of(folder: Path) -> FormatError | None:
    """Ask an index all that a reader can; return the error that stops it."""
    try:
        with dupdetect.Index.open(folder, threads=1) as index:
            index.query(_rows(6))
            index.summary()
            index.clusters()
            index.relations()
            index.changes()
    except FormatError as error:
        return error
    return None


def _damaged(data: bytes, how: str, place: float) -> bytes:
    changed = bytearray(data)
    at = int(place * len(data)) // 8 * 8
    if how == "cut":
        del changed[at:]
    else:
        changed[at : at + 64] = (b"\0" if how == "zeros" else b"\xff") * len(changed[at : at + 64])
    return bytes(changed)


@pytest.mark.parametrize("how", ["cut", "zeros", "ones"])
def test_a_damaged_file_is_named(whole: tuple[Path, dict[str, bytes]], how: str) -> None:
    folder, good = whole
    stopped = 0
    for name, data in good.items():
        for place in (0.0, 0.3, 0.6, 0.9):
            (folder / name).write_bytes(_damaged(data, how, place))
            error = _error_of(folder)
            (folder / name).write_bytes(data)
            if error is not None:
                stopped += 1
                said = str(error)
                assert re.search(rf"\b{name.removesuffix('.arrow')}\b", said), (name, place, said)
                assert "restore" in said, (name, place, said)
                assert "\n" not in said
    assert stopped >= (3 if how == "cut" else 1) * len(good)
    assert _error_of(folder) is None


def test_an_error_of_rows_is_damage_where_nobody_gave_any(
    whole: tuple[Path, dict[str, bytes]],
) -> None:
    folder, good = whole
    name = next(name for name in good if name.startswith("live"))
    with dupdetect.Index.open(folder, threads=1) as index:
        files = index._files
        for data, given, error, said in (
            (_damaged(good[name], "ones", 0.5), False, FormatError, name.removesuffix(".arrow")),
            (_damaged(good[name], "ones", 0.5), True, InputError, "two rows have the id"),
            (good[name], False, InputError, "two rows have the id"),
        ):
            (folder / name).write_bytes(data)
            with pytest.raises(error, match=said), naming_damage(files, given=given):
                raise InputError("two rows have the id 's1'", remedy="give each its own")
    (folder / name).write_bytes(good[name])


def test_other_errors_are_what_they_were(whole: tuple[Path, dict[str, bytes]]) -> None:
    folder, _ = whole
    with dupdetect.Index.open(folder, threads=1) as index:
        with pytest.raises(InputError, match="no such generation"):
            index.changes(since=99)
        with pytest.raises(TypeError):
            index.query("a text", limits=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("what", ["compact", "settle"])
def test_no_files_are_made_of_damaged_ones(
    whole: tuple[Path, dict[str, bytes]], what: str, tmp_path: Path
) -> None:
    """What was changed in a word would be whole afterwards."""
    _, files = whole
    name = next(one for one, data in files.items() if b"Ferry 7" in data)
    for one, data in files.items():
        changed = data.replace(b"Ferry 7", b"Berry 7", 1) if one == name else data
        (tmp_path / one).write_bytes(changed)
    with dupdetect.Index.open(tmp_path, threads=1, write=True) as index:
        before = sorted(tmp_path.iterdir())
        with pytest.raises(FormatError, match=re.escape(name.removesuffix(".arrow"))):
            getattr(index, what)()
        assert sorted(tmp_path.iterdir()) == before
