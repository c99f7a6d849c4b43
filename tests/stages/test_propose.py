"""Which pairs are compared: every pair that a rare run joins, whatever the order of the stories."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.kernels.codes import ANYWHERE, SURROUNDING_BITS
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers
from dupdetect.products.schemas import NEAR_DUPLICATE
from dupdetect.stages import propose
from dupdetect.stages.sketch import sketch_stories

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def words(rng: random.Random, count: int) -> list[str]:
    return ["".join(rng.choices(LETTERS, k=8)) for _ in range(count)]


def near_duplicates(a: Numbers, b: Numbers, near: NDArray[np.bool_]) -> Edges:
    """Edges of those pairs that are near-duplicates, word for word."""
    shares, kinds = np.ones(near.sum()), np.full(near.sum(), NEAR_DUPLICATE, np.int8)
    stretches = np.zeros((near.sum(), 3), np.int32)
    return Edges(a[near], b[near], kinds, shares, shares, shares, stretches)


def compared(texts: list[str], config: Config) -> set[tuple[int, int]]:
    """Pairs that postings propose where nothing relates."""
    data = [text.encode() for text in texts]
    text = np.frombuffer(b"".join(data), np.uint8)
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    status = np.zeros(len(data), np.uint8)
    sketches = sketch_stories(text, offsets, status, np.arange(len(data) + 1), config=config)
    seen: set[tuple[int, int]] = set()

    def verify(a: Numbers, b: Numbers) -> Edges:
        seen.update(zip(a.tolist(), b.tolist(), strict=True))
        return Edges.empty()

    every = np.arange(len(data))
    propose.posting_edges(
        sketches.fingerprints,
        sketches.offsets,
        every,
        every,
        Edges.empty(),
        verify,
        config=config,
        compared=np.empty(0, np.int64),
    )
    return seen


@pytest.mark.parametrize("run", [12, 40, 60])
@pytest.mark.parametrize("classes", [2, 9, 12, 16, 20])
@pytest.mark.parametrize("own", [10, 200])
def test_a_run_in_up_to_max_classes_stories_proposes_all_their_pairs(
    run: int, classes: int, own: int
) -> None:
    rng = random.Random(f"{run} {classes} {own}")
    shared = words(rng, run)
    texts = []
    for _ in range(classes):
        at = rng.randint(0, own)
        around = words(rng, own)
        texts.append(" ".join(around[:at] + shared + around[at:]))
    texts += [" ".join(words(rng, own)) for _ in range(5)]
    assert compared(texts, Config()) == set(combinations(range(classes), 2))


def test_a_run_in_more_classes_is_a_stock_phrase() -> None:
    rng = random.Random(3)
    shared = " ".join(words(rng, 12))
    texts = [f"{' '.join(words(rng, 200))} {shared}" for _ in range(21)]
    assert len(compared(texts, Config())) < 21 * 20 // 2


@pytest.mark.parametrize("families", [1, 2, 3, 100])
def test_of_many_stories_that_share_much_those_of_a_class_are_not_all_compared(
    families: int,
) -> None:
    """Each of a hundred shares some fingerprint with most others; the members of families mix."""
    rng, stories, keys = np.random.default_rng(families), 100, 600
    of_key = [rng.choice(stories, 12, replace=False) for _ in range(keys)]
    fingerprints = [
        [key for key in range(keys) if story in of_key[key]] for story in range(stories)
    ]
    offsets = np.cumsum([0, *map(len, fingerprints)])
    values = (np.concatenate(fingerprints).astype(np.uint64) + 1 << SURROUNDING_BITS) | ANYWHERE
    every = np.arange(stories)
    seen: set[tuple[int, int]] = set()

    def verify(a: Numbers, b: Numbers) -> Edges:
        pairs = set(zip(a.tolist(), b.tolist(), strict=True))
        assert not pairs & seen, "compared twice"
        seen.update(pairs)
        return near_duplicates(a, b, a % families == b % families)

    propose.posting_edges(
        values.astype(np.uint64), offsets, every, every, Edges.empty(), verify,
        config=Config(), compared=np.empty(0, np.int64),
    )  # fmt: skip
    sharing = {pair for one in of_key for pair in combinations(sorted(one.tolist()), 2)}
    assert len(sharing) > 45 * stories
    apart = {(a, b) for a, b in sharing if a % families != b % families}
    assert apart <= seen
    assert len(seen - apart) <= 6 * stories


@pytest.mark.parametrize("count", [10, 13, 18, 25])
def test_short_texts_with_one_word_put_in_are_compared(count: int) -> None:
    rng = random.Random(count)
    for at in range(count + 1):
        flash = words(rng, count)
        longer = [*flash[:at], "inserted", *flash[at:]]
        assert compared([" ".join(longer), " ".join(flash)], Config()) == {(0, 1)}, at


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(2, 40),
    bands=st.integers(1, 6),
    values=st.integers(1, 6),
)
def test_bands_do_not_depend_on_numbers_or_order_of_bands(
    seed: int, count: int, bands: int, values: int
) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, values, (count, bands)).astype(np.uint32)
    group = rng.integers(0, 4, count)  # near-duplicates; ranks are 0 to count - 1

    def found(order: Numbers, columns: Numbers) -> set[tuple[int, int]]:
        pairs: set[tuple[int, int]] = set()

        def verify(a: Numbers, b: Numbers) -> Edges:
            assert not pairs & set(zip(a.tolist(), b.tolist(), strict=True)), "compared twice"
            pairs.update(zip(a.tolist(), b.tolist(), strict=True))
            return near_duplicates(a, b, group[a] == group[b])

        by_number = np.empty_like(keys)
        by_number[order] = keys[:, columns]
        edges, keys_of_pairs = propose.band_classes(by_number, order, np.arange(count), verify)
        assert keys_of_pairs.tolist() == sorted(a << 32 | b for a, b in pairs)
        labels = kernels.components(count, edges.a, edges.b)
        assert (group[labels] == group).all()
        return pairs

    plain = found(np.arange(count), np.arange(bands))
    assert found(rng.permutation(count), rng.permutation(bands)) == plain
