"""What new stories of an index relate to, found by aligning them with the likeliest others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect.engines.lookup import FIRST, Candidates, best
from dupdetect.engines.remember import RememberingVerifier
from dupdetect.engines.stages import by_date_and_id
from dupdetect.engines.verify import decide_dated
from dupdetect.engines.work import Work
from dupdetect.products.alignments import are_copies
from dupdetect.products.pairs import Numbers, Ranking, among, pair_keys
from dupdetect.products.schemas import NONE
from dupdetect.products.texts import Texts
from dupdetect.store.pairs import PairMemory, Unwritten, uid_keys
from dupdetect.store.view import Live, View
from dupdetect.support.columns import to_numpy, united

__all__ = ["Reached", "linked", "related_to"]

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
    one_each = likeliest.take(first)
    reached = united(seqs[candidates.asked], live.seq[view.row_of_uid[candidates.uid]])
    verifier = _verifier(view, reached, work, unwritten)

    def kinds(asked: Numbers, uid: Seqs) -> NDArray[np.int8]:
        others = live.seq[view.row_of_uid[uid]]
        return _kinds(verifier, *(reached.searchsorted(one) for one in (seqs[asked], others)))

    begun = kinds(one_each.asked, one_each.uid)
    copies = are_copies(begun)
    done = np.isin(group, group[first][copies])
    lacks = np.ones(seqs.size, dtype=bool)
    lacks[one_each.asked[copies]] = False
    more = (likeliest.take(~first & ~done), later.take(lacks[later.asked]))
    asked, uid = (np.concatenate([getattr(one, name) for one in more]) for name in ("asked", "uid"))
    kind = np.concatenate([begun, kinds(asked, uid)])
    asked, uid = np.concatenate([one_each.asked, asked]), np.concatenate([one_each.uid, uid])
    names = live.name[view.row_of_uid[uid]]
    copy = are_copies(kind)
    other = np.flatnonzero((kind != NONE) & ~copy)
    other = other[np.unique(asked[other] << 32 | names[other], return_index=True)[1]]
    pairs = np.stack([seqs[asked[other]], live.seq[view.row_of_uid[uid[other]]]], axis=1)
    joined = np.zeros(int(live.name.max()) + 1, dtype=bool)
    joined[names[copy]] = True
    mates: Seqs = live.seq[joined[live.name]]
    return Reached(seqs[np.unique(asked[copy])], mates, pairs)


def linked(view: View, live: Live, seqs: Seqs, work: Work) -> Seqs:
    """Return all stories of the clusters of some stories, and of those that copies link to these.

    Which cluster a story joins depends on all that it is a copy of: a text that holds several
    stories, each in a cluster of its own, takes none of them in. And a story may stay in the place
    of one that is in another cluster.

    Parameters
    ----------
    view : View
        A generation that has what is known of their pairs.
    live : Live
        Its stories, or those of the one before.
    seqs : ndarray of uint32
        The stories; those that are not in `live` are passed over.
    work : Work
        Settings.
    """
    rows = live.rows(seqs)
    rows = rows[rows >= 0]
    if not rows.size:
        return live.seq[:0]
    inside = np.zeros(int(live.seq[-1]) + 1, dtype=bool)
    inside[live.seq[rows]] = True
    kept = np.flatnonzero(inside[live.keeper])
    reached = np.zeros(int(live.name.max()) + 1, dtype=bool)
    reached[live.name[rows]] = reached[live.name[kept]] = True
    pairs = live.pairs
    while True:
        whole = reached[live.name]
        inside[live.seq] = whole
        one, other = inside[pairs].T
        edge = one != other
        asked = np.flatnonzero(edge)
        ends = live.rows(pairs[asked].ravel()).reshape(-1, 2)
        copies = ends[_known_copies(view, live, ends, work)] if asked.size else ends
        if not copies.size:
            found: Seqs = live.seq[whole]
            return found
        reached[live.name[copies]] = True
        pairs = pairs[~edge]


def _known_copies(view: View, live: Live, rows: Numbers, work: Work) -> NDArray[np.bool_]:
    """Tell which pairs of rows of `live` are known to be copies."""
    ends = [live.uid[rows[:, side]] for side in (0, 1)]
    _, parts, places = view.memory.find(uid_keys(*ends))
    known = np.flatnonzero(places >= 0)
    first = (ends[0] < ends[1])[known]
    x, y = rows[known].T
    aligned = view.memory.take(
        parts[known], places[known], np.where(first, x, y), np.where(first, y, x), spans=False
    )
    published = None
    if work.config.within_days:
        published = to_numpy(view.stories_of(live.seq, ["published_us"])["published_us"])
    found = np.zeros(len(rows), dtype=bool)
    found[known] = are_copies(decide_dated(aligned, work.config, published).kind)
    return found


def _kinds(verifier: RememberingVerifier, x: Numbers, y: Numbers) -> NDArray[np.int8]:
    """Compare pairs of stories, by number; return the code of each pair's kind."""
    kinds = np.full(x.size, NONE, dtype=np.int8)
    if not kinds.size:
        return kinds
    a, b = verifier.ranking.to_rank(x), verifier.ranking.to_rank(y)
    edges = verifier.verify(a, b)
    found, keys = pair_keys(edges.a, edges.b), pair_keys(a, b)
    order = found.argsort()
    found = found[order]
    some = among(keys, found).nonzero()[0]
    kinds[some] = edges.kind[order[found.searchsorted(keys[some])]]
    return kinds


def _verifier(view: View, seqs: Seqs, work: Work, unwritten: Unwritten) -> RememberingVerifier:
    """Return what aligns some stories, which ascend, none of whose pairs is known."""
    uids = view.live.uid[view.live.rows(seqs)]
    table = view.stories_of(seqs, ["id", "published_us"])
    published = to_numpy(table["published_us"])
    bodies = view.sketches_of(uids, ["body_words", "digest"])
    digests = to_numpy(bodies["digest"].combine_chunks().flatten()).reshape(-1, 2)
    by_id = by_date_and_id(table["id"].combine_chunks(), published)
    status = view.status_of(uids)
    texts = Texts(*view.texts_of(seqs), status.status, status.offsets, misread=view.misread(uids))
    return RememberingVerifier(
        texts, Ranking.of(to_numpy(bodies["body_words"]), digests, by_id), work,
        published_us=published, uids=uids, memory=PairMemory(), unwritten=unwritten,
    )  # fmt: skip
