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


def _list_of(offsets: Numbers, values: NDArray[np.int64]) -> pa.Array:
    """One list of rows for each story or pair; the rows are those of `values`."""
    ends = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
    rows = pa.ListArray.from_arrays(to_arrow(ends), to_arrow(values.ravel()))
    return pa.ListArray.from_arrays(to_arrow(offsets.astype(np.int32)), rows)


def _share(share: NDArray[np.float64]) -> pa.Array:
    """Four digits, of which 1 is all: not one word is missing. Null where it is not known."""
    rounded = np.round(share, 4)
    rounded = np.where(share < 1, np.minimum(rounded, 0.9999), rounded)
    return to_arrow(rounded, np.isnan(share))


def relations_table(ids: pa.Array, found: Alignments, related: Related) -> pa.Table:
    """Table of ``RELATIONS`` for aligned pairs.

    Parameters
    ----------
    ids : pyarrow array of str
        Ids by story number.
    found : Alignments
        With passages and changed spans.
    related : Related
        Decisions on the same pairs; none of kind 0.
    """
    columns = [
        ids.take(to_arrow(found.a)).cast(pa.string()),
        ids.take(to_arrow(found.b)).cast(pa.string()),
        _names(related.kind, KINDS),
        _names(related.kept, KEPT),
        _share(related.a_coverage),
        _share(related.b_coverage),
        _share(related.a_exact),
        _share(related.b_exact),
        _share(related.certainty),
        _share(related.resemblance),
        to_arrow(found.column("shared")),
        to_arrow(found.column("quoted")),
        to_arrow(related.cut_before, related.cut_before < 0),
        to_arrow(related.cut_after, related.cut_after < 0),
        _list_of(found.passage_offsets, found.passages),
        _list_of(found.changed_offsets, found.changed),
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
    furniture: tuple[Numbers, Numbers],
    place: Numbers,
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
    furniture : pair of ndarrays of int64, shapes (stories + 1,) and (spans, 2)
        Offsets and character spans of each story's furniture.
    place : ndarray of int64, shape (stories, 4)
        See :meth:`dupdetect.products.corpus.Corpus.places`.
    """
    stories = cluster.size
    child = np.flatnonzero(parent >= 0)
    kind = np.zeros(stories, dtype=np.int8)
    kept = np.zeros(stories, dtype=np.int8)
    kind[child], kept[child] = related.kind, related.kept
    inside = shorter == child

    def of_child(own: NDArray[np.float64], other: NDArray[np.float64]) -> pa.Array:
        """One share a story: `own` where it is the smaller of the two, else `other`."""
        shares = np.full(stories, np.nan)
        shares[child] = np.where(inside, own, other)
        return _share(shares)

    alone = parent < 0
    columns = [
        ids.cast(pa.string()),
        ids.take(to_arrow(cluster)).cast(pa.string()),
        to_arrow(alone),
        ids.take(to_arrow(np.maximum(parent, 0), alone)).cast(pa.string()),
        _names(kind, (None, *KINDS[1:])),
        _names(kept, KEPT),
        of_child(related.b_coverage, related.a_coverage),
        of_child(related.a_coverage, related.b_coverage),
        of_child(related.b_exact, related.a_exact),
        of_child(related.a_exact, related.b_exact),
        of_child(related.certainty, related.certainty),
        publishers.cast(pa.string()),
        published.cast(pa.string()),
        *credits,
        _list_of(furniture[0], furniture[1]),
        pa.ListArray.from_arrays(
            to_arrow(np.arange(0, place.size + 1, 4, dtype=np.int32)), to_arrow(place.ravel())
        ),
    ]
    return pa.Table.from_arrays(columns, schema=CLUSTERS)


_ID_COLUMNS = frozenset({"id", "cluster", "parent", "a", "b"})


def with_id_type(table: pa.Table, kind: pa.DataType | None) -> pa.Table:
    """Return a table of clusters or relations with ids of another type; None is a string."""
    kind = pa.string() if kind is None else kind
    fields = [f.with_type(kind) if f.name in _ID_COLUMNS else f for f in table.schema]
    return table.cast(pa.schema(fields, table.schema.metadata))
