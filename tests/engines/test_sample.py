"""The sample dump in ``data/``: its relations and clusters are known by construction."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dupdetect

if TYPE_CHECKING:
    from dupdetect import Clustering

DATA = Path(__file__).parents[2] / "data"
UNORDERED = {"identical", "near_duplicate"}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def labelled(row: dict[str, Any]) -> tuple[tuple[str, str], tuple[str, str | None]]:
    """Key a relation by its pair; equal-sized bodies have no larger one, so those are sorted."""
    pair = (row["a"], row["b"])
    if row["kind"] in UNORDERED:
        pair = (min(pair), max(pair))
    return pair, (row["kind"], row["kept"])


@pytest.fixture(scope="module")
def stories() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in lines("wire.jsonl")}


@pytest.fixture(scope="module")
def found() -> Clustering:
    return dupdetect.cluster(DATA / "wire.jsonl", relations="all")


def test_every_expected_relation_is_found_and_no_other(found: Clustering) -> None:
    expected = dict(map(labelled, lines("expected.jsonl")))
    actual = dict(map(labelled, found.relations.to_pylist()))
    assert actual == expected


def test_each_pair_is_reported_once(found: Clustering) -> None:
    pairs = Counter(frozenset((row["a"], row["b"])) for row in found.relations.to_pylist())
    assert [pair for pair, times in pairs.items() if times > 1] == []


def test_clusters_and_canonical_stories(found: Clustering) -> None:
    expected = {row["id"]: row["cluster"] for row in lines("expected_clusters.jsonl")}
    rows = found.clusters.to_pylist()
    assert {row["id"]: row["cluster"] for row in rows} == expected
    assert {row["id"] for row in rows if row["canonical"]} == set(expected.values())


def test_a_last_paragraph_under_the_same_headline_is_a_tail(
    found: Clustering, stories: dict[str, dict[str, Any]]
) -> None:
    assert stories["courier-drone"]["title"] == stories["gazette-drone"]["title"]
    (row,) = [
        row
        for row in found.relations.to_pylist()
        if (row["a"], row["b"]) == ("gazette-drone", "courier-drone")
    ]
    assert (row["kind"], row["kept"], row["b_coverage"]) == ("truncation", "tail", 1.0)
    assert row["a_coverage"] < 0.3
    assert row["cut_before"] > 150
    assert row["cut_after"] <= 2


def test_passages_of_unedited_copies_hold_the_same_words(
    found: Clustering, stories: dict[str, dict[str, Any]]
) -> None:
    rows = {(row["a"], row["b"]): row for row in found.relations.to_pylist()}
    pairs = [("gazette-drone", "lens-drone"), ("meridian-map", "gazette-map")]
    for a, b in pairs:
        passages = rows[a, b]["passages"]
        assert passages
        for a_start, a_end, b_start, b_end, *_ in passages:
            left = stories[a]["text"][a_start:a_end].split()
            right = stories[b]["text"][b_start:b_end].split()
            assert set(right) & set(left)


def test_expected_credits(found: Clustering) -> None:
    credited = {row["id"]: row["credits"] for row in found.clusters.to_pylist() if row["credits"]}
    assert credited == {
        "gazette-drone": ["Reuters"],
        "meridian-drone": ["Reuters"],
        "post-drone": ["Reuters"],
        "lens-drone": ["wires"],
        "meridian-map": ["AP"],
        "post-map": ["AP"],
        "courier-map": ["AP"],
        "gazette-map": ["AP"],
        "lens-map": ["AP"],
        "dispatch-hive": ["PAP"],
        "dispatch-rail": ["PAP"],
        "gazette-hive": ["AAP"],
        "gazette-library": ["AAP"],
        "post-hive": ["dpa"],
        "bayevening-bus": ["Xinhua"],
        "mina-souk": ["Reuters"],
        "post-dairy": ["Bloomberg"],
        "meridian-coffee": ["Bloomberg"],
        "post-hockey": ["CP"],
        "lens-heat": ["wires"],
        "meridian-recount": ["AP"],
        "meridian-telescope": ["AFP"],
    }


# The data itself, whatever the pipeline does.


def test_expected_files_name_only_stories_of_the_dump(
    stories: dict[str, dict[str, Any]],
) -> None:
    assert {row["id"] for row in lines("expected_clusters.jsonl")} == set(stories)
    for row in lines("expected.jsonl"):
        assert {row["a"], row["b"]} <= set(stories)
        assert (row["kept"] is not None) == (row["kind"] in {"truncation", "abridgement"})


def test_every_kind_and_every_kept_part_occurs() -> None:
    expected = lines("expected.jsonl")
    assert {row["kind"] for row in expected} == {
        "identical", "near_duplicate", "truncation", "abridgement", "overlap",
    }  # fmt: skip
    assert {row["kept"] for row in expected} == {None, "head", "tail", "middle", "scattered"}


def test_contained_stories_are_clustered_and_overlaps_are_not() -> None:
    cluster = {row["id"]: row["cluster"] for row in lines("expected_clusters.jsonl")}
    for row in lines("expected.jsonl"):
        if row["kind"] != "overlap":
            assert cluster[row["a"]] == cluster[row["b"]], row
    assert cluster["meridian-roundup"] == "meridian-roundup"


def test_publishers_repeat_their_furniture_over_unrelated_stories(
    stories: dict[str, dict[str, Any]],
) -> None:
    cluster = {row["id"]: row["cluster"] for row in lines("expected_clusters.jsonl")}
    printed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in stories.values():
        for line in filter(None, row["text"].split("\n")):
            printed[row["publisher"], re.sub(r"\d", "0", line)].add(cluster[row["id"]])
    furnished = {publisher for (publisher, _), where in printed.items() if len(where) >= 4}
    assert len(furnished) == 6


def test_dates_are_iso_and_spread(stories: dict[str, dict[str, Any]]) -> None:
    dates = [datetime.datetime.fromisoformat(row["published"]) for row in stories.values()]
    assert all(date.tzinfo is not None for date in dates)
    assert max(dates) - min(dates) > datetime.timedelta(days=60)
