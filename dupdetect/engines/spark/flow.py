"""A run on Spark: the stages one after the other, led by this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.corpus import FieldNames
from dupdetect.engines.spark import choosing
from dupdetect.engines.spark.failures import said_plainly
from dupdetect.engines.spark.plan import Ordered, Plan, on_executors, tagged, with_keys
from dupdetect.engines.spark.rows import (
    ABOUT,
    CHOSEN,
    EDGES,
    MEMBERS,
    SENT,
    ddl,
    edges_columns,
    numbers_column,
    rows,
)
from dupdetect.engines.spark.sharing import packed, part_of
from dupdetect.engines.spark.tasks import Here, send_rows
from dupdetect.products.edges import Edges, Stock
from dupdetect.products.pairs import Numbers, among, distinct_pairs, merged, pair_ends, pair_keys
from dupdetect.stages.propose import class_leaders, propose_by
from dupdetect.stages.selection import of_one_cluster, one_a_pair, pairs_to_report
from dupdetect.support.columns import to_numpy

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Compared", "Made", "run"]

_PART_STORIES = 2048  # that are decided at a time


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a run made.

    Attributes
    ----------
    chosen : DataFrame or pyarrow.Table
        Rows of ``CHOSEN``: a table where the plan reads what is found once.
    members : pyarrow.Table
        Of the stories that copies connect: ``rank``, ``cluster`` and ``keeper``, ranks, -1 for
        none; ``name``, the id of the cluster.
    verdicts : pyarrow.Table
        What repetition makes of lines; see :func:`dupdetect.engines.spark.plan.sorted_verdicts`.
    ordered : Ordered
        The stories.
    excepted : list of str
        Ids of the clusters of which not all pairs are reported.
    compared, unrelated : int
        Pairs that were compared, and those of them that are nothing.
    stock : Stock
        Stock phrases.
    """

    chosen: DataFrame | pa.Table
    members: pa.Table
    verdicts: pa.Table
    ordered: Ordered
    excepted: list[str]
    compared: int
    unrelated: int
    stock: Stock


class Compared:
    """Pairs that executors compared, and what was found; pairs are given by rank.

    Parameters
    ----------
    plan : Plan
        Where and how.
    bodies : DataFrame
        Rows of ``BODIES``.
    ordered : Ordered
        The stories.
    """

    def __init__(self, plan: Plan, bodies: DataFrame, ordered: Ordered) -> None:
        self._plan, self._bodies, self._ordered = plan, bodies, ordered
        self._known: Numbers = np.empty(0, dtype=np.int64)
        self._likely = self._known
        self._edges = Edges.empty()
        self._turn = 0
        self._here: Here | None = None

    def expect(self, keys: Numbers) -> None:
        """Have pairs compared along with the next ones, since they are likely to follow."""
        self._likely = keys

    def verify(self, a: Numbers, b: Numbers) -> Edges:
        """Return those of some pairs that relate."""
        keys = np.sort(pair_keys(a, b))
        if not among(keys, self._known).all():
            new = distinct_pairs(np.concatenate([keys, self._likely]))
            new = new[~among(new, self._known)]
            found = self._aligned(*pair_ends(new))
            self._turn += 1
            self._known = merged(self._known, new)
            self._edges = Edges.all_of([self._edges, found])
            self._likely = new[:0]
        return self.edges_of(keys)

    def _aligned(self, a: Numbers, b: Numbers) -> Edges:
        plan, given = self._plan, (self._bodies, self._ordered)
        ranks = np.unique(np.concatenate([a, b]))
        if not plan.are_few(a.size, ranks.size):
            return plan.aligned(f"edges_{self._turn:02}", a, b, *given)
        if self._here is None or not self._here.has(ranks):  # rounds ask for fewer and fewer
            self._here = plan.brought(ranks, *given)
        return self._here.verify(a, b)

    def edges_of(self, keys: Numbers) -> Edges:
        """Return those of pairs that were compared that relate, in their order."""
        found = pair_keys(self._edges.a, self._edges.b)
        order = np.argsort(found, kind="stable")
        return self._edges.take(order[among(found[order], keys)])


@dataclass(frozen=True, slots=True, eq=False)
class _Components:
    """Which stories copies connect, by rank."""

    leaders: Numbers
    component: Numbers
    several: NDArray[np.bool_]

    @classmethod
    def of(cls, edges: Edges, stories: int) -> _Components:
        joins = edges.contained()
        component = kernels.components(stories, edges.a[joins], edges.b[joins])
        several = np.bincount(component, minlength=stories)[component] > 1
        return cls(class_leaders(edges, stories), component, several)


def run(plan: Plan, df: DataFrame, names: FieldNames | None) -> Made:
    """Run all stages.

    Parameters
    ----------
    plan : Plan
        Where and how.
    df : DataFrame
        One story a row.
    names : FieldNames or None
        Which columns hold what; ids must be among them. None for rows of ``STORIES``.
    """
    with said_plainly():
        stories = df if names is None else plan.read(df, names)
        bodies, verdicts = plan.bodies(*plan.checked(stories))
        ordered = plan.ordered(bodies)
        compared = Compared(plan, bodies, ordered)
        keys, stock = propose_by(
            ordered.first,
            ordered.has_body,
            plan.buckets(bodies, ordered),
            plan.postings(bodies, ordered),
            compared.verify,
            config=plan.config,
            expect=compared.expect,
        )
        edges = compared.edges_of(keys)
        components = _Components.of(edges, ordered.keys.size)
        chosen = _chosen(plan, bodies, ordered, edges, components)
        members = _members(chosen)
        pairs, same, excepted = _pairs(plan, edges, components, members)
        related = _related(plan, pairs, same, bodies, ordered)
        return Made(
            chosen=_together(chosen, related),
            members=members,
            verdicts=verdicts,
            ordered=ordered,
            excepted=_ids(bodies, ordered, excepted),
            compared=keys.size,
            unrelated=keys.size - edges.a.size,
            stock=stock,
        )


def _chosen(
    plan: Plan, bodies: DataFrame, ordered: Ordered, edges: Edges, found: _Components
) -> DataFrame | pa.Table:
    """Decide all components, and what stands alone."""
    ranks = np.flatnonzero(found.several)
    part = np.zeros(found.component.size, dtype=np.int64)
    count = max(plan.partitions, ranks.size // _PART_STORIES)
    part[ranks] = part_of(found.component[ranks], count)
    parts = numbers_column(part[ranks].astype(np.int32), np.arange(ranks.size + 1))
    of = {"key": ordered.keys[ranks], "rank": ranks, "parts": parts}
    members = plan.sent(rows(MEMBERS, of | {"leader": found.leaders[ranks]}))
    inside = edges.take(np.flatnonzero(found.component[edges.a] == found.component[edges.b]))
    columns = edges_columns(inside, np.arange(found.component.size))
    schema = EDGES.insert(0, pa.field("part", pa.int32()))
    sent = plan.sent(packed(schema, part[inside.a], columns), alone=True)
    together = bodies.drop("bands", "fingerprints", "digest_0", "digest_1").join(members, "key")
    given = tagged(on_executors(together, send_rows(), SENT), sent).repartition(
        plan.partitions, "part"
    )
    task = choosing.choose_in_components(plan.config, plan.scope)
    about = [*ABOUT, "published_us", "furniture", "agencies", "spans"]
    alone = bodies.select(*about).join(members.select("key"), "key", "left_anti")
    return plan.found(
        "chosen",
        (given.sortWithinPartitions("part", "t"), task),
        (alone, choosing.stay_alone()),
    )


def _members(chosen: DataFrame | pa.Table) -> pa.Table:
    """Return what was decided of the stories that copies connect."""
    names = ["rank", "cluster", "parent", "keeper"]
    if isinstance(chosen, pa.Table):
        some = chosen.filter(pc.greater_equal(chosen["rank"], 0))
        return some.select(names).append_column(
            "name", pc.struct_field(some["clusters"], "cluster")
        )
    some = chosen.where("rank >= 0")
    return some.selectExpr(*names, "clusters.cluster AS name").toArrow()


def _pairs(
    plan: Plan, edges: Edges, found: _Components, members: pa.Table
) -> tuple[Numbers, NDArray[np.bool_], Numbers]:
    """Return pairs to report besides those of components, which are of one cluster, and clusters.

    Of these clusters, left out, not all pairs are reported.
    """
    if plan.scope == "canonical":
        ends = np.stack([edges.a, edges.b], axis=1)
        across = found.component[edges.a] != found.component[edges.b]
        pairs = one_a_pair(ends[across], found.leaders)
        return pairs, np.zeros(len(pairs), dtype=bool), pairs[:0, 0]
    rank = to_numpy(members["rank"])
    root = np.arange(found.component.size)
    parent, keeper = np.full_like(root, -1), np.full_like(root, -1)
    for column, name in ((root, "cluster"), (parent, "parent"), (keeper, "keeper")):
        column[rank] = to_numpy(members[name])
    pairs, excepted = pairs_to_report(
        edges, found.leaders, root, (parent, keeper), "all", plan.config.pairs_limit
    )
    return pairs, of_one_cluster(pairs, root, keeper), excepted


def _related(
    plan: Plan,
    pairs: Numbers,
    same: NDArray[np.bool_],
    bodies: DataFrame,
    ordered: Ordered,
) -> DataFrame | pa.Table:
    """Align pairs with passages."""
    if not len(pairs) and plan.read_once:
        return CHOSEN.empty_table()
    if not len(pairs):
        return plan.tables.spark.createDataFrame([], ddl(CHOSEN))
    a, b = pairs[:, 0], pairs[:, 1]
    swapped = a > b  # the smaller rank has the larger body
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    given = plan.with_texts(a, b, same, bodies, ordered)
    return plan.found("related", (given, choosing.relate_parts(plan.config)))


def _together(one: DataFrame | pa.Table, other: DataFrame | pa.Table) -> DataFrame | pa.Table:
    return pa.concat_tables([one, other]) if isinstance(one, pa.Table) else one.union(other)


def _ids(bodies: DataFrame, ordered: Ordered, ranks: Numbers) -> list[str]:
    """Return the ids of some stories, by rank."""
    if not ranks.size:
        return []
    keys = ordered.keys[ranks]
    found = with_keys(bodies, keys).select("key", "id").collect()
    id_of = {row["key"]: row["id"] for row in found}
    return [id_of[key] for key in keys.tolist()]
