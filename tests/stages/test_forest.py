"""The trees of classes: held to their definitions on random graphs, and on a long chain."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect import kernels
from dupdetect.products.schemas import NEAR_DUPLICATE, NONE, OVERLAP, TEMPLATE, TRUNCATION
from dupdetect.stages import forest

Pairs = list[tuple[int, int]]


def ends(pairs: Pairs) -> tuple[Any, Any]:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


def pairs_below(count: int) -> st.SearchStrategy[Pairs]:
    story = st.integers(0, count - 1)
    distinct = st.tuples(story, story).filter(lambda pair: pair[0] != pair[1])
    return st.lists(distinct, max_size=3 * count)


@settings(max_examples=300, deadline=None)
@given(pairs_below(9))
def test_members_follow_known_pairs_to_their_leader(pairs: Pairs) -> None:
    a, b = ends(pairs)
    leaders = kernels.components(9, a, b)
    parent = forest.class_parents(leaders, a, b)
    known = {frozenset(pair) for pair in pairs}
    for story in range(9):
        assert (parent[story] < 0) == (leaders[story] == story)
        seen, at = {story}, story
        while parent[at] >= 0:
            assert frozenset((at, int(parent[at]))) in known
            at = int(parent[at])
            assert at not in seen
            seen.add(at)
        assert at == leaders[story]


def best_containers(
    contained: Pairs, share: dict[tuple[int, int], tuple[float, int]]
) -> dict[int, int]:
    """Choose as the docstring says, each story a class of its own, one after the other."""
    outers = defaultdict(set)
    for outer, inner in contained:
        outers[inner].add(outer)
    parent: dict[int, int] = {}

    def root(one: int) -> int:
        return root(parent[one]) if one in parent else one

    for inner in sorted(outers):
        weighed = outers[inner]
        trees = [root(one) for one in weighed]
        votes = {
            one: sum(voter == one or one in outers[voter] for voter in weighed) for one in weighed
        }
        parent[inner] = max(
            weighed,
            key=lambda one: (trees.count(root(one)), votes[one], *share[one, inner], -one),
        )
    return parent


@settings(max_examples=300, deadline=None)
@given(pairs_below(9), st.data())
def test_each_class_attaches_to_its_best_container(pairs: Pairs, data: st.DataObject) -> None:
    pairs = sorted({(min(pair), max(pair)) for pair in pairs})
    shares = st.tuples(st.sampled_from([0.8, 0.9, 1.0]), st.integers(0, 2))
    share = {pair: data.draw(shares) for pair in pairs}
    a, b = ends(pairs)
    kind = np.full(len(pairs), TRUNCATION, np.int8)
    kind[::4] = OVERLAP  # which attaches nothing
    alone = np.arange(9)
    parent = forest.attach_contained(
        np.full(9, -1), alone, a, b, kind, np.array([share[pair][0] for pair in pairs]),
        exact_words=np.array([share[pair][1] for pair in pairs], np.int64),
        prints=np.ones(9, np.int64), round_ups=np.zeros(9, bool),
        headlines=np.full(9, -1), published_us=np.zeros(9, np.int64),
    )  # fmt: skip
    contained = [pair for number, pair in enumerate(pairs) if number % 4]
    expected = best_containers(contained, share)
    assert parent.tolist() == [expected.get(story, -1) for story in range(9)]


def test_a_long_chain_of_containers() -> None:
    count = 30_000
    inner = np.arange(1, count)
    two = inner[inner > 1]
    a, b = np.concatenate([inner - 1, two - 2]), np.concatenate([inner, two])
    kind = np.full(a.size, TRUNCATION, np.int8)
    parent = forest.attach_contained(
        np.full(count, -1), np.arange(count), a, b, kind, np.ones(a.size),
        exact_words=np.zeros(a.size, np.int64), prints=np.ones(count, np.int64),
        round_ups=np.zeros(count, bool),
        headlines=np.full(count, -1),
        published_us=np.zeros(count, np.int64),
    )  # fmt: skip
    assert not forest.roots(parent).any()


def test_what_has_nothing_in_common_with_its_root_makes_a_tree_of_its_own() -> None:
    parent = np.array([-1, 0, 1, 2, 3, 4, 5, -1])
    reach = 2

    def kinds(stories: Any, heads: Any) -> Any:
        return np.where(stories - heads <= reach, NEAR_DUPLICATE, NONE).astype(np.int8)

    # 3 is the child of 2, a copy of the root; 4 starts anew.
    assert forest.part_unrelated(parent, kinds).tolist() == [-1, 0, 1, 2, -1, 4, 5, -1]
    reach = 9
    assert forest.part_unrelated(parent, kinds).tolist() == parent.tolist()


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 30))
def test_parting_keeps_trees_and_never_joins_any(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    parent = np.array([rng.integers(-1, k) if k else -1 for k in range(count)])
    table = rng.choice([NONE, OVERLAP, TEMPLATE, NEAR_DUPLICATE], (count, count)).astype(np.int8)
    found = forest.part_unrelated(parent, lambda stories, heads: table[stories, heads])
    before, after = forest.roots(parent), forest.roots(found)
    assert (before[after] == before).all(), "a tree is part of one tree before"
    for story, root in enumerate(after.tolist()):
        assert root <= story
        if story != root and parent[story] != root:
            copied = table[parent[story], root] == NEAR_DUPLICATE or parent[parent[story]] == root
            assert table[story, root] in (OVERLAP, NEAR_DUPLICATE) or copied
