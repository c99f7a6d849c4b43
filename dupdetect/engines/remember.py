"""A verifier that knows what runs before found of pairs, and notes what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dupdetect.engines.verify import Verifier
from dupdetect.engines.work import Work
from dupdetect.products.alignments import Alignments, OwnFacts, Related
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers, Ranking, among, pair_keys
from dupdetect.products.schemas import NONE
from dupdetect.products.texts import Texts
from dupdetect.stages.relate import Worded
from dupdetect.store.pairs import Own, PairMemory, Unwritten, uid_keys

Chosen = NDArray[np.bool_]
_ALL = 1 << 62  # bytes: everything that was aligned is written in the end


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """What is known of pairs of some stories.

    Attributes
    ----------
    keys : ndarray of int64, shape (pairs,)
        Pairs of ranks, ascending.
    place, edge : ndarray of int64, shape (pairs,)
        Where each is among `found` and `edges`; -1 where it is not.
    found : Alignments
        Without spans.
    edges : Edges
        Those of them that relate.
    """

    keys: Numbers
    place: Numbers
    found: Alignments
    edge: Numbers
    edges: Edges

    def find(self, keys: Numbers) -> tuple[Numbers, Chosen]:
        """Return where pairs stand, and which do; those that do not may stand anywhere."""
        if not self.keys.size:
            return np.zeros(keys.size, dtype=np.int64), np.zeros(keys.size, dtype=bool)
        at = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        return at, self.keys[at] == keys


class RememberingVerifier(Verifier):
    """Aligns pairs that no run before has aligned.

    A pair is known by its two bodies (``uid``): where another line of one of them has become
    furniture, it is another body, and the pair is a new one.

    Parameters
    ----------
    texts, ranking, work, published_us
        As for :class:`Verifier`.
    uids : ndarray of uint32, shape (stories,)
        The body of each story number.
    memory : PairMemory
        What is known.
    unwritten : Unwritten
        Takes what is found.
    spans : bool
        Whether :meth:`aligned` gives the passages of pairs that are known, too.
    fill : callable, optional
        Told the numbers of the stories whose texts are about to be read, None for all.
    """

    def __init__(
        self,
        texts: Texts,
        ranking: Ranking,
        work: Work,
        *,
        published_us: Numbers | None = None,
        uids: NDArray[np.uint32],
        memory: PairMemory,
        unwritten: Unwritten,
        spans: bool = False,
        fill: Callable[[Numbers | None], None] | None = None,
    ) -> None:
        super().__init__(texts, ranking, work, published_us=published_us, keep_bytes=_ALL)
        self._uids = uids
        self._memory = memory
        self._unwritten = unwritten
        self._spans = spans
        self._fill = fill
        self._before: _Before | None = None
        self._copies: Related | None = None  # what the pairs of it are if of one cluster

    def _known_before(self) -> _Before:
        """Return what is known of pairs of these stories."""
        if self._before is None:
            by_uid = np.argsort(self._uids)
            uids = self._uids[by_uid]
            keys, parts, places = self._memory.inside(uids)
            if not keys.size:
                none = np.empty(0, dtype=np.int64)
                self._before = _Before(none, none, Alignments.none(), none, Edges.empty())
                return self._before
            sides = (keys >> np.uint64(32), keys & np.uint64(0xFFFFFFFF))
            smaller, larger = (by_uid[np.searchsorted(uids, one)] for one in sides)
            ranks = pair_keys(*(self._ranking.to_rank(one) for one in (smaller, larger)))
            order = np.argsort(ranks)
            some = order[places[order] >= 0]
            found = self._memory.take(
                parts[some], places[some], smaller[some], larger[some], spans=False
            )
            place = np.full(keys.size, -1, dtype=np.int64)
            place[places[order] >= 0] = np.arange(some.size)
            decided = self.decide(found)
            relates = np.flatnonzero(decided.kind != NONE)
            edge = np.full(some.size + 1, -1, dtype=np.int64)
            edge[relates] = np.arange(relates.size)
            edges = self._as_edges(found.take(relates), decided.take(relates))
            self._before = _Before(ranks[order], place, found, edge[place], edges)
        return self._before

    def verify(self, a: Numbers, b: Numbers) -> Edges:
        """Return those of some pairs of ranks that relate; see :meth:`Verifier.verify`."""
        if not a.size:
            return Edges.empty()
        known, keys = self._known_before(), pair_keys(a, b)
        at, old = known.find(keys)
        edge = known.edge[at[old]]
        before = known.edges.take(edge[edge >= 0])
        self._note(keys[old], [before])
        if old.all():
            return before
        x, y = a[~old], b[~old]
        new = super().verify(x, y)
        none = ~among(keys[~old], np.sort(pair_keys(new.a, new.b)))
        self._unwritten.none.append(self._by_uid(x[none], y[none])[0])
        return Edges.all_of([before, new])

    def aligned(self, a: Numbers, b: Numbers) -> Alignments:
        """Return the alignments of pairs of ranks; see :meth:`Verifier.aligned`."""
        known, old = self._aligned_before(a, b)
        if known is None:
            return super().aligned(a, b)
        if old.all():
            return known
        order = np.empty(a.size, dtype=np.int64)
        order[old] = np.arange(known.a.size)
        order[~old] = np.arange(known.a.size, a.size)
        return Alignments.joined([known, super().aligned(a[~old], b[~old])]).take(order)

    def aligned_copies(self, a: Numbers, b: Numbers) -> tuple[Alignments, Related]:
        """Return alignments, and how pairs relate; see :meth:`Verifier.aligned_copies`."""
        if self._spans:
            return super().aligned_copies(a, b)
        known = self._known_before()
        at, old = known.find(pair_keys(a, b))
        if not old.all() or (known.place[at] < 0).any():
            return super().aligned_copies(a, b)
        if self._copies is None:
            self._copies = self.relate(known.found, np.ones(known.found.a.size, dtype=bool))
        place = known.place[at]
        return known.found.take(place), self._copies.take(place)

    def _aligned_before(self, a: Numbers, b: Numbers) -> tuple[Alignments | None, Chosen]:
        """Alignments of those of some pairs that are known, if any; and which these are."""
        if not self._spans:
            known = self._known_before()
            at, old = known.find(pair_keys(a, b))
            place = np.where(old, known.place[at], -1) if old.any() else np.full(a.size, -1)
            old = place >= 0
            return (known.found.take(place[old]) if old.any() else None), old
        keys, smaller, larger = self._by_uid(a, b)
        _, parts, places = self._memory.find(keys)
        old = places >= 0
        if not old.any():
            return None, old
        return self._memory.take(
            parts[old], places[old], smaller[old], larger[old], spans=True
        ), old

    def _aligned(
        self, stage: str, a: Numbers, b: Numbers, *, spans: bool, skip_unrelated: bool = False
    ) -> tuple[Alignments, Worded]:
        """Align pairs; those that were asked about after the clusters were found are kept, too."""
        found, worded = super()._aligned(stage, a, b, spans=spans, skip_unrelated=skip_unrelated)
        if stage == "relate" and found.a.size:
            self._keep(found)
        return found, worded

    def _texts_for(self, a: Numbers, b: Numbers) -> tuple[Texts, Numbers, Numbers, Numbers | None]:
        if self._fill is not None:
            self._fill(self._read_for(a, b))
        return super()._texts_for(a, b)

    def own_facts(self, rows: Numbers, kept: Numbers) -> OwnFacts:
        """Count what rows name that the stories kept do not; see :meth:`Verifier.own_facts`."""
        ends = [self._uids[self._ranking.to_story(one)].astype(np.uint64) for one in (rows, kept)]
        keys = ends[0] << np.uint64(32) | ends[1]
        known, counts = self._memory.own_facts(keys)
        if not known.all():
            new = np.flatnonzero(~known)
            if self._fill is not None:
                asked = np.concatenate([rows[new], kept[new]])
                self._fill(self._ranking.to_story(asked))
            found = super().own_facts(rows[new], kept[new])
            counts[new] = np.stack([getattr(found, one.name) for one in fields(found)], axis=1)
            self._unwritten.own.append(Own(keys[new], counts[new].astype(np.int32)))
        return OwnFacts(*counts.T)

    def _keep(self, found: Alignments) -> None:
        super()._keep(found)
        a, b = self._uids[found.a], self._uids[found.b]
        self._unwritten.keys.append(uid_keys(a, b))
        self._unwritten.turned.append(a > b)
        self._unwritten.aligned.append(found)

    def align_unknown(self, a: Numbers, b: Numbers) -> None:
        """Align those of some pairs of ranks of which nothing is kept, so that it is."""
        unknown = ~self._aligned_before(a, b)[1]
        if unknown.any():
            super().aligned(a[unknown], b[unknown])

    def _by_uid(self, a: Numbers, b: Numbers) -> tuple[NDArray[np.uint64], Numbers, Numbers]:
        """Key of each pair of ranks, and the story numbers of its smaller and larger uid."""
        x, y = self._ranking.to_story(a), self._ranking.to_story(b)
        first = self._uids[x] < self._uids[y]
        return (
            uid_keys(self._uids[x], self._uids[y]),
            np.where(first, x, y),
            np.where(first, y, x),
        )
