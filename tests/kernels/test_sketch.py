"""Shingles, signatures and fingerprints: native against reference, datasketch and theory."""

from __future__ import annotations

from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dupdetect.kernels import reference
from tests.support.vector_levels import each_level

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
PERMUTATIONS = MinHash(num_perm=128, seed=1, scheme="affine32").permutations
A, B = (np.ascontiguousarray(one, dtype=np.uint32) for one in PERMUTATIONS)
NO_TERMS = (
    np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8)
)  # fmt: skip

RULE: dict[str, Any] = {
    "a": A, "b": B, "shingle_words": 5, "window": 8, "bands": 21, "rows": 6, "threads": 1,
}  # fmt: skip

# Few different tokens make ties; any number makes the rest.
token = st.one_of(st.integers(0, 3), st.integers(0, 2**64 - 1))


def tokens(values: list[int]) -> NDArray[np.uint64]:
    return np.array(values, np.uint64)


def pack(texts: list[str]) -> tuple[Any, Any]:
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    return np.frombuffer(b"".join(data), np.uint8), offsets


def all_body(text: Any, offsets: Any) -> tuple[Any, Any]:
    line_offsets = native.scan_lines(text, offsets, *NO_TERMS, 1)[0]
    return np.zeros(line_offsets[-1], np.uint8), line_offsets


def assert_same(ours: Any, theirs: Any) -> None:
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(token, max_size=40), st.integers(0, 20))
def test_shingles_and_fingerprints_equal_reference(values: list[int], size: int) -> None:
    expected = [reference.shingle(tokens(values), size), reference.winnow(tokens(values), size)]
    for _ in each_level():
        found = [native.shingle(tokens(values), size), native.winnow(tokens(values), size)]
        assert_same(found, expected)


def test_a_long_text_has_the_shingles_of_its_windows() -> None:
    """The rolling update drifts nowhere."""
    every = np.random.default_rng(2).integers(0, 2**64, 5000, dtype=np.uint64)
    rolled = native.shingle(every, 5)
    assert rolled.size == 4996
    for i in (0, 1, 1234, 4995):
        assert native.shingle(every[i : i + 5].copy(), 5).tolist() == [rolled[i]]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 2**32 - 1), max_size=40),
    st.integers(1, 300),
    st.integers(0, 2**32 - 1),
)
def test_signatures_are_the_same_everywhere(values: list[int], num_perm: int, seed: int) -> None:
    """In blocks of 128 and 32 permutations and the rest, one by one, and in the reference."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 2**32, num_perm, dtype=np.uint32) | np.uint32(1)
    b = rng.integers(0, 2**32, num_perm, dtype=np.uint32)
    hashes = np.array(values, np.uint32)
    signature = reference.minhash(hashes, a=a, b=b)
    for _ in each_level():
        np.testing.assert_array_equal(signature, native.minhash(hashes, a=a, b=b), strict=True)


@pytest.mark.parametrize("size", [0, 1, 2, 57, 1000])
def test_signatures_are_those_of_datasketch(size: int) -> None:
    hashes = np.random.default_rng(size).integers(0, 2**32, size, dtype=np.uint32)
    theirs = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=int)
    for value in hashes.tolist():
        theirs.update(value)
    np.testing.assert_array_equal(native.minhash(hashes, a=A, b=B), theirs.hashvalues, strict=True)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(1, 8), st.integers(1, 12))
def test_winnowing_guarantee(data: st.DataObject, words: int, window: int) -> None:
    """Streams that share ``words + window - 1`` tokens in a row share a fingerprint."""
    some = st.lists(token, max_size=20)
    shared = data.draw(st.lists(token, min_size=words + window - 1, max_size=40))
    first, second = (
        set(native.winnow(native.shingle(tokens(stream), words), window).tolist())
        for stream in (
            data.draw(some) + shared + data.draw(some),
            data.draw(some) + shared + data.draw(some),
        )
    )
    assert first & second


@settings(max_examples=40, deadline=None)
@given(
    shared=st.lists(
        st.sampled_from(["\u6c34", "\u706b", "\u6728", "\u91d1", "7", "ore"]), min_size=12
    ),
    before=st.lists(st.sampled_from(["\u571f", "fog"]), max_size=30),
    after=st.lists(st.sampled_from(["\u65e5", "rain"]), max_size=30),
)
def test_twelve_words_in_any_script_are_never_missed(
    shared: list[str], before: list[str], after: list[str]
) -> None:
    """Seven characters that are words of their own are as much text as four words."""
    while sum(4 if len(word.encode()) == 3 and not word.isascii() else 7 for word in shared) < 84:
        shared = shared + shared[:1]
    text, offsets = pack([" ".join(before + shared), " ".join(shared + after)])
    found = native.sketch(text, offsets, *all_body(text, offsets), **RULE, signatures=False)
    first, second = (
        set((part >> np.uint64(16)).tolist()) for part in np.split(found[4], found[3][1:2])
    )
    assert first & second


def test_winnowing_density() -> None:
    """Of distinct shingles 2 / (window + 1) are selected (Schleimer et al. 2003, section 3)."""
    shingles = np.random.default_rng(4).integers(0, 2**64, 100_000, dtype=np.uint64)
    for window in (1, 4, 8, 20):
        selected = native.winnow(shingles, window).size
        assert selected / shingles.size == pytest.approx(2 / (window + 1), rel=0.03)


@pytest.mark.parametrize("shared", [20, 60, 100, 150, 185])
def test_resemblance_is_estimated_as_theory_says(shared: int) -> None:
    """Mean error 0 and standard deviation sqrt(J (1 - J) / num_perm) (Broder 1997)."""
    rng = np.random.default_rng(shared)
    size, pairs = 200, 1200
    jaccard = shared / (2 * size - shared)
    errors = np.empty(pairs)
    for pair in range(pairs):
        union = rng.integers(0, 2**32, 2 * size - shared, dtype=np.uint32)
        first = native.minhash(union[:size].copy(), a=A, b=B)
        second = native.minhash(union[size - shared :].copy(), a=A, b=B)
        errors[pair] = np.mean(first == second) - jaccard
    deviation = np.sqrt(jaccard * (1 - jaccard) / A.size)
    assert abs(errors.mean()) < 4 * deviation / np.sqrt(pairs)
    assert errors.std() == pytest.approx(deviation, rel=0.15)


@pytest.mark.parametrize(("bands", "rows"), [(21, 6), (32, 4)])
@pytest.mark.parametrize("shared", [60, 120, 140, 160, 180])
def test_bands_follow_the_s_curve(bands: int, rows: int, shared: int) -> None:
    """Pairs of resemblance s meet in a band with 1 - (1 - s**rows)**bands (MMDS, chapter 3)."""
    rng = np.random.default_rng(shared)
    size, pairs = 200, 400
    texts = []
    for _ in range(pairs):
        union = [f"w{n:x}" for n in rng.integers(0, 2**60, 2 * size - shared).tolist()]
        texts += [" ".join(union[:size]), " ".join(union[size - shared :])]
    text, offsets = pack(texts)
    rule = {**RULE, "shingle_words": 1, "bands": bands, "rows": rows}
    keys = native.sketch(text, offsets, *all_body(text, offsets), **rule, signatures=False)[2]
    met = (keys[::2] == keys[1::2]).any(axis=1).mean()
    resemblance = shared / (2 * size - shared)
    theory = 1 - (1 - resemblance**rows) ** bands
    assert met == pytest.approx(theory, abs=4 * np.sqrt(theory * (1 - theory) / pairs) + 0.01)


words_of = st.lists(st.sampled_from("abcdefgh"), max_size=12).map(" ".join)
story = st.lists(
    st.tuples(words_of, st.sampled_from([".\n", "\n", ". ", " é ", "中文\n", "中文中国人民日报 "])),
    max_size=6,
).map(lambda parts: "".join(text + end for text, end in parts))


@settings(max_examples=150, deadline=None)
@given(st.lists(story, max_size=6), st.data())
def test_sketches_equal_reference(stories: list[str], data: st.DataObject) -> None:
    text, offsets = pack(stories)
    status, line_offsets = all_body(text, offsets)
    status = np.array([data.draw(st.integers(0, 2)) for _ in status], np.uint8)
    bands, rows = data.draw(st.sampled_from([(0, 1), (1, 8), (4, 2), (8, 1)]))
    arrays = (text, offsets, status, line_offsets)
    rule: dict[str, Any] = {
        **{"a": A[:8].copy(), "b": B[:8].copy(), "bands": bands, "rows": rows},
        **{"shingle_words": data.draw(st.integers(1, 7)), "window": data.draw(st.integers(1, 9))},
        "signatures": data.draw(st.booleans()),
    }
    expected = reference.sketch(*arrays, **rule, threads=1)
    for threads in (1, 8):
        for _ in each_level():
            assert_same(native.sketch(*arrays, **rule, threads=threads), expected)
    keyed = {**rule, "key": data.draw(st.integers(0, 2**64 - 1))}
    del keyed["signatures"]
    both = reference.sketch_and_split(*arrays, **keyed, threads=1)
    for threads in (1, 8):
        for found, wanted in zip(
            native.sketch_and_split(*arrays, **keyed, threads=threads), both, strict=True
        ):
            assert_same(found, wanted)


def random_stories(count: int) -> list[str]:
    rng = np.random.default_rng(count)
    return [
        ".\n".join(
            " ".join(f"w{n}" for n in rng.integers(0, 3000, rng.integers(1, 25)).tolist())
            for _ in range(rng.integers(0, 12))
        )
        for _ in range(count)
    ]


def test_batches_and_threads_do_not_matter() -> None:
    """Sketches of 600 stories at once (several chunks), in threads, and one story at a time."""
    stories = random_stories(600)
    text, offsets = pack(stories)
    rule = {**RULE, "signatures": True}
    whole = native.sketch(text, offsets, *all_body(text, offsets), **rule)
    for threads in (2, 8):
        found = native.sketch(
            text, offsets, *all_body(text, offsets), **{**rule, "threads": threads}
        )
        assert_same(whole, found)
    for number in (0, 1, 255, 256, 257, 599):
        text, offsets = pack(stories[number : number + 1])
        alone = native.sketch(text, offsets, *all_body(text, offsets), **rule)
        row = slice(whole[3][number], whole[3][number + 1])
        for field in (0, 1, 2, 5):
            np.testing.assert_array_equal(alone[field][0], whole[field][number])
        np.testing.assert_array_equal(alone[4], whole[4][row])


def test_what_is_furniture_leaves_no_trace() -> None:
    body = "The mayor resigned on Monday after a long week of talks.\nShe gave no reason for it."
    text, offsets = pack([f"Share this page\n{body}\nMore news", body, f"{body}\nMore news"])
    _, line_offsets = all_body(text, offsets)
    status = np.array([2, 0, 0, 2, 0, 0, 0, 0, 0], np.uint8)
    found = native.sketch(text, offsets, status, line_offsets, **RULE, signatures=True)
    digests, body_words, keys, _, _, signatures = found
    assert body_words.tolist() == [17, 17, 19]
    for field in (digests, keys, signatures):
        np.testing.assert_array_equal(field[0], field[1])
        assert (field[0] != field[2]).any()


def test_digests_differ_for_other_token_streams() -> None:
    stories = ["", "a", "b", "a b", "b a", "a a", "a b c", "c b a", "A. B!", *random_stories(300)]
    text, offsets = pack(stories)
    found = native.sketch(text, offsets, *all_body(text, offsets), **RULE, signatures=False)
    streams = [tuple(native.prepare(pack([one])[0])[0].tolist()) for one in stories]
    for half in range(2):  # either 64 bits do for these
        assert len(set(found[0][:, half].tolist())) == len(set(streams))
    assert (found[0][3] == found[0][8]).all()


def test_whole_texts_are_signed_as_bodies_are() -> None:
    text, offsets = pack(["", "One.", *random_stories(40)])
    expected = reference.sign(text, offsets, a=A, b=B, shingle_words=5, threads=1)
    for _ in each_level():
        signed = native.sign(text, offsets, a=A, b=B, shingle_words=5, threads=2)
        np.testing.assert_array_equal(signed, expected)
    bodies = native.sketch(text, offsets, *all_body(text, offsets), **RULE, signatures=True)
    np.testing.assert_array_equal(signed, bodies[5])
    with pytest.raises(ValueError, match="offsets: offset 9 is not between 0 and 3"):
        native.sign(text[:3], np.array([0, 9]), a=A, b=B, shingle_words=5, threads=1)


def test_a_story_without_words() -> None:
    text, offsets = pack(["", " .\n"])
    found = native.sketch(text, offsets, *all_body(text, offsets), **RULE, signatures=True)
    assert found[1].tolist() == [0, 0]
    assert found[3].tolist() == [0, 0, 0]
    assert (found[5] == 2**32 - 1).all()


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    text, offsets = pack(["One.\nTwo."])
    status, lines = np.zeros(2, np.uint8), np.array([0, 2])

    def run(**changed: Any) -> Any:
        arguments = {
            **{"text": text, "offsets": offsets, "line_status": status, "line_offsets": lines},
            **RULE,
            "signatures": False,
        }
        return kernels.sketch(**{**arguments, **changed})

    assert run()[1].tolist() == [2]
    for changed, message in (
        ({"offsets": np.array([0, 10])}, "offsets: offset 10 is not between 0 and 9"),
        ({"line_offsets": np.array([0, 3])}, "line_offsets: offset 3 is not between 0 and 2"),
        ({"line_offsets": np.array([0, 1])}, "line_status of a story: 1 values, expected 2"),
        ({"line_offsets": np.array([0, 1, 2])}, "line_offsets: 3 values, expected 2"),
        ({"b": B[:5].copy()}, "b: 5 values, expected 128"),
        ({"bands": 22}, "bands . rows must not exceed the permutations"),
        ({"window": 0}, "window are 1 or more"),
    ):
        with pytest.raises(ValueError, match=message):
            run(**changed)
    with pytest.raises(ValueError, match="b: 5 values, expected 128"):
        kernels.minhash(np.array([1], np.uint32), a=A, b=B[:5].copy())
