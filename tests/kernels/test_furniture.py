"""Where furniture stands: native against reference, and by example."""

from __future__ import annotations

from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
TEXTS = st.text(alphabet="ab Å中\U0001f600.\n“", max_size=60)


def arrays(texts: list[str], status: list[list[int]]) -> tuple[Any, Any, Any, Any]:
    data = [text.encode() for text in texts]
    return (
        np.frombuffer(b"".join(data), np.uint8),
        np.cumsum([0, *map(len, data)], dtype=np.int64),
        np.array([one for lines in status for one in lines], np.uint8),
        np.cumsum([0, *map(len, status)], dtype=np.int64),
    )


def lines_of(text: str) -> int:
    return len(reference.prepare(np.frombuffer(text.encode(), np.uint8))[6])


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=5), st.data())
def test_spans_equal_reference(texts: list[str], data: st.DataObject) -> None:
    one = st.sampled_from([0, 1, 2])
    status = [data.draw(st.lists(one, min_size=n, max_size=n)) for n in map(lines_of, texts)]
    arguments = arrays(texts, status)
    expected = reference.furniture_spans(*arguments, 1)
    for threads in (1, 4):
        for found, same in zip(native.furniture_spans(*arguments, threads), expected, strict=True):
            np.testing.assert_array_equal(found, same, strict=True)


@BOTH
def test_neighbouring_lines_make_one_span_in_characters(kernels: Any) -> None:
    text = "Été first\nSubscribe 😀 now\nFollow us\nThe end\nCopyright"
    offsets, spans = kernels.furniture_spans(*arrays([text, "x"], [[0, 2, 2, 0, 2], [0]]), 1)
    assert [text[start:end] for start, end in spans.tolist()] == [
        "Subscribe 😀 now\nFollow us",
        "Copyright",
    ]
    assert offsets.tolist() == [0, 2, 2]


@BOTH
def test_lines_of_another_text_are_refused(kernels: Any) -> None:
    with pytest.raises(ValueError, match="lines do not belong to these texts"):
        kernels.furniture_spans(*arrays(["one line"], [[2, 2]]), 1)
