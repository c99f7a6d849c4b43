from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from benchmarks.quality.labelled import JudgedPair, Relation, by_key, components, largest
from benchmarks.quality.labels import answers, pair_scores
from benchmarks.quality.scores import Scores, cluster_scores, relation_scores, span_scores


@st.composite
def two_clusterings(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    ids = [f"s{n}" for n in range(draw(st.integers(1, 12)))]
    labels = st.sampled_from("abcd")
    return {i: draw(labels) for i in ids}, {i: draw(labels) for i in ids}


def number(scores: Scores, name: str) -> float:
    value = scores[name]
    assert isinstance(value, float)
    return value


@given(two_clusterings())
def test_ari_equals_scikit_learn(pair: tuple[dict[str, str], dict[str, str]]) -> None:
    gold, found = pair
    theirs = adjusted_rand_score([gold[i] for i in gold], [found[i] for i in gold])
    assert number(cluster_scores(gold, found), "ari") == pytest.approx(theirs, abs=1e-9)


@given(two_clusterings())
def test_bcubed_equals_the_definition_story_by_story(
    pair: tuple[dict[str, str], dict[str, str]],
) -> None:
    gold, found = pair
    precision = recall = 0.0
    for i in gold:
        mates = {j for j in gold if gold[j] == gold[i]}
        ours = {j for j in gold if found[j] == found[i]}
        precision += len(mates & ours) / len(ours) / len(gold)
        recall += len(mates & ours) / len(mates) / len(gold)
    scores = cluster_scores(gold, found)
    assert number(scores, "bcubed_precision") == pytest.approx(precision)
    assert number(scores, "bcubed_recall") == pytest.approx(recall)


@given(two_clusterings())
def test_swapping_gold_and_found_swaps_precision_and_recall(
    pair: tuple[dict[str, str], dict[str, str]],
) -> None:
    there, back = cluster_scores(*pair), cluster_scores(*reversed(pair))
    assert number(there, "bcubed_precision") == pytest.approx(number(back, "bcubed_recall"))
    assert number(there, "bcubed_f1") == pytest.approx(number(back, "bcubed_f1"))
    assert number(there, "ari") == pytest.approx(number(back, "ari"), abs=1e-12)


@given(two_clusterings())
def test_every_story_alone_has_full_precision_and_all_together_full_recall(
    pair: tuple[dict[str, str], dict[str, str]],
) -> None:
    gold, _ = pair
    alone = cluster_scores(gold, {i: i for i in gold})
    together = cluster_scores(gold, dict.fromkeys(gold, "one"))
    assert number(alone, "bcubed_precision") == 1.0
    assert number(together, "bcubed_recall") == 1.0


def test_a_story_without_a_cluster_counts_as_alone() -> None:
    gold = {"a": "1", "b": "1", "c": "1"}
    assert cluster_scores(gold, {"a": "x", "b": "x"}) == cluster_scores(
        gold, {"a": "x", "b": "x", "c": "y"}
    )


spans = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)),
    max_size=5,
).map(tuple)


@given(st.lists(st.tuples(spans, spans), min_size=1, max_size=4))
def test_span_scores_equal_sets_of_characters(
    pairs: list[tuple[tuple[tuple[int, int, int, int], ...], ...]],
) -> None:
    gold = {(n, k, c) for n, (g, _) in enumerate(pairs) for k, c in characters(g)}
    ours = {(n, k, c) for n, (_, p) in enumerate(pairs) for k, c in characters(p)}
    scores = span_scores([(g, p) for g, p in pairs])
    right = len(gold & ours)
    assert number(scores, "span_precision") == pytest.approx(right / len(ours) if ours else 0.0)
    assert number(scores, "span_recall") == pytest.approx(right / len(gold) if gold else 0.0)


def characters(passages: tuple[tuple[int, int, int, int], ...]) -> set[tuple[int, int]]:
    both = {(0, c) for p in passages for c in range(p[0], p[1])}
    return both | {(1, c) for p in passages for c in range(p[2], p[3])}


def test_spans_without_any_pair_are_unknown_not_zero() -> None:
    assert span_scores([])["span_f1"] is None


def test_known_figures_of_a_small_run() -> None:
    gold = by_key(
        [
            Relation("a", "b", "truncation", "tail", 0.5, 1.0, ((10, 20, 0, 10),), True, "cut"),
            Relation("c", "d", "near_duplicate", None, 0.9, 0.9, ((0, 10, 0, 10),), True, "edit"),
            Relation("e", "f", "overlap", None, 0.3, 0.4, ((0, 10, 0, 10),), True, "mix"),
            Relation("g", "h", "truncation", "head", 0.8, 1.0, ((0, 9, 0, 9),), False, "cut"),
        ]
    )
    found = by_key(
        [
            # the same relation with the sides the other way round
            Relation("b", "a", "truncation", "tail", 1.0, 0.6, ((0, 10, 10, 20),)),
            Relation("c", "d", "overlap", None, 0.9, 0.7, ((0, 5, 0, 5),)),
            Relation("x", "y", "overlap", None, 0.9, 0.7, ((0, 5, 0, 5),)),
        ]
    )
    scores = relation_scores(gold, found)
    assert scores["precision"] == pytest.approx(2 / 3)
    assert scores["recall"] == pytest.approx(2 / 3), "the uncertain pair cannot be missed"
    assert scores["recall_by_kind"] == {"near_duplicate": 1.0, "overlap": 0.0, "truncation": 1.0}
    assert scores["recall_by_edit"] == {"cut": 1.0, "edit": 1.0, "mix": 0.0}
    assert scores["kind_accuracy"] == 0.5
    assert scores["kept_accuracy"] == 1.0
    assert scores["kind_confusion"] == {"near_duplicate -> overlap": 1}
    assert scores["span_precision"] == 1.0
    assert scores["span_recall"] == pytest.approx(30 / 40)
    assert scores["coverage_error"] == pytest.approx((0.1 + 0.0 + 0.0 + 0.2) / 4)


def test_pairs_inside_the_partly_listed_cluster_are_not_judged() -> None:
    clusters = {"a": "big", "b": "big", "c": "big", "d": "d"}
    gold = by_key([Relation("a", "b")])
    found = by_key([Relation("a", "b"), Relation("b", "c"), Relation("c", "d")])
    scores = relation_scores(gold, found, clusters=clusters, listed_in_part="big")
    assert scores["predicted"] == 2
    assert scores["precision"] == 0.5
    assert relation_scores(gold, found, clusters=clusters)["predicted"] == 3
    assert largest(clusters) == "big"


def test_five_way_labels_depend_on_which_story_is_the_fuller() -> None:
    pairs = [
        JudgedPair("a", ("b",), True, "b_in_a"),
        JudgedPair("b", ("a",), True, "a_in_b"),
        JudgedPair("c", ("d",), True, "same"),
        JudgedPair("c", ("e",), True, "overlap", confident=False),
        JudgedPair("d", ("e",), False, "none"),
    ]
    found = by_key(
        [
            Relation("a", "b", "truncation"),
            Relation("d", "c", "identical"),
            Relation("c", "e", "abridgement"),
            Relation("d", "e", "none"),
        ]
    )
    scores, confusion = pair_scores(pairs, found)
    assert scores["accuracy"] == 0.8
    assert scores["accuracy_high"] == 1.0
    assert confusion["overlap"]["b_in_a"] == 1
    assert sum(sum(row.values()) for row in confusion.values()) == len(pairs)
    assert scores["related_f1"] == 1.0


def test_any_candidate_source_will_do_and_the_fullest_speaks() -> None:
    pair = JudgedPair("n", ("p1", "p2", "p3"), True)
    found = by_key(
        [
            Relation("p1", "n", "overlap", a_coverage=0.9, b_coverage=0.2),
            Relation("p2", "n", "truncation", a_coverage=0.4, b_coverage=0.9),
        ]
    )
    (hit,) = answers([pair], found)
    assert hit is not None
    assert (hit.a, hit.b, hit.a_coverage) == ("n", "p2", 0.9)
    assert answers([pair], {}) == [None]


def test_categories_without_an_expectation_are_shown_and_not_counted() -> None:
    pairs = [
        JudgedPair("a", ("s",), True, category="cut"),
        JudgedPair("b", ("s",), None, category="heavy"),
        JudgedPair("c", ("s",), False, category="non"),
    ]
    scores, confusion = pair_scores(pairs, by_key([Relation("a", "s", "overlap")]))
    assert scores["related_accuracy"] == 1.0
    assert scores["related_by_category"] == {"cut": 1.0, "heavy": 0.0, "non": 0.0}
    assert confusion == {}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_components_join_exactly_what_edges_reach(edges: list[tuple[int, int]]) -> None:
    ids = [str(n) for n in range(10)]
    labels = components(ids, [frozenset((str(a), str(b))) for a, b in edges])
    reach = [[math.inf if a != b else 0.0 for b in range(10)] for a in range(10)]
    for a, b in edges:
        reach[a][b] = reach[b][a] = 0.0
    for k in range(10):
        for a in range(10):
            for b in range(10):
                reach[a][b] = min(reach[a][b], reach[a][k] + reach[k][b])
    for a in range(10):
        for b in range(10):
            assert (labels[str(a)] == labels[str(b)]) == (reach[a][b] == 0.0)
        assert labels[str(a)] <= str(a)
