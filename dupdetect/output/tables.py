"""Arrow tables of clusters and relations out of the arrays of a run."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.schemas import CLUSTERS, KEPT, KINDS, RELATIONS
from dupdetect.support.columns import strings_to_arrow, to_arrow

Numbers = NDArray[np.int64]


def _names(codes: NDArray[np.int8], names: tuple[str | None, ...]) -> pa.Array:
    """Codes to strings; a name of None is null."""
    return strings_to_arrow(names, pa.string()).take(to_arrow(codes))


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
        to_arrow(np.arange(0, spans.size + 1, 4, dtype=np.int32)), to_arrow(spans)
    )
    passages = pa.ListArray.from_arrays(to_arrow(found.passage_offsets.astype(np.int32)), inner)
    columns = [
        ids.take(to_arrow(found.a)).cast(pa.string()),
        ids.take(to_arrow(found.b)).cast(pa.string()),
        _names(related.kind, KINDS),
        _names(related.kept, KEPT),
        to_arrow(np.round(related.a_coverage, 4)),
        to_arrow(np.round(related.b_coverage, 4)),
        to_arrow(np.round(related.resemblance, 4)),
        to_arrow(found.column("shared")),
        to_arrow(found.column("quoted")),
        to_arrow(related.cut_before, related.cut_before < 0),
        to_arrow(related.cut_after, related.cut_after < 0),
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
        ids.take(to_arrow(cluster)).cast(pa.string()),
        to_arrow(alone),
        ids.take(to_arrow(np.maximum(parent, 0), alone)).cast(pa.string()),
        _names(kind, (None, *KINDS[1:])),
        _names(kept, KEPT),
        to_arrow(np.round(coverage, 4), alone),
        to_arrow(np.round(parent_coverage, 4), alone),
        publishers.cast(pa.string()),
        published.cast(pa.string()),
        *credits,
    ]
    return pa.Table.from_arrays(columns, schema=CLUSTERS)


_ID_COLUMNS = frozenset({"id", "cluster", "parent", "a", "b"})


def with_id_type(table: pa.Table, kind: pa.DataType | None) -> pa.Table:
    """Return a table of clusters or relations with ids of another type; None is a string."""
    kind = pa.string() if kind is None else kind
    fields = [f.with_type(kind) if f.name in _ID_COLUMNS else f for f in table.schema]
    return table.cast(pa.schema(fields, table.schema.metadata))
