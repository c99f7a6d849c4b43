from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from benchmarks.formats import READERS, LabelledSetError, read
from benchmarks.quality.labelled import LabelledSet

DATA = Path(__file__).parents[1] / "data" / "formats"
PATHS = {
    "wirebench": DATA / "wirebench",
    "pairs": DATA / "pairs",
    "clough_stevenson": DATA / "clough_stevenson.jsonl",
    "news-copy": DATA / "news-copy",
    "meter": DATA / "meter",
    "pan": DATA / "pan",
    "core-2020": DATA / "core-2020.jsonl",
}


@pytest.mark.parametrize("form", READERS)
def test_each_format_is_recognised_by_its_own_reader_only(form: str) -> None:
    claims = [name for name, reader in READERS.items() if reader.recognises(PATHS[form])]
    assert claims == [form]
    assert read(PATHS[form]).format == form


@pytest.mark.parametrize("form", READERS)
def test_what_a_set_labels_names_its_own_stories(form: str) -> None:
    labelled = read(PATHS[form])
    texts = labelled.texts()
    assert len(texts) == len(labelled.stories) > 0
    assert all(texts.values())
    named = {i for pair in labelled.pairs for i in (pair.a, *pair.others)}
    named |= {i for r in labelled.relations or () for i in (r.a, r.b)}
    assert named <= texts.keys()
    assert labelled.clusters is None or labelled.clusters.keys() == texts.keys()


def test_wirebench_passages_are_the_same_words_on_both_sides() -> None:
    labelled = read(PATHS["wirebench"])
    texts = labelled.texts()
    assert labelled.relations is not None
    for relation in labelled.relations:
        for a0, a1, b0, b1 in relation.passages or ():
            assert texts[relation.a][a0:a1] == texts[relation.b][b0:b1] != ""
    assert labelled.stories[0].fields["publisher"] == "Quay News"


def test_line_separators_inside_a_text_do_not_end_the_line(tmp_path: Path) -> None:
    text = "one\u2028two\x85three"
    row = json.dumps({"id": "a", "text": text}, ensure_ascii=False) + "\n"
    (tmp_path / "stories.jsonl.gz").write_bytes(gzip.compress(row.encode()))
    (tmp_path / "labels.jsonl").write_text("")
    assert read(tmp_path).texts() == {"a": text}


def test_clough_stevenson_expectations() -> None:
    expected = {pair.category: pair.related for pair in read(PATHS["clough_stevenson"]).pairs}
    assert expected == {"cut": True, "light": True, "heavy": None, "non": False}


def test_news_copy_pairs_become_clusters(tmp_path: Path) -> None:
    labelled = read(PATHS["news-copy"])
    assert labelled.clusters is not None
    assert labelled.relations is not None
    assert sorted(sizes(labelled)) == [1, 3]
    assert len(labelled.relations) == 3
    story = labelled.stories[0]
    assert story.text.startswith("By the Harbour Staff\nThe harbour board")
    assert story.fields == {"title": "Ferry slip to close"}
    rows = [
        {"id": s.id, "article": s.text, "headline": "", "byline": "", "cluster": c}
        for s, c in zip(labelled.stories, (7, 7, None, 7), strict=True)
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "test-00000-of-00001.parquet")
    assert sorted(sizes(read(tmp_path))) == [1, 3]


def sizes(labelled: LabelledSet) -> list[int]:
    labels = list((labelled.clusters or {}).values())
    return [labels.count(label) for label in set(labels)]


def test_news_copy_pair_of_an_unknown_article_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(PATHS["news-copy"], tmp_path / "set")
    (tmp_path / "set" / "more.json").write_text('[["nobody", "12_1962-03-06_p3_img_41"]]')
    with pytest.raises(LabelledSetError, match="nobody"):
        read(tmp_path / "set")


def test_meter_judges_a_story_against_all_agency_copy_of_its_event() -> None:
    labelled = read(PATHS["meter"])
    by_category = {pair.category: pair for pair in labelled.pairs}
    wholly = by_category["wholly_derived"]
    assert wholly.related is True
    assert [Path(other).name for other in wholly.others] == ["ferry1_PA.txt", "ferry2_PA.txt"]
    assert by_category["partially_derived"].related is True
    assert by_category["non_derived"].related is False
    published = {s.id: s.fields for s in labelled.stories}
    assert published[wholly.a] == {"publisher": "times", "published": "1999-10-12"}


def test_meter_reads_annotated_text_without_its_marks() -> None:
    labelled = read(PATHS["meter"])
    (annotated,) = [s.text for s in labelled.stories if "owl103" in s.id]
    assert "<" not in annotated
    assert "the orchard & its lane" in annotated
    assert annotated.startswith("Tower tenant")


def test_pan_offsets_point_at_the_copied_passage() -> None:
    labelled = read(PATHS["pan"])
    texts = labelled.texts()
    copied, free = sorted(labelled.pairs, key=lambda pair: pair.a)
    assert (copied.category, copied.related) == ("no-obfuscation", True)
    assert (free.category, free.related, free.passages) == ("no-plagiarism", False, ())
    assert copied.passages is not None
    ((a0, a1, b0, b1),) = copied.passages
    passage = texts[copied.a][a0:a1]
    assert passage == texts[copied.others[0]][b0:b1]
    assert passage.startswith("The harbour board")
    assert passage.endswith("two summers.")


def test_pan_pair_without_labels_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(PATHS["pan"], tmp_path / "set")
    next((tmp_path / "set").glob("02*/*.xml")).unlink()
    with pytest.raises(LabelledSetError, match="suspicious-document00001-source"):
        read(tmp_path / "set")


def test_core_groups_and_categories() -> None:
    labelled = read(PATHS["core-2020"])
    assert labelled.relations is not None
    assert {(r.a, r.b): r.edit for r in labelled.relations} == {
        ("10001", "10002"): "exact_dup",
        ("10003", "10004"): "near_exact_dup",
    }
    assert sorted(sizes(labelled)) == [1, 2, 2]
    assert labelled.stories[2].text.startswith("Nest moves of Tyto alba\n\nA barn owl")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("labels.jsonl", '{"a": "s1", "b": "s2", "label": "alike"}', "'alike'"),
        ("labels.jsonl", '{"a": "s1", "b": "s9", "label": "same"}', "'s9'"),
        ("labels.jsonl", '{"a": "s1", "label": "same"}', "without 'b'"),
        ("stories.jsonl", "{", "stories.jsonl:1: not JSON"),
        ("stories.jsonl", "[1]", "a JSON object was expected"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, name: str, content: str, said: str) -> None:
    shutil.copytree(PATHS["pairs"], tmp_path / "set")
    (tmp_path / "set" / name).write_text(content + "\n")
    with pytest.raises(LabelledSetError, match=said):
        read(tmp_path / "set")


def test_an_unknown_path_lists_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetError, match=r"wirebench.*core-2020"):
        read(tmp_path)
    with pytest.raises(LabelledSetError, match="no such file"):
        read(tmp_path / "absent")
