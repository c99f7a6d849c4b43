"""Pairs of stories aligned, and how they relate; each pair once, as far as memory allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.engines.work import Work
from dupdetect.output.tables import relations_table
from dupdetect.products.alignments import Alignments, OwnFacts, Related, are_copies
from dupdetect.products.edges import Copies, Edges
from dupdetect.products.pairs import Numbers, Ranking, among, pair_ends, pair_keys
from dupdetect.products.schemas import NONE, OVERLAP
from dupdetect.products.texts import Bodies, Texts
from dupdetect.settings import RelateSettings
from dupdetect.stages import relate
from dupdetect.stages.align import align_pairs, in_characters
from dupdetect.stages.bodies import split_bodies
from dupdetect.stages.facts import add_facts, own_facts
from dupdetect.stages.relate import Worded
from dupdetect.support.columns import united
from dupdetect.support.dates import UNKNOWN_TIME

_FEW = 1 << 12  # pairs, which are copied into one place
_BATCH = 1 << 13  # pairs at a time: so much that what is measured of them stays in the heap
DAY_US = 86_400_000_000


class Verifier:
    """Aligns pairs of stories; pairs are given by rank.

    What it aligned to decide relations it keeps, up to a number of bytes, because most of it will
    be reported.

    Parameters
    ----------
    texts : Texts
        Raw texts, line status and bodies.
    ranking : Ranking
        The order of the stories.
    work : Work
        Settings, threads, progress.
    published_us : ndarray of int64, shape (stories,), optional
        When each story was published, by number; needed for ``within_days``.
    keep_bytes : int, optional
        Alignments of related pairs are kept until they take as much as this; one batch may exceed
        it. By default a part of the memory that `work` may fill.
    passages : bool
        Whether alignments have passages and changes; who shows none need not have them found.
    """

    def __init__(
        self,
        texts: Texts,
        ranking: Ranking,
        work: Work,
        *,
        published_us: Numbers | None = None,
        keep_bytes: int | None = None,
        passages: bool = True,
    ) -> None:
        self._texts = texts
        self._passages = passages
        self._ranking = ranking
        self._work = work
        self._published_us = published_us
        self._room = work.memory.alignments if keep_bytes is None else keep_bytes
        self._lead = np.arange(ranking.story_of.size)
        self._compared: list[Numbers] = []  # keys of pairs
        self._edges: list[Edges] = []  # what they were found to be
        self._new: list[Alignments] = []  # kept, not yet among the known
        self._known: _Known | None = None
        self._split = 0  # texts, while they are split call by call

    @property
    def ranking(self) -> Ranking:
        """The order of the stories."""
        return self._ranking

    def verify(self, a: Numbers, b: Numbers) -> Edges:
        """Return those of some pairs of ranks that relate.

        Parameters
        ----------
        a, b : ndarray of int64, shape (pairs,)
            Different ranks, in either order.
        """
        edges = [Edges.empty()]
        for x, y in self._batches(np.minimum(a, b), np.maximum(a, b)):
            keep = self._room > 0
            spans = keep and self._passages
            found, worded = self._aligned("compare", x, y, spans=spans, skip_unrelated=True)
            found, new = self._edges_of(found, worded)
            self._work.counts["unrelated_pairs"] += x.size - new.a.size
            edges.append(new)
            if keep:
                self._keep(found)
        self._note(pair_keys(a, b), edges)
        return Edges.all_of(edges)

    def _edges_of(self, found: Alignments, worded: Worded) -> tuple[Alignments, Edges]:
        """Return those of aligned pairs that relate, and as edges."""
        decided = self.decide(found, worded)
        some = (decided.kind != NONE).nonzero()[0]
        found = found.take(some)
        return found, self._as_edges(found, decided.take(some))

    def _as_edges(self, found: Alignments, decided: Worded) -> Edges:
        """Return aligned pairs that relate as edges."""
        alike = found.column("a_exact") - found.column("unlike")
        return Edges(
            self._ranking.to_rank(found.a),
            self._ranking.to_rank(found.b),
            decided.kind,
            decided.b_coverage,
            decided.a_coverage,
            alike / np.maximum(found.column("a_words"), 1),
            found.columns("a_first", "a_end", "a_words"),
        )

    def _keep(self, found: Alignments) -> None:
        """Have alignments at hand from now on."""
        self._new.append(found)
        self._room -= found.nbytes

    def _note(self, compared: Numbers, edges: list[Edges]) -> None:
        """Note which pairs were compared, and what they were found to be."""
        self._compared.append(compared)
        self._edges += edges

    def decide(self, found: Alignments, worded: Worded | None = None) -> Worded:
        """Decide what aligned pairs are; see :func:`decide_dated`."""
        return decide_dated(found, self._work.config, self._published_us, worded)

    def relate(self, found: Alignments, copies: NDArray[np.bool_] | None = None) -> Related:
        """Decide how aligned pairs relate; those too far apart in time are no copies.

        Parameters
        ----------
        found : Alignments
            By story number.
        copies : ndarray of bool, shape (pairs,), optional
            Which are of one cluster; see :func:`dupdetect.stages.relate.relate`.
        """
        return relate_dated(found, self._work.config, self._published_us, copies)

    def edges_of(self, candidates: Numbers) -> Edges:
        """Return those of all candidate pairs that relate, in the order of the pairs.

        What was verified since the last call is not aligned again.

        Parameters
        ----------
        candidates : ndarray of int64
            Keys of pairs of ranks, ascending.
        """
        known = np.sort(np.concatenate([*self._compared, candidates[:0]]))
        self.verify(*pair_ends(candidates[~among(candidates, known)]))
        found = Edges.all_of([Edges.empty(), *self._edges])
        self._compared, self._edges = [], []
        keys = pair_keys(found.a, found.b)
        order = np.argsort(keys, kind="stable")
        return found.take(order[among(keys[order], candidates)])

    def aligned(self, a: Numbers, b: Numbers) -> Alignments:
        """Return the alignments of pairs of ranks, in their order, with passages and changes.

        Parameters
        ----------
        a, b : ndarray of int64, shape (pairs,)
            Different ranks, in either order.

        Returns
        -------
        Alignments
            By story number, spans in words of the bodies.
        """
        if self._new:
            known = () if self._known is None else self._known.parts
            self._known = _Known.of((*known, *self._new))
            self._new = []
        x, y = self._ranking.to_story(a), self._ranking.to_story(b)
        places = np.full(x.size, -1) if self._known is None else self._known.places(x, y)
        new = places < 0
        found = Alignments.none()
        if new.any():
            first, second = np.minimum(a, b)[new], np.maximum(a, b)[new]  # whoever asks
            found, _ = self._aligned("relate", first, second, spans=self._passages)
        if self._known is None:
            return found
        if not new.any() and len(self._known.parts) == 1:
            return self._known.take(places)[0]
        old = np.flatnonzero(~new)[self._known.order(places[~new])]
        order = np.empty(x.size, dtype=np.int64)
        order[np.concatenate([old, np.flatnonzero(new)])] = np.arange(x.size)
        return Alignments.joined([*self._known.take(places[~new]), found]).take(order)

    def aligned_copies(self, a: Numbers, b: Numbers) -> tuple[Alignments, Related]:
        """Return the alignments of pairs of ranks of one cluster each, and how these relate."""
        found = self.aligned(a, b)
        return found, self.relate(found, np.ones(a.size, dtype=bool))

    def own_facts(self, rows: Numbers, kept: Numbers) -> OwnFacts:
        """Count what rows name that the stories kept instead do not; by rank."""
        ours, theirs = self._ranking.to_story(rows), self._ranking.to_story(kept)
        return own_facts(
            self._texts, ours, theirs, threads=self._work.threads, count=self._count_split
        )

    def _count_split(self, texts: int) -> None:
        self._work.counts["split_texts"] += texts

    def in_characters(self, found: Alignments) -> Alignments:
        """Return alignments with the spans in characters of the raw texts instead of words."""
        if not self._passages:
            none = np.zeros(found.a.size + 1, dtype=np.int64)
            return replace(found, passage_offsets=none, changed_offsets=none)
        shown = united(found.a, found.b)
        self._work.counts["split_texts"] += shown.size
        return in_characters(self._texts, found, threads=self._work.threads)

    def _batches(self, x: Numbers, y: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Families side by side, behind the longest story of each: its stories are split once."""
        lead = self._lead
        np.minimum.at(lead, y, x)
        near = np.lexsort((x, lead[x]))
        lead[y] = y  # as before
        for first in range(0, near.size, _BATCH):
            part = near[first : first + _BATCH]
            yield x[part], y[part]

    def _aligned(
        self, stage: str, a: Numbers, b: Numbers, *, spans: bool, skip_unrelated: bool = False
    ) -> tuple[Alignments, Worded]:
        """Align pairs, and measure the facts of those whose wording is that of copies.

        What the pairs are by their wording is returned, too. With `skip_unrelated` pairs that share
        nothing are left out.
        """
        texts, x, y, stories = self._texts_for(self._ranking.to_story(a), self._ranking.to_story(b))
        found = align_pairs(
            texts,
            x,
            y,
            config=self._work.config,
            passages=spans,
            changed=spans,
            skip_unrelated=skip_unrelated,
            threads=self._work.threads,
            progress=self._work.progress_of(stage, a.size),
            count=self._count_split,
        )
        if skip_unrelated:
            found = found.take(relate.with_evidence(found, config=self._work.config))
        worded = relate.by_wording(found, config=self._work.config)
        alike = relate.worded_alike(found, config=self._work.config, worded=worded)
        self._work.counts["aligned_pairs"] += a.size
        found = add_facts(texts, found, alike, threads=self._work.threads, count=self._count_split)
        if stories is not None:
            found = replace(found, a=stories[found.a], b=stories[found.b])
        return found, worded

    def _texts_for(self, a: Numbers, b: Numbers) -> tuple[Texts, Numbers, Numbers, Numbers | None]:
        """Return texts, pairs as numbers of these, and their story numbers where they are others.

        Texts that were not split are those of these pairs alone, until they would be more than half
        of all.
        """
        if self._texts.bodies is None:
            stories = self._read_for(a, b)
            if stories is not None:
                self._split += stories.size
                x, y = np.searchsorted(stories, a), np.searchsorted(stories, b)
                return self._texts.take(stories), x, y, stories
            self._texts = replace(self._texts, bodies=split(self._texts, self._work))
        return self._texts, a, b, None

    def _read_for(self, a: Numbers, b: Numbers) -> Numbers | None:
        """Numbers of the stories whose texts are read for pairs, ascending; None for all."""
        stories = np.unique(np.concatenate([a, b]))
        most = self._texts.text_offsets.size - 1
        return None if 2 * (self._split + stories.size) >= most else stories


def split(texts: Texts, work: Work) -> Bodies:
    """Split all texts, in the memory that a run may fill."""
    return split_bodies(texts, threads=work.threads, memory_bytes=work.memory.words)


def relate_dated(
    found: Alignments,
    config: RelateSettings,
    published_us: Numbers | None,
    copies: NDArray[np.bool_] | None = None,
    worded: Worded | None = None,
) -> Related:
    """Decide how aligned pairs relate, as :meth:`Verifier.relate` does.

    Parameters
    ----------
    found : Alignments
        By story number.
    config : RelateSettings
        Thresholds.
    published_us : ndarray of int64, shape (stories,), optional
        When the stories were published.
    copies : ndarray of bool, shape (pairs,), optional
        Which are of one cluster.
    worded : Worded, optional
        What they are by their wording, where it is known.
    """
    related = relate.relate(found, config=config, copies=copies, worded=worded)
    apart = _apart(found, config, published_us)
    return related if apart is None else relate.no_copies(related, apart)


def decide_dated(
    found: Alignments,
    config: RelateSettings,
    published_us: Numbers | None,
    worded: Worded | None = None,
) -> Worded:
    """Decide what aligned pairs are, and nothing else; as for :func:`relate_dated`."""
    decided = relate.decide(found, config=config, worded=worded)
    apart = _apart(found, config, published_us)
    if apart is None:
        return decided
    kind = np.where(apart & are_copies(decided.kind), OVERLAP, decided.kind).astype(np.int8)
    return replace(decided, kind=kind)


def _apart(
    found: Alignments, config: RelateSettings, published_us: Numbers | None
) -> NDArray[np.bool_] | None:
    """Tell which pairs are too far apart in time to be copies; None where that is not asked."""
    if not config.within_days or published_us is None:
        return None
    when = [published_us[side] for side in (found.a, found.b)]
    far = np.abs(when[0].astype(float) - when[1]) > config.within_days * DAY_US
    return np.asarray(far & (when[0] != UNKNOWN_TIME) & (when[1] != UNKNOWN_TIME))


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Pairs of stories that were aligned before, with their passages.

    ``keys`` ascend; ``rows`` is where each stands in ``parts``, which are large and left as they
    are: the first row of each is in ``starts``.
    """

    keys: Numbers
    rows: Numbers
    starts: Numbers
    parts: tuple[Alignments, ...]

    @classmethod
    def of(cls, parts: tuple[Alignments, ...]) -> _Known:
        """Put batches side by side, of which there is at least one; few pairs are copied."""
        if len(parts) > 1 and sum(part.a.size for part in parts) <= _FEW:
            parts = (Alignments.joined(parts),)
        keys = np.concatenate([pair_keys(part.a, part.b) for part in parts])
        order = np.argsort(keys)
        starts = np.cumsum([0, *(part.a.size for part in parts[:-1])])
        return cls(keys[order], order, starts, parts)

    def places(self, a: Numbers, b: Numbers) -> Numbers:
        """Where pairs stand in ``parts``; -1 where they do not."""
        keys = pair_keys(a, b)
        at = np.minimum(np.searchsorted(self.keys, keys), max(self.keys.size - 1, 0))
        if not self.keys.size:
            return np.full(a.size, -1)
        return np.where(self.keys[at] == keys, self.rows[at], -1)

    def take(self, places: Numbers) -> list[Alignments]:
        """Return the pairs at some places, part by part; see :meth:`order` for theirs."""
        if len(self.parts) == 1:
            return [self.parts[0].take(places)]
        part = np.searchsorted(self.starts, places, side="right") - 1
        return [
            self.parts[number].take(places[part == number] - self.starts[number])
            for number in np.flatnonzero(np.bincount(part)).tolist()
        ]

    def order(self, places: Numbers) -> Numbers:
        """Return which of some places each pair that :meth:`take` gives was at."""
        part = np.searchsorted(self.starts, places, side="right")
        return np.argsort(part, kind="stable")


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """The relations of a run, and what every pair that was asked about was found to be.

    Attributes
    ----------
    table : pyarrow.Table
        Pairs that relate; schema :data:`dupdetect.products.schemas.RELATIONS`.
    keys : ndarray of int64, shape (pairs,)
        All pairs, by rank; ascending.
    shorter : ndarray of int64, shape (pairs,)
        The story of each pair that has the smaller body.
    related : Related
        All pairs.
    """

    table: pa.Table
    keys: Numbers
    shorter: Numbers
    related: Related

    def copies(self, ranking: Ranking, others: Numbers) -> Copies:
        """Return how stories relate to other ones; `others` by rank, -1 for none."""
        other = ranking.by_story(ranking.to_story(others))
        story = np.flatnonzero((other >= 0) & (other != np.arange(other.size)))
        other = other[story]
        at = np.searchsorted(self.keys, pair_keys(ranking.to_rank(story), ranking.to_rank(other)))
        return Copies(story, other, self.shorter[at], self.related.take(at))


def align_relations(
    verifier: Verifier, ids: pa.Array, pairs: Numbers, copies: NDArray[np.bool_]
) -> Reported:
    """Align pairs with passages, batch by batch; keep those that relate.

    Parameters
    ----------
    verifier : Verifier
        Aligns them.
    ids : pyarrow array of str
        Ids by story number.
    pairs : ndarray of int64, shape (pairs, 2)
        Ranks.
    copies : ndarray of bool, shape (pairs,)
        Which pairs are of one cluster.
    """
    tables, shorter, all_related = [], [], []
    for first in range(0, max(len(pairs), 1), _BATCH):
        part = slice(first, first + _BATCH)
        found = verifier.aligned(pairs[part, 0], pairs[part, 1])
        related = verifier.relate(found, copies[part])
        shorter.append(found.b)
        all_related.append(related)
        some = np.flatnonzero(related.kind != NONE)
        shown = verifier.in_characters(found.take(some))
        tables.append(relations_table(ids, shown, related.take(some)))
    return Reported(
        pa.concat_tables(tables),
        pair_keys(*pairs.T),
        np.concatenate(shorter),
        Related.joined(all_related),
    )
