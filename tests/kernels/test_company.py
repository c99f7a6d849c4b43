"""Summaries of lines and what they say: native against reference, in parts, and by example."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference
from dupdetect.kernels.codes import (
    ALL_PAGES,
    BODY,
    FURNITURE,
    STANDING,
    UNKNOWN_DAY,
    UNKNOWN_PUBLISHER,
)

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])


class Pages(NamedTuple):
    """Lines and pages as the kernels take them."""

    keys: Any
    line_offsets: Any
    words: Any
    counted: Any
    publishers: Any
    days: Any

    def rows(self, chosen: Any) -> Pages:
        """Return some of the pages."""
        lines = [np.arange(*self.line_offsets[page : page + 2]) for page in chosen]
        at = np.concatenate([np.arange(0), *lines]).astype(np.int64)
        offsets = np.cumsum([0, *map(len, lines)], dtype=np.int64)
        return Pages(
            self.keys[at], offsets, self.words[at], self.counted[at],
            self.publishers[chosen], self.days[chosen],
        )  # fmt: skip


def pages_of(rows: list[tuple[list[int], int, int]], *, taken: frozenset[int]) -> Pages:
    """Make pages of (line keys, publisher, day); a line has as many words as its key says."""
    keys = [key for lines, _, _ in rows for key in lines]
    return Pages(
        np.array(keys, np.uint64),
        np.cumsum([0, *(len(lines) for lines, _, _ in rows)], dtype=np.int64),
        np.array([key % 97 for key in keys], np.uint32),
        np.array([key not in taken for key in keys], np.uint8),
        np.array([publisher for _, publisher, _ in rows], np.int32),
        np.array([day for _, _, day in rows], np.int32),
    )


def summaries(kernels: Any, pages: Pages, *, sample: int, least: int, threads: int = 1) -> Any:
    return kernels.line_summaries(
        pages.keys, pages.line_offsets, pages.counted, pages.publishers, pages.days,
        sample, least, threads,
    )  # fmt: skip


def verdicts(kernels: Any, found: Any, pages: Pages, rule: dict[str, int], threads: int) -> Any:
    _, scopes, offsets, _, numbers, days = found
    lines = (pages.keys, pages.line_offsets, pages.words, pages.counted)
    return kernels.company_verdicts(scopes, offsets, numbers, days, *lines, **rule, threads=threads)


def assert_same(ours: Any, theirs: Any) -> None:
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


day = st.sampled_from([UNKNOWN_DAY, -8, -7, -1, 0, 1, 6, 7, 13, 14, 400])
page = st.tuples(st.lists(st.integers(1, 30), max_size=9), st.integers(-2, 2), day)
collections = st.builds(
    pages_of, st.lists(page, max_size=24), taken=st.frozensets(st.integers(1, 30), max_size=9)
)
rules = st.fixed_dictionaries(
    {
        **dict.fromkeys(("same", "any", "unknown", "often", "weeks"), st.integers(1, 6)),
        **dict.fromkeys(("little", "most", "little_any"), st.integers(0, 120)),
        "line_words": st.integers(0, 20),
        "apart_days": st.integers(0, 20),
    }
)


@settings(max_examples=300, deadline=None)
@given(collections, rules, st.integers(0, 5), st.integers(0, 4))
def test_native_equals_reference(
    pages: Pages, rule: dict[str, int], sample: int, least: int
) -> None:
    expected = summaries(reference, pages, sample=sample, least=least)
    said = verdicts(reference, expected, pages, rule, 1)
    looked_up = (expected[0], expected[1], said, pages.keys, pages.line_offsets, pages.publishers)
    for threads in (1, 8):
        found = summaries(native, pages, sample=sample, least=least, threads=threads)
        assert_same(found, expected)
        np.testing.assert_array_equal(verdicts(native, found, pages, rule, threads), said)
    np.testing.assert_array_equal(
        native.look_up_verdicts(*looked_up), reference.look_up_verdicts(*looked_up), strict=True
    )


@settings(max_examples=300, deadline=None)
@given(collections, st.integers(1, 5), st.data())
def test_merged_in_parts_they_are_those_of_the_whole(
    pages: Pages, sample: int, data: st.DataObject
) -> None:
    """However pages are divided, over partitions or days, and in whatever order parts come."""
    count = pages.publishers.size
    part_of = np.array(data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    parts = [np.flatnonzero(part_of == part) for part in data.draw(st.permutations(range(4)))]
    found = []
    for rows in parts:
        keys, scopes, offsets, contents, numbers, days = summaries(
            native, pages.rows(rows), sample=sample, least=1
        )
        found.append((keys, scopes, np.diff(offsets), contents, rows[numbers], days))
    keys, scopes, sizes, contents, numbers, days = map(np.concatenate, zip(*found, strict=True))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    joined = (keys, scopes, offsets, contents, numbers, days, sample)
    whole = summaries(native, pages, sample=sample, least=1)
    assert_same(native.merge_summaries(*joined), whole)
    assert_same(reference.merge_summaries(*joined), whole)


@settings(max_examples=200, deadline=None)
@given(collections, rules, st.data())
def test_the_order_of_rows_and_the_numbers_of_publishers_change_nothing(
    pages: Pages, rule: dict[str, int], data: st.DataObject
) -> None:
    def lines_of(given: Pages) -> list[list[int]]:
        found = summaries(native, given, sample=4, least=2)
        said = verdicts(native, found, given, rule, 1)
        lines = native.look_up_verdicts(
            found[0], found[1], said, given.keys, given.line_offsets, given.publishers
        )
        return [lines[a:b].tolist() for a, b in pairwise(given.line_offsets)]

    order = np.array(data.draw(st.permutations(range(pages.publishers.size))), np.int64)
    other = pages.rows(order)
    renamed = np.where(other.publishers < 0, other.publishers, 900 - 7 * other.publishers)
    once = lines_of(pages)
    other = other._replace(publishers=renamed.astype(np.int32))
    assert lines_of(other) == [once[row] for row in order]


RULE = {
    "same": 3, "any": 6, "unknown": 12, "often": 6, "little": 40, "most": 100, "little_any": 25,
    "line_words": 8, "apart_days": 7, "weeks": 3,
}  # fmt: skip


def verdict_of(
    kernels: Any, key: int, rows: list[tuple[list[int], int, int]], scope: int
) -> int | None:
    """Return what the pages of one scope say of a line; None where it has no summary."""
    pages = pages_of(rows, taken=frozenset())
    found = summaries(kernels, pages, sample=16, least=1)
    said = verdicts(kernels, found, pages, RULE, 1)
    where = np.flatnonzero((found[0] == key) & (found[1] == scope))
    return int(said[where[0]]) if where.size else None


def unlike(
    count: int, shared: list[int], publisher: int, days: int
) -> list[tuple[list[int], int, int]]:
    """Make pages that share some lines and 80 words and more of their own."""
    return [([*shared, 97 * 1000 + 97 * 97 * n + 80], publisher, n * days) for n in range(count)]


@BOTH
@pytest.mark.parametrize(
    ("pages", "shared", "days", "expected"),
    [
        (2, [39], 1, BODY),
        (3, [39], 1, FURNITURE),
        (3, [40], 1, BODY),
        (3, [96, 3 + 97 * 7], 4, FURNITURE),  # 99 words, a week apart; lines under 8 do not count
        (3, [96, 8 + 97 * 7], 4, BODY),  # 104
        (6, [60], 1, FURNITURE),  # often
        (6, [60, 50], 1, STANDING),  # often, and pages have more of their own
        (5, [60, 50], 1, BODY),
        (3, [60, 50], 7, STANDING),  # three weeks
    ],
)
def test_what_one_publisher_prints(
    kernels: Any, pages: int, shared: list[int], days: int, expected: int
) -> None:
    shared = [key + 97 * 50 for key in shared]
    rows = unlike(pages, shared, 5, days)
    # More own words than shared ones: pages that are not full of company.
    rows = [([*lines, lines[-1] + 97 * 3], who, when) for lines, who, when in rows]
    assert verdict_of(kernels, shared[0], rows, 5) == expected


@BOTH
def test_what_others_print(kernels: Any) -> None:
    short, long = 24 + 97, 25 + 97
    for count, key, expected in (
        (5, short, BODY), (6, short, FURNITURE), (6, long, BODY), (99, long, BODY),
    ):  # fmt: skip
        rows = [(lines, n, 0) for n, (lines, _, _) in enumerate(unlike(count, [key], 0, 0))]
        assert verdict_of(kernels, key, rows, ALL_PAGES) == expected
    for count, expected in ((11, BODY), (12, FURNITURE)):
        rows = unlike(count, [60 + 97], -1, 0)
        assert verdict_of(kernels, 60 + 97, rows, UNKNOWN_PUBLISHER) == expected


@BOTH
def test_pages_that_are_little_else_are_copies(kernels: Any) -> None:
    """A poem of short lines: no line has eight words, yet its pages share most of theirs."""
    poem = [97 * n + 7 for n in range(1, 12)]
    rows = [([*poem, 97 * 97 * n + 60], 0, 0) for n in range(1, 20)]
    assert {verdict_of(kernels, line, rows, 0) for line in poem} == {BODY}
    longer = [([*lines, lines[-1] + 97 * 5], who, when) for lines, who, when in rows]
    assert {verdict_of(kernels, line, longer, 0) for line in poem} == {FURNITURE}


@BOTH
def test_lines_that_are_furniture_already_keep_no_company(kernels: Any) -> None:
    box, caption = 30 + 97, 90 + 97
    rows = unlike(3, [box, caption], 0, 1)
    for taken, expected in ((frozenset[int](), BODY), (frozenset({caption}), FURNITURE)):
        pages = pages_of(rows, taken=taken)
        found = summaries(kernels, pages, sample=16, least=3)
        said = verdicts(kernels, found, pages, RULE, 1)
        assert said[found[0] == box].tolist() == [BODY, expected]  # all pages, the publisher


@BOTH
def test_pages_of_equal_lines_are_one_page_and_long_ones_are_not_asked(kernels: Any) -> None:
    rows = [([7, 8], 0, 30), ([8, 7], 0, 20), ([7, 8], 0, UNKNOWN_DAY), ([8], 1, 0)]
    rows.append(([*range(7, 7 + 257)], 0, 0))
    found = summaries(kernels, pages_of(rows, taken=frozenset()), sample=9, least=1)
    keys, scopes, offsets, _, numbers, days = found
    assert keys.tolist() == [7, 7, 8, 8, 8]
    assert scopes.tolist() == [ALL_PAGES, 0, ALL_PAGES, 0, 1]
    assert np.diff(offsets).tolist() == [1, 1, 2, 1, 1]
    by_page = dict(zip(numbers.tolist(), days.tolist(), strict=True))
    assert by_page == {0: 20, 3: 0}


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    pages = pages_of([([7, 8], 0, 0), ([7], 0, 0)], taken=frozenset())
    with pytest.raises(ValueError, match="counted: 1 values, expected 3"):
        summaries(kernels, pages._replace(counted=pages.counted[:1]), sample=9, least=1)
    with pytest.raises(ValueError, match="days: 1 values, expected 2"):
        summaries(kernels, pages._replace(days=pages.days[:1]), sample=9, least=1)
    found = summaries(kernels, pages, sample=9, least=1)
    with pytest.raises(ValueError, match="scopes: 1 values, expected 4"):
        kernels.merge_summaries(found[0], found[1][:1], *found[2:], 9)
    wrong = (*found[:4], found[4] + 1, found[5])
    with pytest.raises(ValueError, match="pages: 2 is no story's number"):
        verdicts(kernels, wrong, pages, RULE, 1)
    with pytest.raises(ValueError, match="verdicts: 1 values, expected 4"):
        kernels.look_up_verdicts(
            found[0], found[1], np.zeros(1, np.uint8), pages.keys, pages.line_offsets,
            pages.publishers,
        )  # fmt: skip
