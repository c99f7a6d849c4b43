"""Copies that were all scanned: what is found, and that sound stories cost nothing more."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dupdetect
from benchmarks.quality.scans import measure, scanned, scanned_stories
from dupdetect import corpus
from dupdetect.config import Config
from dupdetect.engines.declared import STAGES
from dupdetect.engines.stages import Flow, run_stage
from dupdetect.engines.work import Work
from dupdetect.kernels.codes import ANYWHERE
from dupdetect.products.stories import Stories

ROOT = Path(__file__).resolve().parents[2]
BY_ID = {
    row["id"]: " ".join(row["text"].split())
    for row in map(json.loads, (ROOT / "data/wire.jsonl").read_text("utf-8").splitlines())
}
# No two of one story.
TEXTS = [
    " ".join(BY_ID[name] for name in names)
    for names in (
        ("dispatch-drone", "courier-tram"),
        ("dispatch-hive", "gazette-bridge"),
        ("meridian-map", "post-hockey"),
        ("meridian-telescope", "lens-robot"),
        ("dispatch-rail", "meridian-coffee"),
        ("gazette-pelican", "dispatch-mushroom"),
        ("courier-clock", "gazette-library"),
    )
]


@pytest.mark.parametrize(
    ("errors", "hyphens"), [(0.02, False), (0.05, False), (0.05, True), (0.08, False), (0.08, True)]
)
def test_scanned_copies_are_found(errors: float, hyphens: bool) -> None:
    every = []
    for seed in (3, 4, 5):
        found = measure(*scanned_stories(TEXTS, errors, random.Random(seed), hyphens=hyphens))
        assert found["precision"] == 1
        every.append(float(found["ari"]))
    assert sum(every) / len(every) >= 0.95


def test_order_and_unrelated_stories_do_not_matter() -> None:
    stories, _ = scanned_stories(TEXTS, 0.08, random.Random(5))
    once = relations_of(stories)
    assert relations_of(stories[::-1]) == once
    others = [{"id": f"x{n}", "text": text} for n, text in enumerate(BY_ID.values()) if n % 9 == 0]
    more = relations_of(stories + [row for row in others if row["text"] not in " ".join(TEXTS)])
    assert {pair: found for pair, found in more.items() if "x" not in "".join(pair)} == once


def relations_of(stories: list[dict[str, str]]) -> dict[tuple[str, str], Any]:
    found = dupdetect.cluster(stories, relations="all", threads=1).relations.to_pylist()
    measured = ("kind", "a_coverage", "passages")
    return {(row["a"], row["b"]): [row[name] for name in measured] for row in found}


def test_compare_is_as_in_a_corpus() -> None:
    rng = random.Random(8)
    texts = [scanned(TEXTS[0], 0.09, rng) for _ in range(2)]
    found = dupdetect.cluster(texts, relations="all").relations.to_pylist()[0]
    alone = dupdetect.compare(*texts)
    assert alone.kind == found["kind"] == "near_duplicate"
    assert (alone.a_coverage, alone.b_coverage) == (found["a_coverage"], found["b_coverage"])


def test_passages_of_scans_stand_opposite_each_other() -> None:
    """Copies of one text read from scans: the share of characters before each passage agrees."""
    rng = random.Random(2)
    texts = [scanned(TEXTS[1], 0.08, rng) for _ in range(2)]
    relation = dupdetect.compare(*texts)
    first, second = texts if len(texts[0].split()) >= len(texts[1].split()) else texts[::-1]
    assert relation.passages
    for passage in relation.passages:
        x, y = passage.a_start / len(first), passage.b_start / len(second)
        assert abs(x - y) < 0.03


def test_sound_stories_are_found_by_words() -> None:
    """All but one that is short and full of Polish names."""
    with corpus.read(str(ROOT / "data/wire.jsonl")) as read:
        flow = Flow(Work(Config()))
        products: dict[str, Any] = {"stories": Stories.of(read)}
        for stage in STAGES[:3]:
            products |= run_stage(stage, products, flow)
    sketches = products["sketches"]
    names = np.array(products["stories"].ids.to_pylist())
    assert names[sketches.misread()].tolist() == ["dispatch-bison"]
    assert np.count_nonzero(sketches.fingerprints & np.uint64(ANYWHERE) == 0) < 40
