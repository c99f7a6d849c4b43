"""Lines of stories and what each is by itself: native against reference, and by example."""

from __future__ import annotations

from itertools import chain
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference
from dupdetect.kernels.codes import TERMS
from tests.support.vector_levels import each_level

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
ENDS, PHRASE = 1, 2
NO_TERMS = (
    np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8)
)  # fmt: skip

LETTERS = "abcdefgh"
VOCABULARY = (
    *LETTERS, "Alpha", "Beta.", "12", "34", "é", "中", "mr.", "“x", "y”", "end.", "1999", "3rd",
    "(d", "d)", "a,", "b…", "(AP)", "1 of 3", "2 of 3", "1/3", "2/3", "|", "a:",
    "(Beta Alpha/AP)", "Alpha /",
)  # fmt: skip


def pack(texts: list[str]) -> tuple[Any, Any]:
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    return np.frombuffer(b"".join(data), np.uint8), offsets


def term_table(terms: list[tuple[str, int, str]]) -> tuple[Any, Any, Any, Any]:
    """Return terms, each with the most words of a line and its kind, as the kernel takes them."""
    tokens = [[xxhash.xxh3_64_intdigest(w.encode()) for w in text.split()] for text, _, _ in terms]
    return (
        np.array(list(chain.from_iterable(tokens)), np.uint64),
        np.cumsum([0, *map(len, tokens)], dtype=np.int64),
        np.array([most for _, most, _ in terms], np.int32),
        np.array([TERMS.index(kind) for _, _, kind in terms], np.uint8),
    )


def assert_same(ours: Any, theirs: Any) -> None:
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


line = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=12).map(" ".join)
breaks = st.sampled_from(["\n", "\n\n", "\r\n", ".\n", " "])


@st.composite
def corpora(draw: st.DrawFn) -> list[str]:
    pool = draw(st.lists(line, min_size=1, max_size=6))
    story = st.lists(st.tuples(st.one_of(st.sampled_from(pool), line), breaks), max_size=6)
    stories = draw(st.lists(story.map(lambda rows: "".join(chain(*rows))), max_size=10))
    return stories + [draw(st.sampled_from(stories)) for _ in range(len(stories) // 4)]


terms_of = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*LETTERS, "ap", "alpha"]), max_size=2).map(" ".join),
        st.integers(-1, 12),
        st.sampled_from(TERMS),
    ),
    max_size=24,
)


@settings(max_examples=400, deadline=None)
@given(corpora(), terms_of)
def test_scan_equals_reference(stories: list[str], terms: list[tuple[str, int, str]]) -> None:
    arguments = (*pack(stories), *term_table(terms))
    expected = reference.scan_lines(*arguments, 1)
    for threads in (1, 8):
        for _ in each_level():
            assert_same(native.scan_lines(*arguments, threads), expected)


@BOTH
def test_lines_with_their_words_and_flags(kernels: Any) -> None:
    phrases = [("all rights reserved", 6), ("", 9), ("photo", 1)]
    terms = term_table([(text, most, "furniture") for text, most in phrases])
    stories = [
        "Copyright. All rights reserved.\nPhoto\nThe photo shows it.",
        "They said all rights reserved for them\n\nAll rights",
        "",
    ]
    offsets, _, words, flags = kernels.scan_lines(*pack(stories), *terms, 2)
    assert offsets.tolist() == [0, 3, 5, 5]
    assert words.tolist() == [4, 1, 4, 7, 2]
    assert flags.tolist() == [PHRASE | ENDS, PHRASE, ENDS, 0, 0]


def test_keys_fold_words_and_digits() -> None:
    stories = ["Updated 10:45\nUPDATED — 23:59!\nUpdated 9:45\nUpdated 1045"]
    keys = native.scan_lines(*pack(stories), *NO_TERMS, 1)[1].tolist()
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    text, offsets = pack(["One.\nTwo."])
    for bad in (np.array([0, 99]), np.array([5, 2]), np.array([-1, 2]), np.array([], np.int64)):
        with pytest.raises(ValueError, match="offsets: "):
            kernels.scan_lines(text, bad, *NO_TERMS, 1)
    one = np.array([1], np.int32)
    with pytest.raises(ValueError, match="term_most_words: 1 values, expected 0"):
        kernels.scan_lines(text, offsets, *NO_TERMS[:2], one, NO_TERMS[3], 1)
    with pytest.raises(ValueError, match="term_kinds: 1 values, expected 0"):
        kernels.scan_lines(text, offsets, *NO_TERMS[:3], one.astype(np.uint8), 1)
    with pytest.raises(ValueError, match="term_kinds: 99 is no kind"):
        kernels.scan_lines(
            text, offsets, one.astype(np.uint64), np.array([0, 1]), one, np.array([99], np.uint8), 1
        )


def test_terms_changed_where_they_stand_are_other_terms() -> None:
    text, offsets = pack(["Alpha beta.\nGamma delta.\nAlpha delta."])
    terms = term_table([("alpha beta", -1, "furniture")])
    others = term_table([("gamma delta", -1, "furniture")])
    before = terms[0].copy()
    flags = []
    for tokens in (before, others[0], term_table([("alpha delta", 1, "furniture")])[0], before):
        terms[0][:] = tokens
        found = native.scan_lines(text, offsets, *terms, 1)
        assert_same(found, reference.scan_lines(text, offsets, *terms, 1))
        flags.append((found[3] & PHRASE).tolist())
    assert flags == [[2, 0, 0], [0, 2, 0], [0, 0, 2], [2, 0, 0]]
