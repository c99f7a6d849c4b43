"""Words around a fingerprint: native against reference, and against the runs they stand in."""

from __future__ import annotations

import random
from typing import Any

import _dupdetect as native
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.config import Config
from dupdetect.kernels import reference
from dupdetect.kernels.codes import ANYWHERE, SURROUNDING_BITS
from dupdetect.kernels.reference.neighbours import equal_neighbours, groups_in
from dupdetect.stages.sketch import sketch_stories


def fingerprints(texts: list[str], config: Config) -> list[Any]:
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    lines = np.arange(len(data) + 1)
    text, status = np.frombuffer(b"".join(data), np.uint8), np.zeros(len(data), np.uint8)
    found = sketch_stories(text, offsets, status, lines, config=config)
    return np.split(found.fingerprints, found.offsets[1:-1])


def propose(texts: list[str], config: Config) -> bool:
    """Whether a fingerprint of two texts may lie in a run as long as is promised."""
    first, second = fingerprints(texts, config)
    bits, low = np.uint64(SURROUNDING_BITS), np.uint64(ANYWHERE)
    x, y = np.nonzero((first[:, None] >> bits) == (second[None, :] >> bits))
    around = zip((first[x] & low).tolist(), (second[y] & low).tolist(), strict=True)
    least = groups_in(config.window - 1)
    return any(equal_neighbours(*pair) >= least for pair in around)


def words(rng: random.Random, count: int, letters: str = "abcdefghij") -> list[str]:
    return ["".join(rng.choices(letters, k=8)) for _ in range(count)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 3, 8, 9, 13, 16, 30]),
    st.integers(0, 150),
    st.integers(0, 150),
)
def test_a_run_as_long_as_the_guarantee_is_proposed(
    seed: int, window: int, before: int, after: int
) -> None:
    """For every window, wherever it stands: at the ends of a body, too."""
    rng, config = random.Random(seed), Config(window=window)
    run = words(rng, config.guarantee)
    texts = []
    for front in (before, after):
        own = words(rng, 150)
        texts.append(" ".join(own[:front] + run + own[front:]))
    assert propose(texts, config)


def test_chinese_runs_are_proposed() -> None:
    """Seven characters are four words there."""
    signs = [chr(one) for one in range(0x4E00, 0x4E00 + 3000)]
    rng, config = random.Random(5), Config()
    proposed = {12: 0, 21: 0}
    for run in proposed:
        for _ in range(40):
            shared = rng.choices(signs, k=run)
            texts = []
            for _ in "ab":
                own, at = rng.choices(signs, k=400), rng.randrange(400)
                texts.append("".join(own[:at] + shared + own[at:]))
            proposed[run] += propose(texts, config)
    assert proposed[21] == 40
    assert proposed[12] <= 4


def test_shorter_runs_are_rarely_proposed() -> None:
    rng, config = random.Random(9), Config()
    proposed = 0
    for _ in range(300):
        phrase = words(rng, 8)
        texts = [" ".join(words(rng, 100) + phrase + words(rng, 100)) for _ in "ab"]
        proposed += propose(texts, config)
    assert proposed <= 9


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(128, 150), st.sampled_from([1, 5, 8, 9, 20]))
def test_surroundings_equal_reference(seed: int, count: int, window: int) -> None:
    text = " ".join(words(random.Random(seed), count, "ab")).encode()
    one = np.array([3], np.uint32)
    data, offsets = np.frombuffer(text, np.uint8), np.array([0, len(text)])
    line, lines = np.zeros(1, np.uint8), np.array([0, 1])
    rule: dict[str, Any] = {
        "a": one, "b": one, "shingle_words": 5, "window": window, "bands": 1, "rows": 1,
        "signatures": False, "threads": 1,
    }  # fmt: skip
    ours = native.sketch(data, offsets, line, lines, **rule)
    theirs = reference.sketch(data, offsets, line, lines, **rule)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)
