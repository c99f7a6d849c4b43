"""Words of a text and the spans they cover: the geometry of the coverage map."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dupdetect import kernels
from dupdetect.views.words import merge_spans, subtract_spans, to_utf16, wide_characters, words_of

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
    words = words_of(text)
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


@given(
    st.text(alphabet="aZé'’ _-7½中ก่・かनी\u00ad.\u17d2\n\U0001f600\U00010400\ud800", max_size=60)
    | st.text(max_size=60)
)
def test_words_are_those_of_the_kernels_in_characters(text: str) -> None:
    words = words_of(text)
    data = text.encode("utf-8", "replace")
    _, starts, ends, *_ = kernels.prepare(np.frombuffer(data, np.uint8))
    spans = list(zip(starts.tolist(), ends.tolist(), strict=True))
    assert len(words) == len(spans)
    for (start, end), first, last in zip(spans, words.starts, words.ends, strict=True):
        assert text[first:last].encode("utf-8", "replace") == data[start:end]


@given(st.text(alphabet="a\u00e9\u4e2d\U0001f600", max_size=60))
def test_utf16_offsets_are_those_of_the_encoding(text: str) -> None:
    wide = wide_characters(text)
    for offset in range(len(text) + 1):
        assert to_utf16(offset, wide) == len(text[:offset].encode("utf-16-le")) // 2
