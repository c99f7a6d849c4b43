"""Which relations a run reports, and the tables of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect import furniture, kernels, relate
from dupdetect.align import Texts, align_pairs
from dupdetect.config import Config
from dupdetect.propose import Proposed, distinct_pairs, pair_ends, pair_keys
from dupdetect.records import KEPT, KINDS, NONE, Alignments, Related
from dupdetect.run import Run
from dupdetect.tables import relations_table

Numbers = NDArray[np.int64]


def aligned(
    texts: Texts,
    a: Numbers,
    b: Numbers,
    run: Run,
    stage: str,
    *,
    passages: bool = False,
) -> tuple[Alignments, Related]:
    """Align pairs of stories and decide their relations.

    Parameters
    ----------
    texts : Texts
        Raw texts and line status.
    a, b : ndarray of int64, shape (pairs,)
        Story numbers.
    run : Run
        Settings, threads, progress.
    stage : str
        Under which progress is told.
    passages : bool
        Whether to return spans, too.
    """
    found = align_pairs(
        texts,
        a,
        b,
        config=run.config,
        passages=passages,
        threads=run.threads,
        progress=run.told(stage, a.size),
    )
    return found, relate.relate(found, config=run.config)


def pairs_to_report(
    proposed: Proposed, canonical: Numbers, parent: Numbers, scope: str, limit: int
) -> tuple[Numbers, Numbers]:
    """Pairs to align for the relations, and the clusters left canonical; all in ranks.

    Parameters
    ----------
    proposed : Proposed
        Edges and classes.
    canonical, parent : ndarray of int64, shape (stories,)
        Canonical story of each cluster and parent (-1: none).
    scope : str
        ``canonical`` or ``all``.
    limit : int
        Clusters, or pairs of clusters, with more story pairs than this stay canonical.

    Returns
    -------
    tuple of ndarray of int64
        Pairs, shape (pairs, 2), the smaller rank first, ascending; clusters left out.
    """
    edges = proposed.edges
    across = canonical[edges.a] != canonical[edges.b]
    outside = np.stack([edges.a, edges.b], axis=1)[across]
    child = np.flatnonzero(parent >= 0)
    with_parent = np.stack([parent[child], child], axis=1)
    between = _one_a_pair(outside, proposed.classes)
    excepted = np.empty(0, dtype=np.int64)
    if scope == "canonical":
        pairs = np.concatenate([with_parent, between])
    else:
        pairs, excepted = every_pair(canonical, canonical[outside], limit)
        left = np.isin(canonical[child], excepted)
        pairs = np.concatenate([pairs, with_parent[left], between])
    return np.stack(pair_ends(distinct_pairs(pair_keys(*pairs.T))), axis=1), excepted


def _one_a_pair(pairs: Numbers, classes: Numbers) -> Numbers:
    """One pair of stories for each pair of classes, that of the leaders where it is there."""
    if not len(pairs):
        return pairs
    groups = pair_keys(*classes[pairs].T)
    followers = (classes[pairs] != pairs).sum(axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], followers, groups))
    return pairs[order][np.flatnonzero(np.diff(groups[order], prepend=-1))]


def every_pair(canonical: Numbers, linked: Numbers, limit: int) -> tuple[Numbers, Numbers]:
    """All pairs within clusters and across linked clusters.

    Parameters
    ----------
    canonical : ndarray of int64, shape (stories,)
        Cluster of each story.
    linked : ndarray of int64, shape (links, 2)
        Clusters between which a relation was found.
    limit : int
        Clusters, or pairs of clusters, with more pairs of stories than this are left out.

    Returns
    -------
    tuple of ndarray of int64
        Pairs, shape (pairs, 2); clusters left out.

    Examples
    --------
    >>> every_pair(np.array([0, 0, 2]), np.array([[0, 2]]), 10)[0].tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    order = np.argsort(canonical, kind="stable")
    names, starts, sizes = np.unique(canonical[order], return_index=True, return_counts=True)
    parts = [np.empty((0, 2), dtype=np.int64)]
    excepted = []
    for k in np.flatnonzero(sizes > 1):
        members = order[starts[k] : starts[k] + sizes[k]]
        if sizes[k] * (sizes[k] - 1) // 2 > limit:
            excepted.append(names[k])
            continue
        i, j = np.triu_indices(sizes[k], 1)
        parts.append(np.stack([members[i], members[j]], axis=1))
    for x, y in zip(*pair_ends(distinct_pairs(pair_keys(*linked.T))), strict=True):
        k, m = np.searchsorted(names, [x, y])
        if sizes[k] * sizes[m] > limit:
            excepted += [x, y]
            continue
        ours = order[starts[k] : starts[k] + sizes[k]]
        theirs = order[starts[m] : starts[m] + sizes[m]]
        parts.append(np.stack([np.repeat(ours, sizes[m]), np.tile(theirs, sizes[k])], axis=1))
    return np.concatenate(parts), np.unique(np.array(excepted, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Pairs of stories that were aligned before, with their passages."""

    keys: Numbers
    found: Alignments

    @classmethod
    def of(cls, parts: list[Alignments]) -> Known | None:
        """Put batches together; None when there are none."""
        if not parts:
            return None
        found = Alignments.joined(parts)
        keys = pair_keys(found.a, found.b)
        order = np.argsort(keys)
        return cls(keys[order], found.take(order))

    def places(self, a: Numbers, b: Numbers) -> Numbers:
        """Where pairs stand in ``found``; -1 where they do not."""
        keys = pair_keys(a, b)
        at = np.minimum(np.searchsorted(self.keys, keys), max(self.keys.size - 1, 0))
        return np.where(self.keys[at] == keys, at, -1) if self.keys.size else np.full(a.size, -1)


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """The relations of a run, and what every pair that was asked about was found to be.

    Attributes
    ----------
    table : pyarrow.Table
        Pairs that relate; schema :data:`dupdetect.records.RELATIONS`.
    shorter : ndarray of int64, shape (pairs,)
        The story of each pair that has the smaller body.
    related : Related
        All pairs.
    """

    table: pa.Table
    shorter: Numbers
    related: Related

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Pairs of each kind, and of each part that was kept."""
        kinds = np.bincount(self.related.kind, minlength=len(KINDS))
        some = self.related.kind != NONE
        kept = np.bincount(self.related.kept[some], minlength=len(KEPT))
        by_kind = {str(name): int(n) for name, n in zip(KINDS[1:], kinds[1:], strict=True)}
        by_part = {str(name): int(n) for name, n in zip(KEPT[1:], kept[1:], strict=True)}
        return by_kind, by_part


def align_relations(
    texts: Texts,
    ids: pa.Array,
    pairs: Numbers,
    copies: NDArray[np.bool_],
    known: Known | None,
    run: Run,
) -> Reported:
    """Align pairs with passages, batch by batch; keep those that relate.

    Pairs are story numbers; `copies` tells which are of one cluster, `known` has those that need
    not be aligned again.
    """
    tables, shorter, all_related = [], [], []
    for first in range(0, max(len(pairs), 1), 65_536):
        part = slice(first, first + 65_536)
        a, b = pairs[part, 0], pairs[part, 1]
        places = np.full(a.size, -1) if known is None else known.places(a, b)
        new = places < 0
        found = align_pairs(
            texts,
            a[new],
            b[new],
            config=run.config,
            passages=True,
            threads=run.threads,
            progress=run.told("relate", int(new.sum())),
        )
        if known is not None:
            both = Alignments.joined([known.found.take(places[~new]), found])
            order = np.empty(a.size, dtype=np.int64)
            order[~new] = np.arange(places.size - new.sum())
            order[new] = np.arange(places.size - new.sum(), places.size)
            found = both.take(order)
        related = relate.relate(found, config=run.config, copies=copies[part])
        shorter.append(found.b)
        all_related.append(related)
        some = np.flatnonzero(related.kind != NONE)
        tables.append(relations_table(ids, found.take(some), related.take(some)))
    return Reported(pa.concat_tables(tables), np.concatenate(shorter), Related.joined(all_related))


def stock_examples(
    texts: Texts, proposed: Proposed, order: Numbers, config: Config
) -> dict[str, Any]:
    """Count of stock phrases and the texts of the most frequent ones."""
    hashes, ranks, classes = proposed.stock
    examples = []
    for k in np.argsort(-classes, kind="stable")[:20]:
        story = int(order[ranks[k]])
        data = texts.text[texts.text_offsets[story] : texts.text_offsets[story + 1]]
        tokens, starts, ends, *_, lines, _ = kernels.prepare(np.ascontiguousarray(data))
        status = texts.line_status[texts.line_offsets[story] : texts.line_offsets[story + 1]]
        body = np.flatnonzero(np.repeat(status != furniture.FURNITURE, lines[:, 1] - lines[:, 0]))
        shingles = kernels.shingle(tokens[body], config.shingle_words)
        at = np.flatnonzero(shingles >> np.uint64(16) == hashes[k] >> np.uint64(16))
        if at.size:
            last = min(int(at[0]) + config.shingle_words, body.size) - 1
            phrase = bytes(data[starts[body[at[0]]] : ends[body[last]]]).decode("utf-8", "replace")
            examples.append({"text": " ".join(phrase.split()), "classes": int(classes[k])})
    return {"fingerprints": int(hashes.size), "examples": examples}
