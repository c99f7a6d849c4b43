"""Facts that stand opposite each other in pairs that would be copies."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.kernels import lexicon
from dupdetect.products.alignments import Alignments
from dupdetect.products.texts import Texts

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


@cache
def known_words() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Hashes of the words that tell facts, and what each is."""
    groups = [
        (_NO_NAMES, lexicon.NO_NAME),
        (" ".join(_NUMERALS), lexicon.NUMERAL),
        ("north south", lexicon.POLE),
        ("east west", lexicon.SIDE),
        ("northeast northwest southeast southwest", lexicon.DIRECTION),
        (_CURRENCIES, lexicon.CURRENCY),
        *((words, lexicon.SCALE + power) for words, power in _SCALES),
        *((words, lexicon.UNIT + number) for number, words in enumerate(_UNITS)),
        *((word, lexicon.COUNT + number) for number, word in enumerate(_COUNTS.split(), 2)),
        *((word, lexicon.COUNT + 10 * tens) for tens, word in enumerate(_TENS.split(), 2)),
    ]
    hashes, codes = [], []
    for words, code in groups:
        text = np.frombuffer(words.encode(), dtype=np.uint8)
        found = kernels.prepare(text)[0]
        hashes.append(found)
        codes.append(np.full(found.size, code, dtype=np.uint8))
    return np.concatenate(hashes), np.concatenate(codes)


def add_facts(
    texts: Texts, found: Alignments, chosen: NDArray[np.bool_], *, threads: int = 1
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
    """
    if not chosen.any():
        return found
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
