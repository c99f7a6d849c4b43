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
ENDS, PHRASE, COLON = 1, 2, 4
BODY, DOUBTFUL, FURNITURE = 0, 1, 2

lines = st.tuples(st.integers(0, 30), st.integers(0, 7), st.sampled_from([0, 0, 0, 1]))


def arrays(stories: list[list[tuple[int, int, int]]]) -> tuple[Any, Any, Any, Any]:
    """Return line offsets, words, flags and repeated of stories of such lines."""
    columns = np.array([line for story in stories for line in story], np.int64).reshape(-1, 3)
    words, flags, repeated = columns.T
    offsets = np.cumsum([0, *map(len, stories)], dtype=np.int64)
    return offsets, words.astype(np.uint32), flags.astype(np.uint8), repeated.astype(np.uint8)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(lines, max_size=8), max_size=6),
    st.tuples(
        *(st.integers(0, 20), st.integers(0, 40), st.integers(0, 4)),
        *(st.booleans(), st.sampled_from([0.0, 0.2, 0.4, 1.0])),
    ),
)
def test_status_equals_reference(
    stories: list[list[tuple[int, int, int]]], rule: tuple[int, int, int, bool, float]
) -> None:
    arguments = (*arrays(stories), *rule)
    expected = reference.line_status(*arguments, 1)
    for threads in (1, 8):
        pairs = zip(native.line_status(*arguments, threads), expected, strict=True)
        for found, same in pairs:
            np.testing.assert_array_equal(found, same, strict=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9) | st.integers(0, 2**64 - 1), st.booleans())))
def test_counts_equal_reference(rows: list[tuple[int, bool]]) -> None:
    keys = np.array([key for key, _ in rows], np.uint64)
    chosen = np.array([one for _, one in rows], np.uint8)
    pairs = zip(native.count_equal(keys, chosen), reference.count_equal(keys, chosen), strict=True)
    for found, same in pairs:
        np.testing.assert_array_equal(found, same, strict=True)


@BOTH
def test_counts_of_more_keys_than_there_is_room_at_first(kernels: Any) -> None:
    keys = np.repeat(np.arange(5000, dtype=np.uint64)[::-1], 2)
    first, counts = kernels.count_equal(keys, np.tile([1, 1, 0, 1], 2500).astype(np.uint8))
    assert first.tolist() == [2 * k + k % 2 for k in range(5000)]
    assert counts.tolist() == [2, 1] * 2500


def status_of(kernels: Any, *story: tuple[int, int, int], phrases: bool = True) -> list[int]:
    status, _ = kernels.line_status(*arrays([list(story)]), 12, 60, 2, phrases, 0.4, 2)
    return list(status.tolist())


PROSE = (40, ENDS, 0)


@BOTH
def test_what_a_line_is_taken_for(kernels: Any) -> None:
    story = ((11, 0, 0), (30, 0, 0), PROSE, (12, 0, 0), PROSE, (8, PHRASE | ENDS, 0), (20, 0, 0))
    expected = [DOUBTFUL, DOUBTFUL, BODY, DOUBTFUL, BODY, FURNITURE, BODY]
    assert status_of(kernels, *story) == expected
    expected[5] = BODY
    assert status_of(kernels, *story, phrases=False) == expected


@BOTH
def test_lines_that_are_no_captions(kernels: Any) -> None:
    for lines_before in ([(60, 0, 0)], [(30, COLON, 0)], [(30, 0, 0)] * 3):
        assert status_of(kernels, *lines_before, PROSE) == [BODY] * len(lines_before) + [BODY]
    # Prose behind it that sites print anywhere is none.
    assert status_of(kernels, (30, 0, 0), PROSE) == [DOUBTFUL, BODY]
    assert status_of(kernels, (30, 0, 0), (40, ENDS, 1)) == [BODY, FURNITURE]


@BOTH
def test_too_little_prose_leaves_repetition_alone_to_speak(kernels: Any) -> None:
    assert status_of(kernels, (10, 0, 0), (9, 0, 0), (5, ENDS, 0)) == [BODY, BODY, BODY]
    assert status_of(kernels, (10, 0, 0), (9, 0, 1), (5, ENDS, 0)) == [BODY, FURNITURE, BODY]
    assert status_of(kernels, (10, 0, 0), (9, 0, 1), (8, ENDS, 0)) == [DOUBTFUL, FURNITURE, BODY]


@BOTH
def test_a_story_of_repeated_lines_keeps_them(kernels: Any) -> None:
    offsets, *columns = arrays([[(40, ENDS, 1), (50, ENDS, 1)], [(40, ENDS, 1), (50, ENDS, 0)]])
    status, repeated = kernels.line_status(offsets, *columns, 12, 60, 2, True, 0.4, 1)
    assert status.tolist() == [BODY, BODY, FURNITURE, BODY]
    assert repeated.tolist() == [0, 0, 1, 0]


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    offsets, words, flags, repeated = arrays([[PROSE, PROSE]])
    rule = (12, 60, 2, True, 0.4, 1)
    with pytest.raises(ValueError, match="line_offsets: offset 9 is not between 0 and 2"):
        kernels.line_status(np.array([0, 9]), words, flags, repeated, *rule)
    with pytest.raises(ValueError, match="flags: 1 values, expected 2"):
        kernels.line_status(offsets, words, flags[:1], repeated, *rule)
    with pytest.raises(ValueError, match="repeated: 1 values, expected 2"):
        kernels.line_status(offsets, words, flags, repeated[:1], *rule)
    with pytest.raises(ValueError, match="chosen: 1 values, expected 2"):
        kernels.count_equal(np.array([1, 2], np.uint64), repeated[:1])
