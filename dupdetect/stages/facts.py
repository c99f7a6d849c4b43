"""Facts that stand opposite each other in pairs that would be copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.kernels import lexicon
from dupdetect.kernels.codes import PHRASE
from dupdetect.products.alignments import Alignments, OwnFacts
from dupdetect.products.texts import (
    FURNITURE,
    STANDING,
    Texts,
    passed_over,
    split_side_by_side,
)
from dupdetect.stages.furniture import scan_lines
from dupdetect.stages.languages import words_of
from dupdetect.stages.lists import split_texts

_NO_NAMES = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sept sep oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday "
    "zero one hundred thousand"
)
_COUNTS = (  # "one" is more often no number
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMERALS = "〇零一二三四五六七八九十百千万亿两"
_CURRENCIES = "dollar dollars euro euros yen yuan rupee rupees peso pesos franc francs"
_SCALES = (("thousand", 3), ("million m mn", 6), ("billion b bn", 9), ("trillion", 12))
_UNITS = (
    "km kilometer kilometers kilometre kilometres",
    "kmh kph",
    "mph",
    "cm centimeter centimeters centimetre centimetres",
    "mm millimeter millimeters millimetre millimetres",
    "meter meters metre metres",
    "kg kilogram kilograms kilogramme kilogrammes",
    "gram grams gramme grammes",
    "lb lbs pound pounds",
    "ft foot feet",
    "oz ounce ounces",
    "inch inches",
    "mile miles",
    "ton tons",
    "tonne tonnes",
    "liter liters litre litres",
    "gallon gallons",
    "acre acres",
    "hectare hectares",
    "celsius",
    "fahrenheit",
)
#: Kinds of words in ``words/`` that mean the opposite of each other.
_OPPOSITES = (
    ("up", "down"), ("won", "lost"), ("guilty", "innocent"), ("approved", "rejected"),
    ("alive", "dead"), ("for", "against"), ("upheld", "overturned"), ("allowed", "banned"),
    ("highest", "lowest"), ("open", "closed"), ("with", "without"),
)  # fmt: skip


@cache
def known_words() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Hashes of the words that tell facts, and what each is."""
    said = words_of("facts")
    groups = [
        (_NO_NAMES, lexicon.NO_NAME),
        (" ".join(_NUMERALS), lexicon.NUMERAL),
        ("north south", lexicon.POLE),
        ("east west", lexicon.SIDE),
        ("northeast northwest southeast southwest", lexicon.DIRECTION),
        (_CURRENCIES, lexicon.CURRENCY),
        *((word, lexicon.NEGATION) for word in said["negation"]),
        *((word, lexicon.CREDIT_WORD) for word in said["credit"]),
        *((word, lexicon.ADDRESS) for word in words_of("speech")["words"]),
        *(
            (word, lexicon.OPPOSITE + 2 * number + side)
            for number, kinds in enumerate(_OPPOSITES)
            for side, kind in enumerate(kinds)
            for word in said[kind]
        ),
        *((words, lexicon.SCALE + power) for words, power in _SCALES),
        *((words, lexicon.UNIT + number) for number, words in enumerate(_UNITS)),
        *((word, lexicon.COUNT + number) for number, word in enumerate(_COUNTS.split(), 2)),
        *((word, lexicon.COUNT + 10 * tens) for tens, word in enumerate(_TENS.split(), 2)),
    ]
    hashes, offsets = split_texts([words for words, _ in groups])
    codes = np.array([code for _, code in groups], dtype=np.uint8)
    return hashes, np.repeat(codes, np.diff(offsets))


def add_facts(
    texts: Texts,
    found: Alignments,
    chosen: NDArray[np.bool_],
    *,
    threads: int = 1,
    count: Callable[[int], None] = passed_over,
) -> Alignments:
    """Measure which facts of some pairs stand opposite each other; nothing is decided here.

    Parameters
    ----------
    texts : Texts
        Raw texts and line status.
    found : Alignments
        Aligned pairs.
    chosen : ndarray of bool, shape (pairs,)
        The pairs whose facts are measured: those whose wording is that of copies.
    threads : int
        Threads to use; the result does not depend on it.
    count : callable
        Called with how many texts one thread splits for it.
    """
    if not chosen.any():
        return found
    count(split_side_by_side(found.a[chosen], found.b[chosen]))
    words, codes = known_words()
    facts = found.facts.copy()
    facts[chosen] = kernels.facts(
        texts.text,
        texts.text_offsets,
        texts.line_status,
        texts.line_offsets,
        a=found.a[chosen],
        b=found.b[chosen],
        lexicon=words,
        codes=codes,
        threads=threads,
    )
    return replace(found, facts=facts)


def own_facts(
    texts: Texts,
    rows: NDArray[np.int64],
    kept: NDArray[np.int64],
    *,
    threads: int = 1,
    count: Callable[[int], None] = passed_over,
) -> OwnFacts:
    """Count what each row names that stands nowhere in the story that is kept instead.

    Parameters
    ----------
    texts : Texts
        Raw texts and line status.
    rows, kept : ndarray of int64, shape (pairs,)
        Story numbers.
    threads : int
        Threads to use; the result does not depend on it.
    count : callable
        Called with how many texts one thread splits for it.
    """
    found = _own_facts(texts, rows, kept, threads)
    count(rows.size + int(np.count_nonzero(np.diff(kept, prepend=-1))))
    counts = OwnFacts(*found.T.astype(np.int64))
    noticed = np.flatnonzero((counts.leads > 0) | (counts.notices > 0))
    if not noticed.size:
        return counts
    some = _of_phrases(texts.take(rows[noticed]), texts.take(kept[noticed]))
    count(3 * noticed.size)  # the rows' lines as well
    pairs = np.arange(noticed.size)
    found[noticed] = _own_facts(some, pairs, pairs + noticed.size, threads)
    return OwnFacts(*found.T.astype(np.int64))


def _own_facts(
    texts: Texts, rows: NDArray[np.int64], kept: NDArray[np.int64], threads: int
) -> NDArray[np.int32]:
    words, codes = known_words()
    return kernels.own_facts(
        texts.text,
        texts.text_offsets,
        texts.line_status,
        texts.line_offsets,
        rows=rows,
        kept=kept,
        lexicon=words,
        codes=codes,
        threads=threads,
    )


def _of_phrases(rows: Texts, kept: Texts) -> Texts:
    """Put texts behind rows whose furniture is what is worded so: repeated lines are the page's."""
    flags = scan_lines(rows.text, rows.text_offsets).flags
    repeated = (rows.line_status == FURNITURE) & ((flags & PHRASE) == 0)
    status = np.where(repeated, STANDING, rows.line_status).astype(np.uint8)
    return Texts(
        np.concatenate([rows.text, kept.text]),
        np.concatenate([rows.text_offsets, kept.text_offsets[1:] + rows.text_offsets[-1]]),
        np.concatenate([status, kept.line_status]),
        np.concatenate([rows.line_offsets, kept.line_offsets[1:] + rows.line_offsets[-1]]),
    )
