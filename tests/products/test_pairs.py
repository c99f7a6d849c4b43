"""The order of stories, and their keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

import dupdetect
from dupdetect import kernels
from dupdetect.errors import InputError
from dupdetect.kernels import reference
from dupdetect.products.pairs import Ranking
from dupdetect.products.stories import story_keys
from dupdetect.support.columns import strings_to_arrow, text_buffers

rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=8)


@given(rows, st.randoms(use_true_random=False))
def test_stories_are_ordered_by_words_digest_and_id(
    stories: list[tuple[int, int, int]], random: Any
) -> None:
    """Also when the input has them in another order; ids are their places here."""
    expected = sorted(range(len(stories)), key=lambda k: (-stories[k][0], *stories[k][1:], k))
    for order in (list(range(len(stories))), random.sample(range(len(stories)), len(stories))):
        words = np.array([stories[k][0] for k in order], np.uint32)
        digests = np.array([stories[k][1:] for k in order], np.uint64).reshape(-1, 2)
        ranking = Ranking.of(words, digests, np.argsort(np.array(order, np.int64)))
        assert [order[story] for story in ranking.story_of.tolist()] == expected
        every = np.arange(len(stories))
        assert ranking.to_rank(ranking.to_story(every)).tolist() == every.tolist()
        assert ranking.by_story(ranking.by_rank(words)).tolist() == words.tolist()


def test_no_story_has_no_rank() -> None:
    ranking = Ranking.of(np.array([1, 2], np.uint32), np.zeros((2, 2), np.uint64), np.array([0, 1]))
    assert ranking.to_story(np.array([-1, 0])).tolist() == [-1, 1]
    assert ranking.to_rank(np.array([-1, 0])).tolist() == [-1, 1]


@given(st.lists(st.text(max_size=300)))
def test_keys_are_xxh3_of_the_ids(ids: list[str]) -> None:
    ids = [one.encode("utf-8", "replace").decode() for one in ids]
    buffers = text_buffers(strings_to_arrow(ids, pa.large_string()))
    expected = [xxhash.xxh3_64_intdigest(one.encode()) for one in ids]
    assert kernels.string_keys(*buffers).tolist() == expected
    assert reference.string_keys(*buffers).tolist() == expected


def test_two_ids_of_one_key_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = kernels.string_keys
    monkeypatch.setattr(kernels, "string_keys", lambda *ids: real(*ids) & np.uint64(1))
    ids = [chr(k) for k in range(ord("a"), ord("h"))]
    keys = [xxhash.xxh3_64_intdigest(one.encode()) & 1 for one in ids]
    first = [keys.index(0), keys.index(0, keys.index(0) + 1)]
    message = f"the ids '{ids[first[0]]}' and '{ids[first[1]]}' have the same 64-bit key"
    with pytest.raises(InputError, match=message):
        story_keys(strings_to_arrow(ids, pa.large_string()))
    with pytest.raises(InputError, match=r"the ids '.' and '.' have the same"):
        dupdetect.cluster([{"id": one, "text": "The ferry sailed at noon."} for one in ids])
