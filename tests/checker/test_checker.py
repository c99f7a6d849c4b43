"""Results hold in plain Python, and the checks report what is deliberately wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import dupdetect
from tests.checker import corpora, real
from tests.checker.checks import (
    CHECKS,
    Result,
    check_compare,
    check_partition,
    check_related,
    check_same,
)
from tests.checker.plain import pairs_with_runs, words_of
from tests.checker.runs import CLASSES, RUN_WORDS, check_families, check_real, check_shared_run, run

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("seed", range(8))
def test_collections_hold(seed: int, tmp_path: Path) -> None:
    assert check_families(corpora.families(seed), seed, tmp_path) == []


@pytest.mark.parametrize("seed", range(2))
def test_real_collections_hold(seed: int, tmp_path: Path) -> None:
    if not real.RELEASES.exists():
        pytest.skip(f"no shared collection at {real.RELEASES}")
    assert check_real(real.releases(seed, 40), seed, tmp_path) == []


@pytest.mark.parametrize("size", RUN_WORDS)
@pytest.mark.parametrize("classes", CLASSES)
def test_stories_with_one_run_are_all_found(classes: int, size: int) -> None:
    assert check_shared_run(classes * size, classes, size) == []


@pytest.fixture(scope="module")
def sound() -> Result:
    """Return a result in which all is right."""
    tokens = corpora.words(Random(1), 150)
    own = [corpora.words(Random(k), 100) for k in (2, 3)]
    texts = {
        "whole": tokens,
        "again": tokens,
        "cut": tokens[:70],
        "weave": own[0] + tokens[40:90] + own[0][:20],
        "other": own[1],
    }
    rows = [
        {"id": name, "publisher": name, "title": "", "text": corpora.prose(words)}
        for name, words in texts.items()
    ]
    result = run(rows)
    assert {one["kind"] for one in result.relations} >= {"identical", "truncation", "overlap"}
    for name, check in CHECKS.items():
        assert check(result) == [], name
    return result


def changed(result: Result, kind: str, /, **values: Any) -> Result:
    """Return a result in which the relations of one kind say something else."""
    relations = [{**one, **values} if one["kind"] == kind else one for one in result.relations]
    return replace(result, relations=relations)


def moved(result: Result, story: str, **values: Any) -> Result:
    """Return a result in which something else is said of a story."""
    clusters = [{**row, **values} if row["id"] == story else row for row in result.clusters]
    return replace(result, clusters=clusters)


FAULTS: dict[str, list[Callable[[Result], Result]]] = {
    "spans": [
        lambda r: changed(r, "overlap", passages=[[1, 30, 0, 30, 4, 0]]),
        lambda r: changed(r, "overlap", passages=[[0, 10**6, 0, 10**6, 4, 0]]),
        lambda r: changed(r, "overlap", words=3),
        lambda r: changed(r, "truncation", changed=[[10**6, 10**6 + 1, 0, 1]]),
    ],
    "coverages": [
        lambda r: changed(r, "overlap", b_coverage=0.99),
        lambda r: changed(r, "truncation", a_coverage=0.1),
    ],
    "exact": [
        lambda r: changed(r, "overlap", b_exact=0.9, b_coverage=0.9),
        lambda r: changed(r, "truncation", a_exact=0.9),
    ],
    "kinds": [
        lambda r: changed(r, "overlap", kind="identical"),
        lambda r: changed(r, "truncation", kind="near_duplicate", b_coverage=0.5),
        lambda r: changed(r, "truncation", kept=None),
        lambda r: changed(r, "identical", kind="overlap"),
        lambda r: changed(r, "overlap", kept="head"),
        lambda r: changed(r, "truncation", a="cut", b="whole"),
        lambda r: moved(r, "again", cluster="other"),
    ],
    "clusters": [
        lambda r: moved(r, "other", cluster="cut"),
        lambda r: moved(r, "other", canonical=False),
        lambda r: moved(r, "other", parent="other"),
        lambda r: moved(r, "weave", keeper="cut"),
        lambda r: replace(r, clusters=r.clusters[1:]),
    ],
    "removal": [lambda r: moved(r, "weave", keeper="whole")],
    "runs": [lambda r: replace(r, summary={"compared_pairs": 0})],
}


@pytest.mark.parametrize(
    ("name", "number"), [(name, k) for name, faults in FAULTS.items() for k in range(len(faults))]
)
def test_each_check_reports_what_is_wrong(sound: Result, name: str, number: int) -> None:
    assert CHECKS[name](FAULTS[name][number](sound))


def test_every_check_has_faults() -> None:
    assert set(FAULTS) == set(CHECKS)


def test_comparisons_report_what_is_wrong(sound: Result) -> None:
    assert check_compare(sound, dupdetect.compare) == []
    assert check_compare(changed(sound, "overlap", kind="none"), dupdetect.compare)
    assert check_compare(changed(sound, "overlap", words=1), dupdetect.compare)
    assert check_compare(replace(sound, relations=[]), dupdetect.compare)

    def one_sided(a: str, b: str) -> Any:
        found = dupdetect.compare(a, b)
        return found if a < b else SimpleNamespace(kind=found.kind, words=found.words + 1)

    assert check_compare(sound, one_sided)


def test_what_changed_is_reported(sound: Result) -> None:
    assert check_same(sound, sound, "again") == []
    assert check_same(sound, changed(sound, "overlap", words=1), "words")
    assert check_same(sound, moved(sound, "cut", cluster="cut"), "cluster")
    assert check_same(sound, replace(sound, relations=sound.relations[1:]), "fewer")
    assert check_partition(sound, sound, "again") == []
    assert check_partition(sound, moved(sound, "cut", cluster="cut"), "cluster")
    assert check_related(sound, [("whole", "cut")]) == []
    assert check_related(sound, [("whole", "other")])


def test_plain_words_and_runs() -> None:
    found = words_of("Été à Gozo. Two,\nthree", [(3, 5)])
    assert [(w.folded, w.start, w.end, w.sentence) for w in found] == [
        ("ete", 0, 3, 0), ("gozo", 6, 10, 0), ("two", 12, 15, 1), ("three", 17, 22, 2),
    ]  # fmt: skip
    bodies = {name: words_of(text) for name, text in
              {"x": "a b c d", "y": "z b c d", "w": "b c", "v": "d c b"}.items()}  # fmt: skip
    assert pairs_with_runs(bodies, 3, 2) == {("x", "y")}
    assert pairs_with_runs(bodies, 2, 3) == {("x", "y"), ("w", "x"), ("w", "y")}
    assert pairs_with_runs(bodies, 2, 2) == {("x", "y")}
