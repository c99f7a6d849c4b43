"""What lines are taken for, and equal keys counted: native against reference, and by example."""

from __future__ import annotations

from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
ENDS, PHRASE, COLON, CAPTION = 1, 2, 4, 16
BODY, DOUBTFUL, FURNITURE, STANDING, WEAK = range(5)
TAKEN = PHRASE | CAPTION

verdict = st.sampled_from([BODY, BODY, BODY, FURNITURE, STANDING])
lines = st.tuples(st.integers(0, 30), st.integers(0, 127), verdict)


def arrays(stories: list[list[tuple[int, int, int]]]) -> tuple[Any, Any, Any, Any]:
    """Return line offsets, words, flags and verdicts of stories of such lines."""
    columns = np.array([line for story in stories for line in story], np.int64).reshape(-1, 3)
    words, flags, verdicts = columns.T
    offsets = np.cumsum([0, *map(len, stories)], dtype=np.int64)
    return offsets, words.astype(np.uint32), flags.astype(np.uint8), verdicts.astype(np.uint8)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(lines, max_size=8), max_size=6),
    st.tuples(
        *(st.integers(0, 20), st.integers(0, 40), st.integers(0, 4)),
        *(st.integers(0, 127), st.integers(0, 60)),
    ),
)
def test_status_equals_reference(
    stories: list[list[tuple[int, int, int]]], rule: tuple[int, int, int, int, int]
) -> None:
    arguments = (*arrays(stories), *rule)
    expected = reference.line_status(*arguments, 1)
    for threads in (1, 8):
        np.testing.assert_array_equal(
            native.line_status(*arguments, threads), expected, strict=True
        )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9) | st.integers(0, 2**64 - 1), st.booleans())))
def test_counts_equal_reference(rows: list[tuple[int, bool]]) -> None:
    keys = np.array([key for key, _ in rows], np.uint64)
    chosen = np.array([one for _, one in rows], np.uint8)
    pairs = zip(native.count_equal(keys, chosen), reference.count_equal(keys, chosen), strict=True)
    for found, same in pairs:
        np.testing.assert_array_equal(found, same, strict=True)


@BOTH
def test_lines_printed_before(kernels: Any) -> None:
    stories = ["One.\n\nTwo.\n\nOne.\n\nOne 1.\n\nOne 2.\n\nTwo.", "One.\n\nThree.", ""]
    data = [story.encode() for story in stories]
    text = np.frombuffer(b"".join(data), np.uint8)
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    rows = np.array([0, 6, 8, 8])
    keys = np.array([1, 2, 1, 3, 3, 2, 1, 4], np.uint64)
    chosen = np.array([1, 1, 1, 1, 1, 0, 1, 1], np.uint8)
    found = kernels.printed_before(text, offsets, rows, keys, chosen, 1)
    assert found.tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="line"):
        kernels.printed_before(text, offsets, np.array([0, 5, 8, 8]), keys, chosen, 1)
    with pytest.raises(ValueError, match="chosen"):
        kernels.printed_before(text, offsets, rows, keys, chosen[1:], 1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["One. ", "Two 2", "\n\n", "Three.", "a "]))))
def test_lines_printed_before_and_terms_equal_reference(pages: list[list[str]]) -> None:
    data = ["".join(page).encode() for page in pages]
    text = np.frombuffer(b"".join(data), np.uint8)
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    terms = np.concatenate(
        [native.prepare(np.frombuffer(t, np.uint8))[0] for t in (b"2", b"a Two")]
    )
    scanned = (np.zeros(0, np.int32), np.zeros(0, np.uint8))
    rows, keys, *_ = native.scan_lines(text, offsets, terms[:0], np.zeros(1, np.int64), *scanned, 1)
    lines = (text, offsets, rows, keys, np.ones(keys.size, np.uint8))
    asked = (text, offsets, np.arange(len(pages))[::-1].copy(), terms, np.array([0, 1, 3]))
    for threads in (1, 4):
        np.testing.assert_array_equal(
            native.printed_before(*lines, threads), reference.printed_before(*lines, 1), strict=True
        )
        np.testing.assert_array_equal(
            native.have_terms(*asked, threads), reference.have_terms(*asked, 1), strict=True
        )


@BOTH
def test_stories_that_have_terms(kernels: Any) -> None:
    data = [b"Log in to read.\n\nFog.", b"Fog. Log\n\nin.", b"They log in."]
    text = np.frombuffer(b"".join(data), np.uint8)
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    terms = native.prepare(np.frombuffer(b"log in", np.uint8))[0]
    asked = np.array([2, 1, 0])
    found = kernels.have_terms(text, offsets, asked, terms, np.array([0, 2]), 1)
    assert found.tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match="stories: 3 is no story's number"):
        kernels.have_terms(text, offsets, np.array([3]), terms, np.array([0, 2]), 1)


@BOTH
def test_counts_of_more_keys_than_there_is_room_at_first(kernels: Any) -> None:
    keys = np.repeat(np.arange(5000, dtype=np.uint64)[::-1], 2)
    first, counts = kernels.count_equal(keys, np.tile([1, 1, 0, 1], 2500).astype(np.uint8))
    assert first.tolist() == [2 * k + k % 2 for k in range(5000)]
    assert counts.tolist() == [2, 1] * 2500


def status_of(kernels: Any, *story: tuple[int, int, int], taken: int = TAKEN) -> list[int]:
    return list(kernels.line_status(*arrays([list(story)]), 12, 60, 2, taken, 25, 2).tolist())


PROSE = (40, ENDS, BODY)


@BOTH
def test_what_a_line_is_taken_for(kernels: Any) -> None:
    story = ((11, 0, 0), (30, 0, 0), PROSE, (12, 0, 0), PROSE, (8, PHRASE | ENDS, 0), (20, 0, 0))
    expected = [DOUBTFUL, DOUBTFUL, BODY, DOUBTFUL, BODY, FURNITURE, BODY]
    assert status_of(kernels, *story) == expected
    expected[5] = BODY
    assert status_of(kernels, *story, taken=CAPTION) == expected


@BOTH
def test_lines_that_are_no_captions(kernels: Any) -> None:
    for lines_before in ([(60, 0, 0)], [(30, COLON, 0)], [(30, 0, 0)] * 3):
        assert status_of(kernels, *lines_before, PROSE) == [BODY] * len(lines_before) + [BODY]
    # Prose behind it that sites print anywhere is none.
    assert status_of(kernels, (30, 0, 0), PROSE) == [DOUBTFUL, BODY]
    assert status_of(kernels, (30, 0, 0), (40, ENDS, FURNITURE)) == [BODY, FURNITURE]


@BOTH
def test_what_repetition_says_comes_before_doubt_and_after_what_is_known(kernels: Any) -> None:
    story = (PROSE, (40, ENDS, STANDING), (5, 0, STANDING), (5, 0, FURNITURE))
    assert status_of(kernels, *story) == [BODY, STANDING, STANDING, FURNITURE]
    assert status_of(kernels, PROSE, (40, ENDS | CAPTION, STANDING)) == [BODY, FURNITURE]


@BOTH
def test_with_too_little_body_the_pages_own_furniture_comes_back(kernels: Any) -> None:
    captions = [(30, ENDS | CAPTION, 0)] * 3
    assert status_of(kernels, *captions, (25, ENDS, 0)) == [FURNITURE] * 3 + [BODY]
    assert status_of(kernels, *captions, (24, ENDS, 0)) == [WEAK] * 4
    # Not what other pages print.
    assert status_of(kernels, *captions, (9, ENDS, FURNITURE)) == [WEAK] * 3 + [FURNITURE]
    assert status_of(kernels, *captions, (40, ENDS, STANDING)) == [WEAK] * 4
    # Nor where the page is a short story with a little furniture.
    short = ((10, ENDS | CAPTION, 0), (10, ENDS, 0))
    assert status_of(kernels, *short) == [FURNITURE, BODY]
    assert status_of(kernels, (11, ENDS | CAPTION, 0), (10, ENDS, 0)) == [WEAK, WEAK]


@BOTH
def test_a_story_of_repeated_lines_keeps_them(kernels: Any) -> None:
    offsets, *columns = arrays([[(40, ENDS, 2), (50, ENDS, 2)], [(40, ENDS, 2), (50, ENDS, 0)]])
    status = kernels.line_status(offsets, *columns, 12, 60, 2, TAKEN, 25, 1)
    assert status.tolist() == [WEAK, WEAK, FURNITURE, BODY]


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    offsets, words, flags, verdicts = arrays([[PROSE, PROSE]])
    rule = (12, 60, 2, TAKEN, 25, 1)
    with pytest.raises(ValueError, match="line_offsets: offset 9 is not between 0 and 2"):
        kernels.line_status(np.array([0, 9]), words, flags, verdicts, *rule)
    with pytest.raises(ValueError, match="flags: 1 values, expected 2"):
        kernels.line_status(offsets, words, flags[:1], verdicts, *rule)
    with pytest.raises(ValueError, match="verdicts: 1 values, expected 2"):
        kernels.line_status(offsets, words, flags, verdicts[:1], *rule)
    with pytest.raises(ValueError, match="chosen: 1 values, expected 2"):
        kernels.count_equal(np.array([1, 2], np.uint64), verdicts[:1])
