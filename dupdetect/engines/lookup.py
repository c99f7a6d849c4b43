"""Which stories of an index may be copies of others: by digest and by shared fingerprints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.kernels.codes import ANYWHERE, SURROUNDING_BITS
from dupdetect.products.pairs import Numbers
from dupdetect.products.sketches import Sketches
from dupdetect.store.segments import find_keys
from dupdetect.store.view import Postings, View

__all__ = ["Candidates", "best", "find_candidates"]

_BITS, _SURROUNDINGS = np.uint64(SURROUNDING_BITS), np.uint64(ANYWHERE)
_STEP = np.uint64(1 << SURROUNDING_BITS)  # from one fingerprint to the next, surroundings aside
_LAST = np.uint64((1 << 64 - SURROUNDING_BITS) - 1)
_MOST_LISTED = 512  # stories of one fingerprint that are looked at
_ASKED = 256  # stories looked up at a time
_EQUAL = 1 << 20  # weight of an equal digest: more than any number of fingerprints


class Candidates:
    """Pairs of an asked story and a body of the index that may relate; shape (pairs,) each.

    Attributes
    ----------
    asked : ndarray of int64
        Number of the asked story; ascending.
    uid : ndarray of uint32
        The body.
    score : ndarray of int64
        Shared fingerprints; one in a longer run counts twice.
    """

    def __init__(self, asked: Numbers, uid: NDArray[np.uint32], score: Numbers) -> None:
        self.asked, self.uid, self.score = asked, uid, score


def find_candidates(view: View, sketches: Sketches, run_words: int) -> Candidates:
    """Look stories up; those that share two fingerprints, or one in a longer run.

    Parameters
    ----------
    view : View
        A generation.
    sketches : Sketches
        Of the asked stories.
    run_words : int
        Words that a shared run has besides the fingerprint's.
    """
    pairs, scores = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    count = sketches.offsets.size - 1
    for first in range(0, count, _ASKED):
        stories = np.arange(first, min(first + _ASKED, count))
        offsets = sketches.offsets[stories[0] : stories[-1] + 2]
        keys = np.asarray(sketches.fingerprints[offsets[0] : offsets[-1]])
        asked = np.repeat(stories, np.diff(offsets))
        order = np.argsort(keys, kind="stable")
        for postings in view.postings:
            pair, score = _in_segment(
                postings, keys[order], asked[order], sketches, stories, run_words
            )
            some = view.alive[pair & 0xFFFFFFFF] & (score >= 2)
            pairs.append(pair[some])
            scores.append(score[some])
    pair, score = np.concatenate(pairs), np.concatenate(scores)
    order = np.argsort(pair, kind="stable")
    pair, score = pair[order], score[order]
    return Candidates(pair >> 32, (pair & 0xFFFFFFFF).astype(np.uint32), score)


def best(found: Candidates, view: View, limit: int) -> Candidates:
    """Return, for each asked story, those that share most.

    Parameters
    ----------
    found : Candidates
        All.
    view : View
        The generation.
    limit : int
        Of each asked story at most; of one cluster no more than a quarter while there are others.
    """
    cluster = view.live.name[view.row_of_uid[found.uid]].astype(np.int64)
    order = np.lexsort((found.uid, -found.score, cluster, found.asked))
    group = found.asked[order] << 32 | cluster[order]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    place = np.arange(order.size) - np.repeat(first, np.diff(first, append=order.size))
    later = np.zeros(order.size, dtype=bool)
    later[order] = place >= max(limit // 4, 1)
    order = np.lexsort((found.uid, -found.score, later, found.asked))
    asked = found.asked[order]
    first = np.flatnonzero(np.diff(asked, prepend=-1))
    place = np.arange(order.size) - np.repeat(first, np.diff(first, append=order.size))
    chosen = order[place < limit]
    return Candidates(found.asked[chosen], found.uid[chosen], found.score[chosen])


def _in_segment(
    postings: Postings,
    keys: NDArray[np.uint64],
    asked: Numbers,
    sketches: Sketches,
    stories: Numbers,
    run_words: int,
) -> tuple[Numbers, Numbers]:
    """Pairs of asked story and uid in one segment, each once, and what they share."""
    offsets, held, order, few, uids, *_ = postings
    different, back = np.unique(keys >> _BITS, return_inverse=True)
    first = different << _BITS
    low, above = np.split(find_keys(held, order, few, np.concatenate([first, first + _STEP])), 2)
    high = np.where(different == _LAST, order.size, above)
    sizes = np.minimum(high - low, _MOST_LISTED)[back]
    ends = np.cumsum(sizes)
    at = np.arange(ends[-1] if ends.size else 0)
    at += np.repeat(low[back] - (ends - sizes), sizes)
    place = order[at].astype(np.int64)
    ours, theirs = np.repeat(keys, sizes), held[place]
    row = np.searchsorted(offsets, place, side="right") - 1
    pair = np.repeat(asked, sizes) << 32 | uids[row].astype(np.int64)
    around = ((one & _SURROUNDINGS).astype(np.uint32) for one in (ours, theirs))
    weight = 1 + kernels.may_share_run(*around, run_words=run_words).astype(np.int64)
    equal, same = _equal_digests(postings, sketches, stories)
    pair, weight = np.concatenate([pair, equal]), np.concatenate([weight, same])
    pairs, at = np.unique(pair, return_inverse=True)
    return pairs, np.bincount(at, weights=weight, minlength=pairs.size).astype(np.int64)


def _equal_digests(
    postings: Postings, sketches: Sketches, stories: Numbers
) -> tuple[Numbers, Numbers]:
    """Pairs of equal bodies: short ones have no fingerprints."""
    stories = stories[sketches.body_words[stories] > 0]
    asked = sketches.digests[stories, 0]
    low = np.searchsorted(postings.digests, asked)
    sizes = np.searchsorted(postings.digests, asked, side="right") - low
    sizes = np.minimum(sizes, _MOST_LISTED)
    ends = np.cumsum(sizes)
    at = np.arange(sizes.sum()) + np.repeat(low - (ends - sizes), sizes)
    uids = postings.uids[postings.by_digest[at]].astype(np.int64)
    pairs = np.repeat(stories, sizes) << 32 | uids
    return pairs, np.full(pairs.size, _EQUAL, dtype=np.int64)
