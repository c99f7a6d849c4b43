"""What an index is given, and what it says: order of answers, arguments, messages."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import dupdetect
from dupdetect import Config, Index
from dupdetect.errors import ConfigError, InputError, OutputError

WIRE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"
FOG = (
    "The ferry to Gozo was stopped by fog at dawn and sailed again before noon. Two hundred "
    "people waited on the quay at Cirkewwa, most of them on their way to work, and the harbour "
    "master said that he had not seen the like since the winter of the great storms."
)
OTHER = "A heat wave closed the schools of three towns, whose halls have no shade at all."


def test_an_answer_begins_with_what_an_addition_would_choose() -> None:
    rows = [json.loads(line) for line in WIRE.read_text("utf-8").splitlines()]
    text = {row["id"]: row["text"] for row in rows}
    index = Index.in_memory(threads=1)
    index.add(rows)
    cut = index.query({"id": "new", "text": text["gazette-drone"][:600]}).to_pylist()
    index.add([{"id": "new", "text": text["gazette-drone"][:600]}])
    found = {row["id"]: row for row in index.clusters().to_pylist()}
    assert cut[0]["story"] == found["new"]["parent"] == "gazette-drone"
    assert [row["joins"] for row in cut] == [row["cluster"] == found["new"]["name"] for row in cut]
    same = index.query({"id": "bus", "text": text["eastlake-bus"]}).to_pylist()
    assert [(row["story"], row["kind"], row["joins"]) for row in same[:2]] == [
        ("eastlake-bus", "identical", True),
        ("bayevening-bus", "near_duplicate", True),
    ]


def test_stories_expire_before_a_day() -> None:
    index = Index.in_memory()
    index.add(
        [
            {"id": "old", "text": FOG, "published": "2026-01-31"},
            {"id": "new", "text": OTHER, "published": "2026-02-01"},
        ]
    )
    assert index.expire(date(2026, 2, 1))["id"].to_pylist() == ["old"]


def test_a_reader_checks_the_newest_generation(tmp_path: Path) -> None:
    with Index.create(tmp_path / "i") as writer, Index.open(tmp_path / "i") as reader:
        for name, text in (("a", FOG), ("b", OTHER)):
            writer.add([{"id": name, "text": text}])
        reader.refresh()
        writer.delete(["b"])
        writer.compact()
        assert reader.check() == []
        assert "b" in reader
        place = next((tmp_path / "i").glob("stories*.arrow"))
        place.unlink()
        assert reader.check()
        assert any("missing" in one for one in writer.check())


def test_a_text_that_names_a_file_is_refused() -> None:
    index = Index.in_memory()
    index.add([{"id": "a", "text": FOG}])
    with pytest.raises(InputError, match=r"names a file; give a file as a pathlib\.Path"):
        index.query(str(WIRE))
    assert index.query(WIRE).num_rows == 0
    assert index.query("data/no such file.jsonl").num_rows == 0


def test_changes_since_a_generation_that_is_not_there_are_refused() -> None:
    index = Index.in_memory()
    index.add([{"id": "a", "text": FOG}])
    assert index.changes(1).num_rows == 0
    for since in (2, -1):
        with pytest.raises(InputError, match=f"since = {since}: .* the newest is 1"):
            index.changes(since)


@pytest.mark.parametrize("call", [Index.open, Index.create, Index.rebuild])
def test_settings_in_the_place_of_a_folder_are_refused(call: Any) -> None:
    with pytest.raises(InputError, match="a Config where the folder of an index is expected"):
        call(Config())


def test_an_index_takes_no_place_of_a_file(tmp_path: Path) -> None:
    place = tmp_path / "dump.jsonl"
    place.write_text("{}\n")
    with pytest.raises(OutputError, match="is a file; give the name of a folder"):
        Index.create(place)
    with pytest.raises(OutputError, match="is a file; give the name of a folder"):
        dupdetect.cluster([FOG]).write(place)
    assert place.read_text() == "{}\n"


def test_again_is_true_or_false() -> None:
    with pytest.raises(ConfigError, match="again = 'x': expected True or False"):
        dupdetect.cluster([FOG], again="x")  # type: ignore[arg-type]
