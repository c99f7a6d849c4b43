"""Which stories of an index may be copies of others: by digest and by shared fingerprints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.products.pairs import Numbers, group_starts, places_in_groups
from dupdetect.products.sketches import Sketches
from dupdetect.store.segments import STEP, SketchSegment
from dupdetect.store.view import View

__all__ = ["FIRST", "Candidates", "best", "find_candidates"]

FIRST = 32
"""Stories that an asked one is compared with before it is seen whether one of them is a copy."""
_MOST_LISTED = 512  # stories of one fingerprint that are looked at
_ENOUGH = 4  # what must be shared; one in the same surroundings counts twice
_FEW = 12  # fingerprints of a story of about 50 words
_SHARED = 2.5  # times as many fingerprints as it shares with a copy a story has at most
_AROUND = 10  # besides those that are of headlines and the like around its body
_MOST_SCANS = 4  # stories that may be copies only because one of the two is a bad scan
_EQUAL = 1 << 20  # weight of an equal digest: more than any number of fingerprints


@dataclass(frozen=True, slots=True, eq=False)
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
    copies : ndarray of bool
        Whether one may be a copy of the other: the smaller shares enough of its fingerprints, or
        one of them is a bad scan and few others of these share more.
    """

    asked: Numbers
    uid: NDArray[np.uint32]
    score: Numbers
    copies: NDArray[np.bool_]

    @classmethod
    def none(cls) -> Candidates:
        """No pairs."""
        numbers = np.empty(0, np.int64)
        return cls(numbers, np.empty(0, np.uint32), numbers, np.empty(0, np.bool_))

    def take(self, chosen: NDArray[Any] | slice) -> Candidates:
        """Return some of the pairs, by place or as truth values."""
        return Candidates(
            self.asked[chosen], self.uid[chosen], self.score[chosen], self.copies[chosen]
        )


def find_candidates(
    view: View, sketches: Sketches, run_words: int, *, threads: int = 1
) -> Candidates:
    """Look stories up: those that share two fingerprints that may lie in a longer run, or four.

    That is so of all that share a run of 25 words. Where one of the two has few fingerprints, or is
    a bad scan, half of that is enough.

    Parameters
    ----------
    view : View
        A generation.
    sketches : Sketches
        Of the asked stories.
    run_words : int
        Words that a shared run has besides the fingerprint's.
    threads : int
        Threads to use; the result does not depend on it.
    """
    found: list[tuple[NDArray[Any], ...]] = []
    equal: list[Numbers] = []
    digests = np.ascontiguousarray(sketches.digests[:, 0])
    for segment in view.sketches:
        held_offsets, held = segment.fingerprints
        asked, rows, score = kernels.look_up_postings(
            sketches.fingerprints, sketches.offsets,
            held=held, held_offsets=held_offsets, order=segment.order, few=segment.few,
            few_rows=segment.few_rows, step=STEP, most=_MOST_LISTED, run_words=run_words,
            threads=threads,
        )  # fmt: skip
        if asked.size:
            pair = asked << 32 | segment.uids[rows]
            found.append((pair, score, segment.sizes[rows], segment.misread[rows]))
        same = _equal_digests(segment, digests, sketches.body_words)
        if same.size:
            equal.append(same)
    if not found and not equal:
        return Candidates.none()
    if not found:  # equal digests alone
        none = np.empty(0, np.int64)
        found.append((none, none, none, np.empty(0, np.bool_)))
    pair, score, copy, scan = _likely(found, sketches)
    if equal:
        same = np.concatenate(equal)
        pair = np.concatenate([pair, same])
        score = np.concatenate([score, np.full(same.size, _EQUAL)])
        copy = np.concatenate([copy, np.ones(same.size, dtype=bool)])
        scan = np.concatenate([scan, np.zeros(same.size, dtype=bool)])
    alive = view.alive[pair & 0xFFFFFFFF].nonzero()[0]
    order = alive[pair[alive].argsort(kind="stable")]
    pair, score, copy, scan = pair[order], score[order], copy[order], scan[order]
    first = group_starts(pair)
    if first.size < pair.size:
        score, copy = np.add.reduceat(score, first), np.logical_or.reduceat(copy, first)
        pair, scan = pair[first], scan[first] & ~copy
    alike = Candidates(pair >> 32, (pair & 0xFFFFFFFF).astype(np.uint32), score, copy)
    scans = scan.nonzero()[0]
    return _with_scans(alike, scans) if scans.size else alike


def _likely(
    found: list[tuple[NDArray[Any], ...]], sketches: Sketches
) -> tuple[Numbers, Numbers, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the pairs that share enough, their scores, and which may be copies or bad scans."""
    pair, score, sizes, misread = map(np.concatenate, zip(*found, strict=True))
    asked = pair >> 32
    ours = sketches.misread()
    if ours.any():  # few of its words stand as they were printed
        misread |= ours[asked]
    smaller = np.minimum(sizes, sketches.offsets[asked + 1] - sketches.offsets[asked])
    enough = ((smaller < _FEW) | (score >= _ENOUGH) | misread).nonzero()[0]
    pair, score, misread = pair[enough], score[enough], misread[enough]
    copy = _SHARED * score + _AROUND >= smaller[enough]
    return pair, score, copy, misread & ~copy


def _with_scans(found: Candidates, scans: Numbers) -> Candidates:
    """Let those bad scans that share most be copies, too; of the others few words are alike."""
    order = scans[np.lexsort((found.uid[scans], -found.score[scans], found.asked[scans]))]
    some = places_in_groups(found.asked[order]) < _MOST_SCANS
    found.copies[order[some]] = True
    stays = np.ones(found.asked.size, dtype=bool)
    stays[order[~some]] = found.score[order[~some]] >= _ENOUGH
    return found.take(stays)


def best(found: Candidates, view: View, limit: int) -> tuple[Candidates, Candidates]:
    """Return, for each asked story, those that share most, and the others; likeliest first.

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
    likely = (found.uid, -found.score, ~found.copies)
    order = np.lexsort((*likely, cluster, found.asked))
    place = places_in_groups(found.asked[order] << 32 | cluster[order])
    later = np.zeros(order.size, dtype=bool)
    later[order] = place >= max(limit // 4, 1)
    order = np.lexsort((*likely, later, found.asked))
    first = places_in_groups(found.asked[order]) < limit
    return found.take(order[first]), found.take(order[~first])


def _equal_digests(
    segment: SketchSegment, asked: NDArray[np.uint64], body_words: NDArray[np.uint32]
) -> Numbers:
    """Pairs of asked story and uid with equal bodies: short ones have no fingerprints."""
    digests, rows = segment.digests
    low = digests.searchsorted(asked)
    if not digests.size or not (digests.take(low, mode="clip") == asked).any():
        return np.empty(0, dtype=np.int64)
    sizes = digests.searchsorted(asked, side="right") - low
    sizes = np.where(body_words > 0, np.minimum(sizes, _MOST_LISTED), 0)
    ends = sizes.cumsum()
    at = np.arange(ends[-1]) + np.repeat(low - (ends - sizes), sizes)
    pairs: Numbers = np.repeat(np.arange(sizes.size), sizes) << 32 | segment.uids[rows[at]]
    return pairs
