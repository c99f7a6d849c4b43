"""Bodies made of texts: native against reference, and what must hold of any."""

from __future__ import annotations

from random import Random
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect import kernels as kernels_
from dupdetect.config import Config
from dupdetect.kernels import reference
from dupdetect.kernels.reference.hashing import token_hash
from dupdetect.kernels.reference.prepare import bigram_mask
from dupdetect.products.texts import Bodies, Texts
from dupdetect.stages import align as aligning
from dupdetect.stages import bodies as splitting
from dupdetect.stages.bodies import numbered, split_bodies
from dupdetect.stages.sketch import sketch_stories
from tests.kernels.test_align import assert_same, lines_of, made, pack

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
WORDS = st.lists(st.text("aZ9é中ʼ'.😀", min_size=1, max_size=40), max_size=40).map(" ".join)
TEXTS = st.one_of(
    st.integers(0, 2**64).map(made),
    st.lists(WORDS.map(str.encode), min_size=1, max_size=4),
    st.lists(st.binary(max_size=60), min_size=1, max_size=4),
)


def with_status(texts: list[bytes], data: st.DataObject) -> tuple[Any, Any, Any, Any]:
    text, offsets = pack(texts)
    line_offsets = lines_of(text, offsets)
    status = [data.draw(st.integers(0, 4)) for _ in range(line_offsets[-1])]
    return text, offsets, np.array(status, np.uint8), line_offsets


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(0, 2**64 - 1), st.data())
def test_native_equals_reference(texts: list[bytes], key: int, data: st.DataObject) -> None:
    arrays = with_status(texts, data)
    assert native.collection_key(*arrays[:2]) == reference.collection_key(*arrays[:2])
    found = native.split_bodies(*arrays, key=key, threads=1)
    assert_same(found, reference.split_bodies(*arrays, key=key, threads=1))
    assert_same(found, native.split_bodies(*arrays, key=key, threads=4))
    words = numbered(found[4])[0]
    assert_same(native.mask_table(words, found[5]), reference.mask_table(words, found[5]))
    moved = found[4][data.draw(st.lists(st.booleans(), min_size=words.size, max_size=words.size))]
    given: dict[str, Any] = {
        **{"key": key, "words": found[0], "word_offsets": found[2]},
        **{"moved": moved, "moved_words": np.arange(7, 7 + moved.size, dtype=np.uint32)},
    }
    assert_same(
        native.places_of_moved(*arrays, **given), reference.places_of_moved(*arrays, **given)
    )
    starts = found[2]
    stories = np.repeat(np.arange(len(texts)), np.diff(starts))
    first = np.arange(starts[-1]) - starts[stories]
    end = np.minimum(first + data.draw(st.integers(0, 5)), np.diff(starts)[stories])
    wanted: dict[str, Any] = {"stories": stories, "first": first, "end": end, "threads": 1}
    assert_same(
        [native.character_spans(*arrays, **wanted)], [reference.character_spans(*arrays, **wanted)]
    )
    a, b = np.divmod(np.arange(len(texts) ** 2), len(texts))
    bodies = [found[0][starts[k] : starts[k + 1]].tolist() for k in range(len(texts))]
    equal = np.array([bodies[x] == bodies[y] for x, y in zip(a, b, strict=True)], np.uint8)
    compared: dict[str, Any] = {"a": a, "b": b, "by_hashes": equal}
    same, split = native.same_words(*arrays, **compared)
    expected = reference.same_words(*arrays, **compared)
    assert_same([same], expected[:1])
    assert split == expected[1] <= 2 * a.size
    # It depends on no pair before it.
    one_by_one = [
        native.same_words(
            *arrays, **{name: values[k : k + 1] for name, values in compared.items()}
        )[0]
        for k in range(a.size)
    ]
    assert np.concatenate([same[:0], *one_by_one]).tolist() == same.tolist()


def test_words_of_a_long_collection_keep_their_masks() -> None:
    """More different words than one thread remembers, many of them in several batches."""
    random = Random(3)
    words = [f"{random.choice('bcdfg')}word{k}" for k in range(50_000)]
    texts = [" ".join(words[k : k + 500]).encode() for k in range(0, len(words), 250)]
    text, offsets = pack(texts)
    lines = lines_of(text, offsets)
    bodies = split_bodies(Texts(text, offsets, np.zeros(lines[-1], np.uint8), lines))
    known = dict(zip(bodies.mask_words.tolist(), bodies.masks.tolist(), strict=True))
    one = native.split_bodies(
        *pack([" ".join(words).encode()]),
        *(np.zeros(1, np.uint8), np.array([0, 1])),
        key=bodies.key,
        threads=1,
    )
    assert one[4].size == len(words)
    masks = dict(zip(one[4].tolist(), one[5].tolist(), strict=True))
    spoken = set(bodies.speech_words.tolist())
    halves = [word >> 32 for word in masks]
    assert len(set(halves)) == len(halves)  # under this key none is moved
    assert {word >> 32: mask for word, mask in masks.items()} == {
        word: mask for word, mask in known.items() if word != 0 and word not in spoken
    }  # 0 is free


@pytest.mark.parametrize("memory_bytes", [1 << 27, 1 << 10])
def test_bodies_that_are_made_beside_sketches_are_those_that_are_made_alone(
    memory_bytes: int,
) -> None:
    """More stories than a batch; some are furniture in part, and some misread."""
    random = Random(11)
    texts = [
        ". ".join("".join(random.choices("abcé ", k=30)) for _ in range(random.randrange(4)))
        for _ in range(4100)
    ]
    text, offsets = pack([one.encode() for one in texts])
    lines = lines_of(text, offsets)
    status = np.array([random.randrange(5) for _ in range(lines[-1])], np.uint8)
    misread = np.array([random.random() < 0.1 for _ in texts])
    given = Texts(text, offsets, status, lines, misread=misread)
    alone = split_bodies(given)
    store = splitting.BodyStore(given, words=int(alone.offsets[-1]), memory_bytes=memory_bytes)
    arrays = (text, offsets, status, lines)
    sketches = sketch_stories(*arrays, config=Config(), bodies=store)
    beside = store.finished(misread)
    for name in Bodies.__slots__:
        np.testing.assert_array_equal(getattr(beside, name), getattr(alone, name), strict=False)
    assert beside.letters.size
    other = sketch_stories(*arrays, config=Config())
    for name in type(other).__slots__:
        np.testing.assert_array_equal(getattr(sketches, name), getattr(other, name))


def test_the_key_is_that_of_the_texts_in_any_order() -> None:
    texts = [b"Fog at dawn.", b"Snow at noon.", b"Fog at dawn."]
    keys = {native.collection_key(*pack(list(one))) for one in (texts, texts[::-1])}
    assert len(keys) == 1
    assert native.collection_key(*pack(texts[:2])) not in keys


def test_words_are_equal_by_their_letters_alone() -> None:
    """Each length by itself: the last letter, the first and the length all count."""
    words = [letter * size for size in range(1, 70) for letter in "abz"]
    words += ["y" + "a" * size for size in range(1, 70)] + ["a" * size + "y" for size in range(70)]
    text, offsets = pack([" ".join(words).encode()])
    for key in (0, 1, 2**64 - 1):
        found = native.split_bodies(
            text, offsets, np.zeros(1, np.uint8), np.array([0, 1]), key=key, threads=1
        )[0]
        assert len(set(found.tolist())) == len(set(words))


def test_bodies_that_are_equal_by_their_hashes_are_compared_byte_by_byte() -> None:
    """A hash that collides makes no identical pair."""
    text, offsets = pack([b"One two three four five.", b"One two three four six."])
    lines = np.array([0, 1, 2])
    texts = Texts(text, offsets, np.zeros(2, np.uint8), lines)
    bodies = split_bodies(texts)
    bodies.words.flags.writeable = True
    bodies.words[9] = bodies.words[4]
    texts = Texts(text, offsets, texts.line_status, lines, bodies)
    pair = np.array([0]), np.array([1])
    found = aligning.align_pairs(texts, *pair, config=Config())
    assert found.column("shared").tolist() == [0]  # too few words for a run
    assert found.column("identical").tolist() == [0]
    assert found.column("a_exact").tolist() == [0]


def test_the_key_decides_which_words_collide() -> None:
    """Hashes of two keys have nothing in common, nor with the hash that signatures are made of."""
    text, offsets = pack([" ".join(f"word{k}" for k in range(1000)).encode()])
    found = [
        native.split_bodies(
            text, offsets, np.zeros(1, np.uint8), np.array([0, 1]), key=key, threads=1
        )[0]
        for key in (1, 2)
    ]
    assert not set(found[0].tolist()) & set(found[1].tolist())
    plain = {token_hash(f"word{k}".encode()) >> 32 for k in range(1000)}
    assert not plain & set(found[0].tolist())


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    text, offsets = pack([b"One.\nTwo.", b"Three."])
    lines, status = np.array([0, 2, 3]), np.zeros(3, np.uint8)
    bodies = kernels.split_bodies(text, offsets, status, lines, key=1, threads=1)
    assert np.diff(bodies[2]).tolist() == [2, 1]
    for arrays, message in (
        ((text, offsets, status, lines[:2]), "line_offsets: 2 values, expected 3"),
        ((text, offsets, status, np.array([0, 1, 3])), "line_status of a story"),
        ((text, np.array([0, 9, 99]), status, lines), "offset 99 is not between"),
    ):
        with pytest.raises(ValueError, match=message):
            kernels.split_bodies(*arrays, key=1, threads=1)
    wanted: dict[str, Any] = {"first": np.array([1]), "end": np.array([2]), "threads": 1}
    with pytest.raises(ValueError, match="words 1 to 2: the body has 1"):
        kernels.character_spans(text, offsets, status, lines, stories=np.array([1]), **wanted)
    with pytest.raises(ValueError, match="story 2: story numbers are 0 to 1"):
        kernels.character_spans(text, offsets, status, lines, stories=np.array([2]), **wanted)
    with pytest.raises(ValueError, match="masks: 1 values, expected 3"):
        kernels.mask_table(np.array([1, 2, 3], np.uint32), np.array([1], np.uint64))


@pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # "-": a line of furniture.
        (("Fog came.", "-Read more", "It left."), ("Fog came. Read more It left.",), True),
        (("Fog came.", "-Read more", "It left."), ("Fog came.", "It left."), True),
        (("Fog came.", "-Read more", "It left."), ("Fog came.", "-Share", "It left."), True),
        (("-Fog ahead", "Fog came."), ("Fog came.",), True),
        (("-Fog ahead", "Fog came."), ("Fog ahead", "-Fog came."), True),
        (("Fog came.", "-Read more"), ("Fog came.", "Read"), False),
        (("Fog came.", "-Read more"), ("Fog came.", "Read more today"), False),
        (("Fog came.", "It left."), ("Fog came.",), False),
        (("Fog came.", "-It left."), ("It left.", "Fog came."), False),
        (("-Fog came.",), ("Fog came.",), False),
    ],
)
def test_a_line_of_furniture_stands_for_itself_on_the_other_page(
    kernels: Any, one: tuple[str, ...], other: tuple[str, ...], expected: bool
) -> None:
    pages = [one, other]
    data = ["\n\n".join(line.removeprefix("-") for line in page).encode() for page in pages]
    text, offsets = pack(data)
    status = [2 * line.startswith("-") for page in pages for line in page]
    lines = lines_of(text, offsets)
    if lines[-1] != len(status):  # a page of one line: its sentences stand in for lines
        status = [*status[: len(one)], *([status[-1]] * int(lines[-1] - len(one)))]
        status = [*([status[0]] * int(lines[1])), *status[len(one) :]]
    arrays = (text, offsets, np.array(status, np.uint8), lines)
    for a, b in ((0, 1), (1, 0)):
        given = kernels.split_bodies(*arrays, key=1, threads=1)
        first, second = (given[0][given[2][k] : given[2][k + 1]] for k in (a, b))
        equal = np.array([np.array_equal(first, second)], np.uint8)
        found = kernels.same_words(*arrays, a=np.array([a]), b=np.array([b]), by_hashes=equal)[0]
        assert found.tolist() == [expected]


def words_with_one_half(key: int) -> tuple[str, str]:
    """Return two words whose hashes have one upper half under a key."""
    found: dict[int, str] = {}
    for first in range(0, 1 << 20, 4096):
        words = [f"word{k:x}" for k in range(first, first + 4096)]
        text, offsets = pack([" ".join(words).encode()])
        bodies = native.split_bodies(
            text, offsets, np.zeros(1, np.uint8), np.array([0, 1]), key=key, threads=1
        )
        for word, half in zip(words, bodies[0].tolist(), strict=True):
            if half in found:
                return found[half], word
            found[half] = word
    raise AssertionError("no two of a million words")


def test_two_words_of_one_half_are_two_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pair shares does not hang on which other stories are split with it."""
    key = 12345
    one, other = words_with_one_half(key)
    monkeypatch.setattr(kernels_, "collection_key", lambda *_: key)
    for batch in (2, 4096):  # in several batches, and at once
        monkeypatch.setattr(splitting, "_BATCH", batch)
        text, offsets = pack([f"the {one} of".encode(), f"a {other} in".encode(), b"Fog at dawn."])
        lines = np.arange(4)
        bodies = split_bodies(Texts(text, offsets, np.zeros(3, np.uint8), lines))
        numbers = bodies.words.tolist()
        assert len(set(numbers)) == len(numbers)
        known = dict(zip(bodies.mask_words.tolist(), bodies.masks.tolist(), strict=True))
        for word, number in ((one, numbers[1]), (other, numbers[4])):
            assert known[number] == bigram_mask(word)
        assert not bodies.words.flags.writeable


@given(st.sets(st.integers(0, 2**64 - 1), max_size=40), st.sets(st.integers(0, 60), max_size=40))
def test_every_hash_has_a_number_of_its_own(hashes: set[int], near: set[int]) -> None:
    high = {(one % 7 + 2**32 - 4) % 2**32 << 32 | one for one in near}  # wraps, and 0
    ascending = np.array(sorted(hashes | high | near), np.uint64)
    numbers, moved = numbered(ascending)
    assert np.unique(numbers).size == ascending.size
    assert not (numbers == 0).any()
    same = np.setdiff1d(np.arange(ascending.size), moved)
    assert (numbers[same] == np.maximum(ascending[same] >> np.uint64(32), 1)).all()
