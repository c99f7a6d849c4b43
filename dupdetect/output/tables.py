"""Arrow tables of clusters and relations out of the arrays of a run."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.edges import Copies
from dupdetect.products.schemas import CLUSTERS, KEPT, KINDS, RELATIONS
from dupdetect.support.columns import strings_to_arrow, to_arrow

Numbers = NDArray[np.int64]
_FEW = 64  # codes that are named one by one: a call of pyarrow takes longer


def coded(codes: NDArray[np.int8], names: tuple[str | None, ...]) -> pa.Array:
    """Return the names of codes; a name of None is null."""
    if codes.size <= _FEW:
        return strings_to_arrow([names[code] for code in codes.tolist()], pa.string())
    return _named(names).take(to_arrow(codes))


@cache
def _named(names: tuple[str | None, ...]) -> pa.Array:
    return strings_to_arrow(names, pa.string())


def lists_of(offsets: Numbers, values: NDArray[np.int64]) -> pa.Array:
    """Return one list of rows for each story or pair; the rows are those of `values`."""
    ends = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
    rows = pa.ListArray.from_arrays(to_arrow(ends), to_arrow(values.ravel()))
    return pa.ListArray.from_arrays(to_arrow(offsets.astype(np.int32)), rows)


def rounded_shares(share: NDArray[np.float64]) -> pa.Array:
    """Return four digits, of which 1 is all: not one word is missing. Null where not known."""
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
        coded(related.kind, KINDS),
        coded(related.kept, KEPT),
        rounded_shares(related.a_coverage),
        rounded_shares(related.b_coverage),
        rounded_shares(related.a_exact),
        rounded_shares(related.b_exact),
        rounded_shares(related.certainty),
        rounded_shares(related.resemblance),
        to_arrow(found.column("shared")),
        to_arrow(found.column("quoted")),
        to_arrow(related.cut_before, related.cut_before < 0),
        to_arrow(related.cut_after, related.cut_after < 0),
        lists_of(found.passage_offsets, found.passages),
        lists_of(found.changed_offsets, found.changed),
    ]
    return pa.Table.from_arrays(columns, schema=RELATIONS)


def clusters_table(
    ids: pa.Array,
    cluster: Numbers,
    copies: Copies,
    members: Copies,
    removed: Copies,
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
    cluster : ndarray of int64, shape (stories,)
        Number of the canonical story of each one's cluster.
    copies, members, removed : Copies
        How stories relate to their parent, to the canonical story of their cluster, and to the one
        that stays in their place.
    publishers, published : pyarrow arrays of str
        As given.
    credits : pair of pyarrow arrays
        Agencies and spans of each story's credits.
    furniture : pair of ndarrays of int64, shapes (stories + 1,) and (spans, 2)
        Offsets and character spans of each story's furniture.
    place : ndarray of int64, shape (stories, 4)
        See :meth:`dupdetect.products.corpus.Corpus.places`.
    """
    stories = cluster.size
    child = copies.story
    kind = np.zeros(stories, dtype=np.int8)
    kept = np.zeros(stories, dtype=np.int8)
    kind[child], kept[child] = copies.related.kind, copies.related.kept

    def shares(pairs: Copies, values: NDArray[np.float64]) -> pa.Array:
        column = np.full(stories, np.nan)
        column[pairs.story] = values
        return rounded_shares(column)

    def others(pairs: Copies) -> pa.Array:
        numbers = np.full(stories, -1, dtype=np.int64)
        numbers[pairs.story] = pairs.other
        return ids.take(to_arrow(np.maximum(numbers, 0), numbers < 0)).cast(pa.string())

    columns = [
        ids.cast(pa.string()),
        ids.take(to_arrow(cluster)).cast(pa.string()),
        to_arrow(cluster == np.arange(stories)),
        others(copies),
        coded(kind, (None, *KINDS[1:])),
        coded(kept, KEPT),
        *(shares(copies, side) for side in copies.sides("coverage")),
        *(shares(copies, side) for side in copies.sides("exact")),
        shares(copies, copies.related.certainty),
        shares(members, members.sides("coverage")[0]),
        others(removed),
        shares(removed, removed.sides("exact")[0]),
        publishers.cast(pa.string()),
        published.cast(pa.string()),
        *credits,
        lists_of(furniture[0], furniture[1]),
        pa.ListArray.from_arrays(
            to_arrow(np.arange(0, place.size + 1, 4, dtype=np.int32)), to_arrow(place.ravel())
        ),
    ]
    return pa.Table.from_arrays(columns, schema=CLUSTERS)


_ID_COLUMNS = frozenset({"id", "cluster", "parent", "keeper", "a", "b", "matched", "canonical"})


def with_id_type(table: pa.Table, kind: pa.DataType | None) -> pa.Table:
    """Return a table of clusters, relations or removed rows with ids of another type.

    Parameters
    ----------
    table : pyarrow.Table
        Ids are in the columns that name stories; of removed rows ``canonical`` is one.
    kind : pyarrow.DataType or None
        None is a string.
    """
    kind = pa.string() if kind is None else kind
    fields = [
        field.with_type(kind)
        if field.name in _ID_COLUMNS and not pa.types.is_boolean(field.type)
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields, table.schema.metadata))
