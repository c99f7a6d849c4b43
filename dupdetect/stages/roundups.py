"""Round-ups: digests and live blogs that print several stories whole and are none of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.products.pairs import group_starts, pair_keys
from dupdetect.products.schemas import ABRIDGEMENT, TRUNCATION

Numbers = NDArray[np.int64]
_MORE_PRINTED = 2  # parts that are printed more often than the text
_BETWEEN = 8  # words of its own between two parts, that part them
_MANY_PARTS = 3  # head and tail of one story are two
# Two parts of so many words that make so much of a text, and have so few of their longer words in
# common, are two stories. Of halves of real stories 1 to 3 in 100 have as few, of halves of
# different ones more than half.
_PART_WORDS, _PART_SHARE, _COMMON = 40, 0.6, 0.06
_WOVEN = 1.1  # times the words of a text that two stories woven into it have at most
_WOVEN_COMMON = 0.2  # of the longer words of the smaller one, which the other has
_MOST_WOVEN = 64  # stories that are held against each other
_LEAST_WORDS = 40  # different long words of a part; fewer tell nothing
_LONG_WORD = re.compile(r"[^\W\d_]{6,}")
_SHORT_PART_WORDS = 20  # where a part begins anew on the page
_OPENING = 48  # characters of a line that is looked for on the page
# "NEW YORK (Reuters) - ", "Madrid, 3 mar (EFE).- " or "OSLO, Norway -- " at the start of a line
_DATELINE = re.compile(
    r"[^\n()]{2,60}\([A-Za-z][\w./& -]{1,30}\)[\s.]*[-\u2013\u2014]"
    r"|[A-Z][A-Z.'\u2019]{2,}[^\n]{0,40}?\s[-\u2013\u2014]{1,2}\s"
)

#: Gives the text, or the title, of a story, by rank.
TextOf = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a text, half open, in words, and the leader of the fullest class there."""

    first: int
    end: int
    leader: int

    @property
    def words(self) -> int:
        return self.end - self.first


def prints_of(leaders: Numbers, publishers: NDArray[np.int32]) -> Numbers:
    """Count the publishers of each class; versions that one of them printed count once.

    Parameters
    ----------
    leaders : ndarray of int64, shape (stories,)
        Rank of each story's class leader.
    publishers : ndarray of int32, shape (stories,)
        Equal numbers for equal publishers; -1 for unknown ones, each of which counts.

    Returns
    -------
    ndarray of int64, shape (stories,)
        Of each class, at its leader's rank; 0 elsewhere.

    Examples
    --------
    >>> prints_of(np.array([0, 0, 0, 3]), np.array([7, 7, 8, -1], np.int32))
    array([2, 0, 0, 1])
    """
    unknown = publishers.max(initial=0) + 1 + np.arange(leaders.size)
    names = np.where(publishers < 0, unknown, publishers)
    keys = np.sort(leaders << 32 | names)
    keys = keys[group_starts(keys)]
    return np.bincount(keys >> 32, minlength=leaders.size)


def find_round_ups(
    leaders: Numbers,
    a: Numbers,
    b: Numbers,
    kind: NDArray[np.int8],
    stretches: NDArray[np.int32],
    *,
    body_words: NDArray[np.uint32],
    prints: Numbers,
    text_of: TextOf,
    title_of: TextOf,
    config: Config,
) -> NDArray[np.bool_]:
    """Tell which stories are round-ups.

    Stories contained in a text that share next to nothing of it are its parts; what shares more is
    one part, as are a story and its cuts. Parts alone are no sign: head and tail of one story have
    nothing in common, either. A text is a round-up when two of its parts are each printed, the
    fullest version alone, by more publishers than itself, or when three or more parts, each printed
    by as many, follow one another with no passage between them and none is most of it, or when two
    parts that make most of it have hardly a longer word in common, or the second begins with a
    dateline or under its own title there, or two stories that share nothing stand there line by
    line in turn, as scanned columns do; unless it is a cut itself, of a text that is no round-up.

    Parameters
    ----------
    leaders : ndarray of int64, shape (stories,)
        Rank of each story's class leader; ranks ascend from the longest body to the shortest.
    a, b, kind : ndarray, shape (edges,)
        Verified pairs; ``a`` has the larger body.
    stretches : ndarray of int32, shape (edges, 3)
        Words of ``a`` before what it shares with ``b``, up to its end, and all.
    body_words : ndarray of uint32, shape (stories,)
        Words of each body.
    prints : ndarray of int64, shape (stories,)
        From :func:`prints_of`.
    text_of, title_of : callable
        See :data:`TextOf`.
    config : Config
        ``overlap_words`` and ``contained``.

    Returns
    -------
    ndarray of bool, shape (stories,)
        All stories of a class are, or none.
    """
    found = np.zeros(leaders.size, dtype=bool)
    related = frozenset(pair_keys(leaders[a], leaders[b]).tolist())
    inside = ((kind == TRUNCATION) | (kind == ABRIDGEMENT)) & (leaders[a] < leaders[b])
    inside &= (leaders[a] == a) & (leaders[b] == b)
    a, b, stretches = a[inside], b[inside], stretches[inside]
    words_of = _LongWords(text_of)
    # Abridgements of a story may share nothing, either; but it is printed more often than they are.
    printed = prints[b] >= prints[a]
    found |= _woven(a[printed], b[printed], stretches[printed], body_words, related, words_of)
    inside = _may_hold_several(a, stretches, leaders.size, config)[a]
    inside &= (_may_hold_printed(a, b, prints) | _may_hold_two(a, stretches, leaders.size))[a]
    holds: dict[int, dict[int, _Part]] = defaultdict(dict)
    words = {}
    for outer, inner, (first, end, whole) in zip(
        a[inside].tolist(), b[inside].tolist(), stretches[inside].tolist(), strict=True
    ):
        holds[outer][inner] = _Part(first, end, inner)
        words[outer] = whole
    for outer in sorted(holds, reverse=True):  # a round-up inside another one is no part of it
        parts = _apart([part for inner, part in holds[outer].items() if not found[inner]], config)
        often = [part for part in parts if prints[part.leader] >= prints[outer]]
        more = sum(prints[part.leader] > prints[outer] for part in often)
        found[outer] |= (
            more >= _MORE_PRINTED
            or _in_a_row(often, words[outer]) >= _MANY_PARTS
            or _are_two(often, words[outer], words_of)
            or _begin_anew(outer, often, words[outer], text_of, title_of)
        )
    cut = found[b]
    for outer, inner in sorted(zip(a[cut].tolist(), b[cut].tolist(), strict=True)):
        if not found[outer]:
            found[inner] = False
    return np.asarray(found[leaders])


def _may_hold_several(
    a: Numbers, stretches: NDArray[np.int32], stories: int, config: Config
) -> NDArray[np.bool_]:
    """Tell which texts hold more than one part: not those whose stretches all share enough."""
    last_first = np.full(stories, -1, dtype=np.int32)
    first_end = np.full(stories, np.iinfo(np.int32).max, dtype=np.int32)
    np.maximum.at(last_first, a, stretches[:, 0])
    np.minimum.at(first_end, a, stretches[:, 1])
    return np.asarray(first_end - last_first < config.overlap_words)


def _may_hold_printed(a: Numbers, b: Numbers, prints: Numbers) -> NDArray[np.bool_]:
    """Tell which texts hold enough stories that are printed as often as it takes."""

    def count(often: NDArray[np.bool_]) -> Numbers:
        return np.bincount(a[often], minlength=prints.size)

    return np.asarray(
        (count(prints[b] > prints[a]) >= _MORE_PRINTED)
        | (count(prints[b] >= prints[a]) >= _MANY_PARTS)
    )


def _may_hold_two(a: Numbers, stretches: NDArray[np.int32], stories: int) -> NDArray[np.bool_]:
    """Tell which texts hold two parts of some length that may be most of them."""
    sizes = stretches[:, 1] - stretches[:, 0]
    long = sizes >= _SHORT_PART_WORDS
    held = np.bincount(a[long], weights=sizes[long], minlength=stories)
    whole = np.zeros(stories, dtype=np.int64)
    whole[a] = stretches[:, 2]
    return np.asarray((np.bincount(a[long], minlength=stories) > 1) & (held >= _PART_SHARE * whole))


def _woven(
    a: Numbers,
    b: Numbers,
    stretches: NDArray[np.int32],
    body_words: NDArray[np.uint32],
    related: frozenset[int],
    words_of: _LongWords,
) -> NDArray[np.bool_]:
    """Tell which texts hold two stories that share nothing in the same stretch."""
    found = np.zeros(body_words.size, dtype=bool)
    long = body_words[b] >= _PART_WORDS
    long &= 2 * (stretches[:, 1] - stretches[:, 0]) > 3 * body_words[b].astype(np.int64)
    a, b, whole = a[long], b[long], stretches[long, 2]
    order = np.lexsort((b, a))
    held: dict[int, list[int]] = defaultdict(list)
    for outer, inner, words in zip(*(x[order].tolist() for x in (a, b, whole)), strict=True):
        size = int(body_words[inner])
        for other in held[outer][:_MOST_WOVEN]:
            both = size + int(body_words[other])
            apart = (min(inner, other) << 32 | max(inner, other)) not in related
            if apart and _PART_SHARE * words <= both <= _WOVEN * words and not found[outer]:
                found[outer] = _common(words_of.of(inner), words_of.of(other)) < _WOVEN_COMMON
        held[outer].append(inner)
    return found


class _LongWords:
    """The longer words of stories, each looked for once."""

    def __init__(self, text_of: TextOf) -> None:
        self._text_of = text_of
        self._known: dict[int, frozenset[str]] = {}

    def of(self, story: int) -> frozenset[str]:
        """Different words of six letters or more, in lower case."""
        if story not in self._known:
            self._known[story] = frozenset(_LONG_WORD.findall(self._text_of(story).casefold()))
        return self._known[story]


def _are_two(parts: list[_Part], words: int, words_of: _LongWords) -> bool:
    """Whether the two longest parts are most of a text, and two stories by their words."""
    longest = sorted(parts, key=lambda part: (-part.words, part.leader))[:2]
    if len(longest) < 2 or longest[1].words < _PART_WORDS:
        return False
    if sum(part.words for part in longest) < _PART_SHARE * words:
        return False
    one, other = (words_of.of(part.leader) for part in longest)
    return min(len(one), len(other)) >= _LEAST_WORDS and _common(one, other) < _COMMON


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the smaller set of words that the other has, 0-1."""
    return len(one & other) / max(min(len(one), len(other)), 1)


def _begin_anew(
    page: int, parts: list[_Part], words: int, text_of: TextOf, title_of: TextOf
) -> bool:
    """Whether two parts are most of a page, and the second begins there as a story does."""
    longest = sorted(parts, key=lambda part: (-part.words, part.leader))[:2]
    if len(longest) < 2 or longest[1].words < _SHORT_PART_WORDS:
        return False
    if sum(part.words for part in longest) < _PART_SHARE * words:
        return False
    second = max(longest, key=lambda part: part.first).leader
    return begins_anew(text_of(page), text_of(second), title_of(second))


def begins_anew(page: str, story: str, title: str) -> bool:
    r"""Whether a story stands on a page after a dateline, or under its own title.

    Parameters
    ----------
    page, story : str
        Raw texts.
    title : str
        The story's title; empty where it has none.

    Examples
    --------
    >>> story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    >>> begins_anew("Rain fell.\nVALLETTA (Echo) - " + story, story, "")
    True
    >>> begins_anew("Rain fell.\n" + story, story, "")
    False
    >>> begins_anew("Rain fell.\n## Fog stops ferry\n" + story, story, "Fog Stops Ferry")
    True
    """
    openings = [line.strip() for line in story.split("\n")]
    opening = next((line for line in openings if len(line) >= _OPENING), "")
    at = page.find(opening[-_OPENING:]) if opening else -1
    if at <= 0:
        return False
    start = page.rfind("\n", 0, at) + 1
    before = page[:start].rstrip().rsplit("\n", 1)[-1]
    titled = bool(_letters(title)) and _letters(before) == _letters(title)
    return start > 0 and (titled or _DATELINE.match(page[start:].lstrip()) is not None)


def _letters(line: str) -> str:
    return "".join(filter(str.isalnum, line.casefold()))


def _apart(stretches: list[_Part], config: Config) -> list[_Part]:
    """Join stretches that share enough words to be one story."""
    parts: list[_Part] = []
    for one in sorted(stretches, key=lambda part: (part.first, part.end, part.leader)):
        if parts:
            last = parts[-1]
            shorter = min(one.words, last.words)
            needed = min(config.overlap_words, ceil(config.contained * shorter))
            if min(one.end, last.end) - one.first >= needed:
                fullest = min(one.leader, last.leader)
                parts[-1] = _Part(last.first, max(one.end, last.end), fullest)
                continue
        parts.append(one)
    return parts


def _in_a_row(parts: list[_Part], words: int) -> int:
    """Count the most parts, none of them most of a text, that follow one another in it."""
    most = row = 0
    end = -1
    for part in parts:
        follows = end >= 0 and part.first - end < _BETWEEN
        row = row + 1 if follows else 1
        end = part.end
        if 2 * part.words > words:
            row, end = 0, -1
        most = max(most, row)
    return most
