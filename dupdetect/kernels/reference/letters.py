"""Texts whose letters were misread, as in a bad scan: how they are known, found and aligned.

Two such texts share few words, but stretches of letters, whatever was taken for a space or for
none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from dupdetect.kernels.codes import ANYWHERE
from dupdetect.kernels.numbers import DAMAGE
from dupdetect.kernels.reference.hashing import MASK64, mix64, polynomial
from dupdetect.kernels.reference.letter_table import FREQUENT
from dupdetect.kernels.reference.runs import AlignRule, Run, Seed, find_runs

_DIGITS_INSIDE = re.compile(rb"^[0-9]*[a-z][a-z0-9]*[0-9][a-z0-9]*[a-z][0-9]*$")
_DENSITIES = (
    (DAMAGE.heavily, DAMAGE.sampled),
    (DAMAGE.clearly, 8),
    (DAMAGE.mildly, 16),
    (DAMAGE.odd, 32),
)


def sampled_letters(words: Iterable[bytes]) -> int:
    """Tell which share of a text's stretches of letters are fingerprints: one in how many.

    Known by its first letters: three in a row that are frequent in no language are odd. A name that
    is odd is so in the same way wherever it stands, a misread word each time in another; so each
    triple counts once, but every word with digits between letters does. The more were misread, the
    more stretches are taken, so that about as many stay the same.

    Parameters
    ----------
    words : iterable of bytes
        Folded. Those with other letters than a to z, or with digits at an end, say nothing.

    Returns
    -------
    int
        4 to 32; 0: the text is sound.

    Examples
    --------
    >>> sampled_letters(b"the ferry to gozo was stopped by fog at dawn".split())
    0
    >>> sampled_letters(b"tbe fcrxy tq gozo wqs stqpped hy fqg at dqwn".split())
    4
    """
    seen: set[tuple[int, int, int]] = set()
    letters = mixed = 0
    for word in words:
        if not word.isascii() or not (word.isalpha() or _DIGITS_INSIDE.search(word)):
            continue
        letters += len(word)
        if word.isalpha():
            seen |= _odd_triples(word)
        else:
            mixed += 1
        odd = len(seen) + mixed
        if letters >= DAMAGE.enough_letters or (
            letters >= DAMAGE.first_look and odd * DAMAGE.sound < letters
        ):
            break
    odd = len(seen) + mixed
    if odd < DAMAGE.least_odd:
        return 0
    return next((share for most, share in _DENSITIES if odd * most >= letters), 0)


def _odd_triples(word: bytes) -> set[tuple[int, int, int]]:
    codes = [0, *(c - ord("a") + 1 for c in word), 0]
    triples = zip(codes, codes[1:], codes[2:], strict=False)
    return {(x, y, z) for x, y, z in triples if not FREQUENT[27 * x + y] >> z & 1}


def letter_fingerprints(words: list[bytes], sampled: int) -> list[int]:
    """Return hashes of stretches of 16 letters, one in `sampled`; their lowest 24 bits are 0.

    Examples
    --------
    >>> joined, divided = ([b"stoppedby", b"fogatdawn"], [b"stopped", b"by", b"fogatdawn"])
    >>> letter_fingerprints(joined, 1) == letter_fingerprints(divided, 1)
    True
    """
    letters = b"".join(words)
    stretches = [
        letters[at : at + DAMAGE.stretch] for at in range(len(letters) - DAMAGE.stretch + 1)
    ]
    sums = [polynomial(list(stretch)) for stretch in stretches]
    return [mix64(one) & ~ANYWHERE for one in sums if one <= MASK64 // sampled]


@dataclass(frozen=True)
class _Letters:
    """The letters of a body, as words in which runs are looked for."""

    hashes: list[int]

    @cached_property
    def seeds(self) -> list[Seed]:
        count = len(self.hashes) - DAMAGE.seed_letters + 1
        return [tuple(self.hashes[at : at + DAMAGE.seed_letters]) for at in range(count)]

    @cached_property
    def places(self) -> dict[Seed, list[int]]:
        places = defaultdict(list)
        for at, seed in enumerate(self.seeds):
            places[seed].append(at)
        return dict(places)


class _Place(NamedTuple):
    """A word, and the letters that are it."""

    word: int
    first: int
    end: int


def letter_runs(a: list[bytes], b: list[bytes]) -> list[Run]:
    """Find the runs of equal words in stretches of at least 8 equal letters.

    Parameters
    ----------
    a, b : list of bytes
        Folded words.

    Returns
    -------
    list of Run
        In the order of b; a word alone is a run, too.

    Examples
    --------
    >>> letter_runs(b"xx stopped by fog".split(), b"stqpped by fog at".split())
    [Run(a=2, b=1, words=2)]
    """
    in_a = {(place.first, place.end): place.word for place in _places(a)}
    in_b = _places(b)
    runs: list[Run] = []
    for stretch in find_runs(_Letters(list(b"".join(a))), _Letters(list(b"".join(b)))):
        for place in in_b:
            if place.first < stretch.b or place.end > stretch.b + stretch.words:
                continue
            word = in_a.get((place.first + stretch.course, place.end + stretch.course))
            if word is None:
                continue
            last = runs[-1] if runs else None
            if last and (last.a + last.words, last.b + last.words) == (word, place.word):
                runs[-1] = last._replace(words=last.words + 1)
            else:
                runs.append(Run(word, place.word, 1))
    return runs


def share_letters(a: list[bytes], b: list[bytes], runs: list[Run]) -> bool:
    """Tell whether two texts share enough stretches of 16 letters outside of runs of equal words.

    One stretch in 4 is looked at: those by which heavily damaged texts are proposed. More than one
    for 256 words of the smaller text is enough, of those that follow the one before as in the other
    text, give or take 16 words: in long texts some are the same by chance, anywhere.

    Parameters
    ----------
    a, b : list of bytes
        Folded words.
    runs : list of Run
        All that were found, in the order of b.

    Examples
    --------
    >>> words = b"the fcrry to gozo wqs stqpped hy fog at dawn on mondoy".split()
    >>> share_letters(words, words, []), share_letters(words, words, [Run(0, 0, len(words))])
    (True, False)
    """
    in_a = {one: first for one, first, _ in reversed(_stretches(a))}
    courses = [
        in_a[one] - first
        for one, first, last in _stretches(b)
        if one in in_a and all(last < run.b or first >= run.b + run.words for run in runs)
    ]
    near = [abs(x - y) <= DAMAGE.course for x, y in pairwise(courses)]
    return (bool(courses) + sum(near)) * DAMAGE.words_a_stretch > min(len(a), len(b))


def _stretches(words: list[bytes]) -> list[tuple[int, int, int]]:
    """Hashes of some stretches of letters, and the first and the last word they have letters of."""
    letters = b"".join(words)
    of = [number for number, word in enumerate(words) for _ in word]
    found = []
    for at in range(len(letters) - DAMAGE.stretch + 1):
        one = polynomial(list(letters[at : at + DAMAGE.stretch]))
        if one <= MASK64 // DAMAGE.sampled:
            found.append((mix64(one) >> 32, of[at], of[at + DAMAGE.stretch - 1]))
    return found


def misread_dice(rule: AlignRule) -> float:
    """Return what takes the place of ``word_dice`` between runs, unless it is switched off."""
    return min(rule.word_dice, DAMAGE.misread_dice) if rule.word_dice <= 1 else rule.word_dice


def _places(words: list[bytes]) -> list[_Place]:
    places, first = [], 0
    for number, word in enumerate(words):
        places.append(_Place(number, first, first + len(word)))
        first += len(word)
    return places
