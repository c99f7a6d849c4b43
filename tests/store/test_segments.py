"""Looking keys up, and putting segments together."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.store.fold import to_fold
from dupdetect.store.segments import STEP, find_keys
from dupdetect.store.texts import merged, pack, unpack


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5 * STEP), st.integers(1, 2000), st.integers(0, 2**31))
def test_find_keys_counts_smaller_keys(size: int, values: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, values, size, dtype=np.uint64)
    order = np.argsort(keys, kind="stable").astype(np.uint32)
    asked = rng.integers(0, values + 2, 50, dtype=np.uint64)
    found = find_keys(keys, order, keys[order[::STEP]], asked)
    np.testing.assert_array_equal(found, np.searchsorted(np.sort(keys), asked))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 40_000), max_size=8), min_size=1, max_size=3),
    st.integers(0, 2**31),
)
def test_texts_come_back_from_any_segments(sizes: list[list[int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    segments, blocks, starts, ends, expected = [], [], [], [], []
    for one in sizes:
        offsets = np.cumsum([0, *one], dtype=np.int64)
        text = rng.integers(97, 123, offsets[-1], dtype=np.uint8)
        segments.append(text)
        blocks.append(pack(text, offsets))
        chosen = np.flatnonzero(rng.random(len(one)) < 0.6)
        starts.append(offsets[:-1][chosen])
        ends.append(offsets[1:][chosen])
        expected += [text[offsets[k] : offsets[k + 1]].tobytes() for k in chosen]

    def back(tables: list[object], firsts: list[object], lasts: list[object]) -> list[bytes]:
        held, offsets = unpack(tables, firsts, lasts)  # type: ignore[arg-type]
        return [held[a:b].tobytes() for a, b in itertools.pairwise(offsets)]

    assert back(blocks, starts, ends) == expected  # type: ignore[arg-type]
    whole, moved = merged(blocks)
    firsts = np.concatenate([one + by for one, by in zip(starts, moved, strict=True)])
    lasts = np.concatenate([one + by for one, by in zip(ends, moved, strict=True)])
    assert back([whole], [firsts], [lasts]) == expected


@pytest.mark.parametrize("size", [1, 7, 50])
def test_there_are_few_segments_however_many_additions(size: int) -> None:
    rows: list[int] = []
    written = 0
    for _ in range(400):
        rows.append(size)
        count = to_fold(rows)
        rows = [*rows[:-count], sum(rows[-count:])]
        written += rows[-1]
        assert len(rows) <= 6
    assert written <= 400 * size * 15
