"""Pairs aligned and decided, once each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.engines.work import Run
from dupdetect.output.tables import relations_table
from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.pairs import Numbers, pair_keys
from dupdetect.products.schemas import KEPT, KINDS, NONE
from dupdetect.products.texts import Texts
from dupdetect.stages import relate
from dupdetect.stages.align import align_pairs


def aligned(
    texts: Texts,
    a: Numbers,
    b: Numbers,
    run: Run,
    stage: str,
    *,
    spans: bool = False,
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
    spans : bool
        Whether to return passages and changed stretches, too.
    """
    found = align_pairs(
        texts,
        a,
        b,
        config=run.config,
        passages=spans,
        changed=spans,
        threads=run.threads,
        progress=run.told(stage, a.size),
    )
    return found, relate.relate(found, config=run.config)


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
        Pairs that relate; schema :data:`dupdetect.products.schemas.RELATIONS`.
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
            changed=True,
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
