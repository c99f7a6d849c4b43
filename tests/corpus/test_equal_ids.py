"""Rows with the id of another: compared under names of their own, or the last of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect import Clustering
from dupdetect.cli import main
from dupdetect.corpus import read
from dupdetect.errors import InputError


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


def test_rows_set_aside_for_a_later_one_are_not_called_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [("a", "first words"), ("b", "one story"), ("a", "second words"), ("a", "third words")]
    lines = [json.dumps({"id": id_, "text": text}) + "\n" for id_, text in rows]
    bad = '{"id": "c"}\n'
    Path("in.jsonl").write_text("".join(lines))
    Path("worse.jsonl").write_text("".join(lines) + bad)
    words = ["--duplicate-id", "last"]
    skip = [*words, "--on-bad-row", "skip", "--rejects", "rejects"]
    later = "2 rows with the id of a later one"
    assert main(["dedupe", "in.jsonl", "-o", "kept", *words]) == 0
    said = capsys.readouterr().out
    assert f"skipped  {later}: in no output but --rejects\n" in said
    assert "bad row" not in said
    assert main(["dedupe", "in.jsonl", "-o", "kept", "--rejects", "rejects", *words]) == 0
    assert f"written  rejects  {later}\n" in capsys.readouterr().out
    assert main(["cluster", "worse.jsonl", "-o", "found", *skip]) == 0
    said = capsys.readouterr().out
    assert "skipped  1 bad row\n" in said
    assert f"written  rejects  1 row that could not be read and {later}\n" in said
    assert Path("rejects").read_text() == lines[0] + lines[2] + bad
    summary = json.loads(Path("found", "summary.json").read_text())
    counts = [summary[name] for name in ("stories", "rejected", "superseded", "repeated_ids")]
    assert counts == [2, 1, 2, 0]
    assert main(["index", "create", "index"]) == 0
    assert main(["index", "add", "index", "worse.jsonl", *skip]) == 0
    assert "added 2; skipped 0; rejected 1; superseded 2;" in capsys.readouterr().err


def test_a_result_with_rows_set_aside_does_not_know_the_rows_of_the_input(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id":"a","text":"one"}\n{"id":"a","text":"two"}\n')
    out = str(tmp_path / "out")
    assert main(["cluster", str(path), "-o", out, "-q", "--duplicate-id", "last"]) == 0
    with pytest.raises(InputError):
        _ = Clustering.read(out).labels


def test_a_file_named_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text":"a"}\n')
    with pytest.raises(Exception, match="named twice"):
        read([path, tmp_path / "." / "in.jsonl"])
