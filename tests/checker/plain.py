"""Words, sentences and shared runs in plain Python, as the documentation has them.

Nothing of the program is used here: what it says of texts is held against this.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WORD = re.compile(r"[^\W_]+")
_END = re.compile(r"[.!?]")

Span = tuple[int, int]  # half open, in characters


@dataclass(frozen=True)
class Word:
    """A word, folded, and where it stands."""

    folded: str
    start: int
    end: int
    sentence: int


def fold(text: str) -> str:
    """Leave case and accents out."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def words_of(text: str, without: Sequence[Span] = ()) -> list[Word]:
    """Split a text into words, except in some spans; a sentence ends with a stop or a line."""
    words: list[Word] = []
    sentence, before = 0, 0
    for found in _WORD.finditer(text):
        between = text[before : found.start()]
        sentence += bool(words and (_END.search(between) or "\n" in between))
        before = found.end()
        if not any(start <= found.start() < end for start, end in without):
            words.append(Word(fold(found[0]), found.start(), found.end(), sentence))
    return words


def inside(words: Iterable[Word], spans: Iterable[Span]) -> set[int]:
    """Return the numbers of the words that stand in spans."""
    spans = list(spans)
    return {
        number
        for number, word in enumerate(words)
        if any(start <= word.start and word.end <= end for start, end in spans)
    }


def runs_of(words: Sequence[Word], size: int) -> set[tuple[str, ...]]:
    """Return all runs of so many words."""
    folded = [word.folded for word in words]
    return {tuple(folded[k : k + size]) for k in range(len(folded) - size + 1)}


def pairs_with_runs(
    bodies: Mapping[str, Sequence[Word]], size: int, most_stories: int
) -> set[tuple[str, str]]:
    """Return all pairs of stories that share a run which no more than so many stories have."""
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for story, words in bodies.items():
        for run in runs_of(words, size):
            holders[run].append(story)
    pairs = set()
    for stories in holders.values():
        if len(stories) <= most_stories:
            pairs |= {(x, y) for x in stories for y in stories if x < y}
    return pairs
