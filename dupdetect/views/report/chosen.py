"""Which clusters, members and relations the page shows, chosen from tables of any size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.support.columns import to_numpy

Row: TypeAlias = dict[str, Any]
MEMBERS_SHOWN = 1_000
OVERLAPS_SHOWN = 20
_OVERLAPS_READ = 200_000


@dataclass(frozen=True)
class Chosen:
    """Rows of the results that go into the page.

    Attributes
    ----------
    order
        Clusters with copies, most stories first, then single stories that overlap with others;
        within a size by id.
    sizes
        Stories in each chosen cluster, those not listed included.
    members
        Rows of the clusters table, at most `MEMBERS_SHOWN` a cluster, the canonical story first.
    pairs
        Relations within clusters by `(a, b)`: of a story with its parent or the canonical one.
    overlaps
        Relations with other clusters, the strongest of each two, most shared words first.
    clusters_left_out
        What exceeded the limit on clusters.
    """

    order: list[str]
    sizes: dict[str, int]
    members: dict[str, list[Row]]
    pairs: dict[tuple[str, str], Row]
    overlaps: dict[str, list[Row]]
    clusters_left_out: int

    def ids(self) -> pa.LargeStringArray:
        """Every story the page names."""
        names = {row["id"] for rows in self.members.values() for row in rows}
        for rows in self.overlaps.values():
            names.update(row["a"] for row in rows)
            names.update(row["b"] for row in rows)
        return pa.array(sorted(names), pa.large_string())


def choose(clusters: pa.Table, relations: pa.Table, *, limit: int) -> Chosen:
    """Choose what the page shows.

    Parameters
    ----------
    clusters, relations
        The tables of a results folder.
    limit
        Most clusters to show, single overlapping stories included.

    Returns
    -------
    Chosen
        The largest clusters first.
    """
    placed = _place(clusters, relations)
    counted = clusters.group_by("cluster").aggregate([("id", "count")])
    copied = counted.filter(pc.greater(counted["id_count"], 1)).sort_by(
        [("id_count", "descending"), ("cluster", "ascending")]
    )
    across = placed.filter(pc.not_equal(placed["a_cluster"], placed["b_cluster"]))
    across = across.sort_by([("words", "descending"), ("a", "ascending"), ("b", "ascending")])
    names = copied["cluster"].to_pylist()
    sizes = dict(zip(names, copied["id_count"].to_pylist(), strict=True))
    touched = pc.unique(
        pa.concat_arrays([_flat(across["a_cluster"]), _flat(across["b_cluster"])])
    ).to_pylist()
    singles = sorted(name for name in touched if name not in sizes)
    order = (names + singles)[:limit]
    shown = pa.array(order, clusters.schema.field("cluster").type)
    return Chosen(
        order=order,
        sizes={name: sizes.get(name, 1) for name in order},
        members=_members(clusters, shown),
        pairs=_pairs(placed, shown),
        overlaps=_overlaps(across, shown),
        clusters_left_out=len(names) + len(singles) - len(order),
    )


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _rows(table: pa.Table) -> list[Row]:
    """Rows as Python objects; lists of lists by their offsets, in a tenth of Arrow's own time."""
    table = table.combine_chunks()
    columns = [
        _span_lists(_flat(table[name])) if pa.types.is_list(kind) else table[name].to_pylist()
        for name, kind in zip(table.schema.names, table.schema.types, strict=True)
    ]
    return [dict(zip(table.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _span_lists(column: pa.Array) -> list[Any]:
    """Values of a column of lists of whole numbers, or of lists of them."""
    values = column.flatten()
    inner = _span_lists(values) if pa.types.is_list(values.type) else to_numpy(values).tolist()
    ends = np.cumsum(to_numpy(pc.list_value_length(column), missing=0)).tolist()
    lists = [inner[start:end] for start, end in pairwise([0, *ends])]
    if column.null_count:
        lists = [
            one if valid else None
            for one, valid in zip(lists, column.is_valid().to_pylist(), strict=True)
        ]
    return lists


def _place(clusters: pa.Table, relations: pa.Table) -> pa.Table:
    """Relations with the cluster and the parent of both sides."""
    for side in ("a", "b"):
        kind = clusters.schema.field("id").type
        rows = pc.index_in(relations[side].cast(kind), value_set=_flat(clusters["id"]))
        for column in ("cluster", "parent"):
            relations = relations.append_column(
                f"{side}_{column}", _flat(clusters[column]).take(_flat(rows))
            )
    return relations


def _members(clusters: pa.Table, shown: pa.Array) -> dict[str, list[Row]]:
    rows = _rows(clusters.filter(pc.is_in(clusters["cluster"], value_set=shown)))
    members: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        members[row["cluster"]].append(row)
    return {
        name: sorted(group, key=lambda row: (not row["canonical"], row["id"]))[:MEMBERS_SHOWN]
        for name, group in members.items()
    }


def _pairs(placed: pa.Table, shown: pa.Array) -> dict[tuple[str, str], Row]:
    """Relations inside clusters that tie a story to its parent or to the canonical story."""
    if not placed.num_rows:
        return {}
    inside = pc.and_(
        pc.equal(placed["a_cluster"], placed["b_cluster"]),
        pc.is_in(placed["a_cluster"], value_set=shown),
    )
    ties = (("a_parent", "b"), ("b_parent", "a"), ("a_cluster", "a"), ("b_cluster", "b"))
    tied = None
    for left, right in ties:
        equal = pc.fill_null(pc.equal(placed[left], placed[right].cast(placed[left].type)), False)
        tied = equal if tied is None else pc.or_(tied, equal)
    rows = _rows(placed.filter(pc.and_(inside, tied)))
    return {(row["a"], row["b"]): row for row in rows}


def _overlaps(across: pa.Table, shown: pa.Array) -> dict[str, list[Row]]:
    here = pc.or_(
        pc.is_in(across["a_cluster"], value_set=shown),
        pc.is_in(across["b_cluster"], value_set=shown),
    )
    near = across.filter(here).slice(0, _OVERLAPS_READ)
    known = set(shown.to_pylist())
    seen: set[tuple[str, str]] = set()
    counts: dict[str, int] = defaultdict(int)
    places: list[int] = []  # of the rows to show; the others are never made Python objects
    sides = (near["a_cluster"].to_pylist(), near["b_cluster"].to_pylist())
    for place, clusters in enumerate(zip(*sides, strict=True)):
        if clusters in seen or clusters[::-1] in seen:
            continue
        seen.add(clusters)
        lists = [name for name in clusters if name in known and counts[name] < OVERLAPS_SHOWN]
        for name in lists:
            counts[name] += 1
        if lists:
            places.append(place)
    overlaps: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(near.take(pa.array(places, pa.int64()))):
        for name in (row["a_cluster"], row["b_cluster"]):
            if name in known and len(overlaps[name]) < OVERLAPS_SHOWN:
                overlaps[name].append(row)
    return dict(overlaps)
