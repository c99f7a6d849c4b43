"""The stages of a run as DataFrames: which rows meet where, and in which order.

What works on any stories runs on every partition as it is; pairs go to where the longer story's
part is, with each text once a part; components go to one part whole. Three stages need every story
or edge at once, without texts, and run in one task: the verdicts on repeated lines, the order of
stories with the proposing of pairs, and the components.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.config import Config
from dupdetect.corpus import FieldNames
from dupdetect.engines.declared import Scope
from dupdetect.engines.spark import choosing, letters, tasks
from dupdetect.engines.spark.failures import said_plainly
from dupdetect.engines.spark.rows import (
    ABOUT,
    BODIES,
    CHOSEN,
    COUNTED,
    EDGES,
    LINES,
    MEMBERS,
    PAIRS,
    PROPOSED,
    RANKS,
    SKETCHES,
    STORIES,
    VERDICTS,
    ddl,
)
from dupdetect.engines.spark.tables import WorkTables
from dupdetect.errors import InputError
from dupdetect.products.schemas import ABRIDGEMENT, IDENTICAL, NEAR_DUPLICATE, TRUNCATION

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row

__all__ = ["Made", "run"]

_NEAR = frozenset({IDENTICAL, NEAR_DUPLICATE})
_CONTAINED = frozenset({TRUNCATION, ABRIDGEMENT})
_MOST_ROUNDS = 64  # far more than there ever are: the rounds of bands end by themselves
_PART_PAIRS = 4096  # that are aligned at a time in one part
_LEADS = 2048  # pairs of one longer story, from which on they go to several parts
_PART_STORIES = 2048  # that are decided at a time
_SENT = 1 << 19  # rows that are sent to all executors rather than sorted
_MIX = 0x5BD1E995


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a run made.

    Attributes
    ----------
    chosen : DataFrame
        Rows of ``CHOSEN``.
    verdicts : pyarrow.Table
        What repetition makes of lines; see :func:`sorted_verdicts`.
    bodies, ranks : DataFrame
        Rows of ``BODIES`` and of ``RANKS``.
    excepted : list of str
        Ids of the clusters of which not all pairs are reported.
    compared, unrelated : int
        Pairs that were compared, and those of them that are nothing.
    stock : DataFrame
        Stock phrases: fingerprint, rank of a story that has it, classes.
    """

    chosen: DataFrame
    verdicts: pa.Table
    bodies: DataFrame
    ranks: DataFrame
    excepted: list[str]
    compared: int
    unrelated: int
    stock: DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What the stages of one run share.

    Attributes
    ----------
    tables : WorkTables
        Where tables are kept.
    config : Config
        Settings.
    scope : {"canonical", "all"}
        Which relations are reported.
    partitions : int
        Into how many partitions rows are put where they are moved.
    """

    tables: WorkTables
    config: Config
    scope: Scope
    partitions: int

    def read(self, df: DataFrame, names: FieldNames) -> DataFrame:
        """Read rows into stories."""
        versions = tasks.Versions.here(self.config)
        used = [f"`{name}`" for name in dict.fromkeys(_columns(names, df.columns))]
        task = tasks.read_stories(names, versions, self.config)
        return self.tables.made("stories", STORIES, _mapped(df.select(*used), task, STORIES))

    def take(self, df: DataFrame) -> DataFrame:
        """Take stories that were read already."""
        task = tasks.take_stories(tasks.Versions.here(self.config), self.config)
        return self.tables.made("stories", STORIES, _mapped(df, task, STORIES))

    def checked(self, stories: DataFrame) -> tuple[DataFrame, frozenset[bool]]:
        """Require different ids; return the stories, and the orders of day and month in dates."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        ids = stories.groupBy("key").agg(
            F.count("*").alias("n"), F.min("id").alias("one"), F.max("id").alias("other"),
            F.bit_or("day_orders").alias("orders"), F.count_if("lost").alias("lost"),
        )  # fmt: skip
        about = ids.agg(
            F.max_by(F.struct("n", "one", "other"), "n").alias("most"),
            F.bit_or("orders").alias("orders"),
            F.sum("lost").alias("lost"),
        ).collect()[0]
        _require_different(about["most"])
        orders = frozenset(order for order in (False, True) if about["orders"] >> order & 1)
        return self._restored(stories) if about["lost"] else stories, orders

    def _restored(self, stories: DataFrame) -> DataFrame:
        """Give texts that lost letters those of the words of the others."""
        lost, whole = stories.where("lost"), stories.where("not lost")
        found = _mapped(lost.select("text"), letters.texts_wanting(), COUNTED)
        wanted = frozenset(row["word"] for row in found.select("word").distinct().collect())
        counted = _mapped(whole.select("text"), letters.count_wanted(wanted), COUNTED)
        words = counted.groupBy("key", "word").sum("count").toDF(*COUNTED.names).toArrow()
        task = letters.restore(words)
        restored = self.tables.made("restored", STORIES, _mapped(lost, task, STORIES))
        return whole.union(restored)

    def bodies(self, stories: DataFrame, orders: frozenset[bool]) -> tuple[DataFrame, pa.Table]:
        """Find furniture, and sketch what is left; and the verdicts on lines."""
        columns = ("key", "publisher", "published", *LINES)
        verdicts = self.tables.made(
            "verdicts",
            VERDICTS,
            _mapped(
                stories.select(*columns).coalesce(1),
                tasks.find_line_verdicts(orders, self.config),
                VERDICTS,
            ),
        )
        known = sorted_verdicts(verdicts.toArrow())
        task = tasks.make_bodies(known, orders, self.config)
        return self.tables.made("bodies", BODIES, _mapped(stories, task, BODIES)), known

    def ranks(self, bodies: DataFrame) -> DataFrame:
        """Put the stories in order."""
        columns = ("key", "id", "publisher", "published", "published_us", "body_words",
                   "digest_0", "digest_1")  # fmt: skip
        return self.tables.made(
            "ranks",
            RANKS,
            _mapped(bodies.select(*columns).coalesce(1), tasks.rank_stories(), RANKS),
        )

    def edges(self, bodies: DataFrame, ranks: DataFrame) -> tuple[DataFrame, DataFrame, int]:
        """Propose and verify pairs until nothing is new; edges, stock phrases, pairs compared."""
        schema = pa.schema(
            [pa.field("rank", pa.int64()), *(BODIES.field(name) for name in SKETCHES[1:])]
        )
        sketches = self.tables.made(
            "sketches",
            schema,
            bodies.join(ranks, "key").select(*SKETCHES),
        )
        compared: list[DataFrame] = []
        found: list[DataFrame] = []
        count = 0
        propose = tasks.propose(self.config)
        for turn in range(_MOST_ROUNDS):
            given = _tagged(sketches, self._all_of(compared, PAIRS), self._all_of(found, EDGES))
            proposed = self.tables.made(
                f"proposed_{turn:02}",
                PROPOSED,
                _mapped(given.coalesce(1), propose, PROPOSED),
            )
            pairs = proposed.where("what = 'pair'").select("a", "b")
            new = pairs.count()
            if not new:
                break
            count += new
            compared.append(pairs)
            found.append(
                self.tables.made(
                    f"edges_{turn:02}",
                    EDGES,
                    self._on_pairs(
                        pairs, new, bodies, ranks, tasks.align_pairs_of_parts(self.config), EDGES
                    ),
                )
            )
        left = proposed.where("what = 'left'").select("a", "b")
        edges = self._all_of(found, EDGES).join(left, ["a", "b"], "left_anti")
        stock = proposed.where("what = 'stock'").select("a", "b", "c")
        return edges, stock, count - left.count()

    def _all_of(self, parts: list[DataFrame], schema: pa.Schema) -> DataFrame:
        """Put tables together; an empty one where there is none."""
        if not parts:
            return self.tables.spark.createDataFrame([], ddl(schema))
        return reduce(lambda one, other: one.union(other), parts)

    def _on_pairs(
        self,
        pairs: DataFrame,
        count: int,
        bodies: DataFrame,
        ranks: DataFrame,
        task: tasks.Task,
        schema: pa.Schema,
    ) -> DataFrame:
        """Run a task on pairs with their texts, each text once a part."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        parts = max(self.partitions, count // _PART_PAIRS)
        leads = pairs.groupBy("a").count().where(F.col("count") > _LEADS)
        leads = leads.select("a", F.ceil(F.col("count") / _LEADS).alias("shares"))
        placed = pairs.join(F.broadcast(leads), "a", "left").withColumn(
            "part",
            F.pmod(
                F.xxhash64("a", F.pmod("b", F.coalesce("shares", F.lit(1)))), F.lit(parts)
            ).cast("int"),
        ).drop("shares")  # fmt: skip
        ends = [placed.select("part", F.col(end).alias("rank")) for end in ("a", "b")]
        needed = ends[0].union(ends[1]).distinct().join(ranks, "rank")
        if count < _SENT:
            needed = F.broadcast(needed)
        about = bodies.select("key", "id", "text", "status", "misread", "published_us")
        texts = needed.join(about, "key").drop("key").withColumnRenamed("rank", "a")
        given = _tagged(texts, placed).repartition(self.partitions, "part")
        return _mapped(given.sortWithinPartitions("part", "t"), task, schema)

    def members(self, edges: DataFrame) -> DataFrame:
        """Find classes and components."""
        task = tasks.find_members(_NEAR, _CONTAINED)
        return self.tables.made("members", MEMBERS, _mapped(edges.coalesce(1), task, MEMBERS))

    def chosen(
        self, bodies: DataFrame, ranks: DataFrame, edges: DataFrame, members: DataFrame
    ) -> DataFrame:
        """Decide all components, and what stands alone."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        count = members.count()
        about = [*ABOUT, "published_us", "furniture", "agencies", "spans"]
        alone = bodies.select(*about).join(
            ranks.join(_sent(members.select("rank"), count), "rank", "left_anti"), "key"
        )
        parts = max(self.partitions, count // _PART_STORIES)
        part = F.pmod(F.xxhash64("component"), F.lit(parts)).cast("int").alias("part")
        named = members.select("*", part)
        keyed = _sent(named.join(ranks, "rank"), count)
        stories = bodies.drop("bands", "fingerprints", "digest_0", "digest_1").join(keyed, "key")
        inside = self._inside(edges, named, count)
        given = _tagged(stories, inside).repartition(self.partitions, "part")
        task = choosing.choose_in_components(self.config, self.scope)
        together = _mapped(given.sortWithinPartitions("part", "t"), task, CHOSEN)
        return self.tables.made(
            "chosen", CHOSEN, together.union(_mapped(alone, choosing.stay_alone(), CHOSEN))
        )

    def _inside(self, edges: DataFrame, named: DataFrame, count: int) -> DataFrame:
        """Edges within components, with their part."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        a = _sent(named.select(F.col("rank").alias("a"), "component", "part"), count)
        b = _sent(named.select(F.col("rank").alias("b"), F.col("component").alias("other")), count)
        return edges.join(a, "a").join(b, "b").where("component = other").drop("other", "component")

    def between(
        self, bodies: DataFrame, ranks: DataFrame, edges: DataFrame, members: DataFrame
    ) -> DataFrame:
        """Relations between components, one a pair of classes."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        count = members.count()
        sides = [
            _sent(
                members.select(
                    F.col("rank").alias(end),
                    F.col("component").alias(f"component_{end}"),
                    F.col("leader").alias(f"leader_{end}"),
                ),
                count,
            )
            for end in "ab"
        ]
        placed = edges.select("a", "b").join(sides[0], "a", "left").join(sides[1], "b", "left")
        for end in "ab":
            for name in ("component", "leader"):
                placed = placed.withColumn(f"{name}_{end}", F.coalesce(f"{name}_{end}", end))
        across = placed.where("component_a <> component_b").repartition(
            self.partitions, F.least("leader_a", "leader_b"), F.greatest("leader_a", "leader_b")
        )
        pairs = self.tables.made(
            "between", PAIRS, _mapped(across, choosing.one_pair_of_classes(), PAIRS)
        )
        return self._related(pairs.withColumn("same", F.lit(False)), bodies, ranks)

    def _related(self, pairs: DataFrame, bodies: DataFrame, ranks: DataFrame) -> DataFrame:
        count = pairs.count()
        task = choosing.relate_parts(self.config)
        return self.tables.made(
            "related", CHOSEN, self._on_pairs(pairs, count, bodies, ranks, task, CHOSEN)
        )

    def all_pairs(
        self,
        bodies: DataFrame,
        ranks: DataFrame,
        edges: DataFrame,
        members: DataFrame,
        chosen: DataFrame,
    ) -> tuple[DataFrame, DataFrame]:
        """All relations of clusters and linked clusters; and the clusters left out, by rank."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        stories = chosen.where("rank >= 0").select("rank", "cluster", "parent", "keeper")
        stories = stories.join(members.select("rank", "leader"), "rank", "left")
        stories = stories.withColumn("leader", F.coalesce("leader", "rank"))
        task = choosing.pairs_of_all(self.config)
        pairs = self.tables.made(
            "reported",
            PAIRS,
            _mapped(_tagged(stories, edges).repartition(1), task, PAIRS),
        )
        left = pairs.where("b < 0").select(F.col("a").alias("rank"))
        ends = [stories.select(F.col("rank").alias(end), F.col("cluster").alias(f"of_{end}"))
                for end in "ab"]  # fmt: skip
        pairs = pairs.where("b >= 0").join(ends[0], "a").join(ends[1], "b")
        pairs = pairs.select("a", "b", F.expr("of_a = of_b").alias("same"))
        return self._related(pairs, bodies, ranks), left


def run(plan: Plan, df: DataFrame, names: FieldNames | None) -> Made:
    """Run all stages.

    Parameters
    ----------
    plan : Plan
        Where and how.
    df : DataFrame
        One story a row.
    names : FieldNames or None
        Which columns hold what; ids must be among them. None for stories that were read already.
    """
    with said_plainly():
        stories = plan.take(df) if names is None else plan.read(df, names)
        bodies, verdicts = plan.bodies(*plan.checked(stories))
        ranks = plan.ranks(bodies)
        edges, stock, compared = plan.edges(bodies, ranks)
        members = plan.members(edges)
        chosen = plan.chosen(bodies, ranks, edges, members)
        excepted: list[str] = []
        if plan.scope == "canonical":
            relations = plan.between(bodies, ranks, edges, members)
        else:
            relations, left = plan.all_pairs(bodies, ranks, edges, members, chosen)
            named = left.join(ranks, "rank").join(bodies.select("key", "id"), "key")
            excepted = [row["id"] for row in named.orderBy("rank").collect()]
        return Made(
            chosen=chosen.union(relations),
            verdicts=verdicts,
            bodies=bodies,
            ranks=ranks,
            excepted=excepted,
            compared=compared,
            unrelated=compared - edges.count(),
            stock=stock,
        )


def _require_different(most: Row) -> None:
    """Require that no two rows have one id, nor two ids one key."""
    if most["n"] == 1:
        return
    one, other = most["one"], most["other"]
    said = f"the id {one!r} stands in {most['n']} rows"
    if one != other:
        said = f"the ids {one!r} and {other!r} have one 64-bit key"
    raise InputError(said, remedy="give every row an id of its own")


def sorted_verdicts(table: pa.Table) -> pa.Table:
    """Return verdicts as the rules look them up: keys ascend as unsigned numbers."""
    keys = [chunk.view(pa.uint64()) for chunk in table["key"].chunks]
    columns = {
        "key": pa.chunked_array(keys, pa.uint64()),
        "scope": table["scope"].cast(pa.int32()),
        "publisher": table["publisher"].cast(pa.large_string()),
        "verdict": table["verdict"].cast(pa.uint8()),
    }
    found = pa.table(columns)
    return found.take(pc.sort_indices(found["key"])).combine_chunks()


def _columns(names: FieldNames, columns: list[str]) -> list[str]:
    """Return the columns that hold what is named, dotted names by their first part."""
    given = [
        getattr(names, use) for use in ("id", "text", "title", "publisher", "published", "author")
    ]
    return [name if name in columns else name.split(".")[0] for name in given if name]


def _mapped(df: DataFrame, task: Callable[..., Any], schema: pa.Schema) -> DataFrame:
    return df.mapInArrow(task, ddl(schema))


def _tagged(*parts: DataFrame) -> DataFrame:
    """Put rows of several kinds together, told apart by ``t``."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

    tagged = [part.withColumn("t", F.lit(t)) for t, part in enumerate(parts)]
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), tagged)


def _sent(df: DataFrame, count: int) -> DataFrame:
    """Have rows sent to every executor where they are few."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

    return F.broadcast(df) if count < _SENT else df
