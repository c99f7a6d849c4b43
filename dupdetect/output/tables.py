"""Arrow tables of clusters and relations out of the arrays of a run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.products.alignments import Alignments, DirectedRelations, Related
from dupdetect.products.schemas import CLUSTERS, KEPT, KINDS, RELATIONS
from dupdetect.support.columns import strings_to_arrow, to_arrow

Numbers = NDArray[np.int64]


def _names(codes: NDArray[np.int8], names: tuple[str | None, ...]) -> pa.Array:
    """Codes to strings; a name of None is null."""
    return strings_to_arrow(names, pa.string()).take(to_arrow(codes))


def _rounded(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares with four decimals; 1 only where nothing is missing."""
    return np.where(shares < 1, np.minimum(np.round(shares, 4), 0.9999), shares)


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
        to_arrow(_rounded(related.a_coverage)),
        to_arrow(_rounded(related.b_coverage)),
        to_arrow(_rounded(related.a_exact)),
        to_arrow(_rounded(related.b_exact)),
        to_arrow(_rounded(related.resemblance)),
        to_arrow(np.round(related.certainty, 4)),
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
    keeper: Numbers,
    between: Callable[[Numbers, Numbers], DirectedRelations],
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
    cluster, parent, keeper : ndarray of int64, shape (stories,)
        Number of the canonical story, of the parent and of the story that stays in place of this
        one (-1: none).
    between : callable
        Gives how stories relate to other ones, by story number.
    publishers, published : pyarrow arrays of str
        As given.
    credits : pair of pyarrow arrays
        Agency and span of each story's credit.
    """
    stories = np.arange(cluster.size)
    child, removed = np.flatnonzero(parent >= 0), np.flatnonzero(keeper >= 0)
    inner = np.flatnonzero(cluster != stories)
    to_parent = between(child, parent[child])
    kind = np.zeros(cluster.size, dtype=np.int8)
    kept = np.zeros(cluster.size, dtype=np.int8)
    kind[child], kept[child] = to_parent.kind, to_parent.kept

    def shares(of: Numbers, values: NDArray[np.float64]) -> pa.Array:
        column = np.full(cluster.size, np.nan)
        column[of] = np.round(values, 4)
        return to_arrow(column, np.isnan(column))

    def names(numbers: Numbers) -> pa.Array:
        return ids.take(to_arrow(np.maximum(numbers, 0), numbers < 0)).cast(pa.string())

    columns = [
        ids.cast(pa.string()),
        names(cluster),
        to_arrow(parent < 0),
        names(parent),
        _names(kind, (None, *KINDS[1:])),
        _names(kept, KEPT),
        shares(child, to_parent.coverage),
        shares(child, to_parent.other_coverage),
        shares(child, to_parent.exact),
        shares(child, to_parent.other_exact),
        shares(child, to_parent.certainty),
        shares(inner, between(inner, cluster[inner]).coverage),
        names(keeper),
        shares(removed, between(removed, keeper[removed]).exact),
        publishers.cast(pa.string()),
        published.cast(pa.string()),
        *credits,
    ]
    return pa.Table.from_arrays(columns, schema=CLUSTERS)
