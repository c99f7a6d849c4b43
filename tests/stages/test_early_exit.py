"""Pairs that cannot relate are not measured to the end, and which relate is still the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.quality.scans import scanned
from dupdetect.config import Config
from dupdetect.products.alignments import Alignments
from dupdetect.products.schemas import NONE
from dupdetect.products.texts import DOUBTFUL, Texts
from dupdetect.stages import relate
from dupdetect.stages.align import align_pairs
from tests.kernels.test_align import lines_of, made, pack

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"


def assert_equal_relations(texts: Texts, a: Any, b: Any, config: Config) -> tuple[int, int, int]:
    """Align both ways; return pairs that relate, that do not, and those left early."""
    whole = align_pairs(texts, a, b, config=config, passages=True, changed=True)
    early = align_pairs(
        texts, a, b, config=config, passages=True, changed=True, skip_unrelated=True
    )
    np.testing.assert_array_equal(whole.a, early.a)  # the same one is the larger
    kinds = relate.relate(whole, config=config).kind
    np.testing.assert_array_equal(kinds, relate.relate(early, config=config).kind)
    copies = np.ones(a.size, bool)  # of one cluster: less evidence is asked for
    of_copies = relate.relate(whole, config=config, copies=copies).kind
    np.testing.assert_array_equal(
        of_copies, relate.relate(early, config=config, copies=copies).kind
    )
    some = np.flatnonzero((kinds != NONE) | (of_copies != NONE))
    assert set(some.tolist()) <= set(relate.with_evidence(early, config=config).tolist())
    for name in Alignments.__slots__:
        np.testing.assert_array_equal(
            getattr(whole.take(some), name), getattr(early.take(some), name)
        )
    left = (whole.column("shared") > 0) & (early.column("shared") == 0)
    return some.size, a.size - some.size, int(left.sum())


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 2**64).map(made),
    st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]),
    st.integers(0, 40),
    st.data(),
)
def test_relations_of_made_texts_are_the_same(
    made_texts: list[bytes], contained: float, overlap_words: int, data: st.DataObject
) -> None:
    """Also where doubtful lines decide which of two bodies is the smaller one."""
    text, offsets = pack([*made_texts, made_texts[1][len(made_texts[1]) // 2 :]])
    line_offsets = lines_of(text, offsets)
    status = [data.draw(st.sampled_from([0, 0, 1, 2, 3, 4])) for _ in range(line_offsets[-1])]
    texts = Texts(text, offsets, np.array(status, np.uint8), line_offsets)
    config = replace(Config(), contained=contained, overlap_words=overlap_words)
    a, b = np.divmod(np.arange(25), 5)
    assert_equal_relations(texts, a, b, config)


def texts_of(rows: list[str]) -> Texts:
    text, offsets = pack([row.encode() for row in rows])
    line_offsets = lines_of(text, offsets)
    return Texts(text, offsets, np.zeros(line_offsets[-1], np.uint8), line_offsets)


def test_relations_of_real_texts_are_the_same() -> None:
    """Stories cut into parts of all lengths: many pairs share a little."""
    with SAMPLE.open(encoding="utf-8") as file:
        stories = [json.loads(row)["text"] for row in file][:60]
    parts = [" ".join(story.split()[cut : cut + 9 * cut]) for story in stories for cut in (4, 12)]
    woven = [f"{one}\n\n{other}" for one, other in zip(parts[::3], stories, strict=False)]
    texts = texts_of(stories + parts + woven)
    count = texts.text_offsets.size - 1
    a, b = np.divmod(np.arange(count * count), count)
    related, _, left = assert_equal_relations(texts, a, b, Config())
    assert related > count
    assert left > 100


def test_relations_of_scans_are_the_same() -> None:
    """Whole stories, parts and woven ones read from scans, some of them taken for sound ones."""
    rng = Random(4)
    with SAMPLE.open(encoding="utf-8") as file:
        stories = [json.loads(row)["text"] for row in file][:9]
    parts = [" ".join(story.split()[:60]) for story in stories[:4]]
    rows = [scanned(text, rng.choice([0.04, 0.09]), rng) for text in stories + parts + stories]
    rows += [f"{rows[k]} {rows[k + 4]}" for k in range(3)]
    texts = texts_of(rows)
    count = len(rows)
    a, b = np.divmod(np.arange(count * count), count)
    for misread in (np.ones(count, np.bool_), np.arange(count) % 4 != 0):
        related, apart, _ = assert_equal_relations(replace(texts, misread=misread), a, b, Config())
        assert related > 2 * count
        assert apart > count


@pytest.mark.parametrize("shared", range(20, 31))
def test_from_25_words_on_pairs_are_measured(shared: int) -> None:
    """The least that can relate two long stories."""
    common = " ".join(f"word{k}" for k in range(shared))
    one = " ".join(f"one{k * k}x" for k in range(200))
    two = " ".join(f"other{k * 7}y" for k in range(200))
    texts = texts_of([f"{one} {common} {one}", f"{two} {common} {two}"])
    pair = np.array([0]), np.array([1])
    related, _, left = assert_equal_relations(texts, *pair, Config())
    assert (related, left) == ((0, 1) if shared < 25 else (1, 0))


def test_doubtful_words_decide_which_body_is_the_larger() -> None:
    """They count where they match; a pair that hangs on them is measured to the end."""
    common = " ".join(f"word{k}" for k in range(12))
    first = f"{common}\n\n" + " ".join(f"one{k * k}x" for k in range(200)) + "."
    second = f"{common} " + " ".join(f"other{k * 7}y" for k in range(195)) + "."
    texts = texts_of([first, second])
    status = np.zeros(texts.line_status.size, np.uint8)
    status[0] = DOUBTFUL
    texts = replace(texts, line_status=status)
    for a, b in ((0, 1), (1, 0)):
        _, _, left = assert_equal_relations(texts, np.array([a]), np.array([b]), Config())
        assert left == 0


@pytest.mark.parametrize("shared", [24, 30, 40, 43, 44, 60])
def test_characters_that_are_words_weigh_less(shared: int) -> None:
    """25 words are 43 characters: pairs that share fewer are not measured."""
    common = "".join(chr(0x4E00 + k) for k in range(shared))
    one = "".join(chr(0x5500 + k) for k in range(200))
    two = "".join(chr(0x6500 + k) for k in range(200))
    texts = texts_of([f"{one}{common}{one}", f"{two}{common}{two}"])
    _, _, left = assert_equal_relations(texts, np.array([0]), np.array([1]), Config())
    assert left == (shared < 43)


def test_words_in_short_passages_do_not_relate() -> None:
    """Seven words at a time, near each other, are 56 words; no passage is long."""
    parts = [" ".join(f"word{k}" for k in range(n, n + 7)) for n in range(0, 56, 7)]
    one = " ".join(f"{part} {' '.join(f'one{n}x{k}' for k in range(9))}" for n, part in
                   enumerate(parts))  # fmt: skip
    two = " ".join(f"{part} {' '.join(f'two{n}y{k}' for k in range(9))}" for n, part in
                   enumerate(parts))  # fmt: skip
    rest = [" ".join(f"{name}{k * k}z" for k in range(200)) for name in ("third", "fourth")]
    texts = texts_of([f"{one} {rest[0]}", f"{two} {rest[1]}"])
    assert assert_equal_relations(texts, np.array([0]), np.array([1]), Config()) == (0, 1, 1)
