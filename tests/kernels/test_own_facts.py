"""What one story of a pair names and the other does not: native against reference, and what."""

from __future__ import annotations

from random import Random
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference
from dupdetect.kernels.codes import BODY, DOUBTFUL, FURNITURE
from dupdetect.kernels.reference.own_facts import OwnFacts
from dupdetect.stages.facts import known_words
from tests.kernels.test_facts import VOCABULARY, edited, pack

WORDS, CODES = known_words()
LEXICON: dict[str, Any] = {"lexicon": WORDS, "codes": CODES}
NO_TERMS = (np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8))
SIGNED = ("+3", "-3", " (-3)", "−3", "$5", "€ 5", "£5", "¥5", "￥5", "6-3", ", Gozo;", "north\neast")


def own(row: str, kept: str, *, status: list[int] | None = None) -> OwnFacts:
    """Count what a row names, by both kernels; ``status`` is that of its lines."""
    text, offsets = pack([row.encode(), kept.encode()])
    lines = native.scan_lines(text, offsets, *NO_TERMS, 1)[0]
    given_status = np.zeros(int(lines[-1]), np.uint8)
    given_status[: len(status or [])] = status or []
    arrays: dict[str, Any] = {"rows": np.array([0]), "kept": np.array([1]), **LEXICON}
    found, expected = (
        kernels.own_facts(text, offsets, given_status, lines, **arrays, threads=1)
        for kernels in (native, reference)
    )
    np.testing.assert_array_equal(found, expected, strict=True)
    return OwnFacts(*found[0].tolist())


def made(seed: int) -> list[bytes]:
    random = Random(seed)
    vocabulary = (*VOCABULARY, *SIGNED)
    base = random.choices(vocabulary, k=random.randrange(random.choice([20, 150])))
    texts = [" ".join(words).encode() for words in (base, edited(base, random), [])]
    if random.random() < 0.2:
        texts[1] = texts[1][:20] + random.choice([b"\xff", b"\xe2\x80"]) + texts[1][20:]
    return texts


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**64).map(made), st.data())
def test_native_equals_reference(texts: list[bytes], data: st.DataObject) -> None:
    text, offsets = pack(texts)
    lines = native.scan_lines(text, offsets, *NO_TERMS, 1)[0]
    status = np.array([data.draw(st.integers(0, 4)) for _ in range(lines[-1])], np.uint8)
    rows, kept = np.divmod(np.arange(9), 3)
    arrays = (text, offsets, status, lines)
    expected = reference.own_facts(*arrays, rows=rows, kept=kept, **LEXICON, threads=1)
    for threads in (1, 4):
        found = native.own_facts(*arrays, rows=rows, kept=kept, **LEXICON, threads=threads)
        np.testing.assert_array_equal(found, expected, strict=True)


PROSE = "The council met late on Monday and named the winners of its prize for young gardeners."


def test_entries_of_a_list() -> None:
    rows = f"{PROSE}\nAnn Bell, Senn High\nTom Carr, Lund School\nIda Moss, Velm"
    status = [BODY, DOUBTFUL, DOUBTFUL, DOUBTFUL]
    other = rows.replace("Bell", "Holt").replace("Senn", "Aske")
    assert own(rows, PROSE, status=status).entries >= 3
    assert own(rows, other, status=status).entries == 2  # one line, two of its parts
    assert own(rows, rows, status=status).lines == 0
    assert own(rows, PROSE).entries == 0  # in lines of prose they are facts
    assert own(rows, PROSE).facts == 8
    assert own(f"{PROSE}\nAnn Bell, Tom Carr, Ida Moss", PROSE, status=status[:2]).entries == 3


def test_a_result_of_the_same_teams_is_another_line() -> None:
    found = own("Senn 3, Lund 1", "Senn 1, Lund 3", status=[DOUBTFUL])
    assert (found.entries, found.lines) == (0, 1)
    assert own("17", "Senn", status=[DOUBTFUL]).lines == 0  # a count of comments


def test_facts_of_prose() -> None:
    kept = f"{PROSE} The jury of Velm had read 40 letters."
    assert own(kept.replace("Velm", "Lund").replace("40", "50"), kept).facts == 2
    assert own(kept, f"{kept} More will follow.").facts == 0
    assert own(kept.upper(), PROSE).facts == 1  # capitals tell no names, figures are figures


def test_sentences_taken_for_furniture() -> None:
    lead = "Regulators fined Acme of Lund over its privacy policy."
    assert own(f"{lead}\n{PROSE}", PROSE, status=[FURNITURE, BODY]).leads == 2
    behind = own(f"{PROSE}\n{lead}", PROSE, status=[BODY, FURNITURE])
    assert (behind.leads, behind.notices) == (0, 0)  # too short
    longer = lead.replace("over", "on Monday in a short note over")
    assert own(f"{PROSE}\n{longer}", PROSE, status=[BODY, FURNITURE]).notices == 2


@pytest.mark.parametrize(
    ("row", "kept", "count"),
    [
        ("It closed at +3 points.", "It closed at -3 points.", 1),
        ("It closed at −3 points.", "It closed at -3 points.", 0),
        ("It closed at 3 points.", "It closed at -3 points.", 0),
        ("It paid $5 for it.", "It paid €5 for it.", 1),
        ("It paid $5 for it.", "It paid $5 or €5 for it.", 0),
        ("They won 6-3 there.", "They won +3 there.", 0),
    ],
)
def test_signs(row: str, kept: str, count: int) -> None:
    assert own(row, kept).signs == count


def test_wrong_arguments() -> None:
    text, offsets = pack([b"one two", b"three"])
    lines, status = np.array([0, 1, 2]), np.zeros(2, np.uint8)
    for kernels in (native, reference):
        with pytest.raises(ValueError, match="pair 0: story numbers are 0 to 1"):
            kernels.own_facts(
                *(text, offsets, status, lines),
                rows=np.array([0]), kept=np.array([2]), **LEXICON, threads=1,
            )  # fmt: skip
        with pytest.raises(ValueError, match="kept: 2 values, expected 1"):
            kernels.own_facts(
                *(text, offsets, status, lines),
                rows=np.array([0]), kept=np.array([1, 1]), **LEXICON, threads=1,
            )  # fmt: skip
