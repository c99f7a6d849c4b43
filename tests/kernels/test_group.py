"""Components and postings: native against reference and against the definition."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference
from dupdetect.kernels.codes import ANYWHERE, SURROUNDING_BITS
from dupdetect.kernels.reference.neighbours import BITS, SIDE_BITS

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])

Lists = tuple[Any, Any, Any, Any]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    count = draw(st.integers(1, 30))
    node = st.integers(0, count - 1)
    return count, draw(st.lists(st.tuples(node, node), max_size=40))


def ends(edges: list[tuple[int, int]]) -> tuple[Any, Any]:
    table = np.array(edges, np.int64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


def smallest_reachable(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """Spread smaller labels along the edges until nothing changes."""
    labels = list(range(count))
    before: list[int] = []
    while before != labels:
        before = list(labels)
        for x, y in edges:
            labels[x] = labels[y] = min(labels[x], labels[y])
    return labels


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_components(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    found = native.components(count, *ends(edges))
    np.testing.assert_array_equal(found, reference.components(count, *ends(edges)), strict=True)
    assert found.tolist() == smallest_reachable(count, edges)


def test_components_of_a_large_random_graph_in_any_order() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.integers(0, 20_000, (2, 12_000))
    found = native.components(20_000, a, b)
    order = rng.permutation(a.size)
    np.testing.assert_array_equal(found, native.components(20_000, b[order], a[order]))
    np.testing.assert_array_equal(found, reference.components(20_000, a, b))


def test_components_of_a_long_path() -> None:
    nodes = np.arange(200_000)
    assert not native.components(nodes.size, nodes[1:].copy(), nodes[:-1].copy()).any()


@BOTH
def test_edges_end_at_nodes(kernels: Any) -> None:
    for bad in (-1, 2):
        with pytest.raises(ValueError, match=f"edge end {bad}: nodes are 0 to 2 - 1"):
            kernels.components(2, np.array([0]), np.array([bad]))
    with pytest.raises(ValueError, match="b: 1 values, expected 0"):
        kernels.components(2, np.array([], np.int64), np.array([0]))


#: All kinds of them, most of them alike on one side or both.
SURROUNDINGS = st.one_of(
    st.sampled_from([0, 1, ANYWHERE]),
    st.builds(
        lambda before, after, flipped: (before << SIDE_BITS | after) ^ flipped,
        *[st.sampled_from([0, 0b110111001001])] * 2,
        st.sampled_from([0, *(1 << bit for bit in range(SURROUNDING_BITS))]),
    ),
)


def by_name(numbers: Any, labels: Any, most: int) -> dict[str, Any]:
    return {"numbers": numbers, "labels": labels, "most": most, "run_words": 7}


@st.composite
def posting_lists(draw: st.DrawFn) -> Lists:
    stories = draw(st.integers(1, 8))
    first = st.sampled_from([0, 1, 1 << 38, (1 << 39) + 5, (1 << 40) - 1])
    key = st.builds(lambda one, around: one << SURROUNDING_BITS | around, first, SURROUNDINGS)
    rows = draw(st.lists(st.lists(key, max_size=5), max_size=10))
    numbers = [draw(st.integers(-1, stories - 1)) for _ in rows]
    labels = [draw(st.integers(0, 4)) for _ in range(stories)]
    return (
        np.array([key for row in rows for key in row], np.uint64),
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array(numbers, np.int64),
        np.array(labels, np.int64),
    )


@settings(max_examples=300, deadline=None)
@given(posting_lists(), st.integers(1, 5), st.integers(1, 3), st.integers(0, 30))
def test_postings(lists: Lists, most: int, threads: int, run_words: int) -> None:
    rule = by_name(*lists[2:], most) | {"run_words": run_words}
    ours = native.postings(*lists[:2], **rule, threads=threads)
    theirs = reference.postings(*lists[:2], **rule)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


@settings(max_examples=100, deadline=None)
@given(posting_lists(), st.integers(1, 5), st.integers(2, 3), st.integers(0, 30))
def test_postings_of_some_keys_are_together_those_of_all(
    lists: Lists, most: int, parts: int, run_words: int
) -> None:
    keys, offsets, numbers, labels = lists
    rule = by_name(numbers, labels, most) | {"run_words": run_words}
    sure: set[tuple[int, int]] = set()
    once: Counter[tuple[int, int]] = Counter()
    listed: dict[int, list[tuple[int, int]]] = {}
    for part in range(parts):
        here = (keys >> np.uint64(SURROUNDING_BITS)) % np.uint64(parts) == part
        ends = np.concatenate([[0], np.cumsum(here)])[offsets]
        ours = native.postings_of_some(keys[here], ends, **rule)
        for x, y in zip(ours, reference.postings_of_some(keys[here], ends, **rule), strict=True):
            np.testing.assert_array_equal(x, y, strict=True)
        sure.update((a, b) for a, b in ours[0].tolist())
        once.update((a, b) for a, b in ours[1].tolist())
        members = list(zip(ours[2].tolist(), ours[5].tolist(), strict=True))
        found = zip(ours[4].tolist(), pairwise(ours[3].tolist()), strict=True)
        listed |= {key: members[first:end] for key, (first, end) in found}
    pairs, rows, ends, long_keys, around = native.postings(keys, offsets, **rule)
    assert pairs.tolist() == sorted(map(list, sure | {pair for pair in once if once[pair] > 1}))
    members = list(zip(rows.tolist(), around.tolist(), strict=True))
    whole = zip(long_keys.tolist(), pairwise(ends.tolist()), strict=True)
    assert listed == {key: members[first:end] for key, (first, end) in whole}


@pytest.mark.parametrize("begin", ["anyhow", "alike"])
def test_many_postings_against_the_definition(begin: str) -> None:
    """More keys than one bucket of the native kernel holds; or all of them in one."""
    rng = np.random.default_rng(11)
    stories, most = 1500, 6
    offsets = np.arange(0, 20 * stories + 1, 20)
    pool = rng.integers(0, 2**40 if begin == "anyhow" else 2**16, 12_000, dtype=np.uint64)
    keys = rng.choice(pool, 20 * stories) << np.uint64(24)
    numbers = rng.permutation(stories)
    labels = rng.integers(0, stories // 2, stories)
    pairs: Counter[tuple[int, int]] = Counter()
    listed = {}
    for key in np.unique(keys).tolist():
        members: dict[int, int] = {}
        for story in numbers[np.unique(np.flatnonzero(keys == key) // 20)].tolist():
            label = int(labels[story])
            members[label] = min(story, members.get(label, story))
        group = sorted(members.values())
        pairs.update(
            (x, y) for x, y in combinations(group, 2) if len(group) <= most or x == group[0]
        )
        if len(group) > most:
            listed[key] = group
    twice = [[*pair] for pair, count in sorted(pairs.items()) if count >= 2]
    assert len(twice) > 10
    assert len(listed) > 3
    for threads in (1, 3):
        found, rows, row_offsets, long_keys, _ = native.postings(
            keys, offsets, **by_name(numbers, labels, most), threads=threads
        )
        assert found.tolist() == twice
        assert long_keys.tolist() == list(listed)
        assert [rows[a:b].tolist() for a, b in pairwise(row_offsets)] == list(listed.values())


def test_more_keys_than_are_spread_at_a_time() -> None:
    size, rows = 1 << 20, 17
    numbered = np.arange(rows * size, dtype=np.uint64).reshape(rows, size)
    keys = numbered * np.uint64(0x9E3779B97F4A7C15) << np.uint64(SURROUNDING_BITS)  # no two equal
    shared = keys[0, :40].copy()
    keys[5, -40:], keys[16, 100:140] = shared, shared
    stories, offsets = np.arange(rows), np.arange(rows + 1) * size
    pairs, listed, _, long_keys, _ = native.postings(
        keys.ravel(), offsets, **by_name(stories, stories, 2), threads=2
    )
    assert pairs.tolist() == [[0, 5], [0, 16]]
    assert long_keys.tolist() == sorted((shared >> np.uint64(24) << np.uint64(24)).tolist())
    assert listed.tolist() == [0, 5, 16] * 40


@BOTH
def test_postings_check_their_arrays(kernels: Any) -> None:
    keys, rows = np.array([1, 2], np.uint64), np.array([0, 1, 2])
    with pytest.raises(ValueError, match="offset 3 is not between 0 and 2"):
        kernels.postings(keys, np.array([0, 3]), **by_name(rows[:1], rows, 2))
    with pytest.raises(ValueError, match="numbers: 3 values, expected 2"):
        kernels.postings(keys, rows, **by_name(rows, rows, 2))
    with pytest.raises(ValueError, match="numbers: 1 has no label"):
        kernels.postings(keys, rows, **by_name(rows[:2], rows[:1], 2))


@BOTH
def test_a_key_in_a_longer_run_proposes_alone_and_else_two_keys_do(kernels: Any) -> None:
    words, others = 0b110111001001, 0b001000110110
    four = others & ~0xFF | words & 0xFF  # the nearest four are those of the words
    places = [words << 12 | words, words << 12 | others, others << 12 | four, 0, ANYWHERE]
    keys = np.array([9 << 24 | place for place in places], np.uint64)
    rows = np.arange(5)
    pairs = kernels.postings(keys, np.arange(6), **by_name(rows, rows, 9))[0]
    assert pairs.tolist() == [[0, 1], [0, 4], [1, 4], [2, 4]]
    two = np.array([9 << 24, 10 << 24], np.uint64)[[0, 1, 0, 1, 0]]
    found = kernels.postings(two, np.array([0, 2, 4, 5]), **by_name(rows[:3], rows, 9))[0]
    assert found.tolist() == [[0, 1]]


@BOTH
def test_any_place_of_a_key_may_lie_in_a_longer_run(kernels: Any) -> None:
    """A story that repeats a phrase is compared where one of its places fits; or all may."""
    words, others = 0b110111001001, 0b001000110110
    rows = np.arange(2)

    def proposed(*around: int) -> list[list[int]]:
        keys = np.array([9 << 24 | place for place in (*around, words << 12 | words)], np.uint64)
        offsets = np.array([0, len(around), len(keys)])
        pairs: list[list[int]] = kernels.postings(keys, offsets, **by_name(rows, rows, 9))[
            0
        ].tolist()
        return pairs

    assert proposed(others) == proposed(others, others << 12 | others, others << 12) == []
    assert proposed(others, others << 12 | words) == [[0, 1]]
    assert proposed(*(others ^ 1 << bit for bit in range(2, 7))) == [[0, 1]]  # more than are kept


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 9), SURROUNDINGS), max_size=9), max_size=4),
    st.lists(st.integers(0, 9), min_size=10, max_size=10),
    st.integers(1, 6),
    st.integers(0, 30),
    st.integers(1, 3),
)
def test_families(
    lists: list[list[tuple[int, int]]], families: list[int], most: int, words: int, threads: int
) -> None:
    rows = np.array([row for places in lists for row, _ in places], np.int64)
    around = np.array([place for places in lists for _, place in places], np.uint32)
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    rule: dict[str, Any] = {"families": np.array(families), "most": most, "run_words": words}
    ours = native.family_pairs(rows, offsets, around, **rule, threads=threads)
    theirs = reference.family_pairs(rows, offsets, around, **rule)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


@BOTH
def test_families_of_a_frequent_run_are_all_paired(kernels: Any) -> None:
    """Whichever of the words around it belong to the run."""
    rng = np.random.default_rng(23)
    count, run = 12, rng.integers(0, 1 << SURROUNDING_BITS, 1)
    families, offsets = np.arange(count), np.array([0, count])
    for before in range(8):
        shared = (1 << sum(BITS[:before])) - 1 << SIDE_BITS | (1 << sum(BITS[: 7 - before])) - 1
        others = rng.integers(0, 1 << SURROUNDING_BITS, count)
        around = (run & shared | others & ~shared).astype(np.uint32)
        rule: dict[str, Any] = {"families": families, "run_words": 7}
        found = kernels.family_pairs(families, offsets, around, most=20, **rule)
        assert found[0].size == count * (count - 1) // 2
        assert found[1].size == 0
        few = kernels.family_pairs(families, offsets, around, most=11, **rule)
        assert [one.tolist() for one in few] == [[], [0], [0], [count]]


@BOTH
def test_families_check_their_arrays(kernels: Any) -> None:
    rows, two = np.array([0, 2]), np.array([1, 1], np.uint32)
    rule: dict[str, Any] = {"families": np.array([0, 0]), "most": 2, "run_words": 7}
    with pytest.raises(ValueError, match="around: 1 values, expected 2"):
        kernels.family_pairs(rows, np.array([0, 2]), two[:1], **rule)
    with pytest.raises(ValueError, match="rows: 2 has no family"):
        kernels.family_pairs(rows, np.array([0, 2]), two, **rule)
    with pytest.raises(ValueError, match="offset 3 is not between 0 and 2"):
        kernels.family_pairs(rows, np.array([0, 3]), two, **rule)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 7, 2**31, 2**32 - 1]), min_size=2, max_size=2)),
    st.integers(0, 1),
    st.integers(1, 3),
    st.data(),
)
def test_buckets(rows: list[list[int]], band: int, threads: int, data: st.DataObject) -> None:
    keys = np.array(rows, np.uint32).reshape(-1, 2)
    stories = data.draw(st.permutations(range(len(rows))))
    chosen = np.array(stories[: data.draw(st.integers(0, len(rows)))], np.int64)
    ours = native.buckets(keys, band, chosen, threads)
    for x, y in zip(ours, reference.buckets(keys, band, chosen), strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


@pytest.mark.parametrize("begin", ["anyhow", "alike"])
def test_many_buckets_against_the_definition(begin: str) -> None:
    """More keys than one part of the native kernel holds; or all of them in one."""
    rng = np.random.default_rng(17)
    keys = rng.integers(0, 2**32 if begin == "anyhow" else 2**16, (60_000, 3), dtype=np.uint32)
    keys[rng.integers(0, 60_000, 9_000)] = keys[rng.integers(0, 60_000, 9_000)]
    stories = rng.permutation(60_000)[:50_000]
    chosen = keys[stories, 1]
    order = np.argsort(chosen, kind="stable")
    values, counts = np.unique(chosen, return_counts=True)
    expected = order[np.isin(chosen[order], values[counts > 1])]
    assert 1_000 < expected.size <= 50_000
    for threads in (1, 3):
        positions, offsets = native.buckets(keys, 1, stories, threads)
        assert positions.tolist() == expected.tolist()
        assert np.diff(offsets).tolist() == counts[counts > 1].tolist()


@BOTH
def test_buckets_check_their_arrays(kernels: Any) -> None:
    keys = np.zeros((2, 3), np.uint32)
    with pytest.raises(ValueError, match="band: 3, expected less than 3"):
        kernels.buckets(keys, 3, np.array([0]))
    for story in (-1, 2):
        with pytest.raises(ValueError, match=f"stories: {story} has no keys"):
            kernels.buckets(keys, 0, np.array([story]))


def rows_of(offsets: Any, step: int) -> Any:
    """Return the row of every ``step``-th place."""
    places = np.arange(0, offsets[-1], step)
    return (np.searchsorted(offsets, places, side="right") - 1).astype(np.uint32)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    key = st.sampled_from(
        [0, 1, 2**24, 2**24 + 0x5005, 2**24 + 5, 2**25 - 1, 2**63, 2**64 - 1, 2**64 - 2**24]
    )
    asked = draw(st.lists(st.lists(key, max_size=5), max_size=5))
    rows = draw(st.lists(st.lists(key, max_size=5), max_size=10))
    held = np.array([key for row in rows for key in row], np.uint64)
    order = np.argsort(held, kind="stable").astype(np.uint32)
    step = draw(st.integers(1, 5))
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return {
        "keys": np.array([key for row in asked for key in row], np.uint64),
        "offsets": np.cumsum([0, *map(len, asked)], dtype=np.int64),
        "held": held,
        "held_offsets": offsets,
        "order": order,
        "few": held[order[::step]],
        "few_rows": rows_of(offsets, step),
        "step": step,
        "most": draw(st.integers(1, 6)),
        "run_words": draw(st.integers(1, 20)),
    }


@settings(max_examples=300, deadline=None)
@given(tables(), st.integers(1, 3))
def test_look_up_postings(table: dict[str, Any], threads: int) -> None:
    ours = native.look_up_postings(**table, threads=threads)
    theirs = reference.look_up_postings(**table)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


@pytest.mark.parametrize("threads", [1, 3])
def test_many_keys_are_looked_up(threads: int) -> None:
    rng = np.random.default_rng(5)
    rows, size = 2000, 12
    held = rng.integers(0, 3000, rows * size, dtype=np.uint64) << np.uint64(24)
    order = np.argsort(held, kind="stable").astype(np.uint32)
    offsets = np.arange(rows + 1) * size
    asked, places, scores = native.look_up_postings(
        held, offsets, held=held, held_offsets=offsets, order=order, few=held[order[::64]],
        few_rows=rows_of(offsets, 64), step=64, most=rows, run_words=7, threads=threads,
    )  # fmt: skip
    expected: Counter[tuple[int, int]] = Counter()
    where = [np.flatnonzero(held == key << 24) // size for key in range(3000)]
    for row in range(rows):
        for key in held[offsets[row] : offsets[row + 1]].tolist():
            expected.update((row, other) for other in where[key >> 24].tolist())
    found = zip(zip(asked.tolist(), places.tolist(), strict=True), scores.tolist(), strict=True)
    assert dict(found) == {pair: count for pair, count in expected.items() if count >= 2}


@BOTH
def test_look_up_postings_checks_its_arrays(kernels: Any) -> None:
    key, one = np.array([1 << 24], np.uint64), np.array([0, 1])
    right = {"keys": key, "offsets": one, "held": key, "held_offsets": one,
             "order": np.zeros(1, np.uint32), "few": key,
             "few_rows": np.zeros(1, np.uint32), "step": 4, "most": 1, "run_words": 7}  # fmt: skip
    for name, value, said in (
        ("offsets", np.array([0, 2]), "offsets: offset 2 is not between 0 and 1"),
        ("order", np.zeros(2, np.uint32), "order: 2 values, expected 1"),
        ("order", np.ones(1, np.uint32), "order: 1 is no place of 1 keys"),
        ("few", key[:0], "few: 0 values, expected 1"),
        ("few_rows", np.zeros(2, np.uint32), "few_rows: 2 values, expected 1"),
        ("step", 0, "step: 0, expected 1 or more"),
        ("held_offsets", np.array([0, 0]), "offsets: place 0 is in no row"),
    ):
        with pytest.raises(ValueError, match=said):
            kernels.look_up_postings(**{**right, name: value})
