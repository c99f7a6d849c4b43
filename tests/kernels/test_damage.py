"""Signs of markup and damage: native against reference, and against examples."""

from __future__ import annotations

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect.kernels import codes, reference
from tests.support.vector_levels import each_level

PIECES = (
    *(
        "word",
        "Word ",
        " ",
        "\n",
        "\r\n",
        "\n\n",
        "=\n",
        "= \n",
        "\t",
        "a line of thirty letters and so\n",
    ),
    *("<", "<b", "</", "<!", "< ", "&", "&a", "&#", "& ", "](", "] (", "]", "\x92", "\x85"),
    *("Ã©", "Ã ", "Ã", "â€™", "é»", "Â\xa0", "Ă©", "Ĺ™", "РџСЂ", "Р°", "√©", "≈ì", "├⌐", "‚Äô"),
    *("\ufffd", "中文", "é", "ﬁ", "—"),
)
texts = st.lists(
    st.one_of(st.sampled_from(PIECES).map(str.encode), st.binary(max_size=3)), max_size=40
).map(b"".join)


@given(st.lists(texts, max_size=5), st.integers(1, 3))
def test_native_and_reference_agree(rows: list[bytes], threads: int) -> None:
    data = np.frombuffer(b"".join(rows), np.uint8)
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    expected = reference.damage_signs(data, offsets, 1)
    for _ in each_level():
        np.testing.assert_array_equal(native.damage_signs(data, offsets, threads), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A plain text, with AT & T, a < b, <3 and a café.\n\nIt has lines.", 0),
        ("A <b>mill</b>", codes.TAGS),
        ("R&D and &amp;", codes.ENTITIES),
        ("CafÃ©", codes.TWICE),
        ("It\x92s", codes.CONTROLS),
        ("It was la=\nte", codes.QUOTED_PRINTABLE),
        ("caf\ufffd", codes.LOST),
        ("[a](b)", codes.LINKS),
        (
            "The ferry was stopped by fog\nat dawn and sailed again some\nhours before noon\n" * 2,
            32,
        ),
    ],
)
def test_signs(text: str, expected: int) -> None:
    data = np.frombuffer(text.encode(), np.uint8)
    assert native.damage_signs(data, np.array([0, data.size]), 1).tolist() == [expected]


def test_offsets_are_checked() -> None:
    for kernels in (native, reference):
        with pytest.raises(ValueError, match="offsets: offset 5 is not between 0 and 2"):
            kernels.damage_signs(np.zeros(2, np.uint8), np.array([0, 5]), 1)
