"""Round-ups: digests and live blogs that print several stories whole and are none of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.records import ABRIDGEMENT, TRUNCATION

Numbers = NDArray[np.int64]
_MANY_PARTS = 3  # head and tail of one story are two


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a text, half open, in words, and the leaders of the classes that stand there."""

    first: int
    end: int
    classes: tuple[int, ...]

    @property
    def words(self) -> int:
        return self.end - self.first


def find_round_ups(
    leaders: Numbers,
    a: Numbers,
    b: Numbers,
    kind: NDArray[np.int8],
    stretches: NDArray[np.int32],
    *,
    publishers: NDArray[np.int32],
    config: Config,
) -> NDArray[np.bool_]:
    """Tell which stories are round-ups.

    Stories contained in a text that share next to nothing of it are its parts; what shares more is
    one part, as are a story and its cuts. Parts alone are no sign: head and tail of one story have
    nothing in common, either. A text is a round-up when two of its parts are each printed by more
    publishers than itself, or when three or more parts, each printed by as many, are most of it
    and none is by itself; unless it is a cut itself, of a text that is none.

    Parameters
    ----------
    leaders : ndarray of int64, shape (stories,)
        Rank of each story's class leader; ranks ascend from the longest body to the shortest.
    a, b, kind : ndarray, shape (edges,)
        Verified pairs; ``a`` has the larger body.
    stretches : ndarray of int32, shape (edges, 3)
        Words of ``a`` before what it shares with ``b``, up to its end, and all.
    publishers : ndarray of int32, shape (stories,)
        Equal numbers for equal publishers; -1 for unknown ones, each of which counts.
    config : Config
        ``overlap_words``, ``contained``, ``round_ups``.

    Returns
    -------
    ndarray of bool, shape (stories,)
        All stories of a class are, or none.
    """
    found = np.zeros(leaders.size, dtype=bool)
    if not config.round_ups:
        return found
    inside = ((kind == TRUNCATION) | (kind == ABRIDGEMENT)) & (leaders[a] < leaders[b])
    inside &= (leaders[a] == a) & (leaders[b] == b)
    a, b, stretches = a[inside], b[inside], stretches[inside]
    several = _may_hold_several(a, stretches, leaders.size, config)
    inside = several[a]
    holds: dict[int, dict[int, _Part]] = defaultdict(dict)
    words = {}
    for outer, inner, (first, end, whole) in zip(
        a[inside].tolist(), b[inside].tolist(), stretches[inside].tolist(), strict=True
    ):
        holds[outer][inner] = _Part(first, end, (inner,))
        words[outer] = whole
    prints = _prints(leaders, publishers)
    for outer in sorted(holds, reverse=True):  # a round-up inside another one is no part of it
        inner = [part for one, part in holds[outer].items() if not found[one]]
        parts = _apart(inner, config)
        if len(parts) > 1:
            found[outer] = _is_round_up(parts, words[outer], prints((outer,)), prints)
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


def _apart(stretches: list[_Part], config: Config) -> list[_Part]:
    """Join stretches that share enough words to be one story."""
    parts: list[_Part] = []
    for one in sorted(stretches, key=lambda part: (part.first, part.end, part.classes)):
        if parts:
            last = parts[-1]
            shorter = min(one.words, last.words)
            needed = min(config.overlap_words, ceil(config.contained * shorter))
            if min(one.end, last.end) - one.first >= needed:
                parts[-1] = _Part(last.first, max(one.end, last.end), last.classes + one.classes)
                continue
        parts.append(one)
    return parts


def _prints(leaders: Numbers, publishers: NDArray[np.int32]) -> Callable[[tuple[int, ...]], int]:
    """Give a function that counts the publishers of classes; versions of one count once."""
    order = np.argsort(leaders, kind="stable")
    starts = np.searchsorted(leaders[order], np.arange(leaders.size + 1))
    names = np.where(publishers < 0, -1 - np.arange(leaders.size), publishers)

    def count(classes: tuple[int, ...]) -> int:
        stories = (names[order[starts[leader] : starts[leader + 1]]] for leader in classes)
        return len(set().union(*(publishers.tolist() for publishers in stories)))

    return count


def _is_round_up(
    parts: list[_Part], words: int, printed: int, prints: Callable[[tuple[int, ...]], int]
) -> bool:
    """Tell by a text's parts, its words and how many publishers print it."""
    counts = [prints(part.classes) for part in parts]
    if sum(count > printed for count in counts) > 1:
        return True
    sizes = [part.words for part, count in zip(parts, counts, strict=True) if count >= printed]
    return len(sizes) >= _MANY_PARTS and 2 * max(sizes) <= words and 2 * sum(sizes) >= words
