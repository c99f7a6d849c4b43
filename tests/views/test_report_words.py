"""Words of a text and the spans they cover: the geometry of the coverage map."""

from __future__ import annotations

import itertools
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dupdetect.views.words import find_words, merge_spans, subtract_spans, to_utf16, wide_characters

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(SPANS, SPANS)
def test_spans_left_are_the_words_of_one_set_not_of_the_other(a: Any, b: Any) -> None:
    def words(spans: Any) -> set[int]:
        return {word for start, end in spans for word in range(start, end)}

    assert words(subtract_spans(a, b)) == words(a) - words(b)
    assert words(merge_spans(a)) == words(a)
    merged = merge_spans(a)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(merged))


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_covered_words_are_those_the_span_touches(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    words = find_words(text)
    first, last = words.covered_by(start, end)
    touched = [
        place
        for place in range(len(words))
        if words.starts[place] < end and words.ends[place] > start and start < end
    ]
    if touched:
        assert list(range(first, last)) == touched
    else:
        assert first == last or start == end


UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
LETTER = rf"(?:(?![{UNSPACED}])[^\W_])"
WORD = re.compile(rf"[{UNSPACED}]|{LETTER}+(?:['’]{LETTER}+)*")


@given(
    st.text(alphabet="aZé'’ _-7½中ก่・か\u0f00\u1100\ua000\n\U0001f600\U00010400\ud800", max_size=40)
    | st.text(max_size=40)
)
def test_words_are_letters_and_digits_joined_by_apostrophes(text: str) -> None:
    words = find_words(text)
    assert list(zip(words.starts, words.ends, strict=True)) == [
        found.span() for found in WORD.finditer(text)
    ]


@given(st.text(alphabet="a\u00e9\u4e2d\U0001f600", max_size=60))
def test_utf16_offsets_are_those_of_the_encoding(text: str) -> None:
    wide = wide_characters(text)
    for offset in range(len(text) + 1):
        assert to_utf16(offset, wide) == len(text[:offset].encode("utf-16-le")) // 2
