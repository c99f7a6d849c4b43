"""Lines and their repetition in unrelated stories: native against reference, and by example."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference
from tests.support.vector_levels import each_level

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
ENDS, PHRASE = 1, 2
NO_PHRASES = (np.array([], np.uint64), np.array([0]), np.array([], np.int32))

VOCABULARY = (*"abcdefgh", "Alpha", "Beta.", "12", "34", "é", "中", "mr.", "“x", "y”", "end.")


def pack(texts: list[str]) -> tuple[Any, Any]:
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    return np.frombuffer(b"".join(data), np.uint8), offsets


def phrase_table(phrases: list[tuple[str, int]]) -> tuple[Any, Any, Any]:
    tokens = [[xxhash.xxh3_64_intdigest(w.encode()) for w in text.split()] for text, _ in phrases]
    return (
        np.array(list(chain.from_iterable(tokens)), np.uint64),
        np.cumsum([0, *map(len, tokens)], dtype=np.int64),
        np.array([most for _, most in phrases], np.int32),
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


phrases_of = st.lists(
    st.tuples(st.lists(st.sampled_from("abcdefgh"), max_size=3).map(" ".join), st.integers(-1, 12)),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(corpora(), phrases_of)
def test_scan_equals_reference(stories: list[str], phrases: list[tuple[str, int]]) -> None:
    arguments = (*pack(stories), *phrase_table(phrases))
    expected = reference.scan_lines(*arguments, 1)
    for threads in (1, 8):
        for _ in each_level():
            assert_same(native.scan_lines(*arguments, threads), expected)


@settings(max_examples=200, deadline=None)
@given(corpora(), st.data())
def test_repetition_equals_reference(stories: list[str], data: st.DataObject) -> None:
    text, offsets = pack(stories)
    line_offsets, keys, words, _ = native.scan_lines(text, offsets, *NO_PHRASES, 1)
    publishers = [data.draw(st.integers(-1, 2)) for _ in stories]
    arguments = (
        *(text, offsets, keys, line_offsets, words, np.array(publishers, np.int32)),
        *(data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))),
        *(data.draw(st.integers(0, 12)), data.draw(st.sampled_from([0.0, 0.33, 0.5]))),
        data.draw(st.sampled_from([0.0, 0.15, 0.5, 1.0])),
        data.draw(st.integers(1, 8)),
    )
    found = native.repeated_lines(*arguments, 1)
    np.testing.assert_array_equal(found, reference.repeated_lines(*arguments, 1), strict=True)
    np.testing.assert_array_equal(found, native.repeated_lines(*arguments, 8))


@BOTH
def test_lines_with_their_words_and_flags(kernels: Any) -> None:
    phrases = phrase_table([("all rights reserved", 6), ("", 9), ("photo", 1)])
    stories = [
        "Copyright. All rights reserved.\nPhoto\nThe photo shows it.",
        "They said all rights reserved for them\n\nAll rights",
        "",
    ]
    offsets, _, words, flags = kernels.scan_lines(*pack(stories), *phrases, 2)
    assert offsets.tolist() == [0, 3, 5, 5]
    assert words.tolist() == [4, 1, 4, 7, 2]
    assert flags.tolist() == [PHRASE | ENDS, PHRASE, ENDS, 0, 0]


def test_keys_fold_words_and_digits() -> None:
    stories = ["Updated 10:45\nUPDATED — 23:59!\nUpdated 9:45\nUpdated 1045"]
    keys = native.scan_lines(*pack(stories), *NO_PHRASES, 1)[1].tolist()
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def prose(seed: int, count: int = 6) -> list[str]:
    """Make sentences of words that no other seed has."""
    letters = "abcdefghijklmnopqrst"
    unlike = letters[seed // 20] + letters[seed % 20]
    return [" ".join(f"{unlike}w{k}x{n}" for n in letters[:10]) + "." for k in letters[:count]]


def judge(
    stories: list[list[str]], publishers: list[int], *, threads: int = 1, shared: float = 0.15
) -> list[list[int]]:
    """Return for each story which of its lines are repeated, other settings as by default."""
    text, offsets = pack(["\n".join(lines) for lines in stories])
    line_offsets, keys, words, _ = native.scan_lines(text, offsets, *NO_PHRASES, 1)
    arguments = (text, offsets, keys, line_offsets, words, np.array(publishers, np.int32))
    found = native.repeated_lines(*arguments, 3, 6, 25, 0.33, shared, 16, threads)
    assert_same([found], [reference.repeated_lines(*arguments, 3, 6, 25, 0.33, shared, 16, 1)])
    return [np.flatnonzero(found[a:b]).tolist() for a, b in pairwise(line_offsets)]


def test_a_line_in_unrelated_stories_of_one_publisher_is_repeated() -> None:
    stories = [[*prose(seed), "Sign up for our newsletter."] for seed in range(3)]
    assert judge(stories, [7, 7, 7]) == [[6], [6], [6]]
    assert judge(stories[:2], [7, 7]) == [[], []]
    assert judge(stories, [7, 7, 8]) == [[], [], []]
    assert judge(stories, [-1, -1, -1]) == [[], [], []]


def test_without_publishers_it_takes_more_stories() -> None:
    stories = [[*prose(seed), "Sign up for our newsletter."] for seed in range(6)]
    assert judge(stories, [-1] * 6) == judge(stories, list(range(6))) == [[6]] * 6
    assert judge(stories[:5], [-1] * 5) == [[]] * 5


def test_a_syndicated_story_does_not_testify_against_itself() -> None:
    copies = [[*prose(1), f"Page {copy} of ours."] for copy in range(20)]
    assert judge(copies, [1] * 20) == [[]] * 20
    # Nor when every copy is cut in another way.
    cut = [prose(1)[:count] + prose(copy + 2, 1) for copy, count in enumerate([6, 5, 4, 6, 5, 4])]
    assert judge(cut, [1] * 6) == [[]] * 6


def test_a_quoted_paragraph_of_few_stories_is_kept_where_footers_go() -> None:
    footer = "Read more at our site."
    stories = [[*prose(seed), footer] for seed in range(4)]
    stories[0].insert(2, prose(9)[0])
    stories[1].insert(2, prose(9)[0])
    assert judge(stories, [1] * 4) == [[7], [7], [6], [6]]


@pytest.mark.parametrize(("words", "related"), [(4, False), (5, True)])
def test_rests_are_compared_by_shingles_however_their_lines_break(
    words: int, related: bool
) -> None:
    stories = [[*prose(seed), "Sign up for our newsletter."] for seed in range(3)]
    stories[1][1] = " ".join(stories[0][0].split()[2 : 2 + words]) + " " + stories[1][1]
    assert any(judge(stories, [1] * 3, shared=0.0)) != related


def test_threads_and_order_do_not_matter() -> None:
    rng = np.random.default_rng(3)
    footers = [f"Footer {letter} of the site." for letter in "abcdefghijklmnopqrstuvwxyz"]
    often = 1 / np.arange(1, 27) ** 2  # a few footers everywhere, most of them once or twice
    stories = [
        [*prose(seed // 2), *rng.choice(footers, 2, replace=False, p=often / often.sum())]
        for seed in range(120)
    ]
    publishers = (rng.integers(0, 4, 120) - 1).tolist()
    once = judge(stories, publishers)
    assert {len(found) for found in once} == {1, 2}
    assert once == judge(stories, publishers, threads=2) == judge(stories, publishers, threads=8)
    order = rng.permutation(120).tolist()
    turned = judge([stories[i] for i in order], [publishers[i] for i in order])
    assert turned == [once[i] for i in order]


def test_of_stories_that_differ_in_digits_the_order_of_rows_chooses_none() -> None:
    """Their keys are equal, so one is asked; it matters which: one is related to the third."""
    footer = "Sign up for our newsletter."
    for first in range(10, 40, 10):
        twins = [
            [*prose(0), f"Draw {' '.join(str(n + k) for k in range(6))} again.", footer]
            for n in (first, first + 10)
        ]
        draw = " ".join(str(first + k) for k in range(6))
        others = [[*prose(1), f"They had draw {draw} before.", footer]]
        # Copies of a longer story: one more witness, and all the bridges there are.
        others += [[*prose(2, 12), f"Copy {letter}.", footer] for letter in "abcdefgh"]
        once = judge([*twins, *others], [1] * 11, shared=0.0)
        turned = judge([*twins[::-1], *others], [1] * 11, shared=0.0)
        assert turned == [once[1], once[0], *once[2:]]


def test_a_line_that_a_story_has_twice_counts_twice() -> None:
    stories = [
        "Alpha a\nAlpha a\n",
        "a\na\n\na\nAlpha a\n",
        "a\na\na\nAlpha a\na\nAlpha a\n",
    ]
    text, offsets = pack(stories)
    line_offsets, keys, words, _ = native.scan_lines(text, offsets, *NO_PHRASES, 1)
    publishers = np.array([0, 0, 1], np.int32)
    arguments = (text, offsets, keys, line_offsets, words, publishers, 1, 2, 0, 0.33, 0.5, 3, 1)
    found = native.repeated_lines(*arguments)
    assert found.tolist() == [1, 1, 0, 0, 1, 0, 0, 0]
    np.testing.assert_array_equal(found, reference.repeated_lines(*arguments), strict=True)


@pytest.mark.slow
def test_lines_elsewhere_do_not_matter_however_many() -> None:
    """So many that keys share the counts that tell whether they are frequent."""
    stories = [[*prose(seed), "Sign up for our newsletter."] for seed in range(3)]
    stories[1].append("Read more at our site.")
    count = 1 << 21
    digits = np.arange(count)[:, None] // 26 ** np.arange(4, -1, -1) % 26
    letters = np.concatenate(
        [
            np.full((count, 1), ord("A")),
            digits + ord("a"),
            np.tile([ord("."), ord("\n")], (count, 1)),
        ],
        axis=1,
    )
    text, offsets = pack(["\n".join(lines) for lines in stories])
    text = np.concatenate([text, letters.astype(np.uint8).ravel()])
    offsets = np.append(offsets, text.size)
    line_offsets, keys, words, _ = native.scan_lines(text, offsets, *NO_PHRASES, 1)
    assert np.unique(keys).size == count + 20
    found = native.repeated_lines(
        text, offsets, keys, line_offsets, words, np.array([7, 7, 7, 7], np.int32),
        3, 6, 25, 0.33, 0.15, 16, 2,
    )  # fmt: skip
    assert np.flatnonzero(found).tolist() == [6, 13, 21]


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    text, offsets = pack(["One.\nTwo."])
    for bad in (np.array([0, 99]), np.array([5, 2]), np.array([-1, 2]), np.array([], np.int64)):
        with pytest.raises(ValueError, match="offsets: "):
            kernels.scan_lines(text, bad, *NO_PHRASES, 1)
    with pytest.raises(ValueError, match="phrase_most_words: 1 values, expected 0"):
        kernels.scan_lines(text, offsets, *NO_PHRASES[:2], np.array([1], np.int32), 1)
    keys, words = np.array([1, 2], np.uint64), np.array([1, 1], np.uint32)
    nobody = np.array([-1], np.int32)
    rest = (1, 1, 1, 0.0, 0.1, 1, 1)
    with pytest.raises(ValueError, match="words: 1 values, expected 2"):
        kernels.repeated_lines(text, offsets, keys, np.array([0, 2]), words[:1], nobody, *rest)
    with pytest.raises(ValueError, match="publishers: 2 values, expected 1"):
        kernels.repeated_lines(
            text, offsets, keys, np.array([0, 2]), words, np.array([0, 0], np.int32), *rest
        )
