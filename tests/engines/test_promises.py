"""The promises of the design, each as a test that could fail."""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dupdetect

SHARED = Path(os.environ.get("DUPDETECT_SHARED", Path(__file__).parents[3] / "shared"))
SYLLABLES = ("ba", "ko", "mi", "ren", "tal", "su", "vor", "ne", "lid", "quo", "pha", "zet")


def words(rng: random.Random, count: int) -> list[str]:
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(count)]


def prose(tokens: list[str]) -> str:
    """Sentences of nine words, three to a paragraph."""
    sentences = [" ".join(tokens[i : i + 9]).capitalize() + "." for i in range(0, len(tokens), 9)]
    return "\n".join(" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3))


def collection(seed: int, families: int) -> list[dict[str, str]]:
    """Stories with cut, edited and woven-in copies, and some of no relation."""
    rng = random.Random(seed)
    rows = []
    for family in range(families):
        tokens = words(rng, rng.randint(120, 220))
        copies = [tokens, tokens, tokens[: len(tokens) // 2], tokens[-50:]]
        copies.append([w if rng.random() > 0.03 else "edited" for w in tokens])
        copies.append(tokens[20:80] + words(rng, 120))
        for k, copy in enumerate(copies[: rng.randint(1, len(copies))]):
            rows.append({"id": f"{family}-{k}", "publisher": f"p{k}", "text": prose(copy)})
    return rows


def facts(found: dupdetect.Clustering) -> tuple[set[str], set[str]]:
    """Clusters and relations without the order of their rows, and where these stood."""
    rows = found.clusters.drop_columns(["place"]).to_pylist()
    clusters = {json.dumps(row, sort_keys=True) for row in rows}
    relations = {json.dumps(row, sort_keys=True) for row in found.relations.to_pylist()}
    return clusters, relations


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    shared=st.integers(40, 80),
    before=st.integers(0, 400),
    after=st.integers(0, 400),
)
def test_no_shared_passage_is_missed(seed: int, shared: int, before: int, after: int) -> None:
    rng = random.Random(seed)
    passage = words(rng, shared)
    a = words(rng, before) + passage + words(rng, 150)
    b = words(rng, after) + passage + words(rng, 150)
    found = dupdetect.cluster([prose(a), prose(b)], relations="all")
    assert found.relations.num_rows == 1
    assert found.relations["words"][0].as_py() >= shared


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), before=st.integers(0, 300), after=st.integers(0, 300))
def test_a_run_as_long_as_the_guarantee_is_compared(seed: int, before: int, after: int) -> None:
    rng = random.Random(seed)
    run = words(rng, dupdetect.Config().guarantee)
    texts = [
        prose(words(rng, before) + run + words(rng, 60)),
        prose(words(rng, after) + run + words(rng, 60)),
    ]
    assert dupdetect.cluster(texts).summary["compared_pairs"] == 1


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    stories=st.integers(2, 14),
    edited=st.integers(0, 4),
    length=st.integers(100, 3000),
)
def test_such_a_run_is_compared_between_edits_in_long_bodies(
    seed: int, stories: int, edited: int, length: int
) -> None:
    """In two stories and in many; the words next to the run are edited, those beyond are equal."""
    rng = random.Random(seed)
    run = words(rng, dupdetect.Config().guarantee)
    near = [words(rng, 3), words(rng, 3)]  # equal everywhere, parted from the run by an edit
    texts = []
    for story in range(stories):
        changed = [words(rng, edited) or ["edited" + "xyz"[story % 3] * (story + 1)] for _ in "ab"]
        passage = near[0] + changed[0] + run + changed[1] + near[1]
        before = rng.randrange(length)
        texts.append(prose(words(rng, before) + passage + words(rng, length - before)))
    found = dupdetect.cluster(texts)
    assert found.summary["compared_pairs"] == stories * (stories - 1) // 2


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    stories=st.integers(2, 14),
    length=st.integers(60, 900),
)
def test_such_a_run_is_compared_in_chinese(seed: int, stories: int, length: int) -> None:
    """Seven characters count as four words; in short texts and long ones, in more than eight."""
    rng = random.Random(seed)

    def signs(count: int) -> list[str]:
        return [chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(count)]

    run, texts = signs(7 * dupdetect.Config().guarantee // 4), []
    for _ in range(stories):
        own = signs(length)
        at = rng.randint(0, length)
        texts.append("".join(own[:at] + run + own[at:]) + "\u3002")
    found = dupdetect.cluster(texts)
    assert found.summary["compared_pairs"] == stories * (stories - 1) // 2


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), length=st.integers(60, 600))
def test_such_a_run_is_found_in_an_index(seed: int, length: int) -> None:
    """An index looks up by the same fingerprints: all stories with the run are aligned."""
    rng = random.Random(seed)
    run = words(rng, 40)
    stories = []
    for number in range(6):
        own, at = words(rng, length), rng.randint(0, length)
        stories.append({"id": str(number), "text": prose(own[:at] + run + own[at:])})
    with tempfile.TemporaryDirectory() as folder:
        index = dupdetect.Index.create(Path(folder) / "news.idx")
        index.add(stories[:5])
        assert set(index.query(stories[5:])["story"].to_pylist()) == set("01234")
        index.close()


def test_unrelated_stories_are_not_compared() -> None:
    rng = random.Random(7)
    found = dupdetect.cluster([prose(words(rng, 200)) for _ in range(30)])
    assert found.summary["removed"] == 0
    assert found.relations.num_rows == 0


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_all_related_pairs_of_an_all_pairs_comparison_are_found(seed: int) -> None:
    rows = collection(seed, 4)
    found = dupdetect.cluster(rows, relations="all").relations.to_pylist()
    listed = {frozenset((row["a"], row["b"])) for row in found}
    for i, x in enumerate(rows):
        for y in rows[i + 1 :]:
            related = dupdetect.compare(x["text"], y["text"]).kind != "none"
            assert (frozenset((x["id"], y["id"])) in listed) == related, (x["id"], y["id"])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_every_decision_is_explained(seed: int) -> None:
    rows = collection(seed, 6)
    texts = {row["id"]: row["text"] for row in rows}
    found = dupdetect.cluster(rows)
    pairs = {frozenset((r["a"], r["b"])): r for r in found.relations.to_pylist()}
    canonical = set(found.canonical_ids())
    assert found.clusters["id"].to_pylist() == [row["id"] for row in rows]
    for row in found.clusters.to_pylist():
        assert row["canonical"] == (row["parent"] is None) == (row["id"] in canonical)
        if row["canonical"]:
            continue
        relation = pairs[frozenset((row["id"], row["parent"]))]
        assert row["kind"] == relation["kind"]
        sides = {relation["a"]: relation["a_coverage"], relation["b"]: relation["b_coverage"]}
        assert (row["coverage"], row["parent_coverage"]) == (sides[row["id"]], sides[row["parent"]])
        assert relation["passages"]
        for a_start, a_end, b_start, b_end, *_ in relation["passages"]:
            a, b = texts[relation["a"]][a_start:a_end], texts[relation["b"]][b_start:b_end]
            assert set(a.casefold().split()) & set(b.casefold().split())


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_threads_and_order_change_nothing(seed: int) -> None:
    rows = collection(seed, 8)
    expected = facts(dupdetect.cluster(rows, relations="all", threads=1))
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    assert facts(dupdetect.cluster(rows, relations="all", threads=8)) == expected
    assert facts(dupdetect.cluster(shuffled, relations="all", threads=2)) == expected


def test_a_widely_syndicated_story_is_not_a_stock_phrase() -> None:
    rng = random.Random(11)
    tokens = words(rng, 300)
    rows: list[dict[str, Any]] = [{"id": "whole", "publisher": "wire", "text": prose(tokens)}]
    for k in range(150):
        start = rng.randrange(0, 200)
        part = tokens[start : start + rng.randint(60, 100)]
        rows.append({"id": f"c{k}", "publisher": f"paper {k}", "text": prose(part)})
    found = dupdetect.cluster(rows)
    assert found.summary["stock_phrases"]["fingerprints"] == 0
    assert found.summary["furniture"]["lines"] == 0
    assert found.canonical_ids() == ["whole"]


def test_a_stock_phrase_is_reported() -> None:
    rng = random.Random(12)
    phrase = words(rng, 14)
    rows = [prose(words(rng, 80) + phrase + words(rng, 80)) for _ in range(60)]
    found = dupdetect.cluster(rows)
    assert found.summary["stock_phrases"]["fingerprints"] > 0
    assert found.summary["removed"] == 0


@pytest.mark.parametrize("size", [14, 40, 80])
@pytest.mark.parametrize("stories", [21, 30, 70])
def test_a_run_whose_pairs_are_not_all_compared_is_reported(stories: int, size: int) -> None:
    rng = random.Random(f"{stories} {size}")
    run = words(rng, size)
    rows = [
        prose(words(rng, rng.randint(40, 150)) + run + words(rng, rng.randint(40, 90)))
        for _ in range(stories)
    ]
    summary = dupdetect.cluster(rows, relations="all").summary
    assert summary["compared_pairs"] < stories * (stories - 1) // 2
    named = [
        one["text"].casefold().replace(".", "") for one in summary["stock_phrases"]["examples"]
    ]
    assert named
    assert all(phrase in " ".join(run) for phrase in named)


@pytest.mark.parametrize(
    ("policy", "expected"), [("longest", "b"), ("earliest", "a"), ("publisher", "c")]
)
def test_the_canonical_story_follows_the_policy(policy: str, expected: str) -> None:
    tokens = words(random.Random(3), 160)
    rows = [
        {"id": "a", "publisher": "x", "published": "2026-01-01", "text": prose(tokens[:90])},
        {"id": "b", "publisher": "y", "published": "2026-01-02", "text": prose(tokens)},
        {"id": "c", "publisher": "z", "published": "2026-01-03", "text": prose(tokens[40:])},
    ]
    config = dupdetect.Config(canonical=policy, publisher_priority=("z",))
    found = dupdetect.cluster(rows, config=config)
    assert found.canonical_ids() == [expected]
    assert set(found.clusters["cluster"].to_pylist()) == {expected}


def test_a_round_up_glues_nothing_together() -> None:
    rng = random.Random(5)
    stories = [words(rng, 150) for _ in range(6)]
    round_up = [word for story in stories for word in story[:60]]
    found = dupdetect.cluster([*map(prose, stories), prose(round_up)])
    assert found.summary["clusters"] == 7
    assert found.summary["kinds"]["overlap"] == 6


def test_signatures_are_exchanged_with_datasketch() -> None:
    signature = dupdetect.Signature.of(prose(words(random.Random(1), 200)))
    back = dupdetect.Signature.from_datasketch(signature.to_datasketch())
    np.testing.assert_array_equal(back.values, signature.values)


def test_the_seed_page() -> None:
    path = SHARED / "data" / "seed" / "stories.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    found = dupdetect.cluster(path)
    rows = {row["id"]: row for row in found.clusters.to_pylist()}
    cut = rows["canberra-times"]
    assert (cut["parent"], cut["kind"], cut["kept"]) == ("perth-now", "truncation", "tail")
    assert cut["coverage"] == 1.0
    assert found.relations.num_rows == 1
    assert found.relations["cut_after"][0].as_py() == 2
    assert rows["abc-main"]["canonical"]
    assert rows["abc-news"]["canonical"]
