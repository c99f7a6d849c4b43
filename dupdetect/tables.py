"""Arrow tables of clusters and relations out of the arrays of a run."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.records import CLUSTERS, KEPT, KINDS, RELATIONS, Alignments, Related

Numbers = NDArray[np.int64]


def _names(codes: NDArray[np.int8], names: tuple[str | None, ...]) -> pa.Array:
    """Codes to strings; a name of None is null."""
    return pa.array(list(names), pa.string()).take(pa.array(codes.astype(np.int64)))


def _masked(values: NDArray[np.int64], missing: NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, pa.int64(), mask=missing)


def relations_table(ids: pa.Array, found: Alignments, related: Related) -> pa.Table:
    """Table of ``RELATIONS`` for aligned pairs.

    Parameters
    ----------
    ids : pyarrow array of str
        Ids by story number.
    found : Alignments
        With passages.
    related : Related
        Decisions on the same pairs; none of kind 0.
    """
    spans = found.passages[:, :4].ravel()
    inner = pa.ListArray.from_arrays(
        pa.array(np.arange(0, spans.size + 1, 4), pa.int32()), pa.array(spans, pa.int64())
    )
    passages = pa.ListArray.from_arrays(pa.array(found.passage_offsets, pa.int32()), inner)
    columns = [
        ids.take(pa.array(found.a)).cast(pa.string()),
        ids.take(pa.array(found.b)).cast(pa.string()),
        _names(related.kind, KINDS),
        _names(related.kept, KEPT),
        pa.array(np.round(related.a_coverage, 4)),
        pa.array(np.round(related.b_coverage, 4)),
        pa.array(np.round(related.resemblance, 4)),
        pa.array(found.column("shared")),
        pa.array(found.column("quoted")),
        _masked(related.cut_before, related.cut_before < 0),
        _masked(related.cut_after, related.cut_after < 0),
        passages,
    ]
    return pa.Table.from_arrays(columns, schema=RELATIONS)


def clusters_table(
    ids: pa.Array,
    cluster: Numbers,
    parent: Numbers,
    shorter: Numbers,
    related: Related,
    *,
    publishers: pa.Array,
    published: pa.Array,
    credits: tuple[pa.Array, pa.Array],  # noqa: A002  the field's word
) -> pa.Table:
    """Table of ``CLUSTERS``, one row a story.

    Parameters
    ----------
    ids : pyarrow array of str
        Ids by story number.
    cluster, parent : ndarray of int64, shape (stories,)
        Number of the canonical story, and of the parent (-1: none).
    shorter : ndarray of int64, shape (stories with a parent,)
        Which of a story and its parent has the smaller body, in the order of the story numbers.
    related : Related
        What they were found to be, in the same order.
    publishers, published : pyarrow arrays of str
        As given.
    credits : pair of pyarrow arrays
        Agency and span of each story's credit.
    """
    stories = cluster.size
    child = np.flatnonzero(parent >= 0)
    kind = np.zeros(stories, dtype=np.int8)
    kept = np.zeros(stories, dtype=np.int8)
    coverage = np.full(stories, np.nan)
    parent_coverage = np.full(stories, np.nan)
    kind[child], kept[child] = related.kind, related.kept
    inside = shorter == child
    coverage[child] = np.where(inside, related.b_coverage, related.a_coverage)
    parent_coverage[child] = np.where(inside, related.a_coverage, related.b_coverage)
    alone = parent < 0
    columns = [
        ids.cast(pa.string()),
        ids.take(pa.array(cluster)).cast(pa.string()),
        pa.array(alone),
        ids.take(_masked(np.maximum(parent, 0), alone)).cast(pa.string()),
        _names(kind, (None, *KINDS[1:])),
        _names(kept, KEPT),
        pa.array(np.round(coverage, 4), mask=alone),
        pa.array(np.round(parent_coverage, 4), mask=alone),
        publishers.cast(pa.string()),
        published.cast(pa.string()),
        *credits,
    ]
    return pa.Table.from_arrays(columns, schema=CLUSTERS)
