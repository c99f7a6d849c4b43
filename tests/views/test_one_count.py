"""Every view counts words, changes and shares as the relation does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

import dupdetect
from dupdetect.cli import main
from dupdetect.products.schemas import KIND_FACTS, KINDS
from dupdetect.products.texts import word_spans
from dupdetect.views.wording import meaning_of

HINDI = [
    "पुस्तकालय समिति ने शुक्रवार को नदी किनारे नया वाचनालय खोलने का निर्णय किया।",
    "इसके लिए पुराने डाकघर की दूसरी मंज़िल खाली की जाएगी और खिड़कियाँ बदली जाएँगी।",
    "समिति की अध्यक्ष ने कहा कि बच्चों के लिए अलग कमरा होगा जहाँ रविवार को कहानियाँ सुनाई जाएँगी।",
]
KHMER = [
    "អគារចាស់នៅជិតផ្សារនឹងត្រូវបានជួសជុលនៅខែក្រោយ!",
    "បណ្ណាល័យបើកទ្វារថ្ងៃចន្ទ ហើយសិស្សអាចខ្ចីសៀវភៅបានប្រាំក្បាល!",
    "ប្រធានគណៈកម្មការនិយាយថាបន្ទប់កុមារមានកៅអីថ្មីសាមសិប!",
]
SHORT = [
    "The reading room opens at 9 a.m. on Mon\u00adday, said the keeper of the lib\u00adrary. ",
    "It was shut for re\u00adpairs since the flood of last autumn, when the cellar filled. ",
    "“Nobody missed the chairs more than I did,” said a man who came at 8 a.m. to wait outside.",
]


def write(tmp_path: Path, whole: str, part: str) -> list[str]:
    dump = tmp_path / "dump.jsonl"
    rows = ({"id": "w", "text": whole}, {"id": "c", "text": part})
    dump.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return [str(dump), "w", "c"]


@pytest.mark.parametrize("sentences", [HINDI, KHMER, SHORT], ids=["hi", "km", "en"])
def test_the_words_cut_are_as_many_in_the_sentence_as_in_the_segment(
    sentences: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = " ".join(sentences)
    words = write(tmp_path, whole, " ".join(sentences[1:]))
    assert main(["compare", *words]) == 0
    said = " ".join(capsys.readouterr().out.split())
    before = re.search(r"cut: ([0-9,]+) words before", said)
    segment = re.search(r"- ([0-9,]+) words, only in A", said)
    assert before is not None, said
    assert segment is not None, said
    cut = len(word_spans(sentences[0]))
    assert before[1] == segment[1] == str(cut)


def test_a_stored_relation_counts_quotations_and_changes_as_a_fresh_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = "".join(SHORT)
    part = "".join(SHORT[1:]).replace("a man who came", "a man who arrived")
    words = write(tmp_path, whole, part)
    dupdetect.cluster(words[0]).write(tmp_path / "out")
    assert main(["explain", str(tmp_path / "out"), "c", "--json"]) == 0
    stored: dict[str, Any] = orjson.loads(capsys.readouterr().out)["pair"]
    assert main(["compare", *words, "--json"]) == 0
    fresh: dict[str, Any] = orjson.loads(capsys.readouterr().out)
    assert stored["segments"] == fresh["segments"]
    shared = [segment for segment in stored["segments"] if segment["mark"] == "shared"]
    assert sum(segment["quoted_words"] for segment in shared) == stored["quoted_words"] > 5
    assert sum(segment["words"] for segment in shared) == stored["words"]
    assert [segment["changed"] for segment in shared] != [[]]


def test_no_view_says_all_where_a_word_is_missing() -> None:
    text = " ".join(f"word{number} and" for number in range(20_000)) + "."
    found = dupdetect.cluster([text, text.removesuffix(" word19999 and.") + "."])
    (row,) = found.relations.to_pylist()
    assert row["a_coverage"] == 0.9999
    assert row["b_coverage"] == 1.0
    relation = dupdetect.compare(text, text.removesuffix(" word19999 and.") + ".")
    assert "100% of b and 99% of a" in str(relation)


def test_every_kind_has_its_row_and_the_rows_are_the_codes() -> None:
    assert KINDS[1:] == tuple(facts.name for facts in KIND_FACTS)
    changes = [facts.change for facts in KIND_FACTS]
    assert len(set(changes)) == len(changes)
    for facts in KIND_FACTS:
        blanks = dict.fromkeys(("a", "b", "kept", "shared", "in_a", "in_b", "part", "cut"), "x")
        assert "{" not in facts.brief.format(**blanks) + facts.sentence.format(**blanks)
        for one in (True, False):
            assert "{" not in meaning_of(facts, {}, one=one)
