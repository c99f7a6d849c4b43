"""Made-up language for generated stories: vocabulary, word statistics and publishers.

Words follow a Zipf-Mandelbrot law (exponent 1.05, shift 2.7, as fitted to English newspaper
text) whose head is English function words and whose tail is built from syllables. A first-order
Markov chain gives half of the words a small set of usual successors, and a stock of phrases
is repeated everywhere: without both, no two unrelated stories would ever share a shingle and a
benchmark would never meet a stock phrase.

Everything is kept as JSON-escaped UTF-8 *pieces*, one per word and printed form, so a story is
rendered by joining pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Printed forms of a word. A piece id is form * WORDS + word, so that the frequent words of one
# form lie together in memory; datelines follow the last form.
PLAIN, CAPITAL, COMMA, STOP, STOP_PARAGRAPH, OPEN, CLOSE, CLOSE_PARAGRAPH, UPPER = range(9)
FORMS = 9
PARAGRAPH = b"\\n\\n"  # as escaped in JSON
WORDS = 40_000
SUCCESSORS = 8
PHRASES = 3_000
PUBLISHERS = 400
AGENCIES = ("AP", "Reuters", "AFP", "AAP", "dpa", "UPI")
DATELINES = 240
WIDEST = 24  # bytes of the longest piece
_TABLE_BITS = 18  # resolution of the inverse-CDF table of the word law

_FUNCTION_WORDS = (
    "the of to and a in for that on is with said was at as by it from he be an has have his are "
    "were will but not they who which their had been its or more this one would about after two "
    "she also we up when all there out new I her last if no than over into other could some first "
    "people can you years time year three what so only most before against him between under "
    "while during since now where such because just many government million police those being "
    "them these made week day told second may should including according any state still four "
    "like around through back percent five company both down then how even our do did since "
    "statement Tuesday Monday Wednesday Thursday Friday officials minister report reported "
    "spokesman didn't it's government's doesn't don't country's"
)
_ONSETS = (
    "b br c c ch cl d d dr f f fr g gr h j k l l m m n n p p pr qu r r s s s "
    "sh st t t t th tr v w z"
)
_VOWELS = "a a a a e e e e e i i i i o o o u u ai ea ee io ou"
_CODAS = "- - - - - - - - - - - - b d k l ld m n n nd ng nt p r r rs s s st t t"


@dataclass(frozen=True)
class Publisher:
    """One outlet and the furniture it prints around a body, as JSON-escaped UTF-8."""

    name: bytes
    header: bytes
    inline: tuple[bytes, ...]
    footer: bytes
    dated: bool


@dataclass(frozen=True)
class Language:
    """The tables that turn random numbers into text.

    Attributes
    ----------
    pieces : list of bytes
        Printed form of every piece id; the last ``DATELINES`` are agency datelines.
    padded, lengths : uint8 array of shape (pieces, WIDEST) and int64 array of shape (pieces,)
        The same pieces filled up with zero bytes, and their lengths in bytes.
    law : int64 array, shape (2**18,)
        Inverse CDF of the word law: a uniform 18-bit number to a word.
    successors : int64 array, shape (WORDS, SUCCESSORS)
        Usual followers of each word.
    phrase_words, phrase_offsets : int64 arrays
        Stock phrases, laid end to end, and where each begins (PHRASES + 1 offsets).
    publishers : tuple of Publisher
    first_dateline : int
        Piece id of the first dateline.
    """

    pieces: list[bytes]
    padded: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    law: NDArray[np.int64]
    successors: NDArray[np.int64]
    phrase_words: NDArray[np.int64]
    phrase_offsets: NDArray[np.int64]
    publishers: tuple[Publisher, ...]
    first_dateline: int


def _syllable_words(rng: np.random.Generator, count: int, taken: set[str]) -> list[str]:
    onsets, vowels, codas = _ONSETS.split(), _VOWELS.split(), _CODAS.split()
    accents = str.maketrans({"a": "á", "e": "é", "i": "í", "o": "ö", "u": "ü"})
    words: list[str] = []
    draws = iter(rng.integers(1 << 30, size=(3 * count, 14)).tolist())
    while len(words) < count:
        draw = next(draws)
        word = ""
        for k in range((1, 2, 2, 2, 2, 3, 3, 3, 4)[draw[0] % 9]):
            onset, vowel, coda = draw[1 + 3 * k : 4 + 3 * k]
            word += onsets[onset % len(onsets)] + vowels[vowel % len(vowels)]
            word += codas[coda % len(codas)].replace("-", "")
        kind = draw[13] / (1 << 30)
        if kind < 0.01:
            word = word.translate(accents)
        if kind > 0.82:
            word = word.capitalize()
        elif kind > 0.80:
            word = f"{1 + draw[1] % 10_000:,}"
        elif kind > 0.77:
            word += "'s"
        if word not in taken and len(word.encode()) <= WIDEST - 7:  # 7: ."\\n\\n, escaped
            taken.add(word)
            words.append(word)
    # Frequent words are shorter, as in any language; the noise keeps the order from being strict.
    worth = np.array([len(word) for word in words]) + rng.normal(0.0, 2.0, len(words))
    return [words[i] for i in np.argsort(worth, kind="stable")]


def _forms(word: str) -> list[bytes]:
    capital = word[:1].upper() + word[1:]
    printed = [""] * FORMS
    printed[PLAIN] = f"{word} "
    printed[CAPITAL] = f"{capital} "
    printed[COMMA] = f"{word}, "
    printed[STOP] = f"{word}. "
    printed[STOP_PARAGRAPH] = f"{word}.\\n\\n"
    printed[OPEN] = f'\\"{capital} '
    printed[CLOSE] = f'{word}.\\" '
    printed[CLOSE_PARAGRAPH] = f'{word}.\\"\\n\\n'
    printed[UPPER] = f"{word.upper()} "
    return [form.encode() for form in printed]


def _publisher(rng: np.random.Generator, name: str, words: list[str]) -> Publisher:
    def some(count: int) -> str:
        return " ".join(words[int(i)] for i in rng.integers(200, 4_000, count))

    header = [
        name,
        f"Home | News | {some(1)} | {some(1)} | Sport",
        f"Share this story on {some(2)}",
        f"Weather in {some(1).capitalize()}: {some(3)}, {int(rng.integers(-5, 40))} C",
    ]
    inline = [
        f"Sign up for the {name} morning letter: {some(9)}.",
        f"Read more: {some(8).capitalize()}",
        f"Advertisement - {some(3)}",
        f"Photo: {some(6).capitalize()} / {name}",
    ]
    footer = [
        f"Copyright 2026 {name}. All rights reserved. {some(6).capitalize()}.",
        f"{some(12).capitalize()} the {name} newsroom on {some(4)}.",
        f"Contact us at newsdesk@{name.replace(' ', '').lower()}.example",
        f"More from {name}: {some(14)}",
        f"Follow {name} on {some(3)} for {some(7)}.",
        "Comments are closed.",
    ]

    def take(lines: list[str], low: int) -> list[str]:
        size = int(rng.integers(low, len(lines) + 1))
        return [lines[i] for i in sorted(rng.permutation(len(lines))[:size])]

    return Publisher(
        name=name.encode(),
        header="".join(f"{line}\\n\\n" for line in take(header, 1)).encode(),
        inline=tuple(f"{line}\\n\\n".encode() for line in take(inline, 1)),
        footer="".join(f"\\n\\n{line}" for line in take(footer, 2)).encode(),
        dated=bool(rng.random() < 0.5),
    )


@cache
def language() -> Language:
    """Build the language; it is the same in every run, whatever the seed of the stories.

    Returns
    -------
    Language
        Cached: building it takes about a second.

    Examples
    --------
    >>> language().pieces[0]
    b'the '
    """
    rng = np.random.default_rng(20_060_101)
    words = list(dict.fromkeys(_FUNCTION_WORDS.split()))
    words += _syllable_words(rng, WORDS - len(words), set(words))
    weights = 1.0 / (np.arange(WORDS) + 2.7) ** 1.05
    cumulative = np.cumsum(weights) / weights.sum()
    law = np.searchsorted(cumulative, (np.arange(1 << _TABLE_BITS) + 0.5) / (1 << _TABLE_BITS))
    successors = law[rng.integers(law.size, size=(WORDS, SUCCESSORS))]
    lengths = rng.integers(3, 8, PHRASES)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    phrase_words = law[rng.integers(law.size, size=int(offsets[-1]))]
    forms = [_forms(word) for word in words]
    pieces = [printed[form] for form in range(FORMS) for printed in forms]
    first_dateline = len(pieces)
    cities = [word.upper() for word in words[300:6_000] if len(word) == 6 and word.isalpha()]
    for n in range(DATELINES):
        city = cities[int(rng.integers(len(cities)))]
        pieces.append(f"{city} ({AGENCIES[n % len(AGENCIES)]}) - ".encode())
    names = [w for w in words if w[:1].isupper() and w.isascii() and len(w) > 4 and "'" not in w]
    kinds = ("Times", "Herald", "News", "Post", "Courier", "Online", "Gazette", "Today")
    publishers = tuple(
        _publisher(rng, f"{names[n]} {kinds[n % len(kinds)]}", words) for n in range(PUBLISHERS)
    )
    sizes = np.array([len(piece) for piece in pieces], dtype=np.int64)
    padded = np.zeros((len(pieces), WIDEST), dtype=np.uint8)
    joined = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    padded[np.arange(WIDEST) < sizes[:, None]] = joined
    return Language(
        pieces, padded, sizes, law, successors, phrase_words, offsets, publishers, first_dateline
    )
