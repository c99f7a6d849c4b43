"""Rows with the id of another: compared under names of their own, or the last of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect.cli import main
from dupdetect.corpus import read


@given(st.lists(st.sampled_from(["a", "b", "a#2", "a##2", "a#3", "#", ""]), max_size=12))
def test_names_are_made_distinct_and_the_first_keeps_its_own(ids: list[str]) -> None:
    named = [id_ or "-" for id_ in ids]
    with read([{"id": id_, "text": "one"} for id_ in named]) as corpus:
        found = corpus.ids.to_pylist()
    assert len(set(found)) == len(found)
    for number, (before, after) in enumerate(zip(named, found, strict=True)):
        if before not in named[:number]:
            assert after == before
        else:
            assert after.startswith(f"{before}#")


def test_the_last_row_of_an_id_stays_and_the_others_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    rows = [("a", "first words"), ("b", "one story"), ("a", "second words"), ("a", "third words")]
    lines = [json.dumps({"id": id_, "text": text}) + "\n" for id_, text in rows]
    path.write_text("".join(lines))
    with read(path, duplicate_id="last") as corpus:
        assert corpus.ids.to_pylist() == ["b", "a"]
        assert corpus.text_of(1) == "third words"
        assert [bad.line for bad in corpus.rejected] == [1, 3]
        assert corpus.rejected[0].reason == "id 'a' is also that of line 4"
    words = ["dedupe", str(path), "-o", str(tmp_path / "kept"), "--duplicate-id", "last", "-q"]
    assert main([*words, "--rejects", str(tmp_path / "rejects")]) == 0
    assert (tmp_path / "kept").read_text() == lines[1] + lines[3]
    assert (tmp_path / "rejects").read_text() == lines[0] + lines[2]


def test_a_file_named_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text":"a"}\n')
    with pytest.raises(Exception, match="named twice"):
        read([path, tmp_path / "." / "in.jsonl"])
