from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchmarks.formats import read
from benchmarks.quality import __main__ as quality
from benchmarks.quality import ablate, systems
from dupdetect.config import Config

DATA = Path(__file__).parents[1] / "data" / "formats"


@dataclass(frozen=True)
class Settings:
    sentences: bool = field(default=True, metadata={"rule": "sentences", "off": False})
    gap: int = field(default=64, metadata={"rule": "gaps", "off": 0})
    other: int = field(default=7, metadata={"rule": "", "off": None})
    plain: str = ""
    bridge: int = field(default=3, metadata={"rule": "gaps", "off": 1})


def test_rules_come_from_the_settings_own_metadata() -> None:
    off = ablate.rules(Settings)  # type: ignore[arg-type]
    assert off == {"sentences": {"sentences": False}, "gaps": {"gap": 0, "bridge": 1}}


def test_each_variant_switches_one_rule_off_and_the_last_all() -> None:
    rows: dict[str, Any] = dict(ablate.variants(Settings(other=5)))  # type: ignore[arg-type]
    assert rows == {
        "all rules": Settings(other=5),
        "without sentences": Settings(sentences=False, other=5),
        "without gaps": Settings(gap=0, bridge=1, other=5),
        "no rules": Settings(sentences=False, gap=0, bridge=1, other=5),
    }


def test_every_rule_of_the_real_settings_can_be_switched_off() -> None:
    rows = dict(ablate.variants(Config()))
    assert rows.keys() == {
        "all rules", "no rules",
        *(f"without {rule}" for rule in ablate.rules()),
    }  # fmt: skip
    assert rows["without repetition"].company_words == 0
    digests = {row.digest() for row in rows.values()}
    assert len(digests) == len(rows) > 3


def test_a_corpus_run_answers_for_every_story() -> None:
    labelled = read(DATA / "wirebench")
    answer = systems.corpus_run(labelled, config=Config())
    assert answer.clusters.keys() == labelled.texts().keys()
    scores = quality.evaluate(labelled, answer)
    perfect = ("ari", "precision", "recall", "kind_accuracy", "kept_accuracy", "span_f1")
    # Gold spans end with the punctuation that follows a word, passages with the word itself.
    assert {name: scores[name] for name in perfect} == pytest.approx(
        dict.fromkeys(perfect, 1.0), abs=0.005
    )


def test_pairs_by_themselves_are_labelled_from_either_side() -> None:
    labelled = read(DATA / "pairs")
    answer = systems.pairwise_run(labelled, config=Config())
    assert quality.evaluate(labelled, answer)["accuracy"] == 1.0


def test_a_compared_pair_keeps_the_names_and_spans_of_its_stories() -> None:
    texts = read(DATA / "pairs").texts()
    found = systems.compared("s2", texts["s2"], "s1", texts["s1"], config=Config())
    assert found is not None
    assert (found.a, found.b, found.kind, found.kept) == ("s1", "s2", "truncation", "tail")
    for a0, a1, b0, b1 in found.passages or ():
        assert texts["s1"][a0:a1].split()[:5] == texts["s2"][b0:b1].split()[:5] != []
    assert systems.compared("s1", texts["s1"], "s3", texts["s3"], config=Config()) is None
