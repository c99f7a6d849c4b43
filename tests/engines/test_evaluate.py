"""Decisions held against labels, and settings fitted to them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect.cli import main
from dupdetect.config import Config
from dupdetect.corpus.labels import read_labels
from dupdetect.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
WIRE = ROOT / "data" / "wire.jsonl"


@pytest.fixture(scope="module")
def relations() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dupdetect.cluster(WIRE, relations="all").relations.to_pylist()
    return found


def test_pairs_are_decided_as_a_run_decides_them(relations: list[dict[str, Any]]) -> None:
    labels = [(row["b"], row["a"], row["kind"]) for row in relations]
    found = dupdetect.evaluate(labels, WIRE)
    assert found.kind_accuracy == 1.0
    for pair, row in zip(found.pairs, relations, strict=True):
        assert pair.larger == row["a"]
        assert pair.kept == row["kept"]
        assert pair.smaller_coverage == pytest.approx(row["b_coverage"], abs=1e-4)
        assert pair.certainty == pytest.approx(row["certainty"], abs=1e-4)
    turned = dupdetect.evaluate([(b, a, kind) for a, b, kind in labels], WIRE)
    assert [pair.kind for pair in turned.pairs] == [pair.kind for pair in found.pairs]


def test_the_measures_are_those_of_the_textbook(relations: list[dict[str, Any]]) -> None:
    copies = [row for row in relations if row["kind"] != "overlap"]
    others = [row for row in relations if row["kind"] == "overlap"]
    labels = [(row["a"], row["b"], "yes") for row in copies[:-2]]
    labels += [(row["a"], row["b"], "no") for row in copies[-2:]]  # 2 false positives
    labels += [(row["a"], row["b"], "yes") for row in others[:3]]  # 3 false negatives
    labels += [(row["a"], row["b"], "no") for row in others[3:]]
    found = dupdetect.evaluate(labels, WIRE)
    true = len(copies) - 2
    assert found.precision == pytest.approx(true / len(copies))
    assert found.recall == pytest.approx(true / (true + 3))
    assert found.accuracy == pytest.approx(1 - 5 / len(labels))
    assert found.f1 == pytest.approx(2 * true / (2 * true + 5))
    assert found.kind_accuracy is None
    assert {(p.label.a, p.label.b) for p in found.disputed} == {
        (row["a"], row["b"]) for row in [*copies[-2:], *others[:3]]
    }
    assert [p.certainty for p in found.disputed] == sorted(
        (p.certainty for p in found.disputed), reverse=True
    )
    texts = {row["id"]: row["text"] for row in map(json.loads, WIRE.read_text().splitlines())}
    for pair in found.disputed:
        for id_, begins in ((pair.label.a, pair.text_a), (pair.label.b, pair.text_b)):
            assert " ".join(texts[id_].split()).startswith(begins.removesuffix(" ..."))
        assert pair.reason


def test_what_is_not_defined_is_none() -> None:
    found = dupdetect.evaluate([("gazette-drone", "courier-drone", "yes")], WIRE)
    assert (found.precision, found.recall, found.accuracy) == (1.0, 1.0, 1.0)
    found = dupdetect.evaluate([("gazette-drone", "dispatch-hive", "no")], WIRE)
    assert (found.precision, found.recall, found.f1, found.accuracy) == (None, None, None, 1.0)


def test_days_apart_count_as_in_a_run() -> None:
    fog = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon. " * 5
    stories = [
        {"id": "a", "text": fog, "date": "2026-01-01"},
        {"id": "b", "text": fog + "It rained.", "date": "2026-03-01"},
    ]
    config = Config(within_days=7)
    assert dupdetect.evaluate([("a", "b", "yes")], stories).accuracy == 1
    found = dupdetect.evaluate([("a", "b", "overlap")], stories, config=config)
    assert found.kind_accuracy == 1
    assert "more than 7 days apart (within_days)" in found.pairs[0].reason


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("a,b,label\nx,y,yes\ny,z,NO\n", ["yes", "no"]),
        ("x,y,1\ny,z,false\n", ["yes", "no"]),
        ("first;second;kind\nx;y;near-duplicate\ny;z;none\n", ["near_duplicate", "none"]),
        ("note,id_b,id_a,kind\nfine,y,x,overlap\n", ["overlap"]),
        ('{"a":"x","b":"y","label":true}\n\n{"a":"y","b":"z","label":0}', ["yes", "no"]),
        ('["x","y","template"]\n["y","z","same"]', ["template", "yes"]),
        ("a,b,label\nx,y,yes\ny,x,yes\n", ["yes"]),
    ],
)
def test_labels_are_read_from_what_people_have(
    text: str, answers: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "labels"
    path.write_text(text)
    found = read_labels(path)
    assert [label.answer for label in found] == answers
    assert (found[0].a, found[0].b) == ("x", "y")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([], "no labels"),
        (
            [("a", "b", "maybe")],
            "line 1: label 'maybe': expected yes, no or a kind (none, identical",
        ),
        ([("a", "a", "yes")], "'a' is paired with itself"),
        ([("a", "b")], "2 values, expected two ids and a label"),
        ([("a", "b", "yes"), ("b", "a", "no")], "line 2: 'b' and 'a' are 'no' here and 'yes' in"),
        ([{"a": 1, "c": 2}], "no field 'b' (or id_b, b_id, id2); the fields are a, c"),
        (["ab"], "'ab' is no label"),
        (5, "labels: int, expected a path or rows"),
        ("nothing.csv", "nothing.csv: cannot be opened"),
    ],
)
def test_labels_that_cannot_be_read(labels: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        dupdetect.evaluate(labels, WIRE)
    assert said in str(caught.value)


def test_a_first_row_that_may_be_a_label_is_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("x,y,jes\ny,z,no\n")
    with pytest.raises(InputError, match=r"labels\.csv:1: the first row, 'x,y,jes', is no"):
        read_labels(path)


def test_ids_that_are_not_there_are_named_with_the_reason() -> None:
    stories = [{"id": "a", "text": "One."}, {"id": "b", "text": "Two."}]
    labels = [("a", "b", "no"), ("a", "x", "no"), ("y", "x", "no")]
    with pytest.raises(
        InputError, match=r"line 2: labels name the story 'x', which is not there; 2"
    ):
        dupdetect.evaluate(labels, stories)
    with pytest.raises(InputError, match="give ids as they stand in the input, such as 'a'"):
        dupdetect.evaluate(labels[1:2], stories)


def test_a_labelled_story_that_was_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_text('{"id":"a","text":"One."}\n{"id":"b","text":null}\n')
    with pytest.raises(InputError, match="the story 'b' was set aside: no text"):
        dupdetect.evaluate([("a", "b", "no")], path, on_bad_row="skip")


def labelled_by(relations: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["a"], row["b"], "no" if row["kind"] == "overlap" else "yes") for row in relations]


def test_tuning_finds_its_way_back_from_a_wrong_setting(relations: list[dict[str, Any]]) -> None:
    wrong = Config(contained=0.3, canonical="earliest")
    labels = labelled_by(relations)
    found = dupdetect.tune(labels, WIRE, config=wrong)
    assert found.changes
    assert found.right_after > found.right_before
    assert found.unseen_after > found.unseen_before
    after = dupdetect.evaluate(labels, WIRE, config=found.config)
    assert sum(pair.is_right for pair in after.pairs) == found.right_after
    assert Config.load(overrides={}).canonical != found.config.canonical == "earliest"
    assert found.config == replace(wrong, **{one.name: one.after for one in found.changes})  # type: ignore[arg-type]


def test_tuning_proposes_nothing_where_all_is_right(relations: list[dict[str, Any]]) -> None:
    found = dupdetect.tune(labelled_by(relations), WIRE)
    assert found.changes == ()
    assert found.config == Config()
    assert found.right_before == found.right_after == found.pairs


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_labels_drawn_at_random_teach_nothing_that_does_not_hold(data: st.DataObject) -> None:
    """What is proposed decides more of the unseen pairs as labelled, never only of the seen."""
    texts = [f"Word{k} " * 40 for k in range(24)]
    stories = [{"id": str(k), "text": text} for k, text in enumerate(texts)]
    answers = data.draw(st.lists(st.booleans(), min_size=22, max_size=22))
    labels = [(str(k), str(k + 1), answer) for k, answer in enumerate(answers)]
    if not 5 <= sum(answers) <= 17:
        return
    found = dupdetect.tune(labels, stories)
    assert not found.changes or found.unseen_after >= found.unseen_before + 2


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([("a", "b", "yes")] * 3, "1 labelled pair: settings are fitted to 20 or more; label more"),
        (
            [("a", str(n), "yes") for n in range(30)],
            "0 of 30 pairs are labelled as no copies: settings are fitted to 5 or more of each",
        ),
    ],
)
def test_too_few_labels_or_of_one_kind_are_refused(labels: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        dupdetect.tune(labels, WIRE)
    assert said in str(caught.value)


def test_the_commands(
    tmp_path: Path, relations: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    labels, tuned = tmp_path / "labels.csv", tmp_path / "tuned.toml"
    with labels.open("w", newline="") as file:
        csv.writer(file).writerows([("a", "b", "label"), *labelled_by(relations)])
    assert main(["evaluate", str(labels), str(WIRE), "--set", "contained=0.3"]) == 0
    said = capsys.readouterr().out
    assert "decided as labelled, copy or not" in said
    assert "recall        100%" in said
    assert "labelled no, decided near-duplicate" in said
    assert "copies begin at 30% (contained)" in " ".join(said.split())
    assert main(["evaluate", str(labels), str(WIRE), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == 1.0
    words = ["tune", str(labels), str(WIRE), "--set", "contained=0.3", "-o", str(tuned)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert f"written  {tuned}  give it with --config" in " ".join(said.split(" "))
    assert "0.3  ->  0.8" in said
    assert main(["evaluate", str(labels), str(WIRE), "--config", str(tuned), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9
    assert main(["tune", str(labels), str(WIRE), "-o", str(labels)]) == 2
    assert "is also an input" in capsys.readouterr().err
    labels.write_text("a,b,label\ngazette-drone,nobody,yes\n")
    assert main(["evaluate", str(labels), str(WIRE)]) == 1
    assert "labels name the story 'nobody', which is not there" in capsys.readouterr().err
