"""Texts with misread letters: the native kernels against the reference, and what both do."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.quality.scans import scanned
from dupdetect.config import Config
from dupdetect.kernels import reference
from dupdetect.kernels.reference.bodies import words_of_letters
from dupdetect.kernels.reference.letter_table import FREQUENT
from dupdetect.kernels.reference.letters import letter_fingerprints, sampled_letters
from dupdetect.kernels.reference.prepare import read_story
from dupdetect.products.texts import Texts
from dupdetect.stages.align import align_rule
from dupdetect.stages.bodies import numbered, split_bodies
from dupdetect.stages.signature import permutations

ROOT = Path(__file__).resolve().parents[2]
STORIES = [
    json.loads(line)["text"] for line in (ROOT / "data/wire.jsonl").read_text("utf-8").splitlines()
]
A, B = permutations(128, 1)
KEY = 0x0123456789ABCDEF
FIELDS = native.AlignRule.FIELDS
SKETCH: dict[str, Any] = {
    **{"a": A, "b": B, "shingle_words": 5, "window": 8, "bands": 21, "rows": 6},
    **{"signatures": False, "threads": 1},
}


def pack(texts: list[str]) -> tuple[Any, Any, Any, Any]:
    """Texts, offsets, and the lines of all, each of them body."""
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    counts = [len(read_story(one).lines) for one in data]
    lines = np.cumsum([0, *counts], dtype=np.int64)
    text = np.frombuffer(b"".join(data), np.uint8)
    return text, offsets, np.zeros(int(lines[-1]), np.uint8), lines


def bodies_of(arrays: tuple[Any, Any, Any, Any]) -> list[Any]:
    """What is aligned, and the table of masks."""
    *bodies, distinct, masks = native.split_bodies(*arrays, key=KEY, threads=1)
    return [*bodies, *native.mask_table(numbered(distinct)[0], masks)]


damaged = st.builds(
    lambda story, errors, seed: scanned(
        STORIES[story], errors, Random(seed), hyphens=seed % 2 == 1
    ),
    st.integers(0, len(STORIES) - 1),
    st.sampled_from([0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.5]),
    st.integers(0, 2**32),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(damaged, min_size=1, max_size=4))
def test_fingerprints_equal_reference(texts: list[str]) -> None:
    arrays = pack(texts)
    found, expected = native.sketch(*arrays, **SKETCH), reference.sketch(*arrays, **SKETCH)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(STORIES) - 1),
    st.lists(st.sampled_from([0.0, 0.04, 0.08, 0.12]), min_size=2, max_size=3),
    st.integers(0, 2**32),
    st.sampled_from([0.6, 0.3, 2.0]),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.booleans(),
)
def test_alignments_equal_reference(
    story: int, errors: list[float], seed: int, dice: float, misread: list[bool], early: bool
) -> None:
    rng = Random(seed)
    texts = [scanned(STORIES[story], share, rng) for share in errors] + [STORIES[story - 1]]
    arrays, numbers = pack(texts), np.arange(len(texts))
    a, b = np.repeat(numbers, len(texts)), np.tile(numbers, len(texts))
    bodies = bodies_of(arrays)
    given = np.array([*misread, True][: len(texts)], np.uint8)
    letters = native.body_letters(*arrays, wanted=given)
    for ours, theirs in zip(letters, reference.body_letters(*arrays, wanted=given), strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)
    wanted: dict[str, Any] = {
        **{"a": a, "b": b, "speech_words": bodies[0][:2], "passages": True, "changed": True},
        **{"threads": 1, "skip_unrelated": early},
        **dict(zip(("letters", "letter_offsets"), letters, strict=True)),
    }
    settings_ = {name: getattr(align_rule(Config(word_dice=dice)), name) for name in FIELDS}
    found = native.align(*bodies, rule=native.AlignRule(**settings_), **wanted)
    expected = reference.align(*bodies, rule=reference.AlignRule(**settings_), **wanted)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_letters_are_those_of_the_bodies() -> None:
    arrays, first = pack(STORIES[:2]), np.zeros(1, np.int64)
    bodies = bodies_of(arrays)
    rule = {name: getattr(align_rule(Config()), name) for name in FIELDS}
    letters, offsets = native.body_letters(*arrays, wanted=np.ones(2, np.uint8))
    fewer = letters & 0xFF
    fewer[offsets[:-1]] += 256
    for kernels in (native, reference):
        with pytest.raises(ValueError, match="wanted: 1 values, expected 2"):
            kernels.body_letters(*arrays, wanted=np.zeros(1, np.uint8))
        for wrong, message in (
            ({"letters": letters}, "letters: given with letter_offsets or not at all"),
            ({"letters": letters, "letter_offsets": offsets[:2]}, "letter_offsets"),
            ({"letters": letters, "letter_offsets": offsets + 1}, "letter_offsets"),
            ({"letters": fewer, "letter_offsets": offsets}, "words in letters of a story: 1 val"),
        ):
            with pytest.raises(ValueError, match=message):
                kernels.align(
                    *bodies, a=first, b=first, rule=kernels.AlignRule(**rule),
                    speech_words=bodies[0][:2], passages=False, changed=False, threads=1,
                    skip_unrelated=False, **wrong,
                )  # fmt: skip


def test_sound_stories_have_no_letters() -> None:
    """What is kept for alignment is no more where no story came from a scan."""
    arrays = pack(STORIES[:4])
    misread = np.array([False, True, False, False])
    bodies = split_bodies(Texts(*arrays, misread=misread))
    assert np.flatnonzero(np.diff(bodies.letter_offsets)).tolist() == [1]
    words = words_of_letters(bodies.letters)
    assert words == folded(STORIES[1])
    for known in (None, np.zeros(4, np.bool_)):
        assert split_bodies(Texts(*arrays, misread=known)).letters.size == 0


def test_the_table_holds_what_languages_write() -> None:
    def is_frequent(letters: str) -> bool:
        x, y, z = (" abcdefghijklmnopqrstuvwxyz".index(letter) for letter in letters)
        return bool(FREQUENT[27 * x + y] >> z & 1)

    assert len(FREQUENT) == 27 * 27
    for letters in ("the", " th", "ed ", "sch", "cao", "oui", "ij "):
        assert is_frequent(letters), letters
    for letters in ("qqx", "vvh", "tbn", "zxc"):
        assert not is_frequent(letters), letters


def test_more_damage_takes_more_fingerprints() -> None:
    words = " ".join(STORIES[:8])
    shares = (0.0, 0.03, 0.06, 0.15)
    taken = [sampled_letters(folded(scanned(words, share, Random(1)))) for share in shares]
    assert taken[0] == 0
    assert taken[1] > taken[2] > taken[3] >= 4


def test_a_name_is_odd_once() -> None:
    words = folded(" ".join(STORIES[2:10]))
    assert sampled_letters([word for one in words for word in (one, b"szczwk")]) == 0


def folded(text: str) -> list[bytes]:
    return list(read_story(text.encode()).folded)


def test_fingerprints_of_few_are_among_those_of_many() -> None:
    words = STORIES[0].encode().split()
    sets = [set(letter_fingerprints(words, sampled)) for sampled in (1, 4, 8, 16, 32)]
    assert all(fewer < more for more, fewer in pairwise(sets))
