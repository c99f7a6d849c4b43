"""Letters that were lost, found again in words of other stories.

A text that was read in a wrong encoding has U+FFFD for every letter beyond ASCII. Where that is one
word in twenty or more, words with letters there in other stories tell what they were: those that
stand between the same two words before those that fit by themselves.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from dupdetect.corpus.mend.placed import Edit, Placed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

__all__ = [
    "WordCounts",
    "count_words",
    "has_lost_letters",
    "restore_lost",
    "wanted_words",
    "with_letters",
]

_LOST = "\ufffd"
_LEAST_WORDS = 3
_LEAST_SHARE = 0.05  # of a text's words
_WORD = re.compile(r"[^\W_]+(?:['\u2019]?[^\W_\ufffd]+|\ufffd+)*|\ufffd+(?:[^\W_]+|\ufffd+)*")
_BEYOND = re.compile(r"(?:[^\x00-\x7f]|')+")

WordCounts = defaultdict[tuple[str, ...], Counter[str]]


def has_lost_letters(text: str) -> bool:
    """Whether so many words of a text have lost letters that the others say too little.

    Examples
    --------
    >>> has_lost_letters("Star\ufffd oto\ufffdn\ufffd most u K\ufffdrova bude uzav\ufffden")
    True
    """
    if text.count(_LOST) < _LEAST_WORDS:
        return False
    words = _WORD.findall(text)
    lost = sum(_LOST in word for word in words)
    return lost >= max(_LEAST_WORDS, _LEAST_SHARE * len(words))


def restore_lost(
    lost: Iterable[int], others: Iterable[int], text_of: Callable[[int], str]
) -> dict[int, str]:
    """Return texts that lost letters with those that other texts have there.

    Parameters
    ----------
    lost : iterable of int
        Texts with lost letters, by number.
    others : iterable of int
        Texts without.
    text_of : callable
        Returns a text by its number.

    Returns
    -------
    dict of int to str
        As long as the text was. The order of `others` makes no difference.

    Examples
    --------
    >>> texts = ["Starý otočný most", "Star\ufffd oto\ufffdn\ufffd most"]
    >>> restore_lost([1], [0], texts.__getitem__)
    {1: 'Starý otočný most'}
    """
    damaged = {number: text_of(number) for number in lost}
    wanted = wanted_words(damaged.values())
    found = count_words(map(text_of, others), wanted)
    return {number: with_letters(text, found) for number, text in damaged.items()}


def wanted_words(texts: Iterable[str]) -> set[str]:
    """Return what is sure of the words of texts that lost letters there."""
    return {
        key
        for text in texts
        for _, word in _keyed(text)
        for key in map(_sure, _readings(word[0]))
        if _LOST in word[0]
    }


def count_words(texts: Iterable[str], wanted: Collection[str]) -> WordCounts:
    """Count the words of texts without loss of which `wanted` holds what is sure.

    Counts of the parts of a collection add up: by what is sure of the word alone, and with the two
    about it.
    """
    found: WordCounts = defaultdict(Counter)
    for text in texts:
        if text.isascii():
            continue
        for key, word in _keyed(text):
            if key[1] in wanted and _LOST not in word[0]:
                found[key][word[0]] += 1
                found[key[1:2]][word[0]] += 1
    return found


def with_letters(text: str, found: Mapping[tuple[str, ...], Counter[str]]) -> str:
    """Return a text, as long as it was, with the letters that other texts have there."""
    return Placed.of(text).edited(_edits(text, found)).in_place()


def _sure(word: str) -> str:
    """Return what is sure of a word, with a mark where letters were lost or may have been."""
    return _BEYOND.sub("*", word.lower())


def _readings(word: str) -> Iterator[str]:
    """Yield a word, then what is left of it if quotation marks were lost about it."""
    yield word
    for kept in (word.lstrip(_LOST), word.rstrip(_LOST), word.strip(_LOST)):
        if kept != word:
            yield kept


def _keyed(text: str) -> Iterator[tuple[tuple[str, ...], re.Match[str]]]:
    """Yield words with what is sure of each and of those about it."""
    words = list(_WORD.finditer(text))
    sure = ["", *(_sure(word[0]) for word in words), ""]
    for place, word in enumerate(words):
        if "*" in sure[place + 1]:
            yield tuple(sure[place : place + 3]), word


def _edits(text: str, found: Mapping[tuple[str, ...], Counter[str]]) -> Iterator[Edit]:
    for key, word in _keyed(text):
        if _LOST in word[0]:
            yield from next(filter(None, _ways(key, word, found)), ())


def _ways(
    key: tuple[str, ...], word: re.Match[str], found: Mapping[tuple[str, ...], Counter[str]]
) -> Iterator[list[Edit]]:
    """Yield what may become of a word, best first: nothing where another one does not fit it."""
    for other in _by_count(found.get(key)):
        yield _fitted(word[0], other, word.start())
    for reading in _readings(word[0]):
        start = word.start() + word[0].index(reading)
        for other in _by_count(found.get((_sure(reading),))):
            yield _fitted(reading, other, start)


def _by_count(words: Counter[str] | None) -> list[str]:
    return sorted(words or (), key=lambda word: (-(words or {})[word], word))


def _fitted(word: str, other: str, start: int) -> list[Edit]:
    """Return what makes the word at `start` the other one; nothing where that does not fit it."""
    edits: list[Edit] = []
    for gap, letters in zip(_BEYOND.finditer(word), _BEYOND.finditer(other), strict=True):
        kept = gap[0].replace(_LOST, "")
        if len(letters[0]) > len(gap[0]) or any(char not in letters[0] for char in kept.lower()):
            return []
        edits.append(Edit(start + gap.start(), start + gap.end(), letters[0]))
    return edits
