"""Texts that are packed, and putting segments together."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.errors import FormatError
from dupdetect.store.fold import to_fold
from dupdetect.store.segments import taken
from dupdetect.store.texts import Packing
from dupdetect.store.view import VERDICTS, KnownVerdicts


def words_of(rng: np.random.Generator, size: int) -> bytes:
    """Return a text of a few thousand different words."""
    numbers = rng.integers(0, 3000, size // 5 + 1)
    return b" ".join(b"w%d" % number for number in numbers.tolist())[:size]


def packed_and_back(packing: Packing, sizes: list[list[int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables, rows, expected = [], [], []
    for one in sizes:
        texts = [words_of(rng, size) for size in one]
        offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        tables.append(packing.pack(np.frombuffer(b"".join(texts), np.uint8), offsets))
        chosen = np.flatnonzero(rng.random(len(one)) < 0.6)
        rows.append(chosen)
        expected += [texts[row] for row in chosen]
    held, offsets = packing.unpack(tables, rows)
    assert [held[a:b].tobytes() for a, b in itertools.pairwise(offsets)] == expected


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4_000), max_size=8), min_size=1, max_size=3),
    st.integers(0, 2**31),
    st.booleans(),
)
def test_texts_come_back_from_any_segments(
    sizes: list[list[int]], seed: int, with_dictionary: bool
) -> None:
    packed_and_back(learned() if with_dictionary else Packing(), sizes, seed)


@functools.cache
def learned() -> Packing:
    rng = np.random.default_rng(1)
    texts = [words_of(rng, 4000) for _ in range(400)]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return Packing.learned(np.frombuffer(b"".join(texts), np.uint8), offsets)


def test_a_dictionary_is_made_of_many_texts_and_reads_those_packed_without() -> None:
    packing = learned()
    assert packing.dictionary
    text = np.frombuffer(words_of(np.random.default_rng(2), 2000), np.uint8)
    offsets = np.array([0, text.size])
    before, after = Packing().pack(text, offsets), packing.pack(text, offsets)
    assert after.nbytes < before.nbytes
    for table in (before, after):
        assert packing.unpack([table], [np.array([0])])[0].tobytes() == text.tobytes()
    assert Packing.of([packing.table()]).dictionary == packing.dictionary
    assert Packing.learned(text, offsets).dictionary == b""


def test_a_damaged_text_is_named() -> None:
    text = np.frombuffer(words_of(np.random.default_rng(2), 2000), np.uint8)
    table = Packing().pack(text, np.array([0, text.size]))
    data = bytearray(table["data"][0].as_py())
    data[0] ^= 0xFF
    damaged = pa.Table.from_arrays([pa.array([bytes(data)], pa.large_binary())], ["data"])
    with pytest.raises(FormatError, match="a text of the index is damaged"):
        Packing().unpack([damaged], [np.array([0])])


@pytest.mark.parametrize("size", [1, 7, 50])
def test_there_are_few_segments_however_many_additions(size: int) -> None:
    rows: list[int] = []
    written = 0
    for _ in range(400):
        rows.append(size)
        count = to_fold(rows)
        rows = [*rows[:-count], sum(rows[-count:])]
        written += rows[-1]
        assert len(rows) <= 6
    assert written <= 400 * size * 15


@pytest.mark.parametrize("longest", [3, 300])
def test_rows_of_lists_are_taken_in_the_order_asked_for(longest: int) -> None:
    rng = np.random.default_rng(longest)
    lists = [rng.integers(0, 9, rng.integers(0, longest)) for _ in range(40)]
    offsets = np.cumsum([0, *map(len, lists)])
    rows = rng.integers(0, len(lists), 25)
    held, starts = taken(np.concatenate(lists), offsets, rows)
    assert [held[a:b].tolist() for a, b in itertools.pairwise(starts)] == [
        lists[row].tolist() for row in rows
    ]
    assert taken(np.concatenate(lists), offsets, rows[:0])[0].size == 0


Row = tuple[int, int, str | None, int]


@settings(max_examples=60, deadline=None)
@given(*[st.sets(st.tuples(st.integers(0, 4), st.sampled_from("ab"), st.booleans()))] * 2)
def test_lines_of_which_other_verdicts_are_known(
    before: set[tuple[int, str, bool]], now: set[tuple[int, str, bool]]
) -> None:
    def rows(of: set[tuple[int, str, bool]]) -> set[Row]:
        return {(key, 0 if known else -2, name if known else None, 2) for key, name, known in of}

    def table(of: set[Row]) -> pa.Table:
        ordered = sorted(of, key=lambda row: (row[0], row[1], row[2] or ""))
        columns = zip(*ordered, strict=True) if of else [[]] * 4
        return pa.table(list(map(list, columns)), schema=VERDICTS)

    expected = sorted({row[0] for row in rows(before) ^ rows(now)})
    found = KnownVerdicts(table(rows(before))).unlike(table(rows(now)))
    assert sorted(set(found.tolist())) == expected
    assert found.tolist() == sorted(found.tolist())
