"""Signatures of strings that Python holds: those of their UTF-8 bytes, whatever is in them."""

from __future__ import annotations

import operator
import sys
import threading
import time
from functools import partial
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect.errors import FormatVersionError
from dupdetect.kernels import reference
from dupdetect.stages.signature import permutations, sign_strings, sign_texts
from tests.support.vector_levels import each_level

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
A, B = permutations(32, 1)


def by_name(words: int, threads: int = 1) -> dict[str, Any]:
    return {"a": A, "b": B, "shingle_words": words, "threads": threads}


# Characters of one, two and four bytes each in Python's strings; of one to four in UTF-8.
LATIN, BMP, ANY = (st.characters(max_codepoint=most) for most in (0xFF, 0xFFFF, 0x10FFFF))
SURROGATE = st.characters(categories=["Cs"])
EDGES = st.sampled_from(
    "\0 \x7f\x80\xff\u07ff\u0800\ud7ff\ud800\udfff\ue000\uffff\U00010000\U0010ffff"
)


def texts_of(character: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Words of ASCII for the most part, so that vectors are filled, and characters in between."""
    word = st.sampled_from(["the ferry ", "sailed. ", "fog\n", "a" * 61 + " ", "Zo\u00eb "])
    return st.lists(st.one_of(word, word, character), max_size=30).map("".join)


texts = st.one_of(*(texts_of(one) for one in (LATIN, BMP, ANY, SURROGATE, EDGES)), st.text())


class Title(str):
    """A string of a class of its own."""

    __slots__ = ()


def pack(strings: list[str]) -> tuple[Any, Any]:
    data = [text.encode("utf-8", "replace") for text in strings]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    return np.frombuffer(b"".join(data), np.uint8), offsets


@settings(max_examples=300, deadline=None)
@given(st.lists(texts, max_size=5), st.integers(0, 6))
def test_strings_are_signed_as_their_bytes_are(strings: list[str], words: int) -> None:
    expected = native.sign(*pack(strings), **by_name(words))
    for _ in each_level():
        found = native.sign_strings(strings, **by_name(words))
        np.testing.assert_array_equal(found, expected, strict=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=3), st.integers(0, 6))
def test_strings_equal_reference(strings: list[str], words: int) -> None:
    found = native.sign_strings(strings, **by_name(words))
    np.testing.assert_array_equal(
        found, reference.sign_strings(strings, **by_name(words)), strict=True
    )


def test_each_character_is_encoded_as_python_does() -> None:
    """Every code point of all planes, each in a word of its own among others."""
    points = [*range(0x3000), *range(0xD700, 0xE100), *range(0xFF00, 0x10100), 0x1F600, 0x10FFFF]
    strings = [f"x{chr(point)}y z" for point in points]
    expected = native.sign(*pack(strings), **by_name(1))
    for _ in each_level():
        np.testing.assert_array_equal(native.sign_strings(strings, **by_name(1)), expected)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000])
@pytest.mark.parametrize("wide", ["", "\u00e9", "\u2019", "\U0001f600", "\ud800"])
def test_the_ends_of_vectors(length: int, wide: str) -> None:
    strings = [wide + "ab " * length, "ab " * length + wide, "a" * length + wide, wide * length]
    expected = native.sign(*pack(strings), **by_name(1))
    for _ in each_level():
        np.testing.assert_array_equal(native.sign_strings(strings, **by_name(1)), expected)


def many() -> list[str]:
    rng = np.random.default_rng(5)
    ends = [".", "\u00e9.", "\u2019.", "\U0001f600"]
    return [
        " ".join(f"w{n}" for n in rng.integers(0, 3000, 60).tolist()) + ends[k % 4]
        for k in range(1000)
    ]


def test_threads_do_not_matter() -> None:
    strings = many()
    alone = native.sign_strings(strings, **by_name(5))
    np.testing.assert_array_equal(alone, native.sign(*pack(strings), **by_name(5)))
    for threads in (2, 8):
        np.testing.assert_array_equal(alone, native.sign_strings(strings, **by_name(5, threads)))


def test_a_list_that_changes_meanwhile() -> None:
    """What it held at the call is signed, though other threads free it before the end."""
    expected = np.tile(native.sign_strings(many(), **by_name(5)), (20, 1))
    for _ in range(50):
        strings = many() * 20

        def clear(held: list[str] = strings) -> None:
            time.sleep(0.001)
            held.clear()
            _ = ["\0" * 1000 for _ in range(2000)]  # in the place of what was freed

        thread = threading.Thread(target=clear)
        thread.start()
        sign = partial(native.sign_strings, strings, **by_name(5))
        # No bytecode between the two: only the kernel itself can let the other thread in.
        found, cleared = map(operator.call, (sign, partial(operator.not_, strings)))
        thread.join()
        if len(found):
            np.testing.assert_array_equal(found, expected)
        if cleared and len(found):
            return
    pytest.fail("signing never let the other thread work")


def test_no_copy_stays_in_the_strings() -> None:
    text = "The ferry to Gozo \u2014 stopped by fog \u2014 sailed before noon. " * 50
    before = sys.getsizeof(text)
    native.sign_strings([text], **by_name(5))
    assert sys.getsizeof(text) == before


@BOTH
def test_references_are_given_back(kernels: Any) -> None:
    text = "".join(["The ferry sailed. "] * 3)
    before = sys.getrefcount(text)
    for wrong in ([text, None], [text, text, b"x"]):
        with pytest.raises(TypeError):
            kernels.sign_strings(wrong, **by_name(5))
    kernels.sign_strings([text, text], **by_name(5))
    del wrong
    assert sys.getrefcount(text) == before


@BOTH
@pytest.mark.parametrize("odd", [b"bytes", None, 3, ["nested"]])
def test_what_is_no_string_is_named(kernels: Any, odd: Any) -> None:
    message = rf"texts\[1\]: {type(odd).__name__}, expected str; pass a list of str"
    with pytest.raises(TypeError, match=message):
        kernels.sign_strings(["one", odd, b"later"], **by_name(5))


@BOTH
def test_permutations_are_checked(kernels: Any) -> None:
    with pytest.raises(ValueError, match="b: 5 values, expected 32"):
        kernels.sign_strings(["one"], a=A, b=B[:5].copy(), shingle_words=5, threads=1)


@BOTH
def test_no_texts_and_texts_without_words(kernels: Any) -> None:
    assert kernels.sign_strings([], **by_name(5)).shape == (0, 32)
    assert (kernels.sign_strings(["", " .\n", "\0"], **by_name(5)) == 2**32 - 1).all()


@BOTH
def test_a_string_of_another_class_is_a_string(kernels: Any) -> None:
    plain = "Fog stopped \u2019the\u2019 ferry"
    found = kernels.sign_strings([Title(plain), np.str_(plain), plain], **by_name(5))
    assert (found == found[2]).all()


def test_arrays_and_signatures_are_alike() -> None:
    config = dupdetect.Config(num_perm=64, bands=8, rows=8, seed=7)
    strings = ["The ferry sailed before noon.", "Nebel hielt die F\u00e4hre auf.", ""]
    values = sign_strings(strings, config=config, threads=2)
    np.testing.assert_array_equal(values, sign_texts(*pack(strings), config=config))
    for text, one, row in zip(
        strings, dupdetect.Signature.of_many(strings, config=config), values, strict=True
    ):
        assert one.seed == 7
        np.testing.assert_array_equal(one.values, row)
        np.testing.assert_array_equal(dupdetect.Signature.of(text, config=config).values, row)


@pytest.mark.parametrize("odd", ["one text", b"bytes", None, 7])
def test_what_is_no_iterable_of_texts_is_named(odd: Any) -> None:
    with pytest.raises(dupdetect.DupdetectError, match=rf"texts: {type(odd).__name__}, expected"):
        dupdetect.Signature.of_many(odd)
    with pytest.raises(dupdetect.DupdetectError, match="pass texts alone"):
        dupdetect.Signature.of_many(["a text", odd] if odd != "one text" else [5])  # type: ignore[list-item]


def test_any_iterable_is_signed() -> None:
    texts = ["The ferry sailed before noon.", "Fog."]
    listed = dupdetect.Signature.of_many(texts)
    assert dupdetect.Signature.of_many(tuple(texts)) == listed
    assert dupdetect.Signature.of_many(text for text in texts) == listed
    assert dupdetect.Signature.of_many(np.array(texts)) == listed


def test_signatures_are_equal_by_value_and_come_back_from_bytes() -> None:
    one, other = dupdetect.Signature.of_many(["The ferry sailed before noon.", "Fog at dawn."])
    again = dupdetect.Signature.from_bytes(one.to_bytes())
    assert again == one
    assert hash(again) == hash(one)
    assert one != other
    assert one != dupdetect.Signature(one.values, seed=2)
    assert one != "a signature"
    for damaged in (b"", b"DDS1", one.to_bytes()[:-1], one.to_bytes() + b"x", b"XXXX"):
        with pytest.raises(dupdetect.DupdetectError, match="not the bytes of a signature"):
            dupdetect.Signature.from_bytes(damaged)
    with pytest.raises(FormatVersionError, match="version b'2'"):
        dupdetect.Signature.from_bytes(b"DDS2" + one.to_bytes()[4:])


@given(st.text(max_size=200))
def test_shingles_are_words_with_their_places_and_give_the_signature(text: str) -> None:
    found = dupdetect.shingles(text)
    assert [text[start:end] for start, end in found.spans.tolist()] == found.words
    assert len(found) == max(min(len(found.words), 1), len(found.words) - found.width + 1)
    theirs = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=int)
    theirs.update_batch(found.values.tolist())
    assert dupdetect.Signature.from_datasketch(theirs) == dupdetect.Signature.of(text)
