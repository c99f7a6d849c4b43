"""Which clusters, members and relations the page shows, chosen from tables of any size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.views.report.doubtful import Doubtful, choose_doubtful
from dupdetect.views.report.rows import Row, flat, rows_of

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
    doubtful
        What to look at first, of all clusters.
    """

    order: list[str]
    sizes: dict[str, int]
    members: dict[str, list[Row]]
    pairs: dict[tuple[str, str], Row]
    overlaps: dict[str, list[Row]]
    clusters_left_out: int
    doubtful: Doubtful

    def ids(self) -> pa.LargeStringArray:
        """Every story the page names."""
        names = {row["id"] for rows in self.members.values() for row in rows}
        for rows in self.overlaps.values():
            names.update(row["a"] for row in rows)
            names.update(row["b"] for row in rows)
        names.update(self.doubtful.ids())
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
        pa.concat_arrays([flat(across["a_cluster"]), flat(across["b_cluster"])])
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
        doubtful=choose_doubtful(clusters, relations),
    )


def _place(clusters: pa.Table, relations: pa.Table) -> pa.Table:
    """Relations with the cluster and the parent of both sides."""
    for side in ("a", "b"):
        kind = clusters.schema.field("id").type
        rows = pc.index_in(relations[side].cast(kind), value_set=flat(clusters["id"]))
        for column in ("cluster", "parent"):
            relations = relations.append_column(
                f"{side}_{column}", flat(clusters[column]).take(flat(rows))
            )
    return relations


def _members(clusters: pa.Table, shown: pa.Array) -> dict[str, list[Row]]:
    rows = rows_of(clusters.filter(pc.is_in(clusters["cluster"], value_set=shown)))
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
    rows = rows_of(placed.filter(pc.and_(inside, tied)))
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
    for row in rows_of(near.take(pa.array(places, pa.int64()))):
        for name in (row["a_cluster"], row["b_cluster"]):
            if name in known and len(overlaps[name]) < OVERLAPS_SHOWN:
                overlaps[name].append(row)
    return dict(overlaps)
