"""What new stories of an index relate to, found by aligning them with the likeliest others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dupdetect.engines.lookup import FIRST, Candidates, best
from dupdetect.engines.remember import RememberingVerifier
from dupdetect.engines.stages import Flow
from dupdetect.engines.work import Work
from dupdetect.products.pairs import pair_keys
from dupdetect.products.schemas import COPIES, NONE
from dupdetect.products.stories import Stories
from dupdetect.store.pairs import PairMemory, Unwritten
from dupdetect.store.segments import sketches_of, status_of
from dupdetect.store.view import View
from dupdetect.support.columns import contained

__all__ = ["Reached", "related_to"]

Seqs = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """What new stories relate to.

    Attributes
    ----------
    seqs : ndarray of uint32
        New stories that are a copy of others, or the other way round; ascending.
    mates : ndarray of uint32
        Stories of the clusters that these others are in; ascending.
    pairs : ndarray of uint32, shape (pairs, 2)
        New stories and others that share passages with them, one of each such cluster.
    """

    seqs: Seqs
    mates: Seqs
    pairs: Seqs


def related_to(
    view: View, seqs: Seqs, candidates: Candidates, work: Work, *, unwritten: Unwritten
) -> Reached:
    """Find what new stories relate to: the likeliest of each cluster, then, if need be, others.

    Parameters
    ----------
    view : View
        With the new stories.
    seqs : ndarray of uint32
        The new stories, and those with another body than before, ascending.
    candidates : Candidates
        Other stories; numbers of asked stories are places in `seqs`.
    work : Work
        Settings, threads.
    unwritten : Unwritten
        Takes what is found.
    """
    live = view.live
    if not candidates.asked.size:
        return Reached(seqs[:0], seqs[:0], np.empty((0, 2), np.uint32))
    likeliest, later = best(candidates, view, FIRST)
    group = likeliest.asked << 32 | live.name[view.row_of_uid[likeliest.uid]]
    first = np.zeros(group.size, dtype=bool)
    first[np.unique(group, return_index=True)[1]] = True
    chosen = [likeliest.take(first)]
    kinds = [_kinds(view, seqs, chosen[0], work, unwritten)]
    copies = np.isin(kinds[0], COPIES)
    done = np.isin(group, group[first][copies])
    lacks = np.ones(seqs.size, dtype=bool)
    lacks[chosen[0].asked[copies]] = False
    for others in (likeliest.take(~first & ~done), later.take(lacks[later.asked])):
        chosen.append(others)
        kinds.append(_kinds(view, seqs, others, work, unwritten))
    asked, uid = (
        np.concatenate([getattr(one, name) for one in chosen]) for name in ("asked", "uid")
    )
    kind = np.concatenate(kinds)
    names = live.name[view.row_of_uid[uid]]
    copy, other = np.isin(kind, COPIES), np.flatnonzero((kind != NONE) & ~np.isin(kind, COPIES))
    other = other[np.unique(asked[other] << 32 | names[other], return_index=True)[1]]
    pairs = np.stack([seqs[asked[other]], live.seq[view.row_of_uid[uid[other]]]], axis=1)
    mates: Seqs = live.seq[contained(live.name, names[copy])]
    return Reached(seqs[np.unique(asked[copy])], mates, pairs)


def _kinds(
    view: View, seqs: Seqs, candidates: Candidates, work: Work, unwritten: Unwritten
) -> NDArray[np.int8]:
    """Compare new stories with others; return what each pair is, a code of KINDS."""
    live = view.live
    kinds = np.full(candidates.asked.size, NONE, dtype=np.int8)
    if not kinds.size:
        return kinds
    ends = np.stack([seqs[candidates.asked], live.seq[view.row_of_uid[candidates.uid]]], axis=1)
    stories, numbers = np.unique(ends, return_inverse=True)
    uids = live.uid[live.rows(stories)]
    table = view.sketches_of(uids, ["status", "body_words", "digest", "bands", "fingerprints"])
    remembering = partial(RememberingVerifier, uids=uids, memory=PairMemory(), unwritten=unwritten)
    flow = Flow(work, verifier=remembering, split=False)
    given = Stories.of(view.corpus(stories, name="")), status_of(table), sketches_of(table)
    ranks = flow.ranking(given[0], given[2]).to_rank(numbers.reshape(-1, 2))
    edges = flow.verifier(*given).verify(*ranks.T)
    found = pair_keys(edges.a, edges.b)
    order = np.argsort(found)
    keys = pair_keys(*ranks.T)
    at = np.flatnonzero(np.isin(keys, found))
    kinds[at] = edges.kind[order[np.searchsorted(found[order], keys[at])]]
    return kinds
