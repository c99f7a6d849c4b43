"""The stages of a run as DataFrames: which rows meet where, and in which order.

What works on any stories runs on every partition as it is; what stories share is found where their
keys go; pairs of the same stories go to one part, with each text once a part; components go to one
part whole. This process sees neither texts nor sketches: it holds pairs and edges, and a few
numbers a story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.corpus import FieldNames
from dupdetect.engines.declared import Scope
from dupdetect.engines.spark import letters, sharing, tasks
from dupdetect.engines.spark.rows import (
    BODIES,
    CHOSEN,
    COUNTED,
    EDGES,
    GROUPS,
    LABELS,
    LINES,
    MARKS,
    NEEDED,
    PACKED_BANDS,
    PACKED_FINGERPRINTS,
    PACKED_LINES,
    PACKED_PAIRS,
    PAGES,
    PAIRS,
    RANKS,
    SAMPLED,
    SENT,
    SHARED,
    STORIES,
    VERDICTS,
    ddl,
    edges_of,
    numbers_column,
    numbers_of,
    rows,
    table_of,
)
from dupdetect.engines.spark.sharing import packed
from dupdetect.engines.spark.tables import WorkTables
from dupdetect.errors import InputError
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers
from dupdetect.stages.propose import Shared
from dupdetect.support.columns import to_numpy
from dupdetect.support.dates import UNKNOWN_TIME

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = [
    "Ordered",
    "Plan",
    "on_executors",
    "parts_of_pairs",
    "shared_of",
    "sorted_verdicts",
    "tagged",
    "with_keys",
]

_PART_PAIRS = 32_768  # that are aligned at a time in one part
_ROUNDS = 4  # more hardly save a text
_SENT = 1 << 20  # rows that are sent to all executors rather than sorted
# Where pairs are asked of at most one story in so many, their fingerprints are marked first.
_FEW_ASKED = 4
_SLOTS = 1 << 10  # for each of these, which have some hundred fingerprints
_MOST_SLOTS = 27  # as a power of 2: 16 MB
_MARKED = 8  # partitions of them
_LATEST = np.iinfo(np.int64).max
_ORDERED = ("key", "body_words", "published_us", "digest_0", "digest_1")
_TEXTS = ("key", "id", "text", "status", "misread", "published_us")


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Stories by rank, as far as this process knows them.

    Attributes
    ----------
    keys : ndarray of int64, shape (stories,)
        Bits of their 64-bit keys.
    first : ndarray of int64, shape (stories,)
        The first rank with the same body.
    has_body, dated : ndarray of bool, shape (stories,)
        Whether a body is left, and whether the date is known.
    """

    keys: Numbers
    first: Numbers
    has_body: NDArray[np.bool_]
    dated: NDArray[np.bool_]

    @classmethod
    def of(cls, table: pa.Table) -> Ordered:
        """Take rows in the order of the stories."""
        keys, words, published_us, *digests = (to_numpy(table[name]) for name in _ORDERED)
        same = words > 0
        same[:1] = False
        for digest in digests:
            same[1:] &= np.diff(digest) == 0
        first = np.maximum.accumulate(np.where(same, 0, np.arange(same.size)))
        return cls(keys, first, words > 0, published_us != UNKNOWN_TIME)


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
    few : int
        Pairs of up to so many stories, and no more of them than one part has, are aligned in this
        process.
    read_once : bool
        Whether this process reads what is found, once, so that it is not written.
    """

    tables: WorkTables
    config: Config
    scope: Scope
    partitions: int
    few: int = 4096
    read_once: bool = False

    @property
    def parts(self) -> int:
        """Parts of keys: more than partitions, over which hashing spreads them."""
        return 8 * self.partitions

    def are_few(self, pairs: int, stories: int) -> bool:
        """Tell whether it is less work to align some pairs here than to distribute them."""
        return pairs <= _PART_PAIRS and stories <= self.few

    def read(self, df: DataFrame, names: FieldNames) -> DataFrame:
        """Read rows into stories."""
        versions = tasks.Versions.here(self.config)
        used = [f"`{name}`" for name in dict.fromkeys(_columns(names, df.columns))]
        task = tasks.read_stories(names, versions, self.config)
        return self.tables.made("stories", STORIES, on_executors(df.select(*used), task, STORIES))

    def checked(self, stories: DataFrame) -> tuple[DataFrame, frozenset[bool]]:
        """Require different ids; return the stories, and the orders of day and month in dates."""
        about = stories.select("key", "day_orders", "lost").toArrow()
        keys = np.sort(to_numpy(about["key"]))
        twice = keys[np.flatnonzero(keys[1:] == keys[:-1])]
        if twice.size:
            raise _not_different(with_keys(stories, twice[:1]).select("id").toArrow()["id"])
        orders = int(np.bitwise_or.reduce(to_numpy(about["day_orders"]), initial=0))
        known = frozenset(order for order in (False, True) if orders >> order & 1)
        return self._restored(stories) if to_numpy(about["lost"]).any() else stories, known

    def _restored(self, stories: DataFrame) -> DataFrame:
        """Give texts that lost letters those of the words of the others."""
        lost, whole = stories.where("lost"), stories.where("not lost")
        found = on_executors(lost.select("text"), letters.texts_wanting(), COUNTED)
        wanted = frozenset(row["word"] for row in found.select("word").distinct().collect())
        counted = on_executors(whole.select("text"), letters.count_wanted(wanted), COUNTED)
        words = counted.groupBy("key", "word").sum("count").toDF(*COUNTED.names).toArrow()
        task = letters.restore(words)
        restored = self.tables.made("restored", STORIES, on_executors(lost, task, STORIES))
        return whole.union(restored)

    def bodies(self, stories: DataFrame, orders: frozenset[bool]) -> tuple[DataFrame, pa.Table]:
        """Find furniture, and sketch what is left; and the verdicts on lines."""
        known = sorted_verdicts(self._verdicts(stories, orders))
        task = self._first(tasks.make_bodies(known, orders, self.config))
        return self.tables.made("bodies", BODIES, on_executors(stories, task, BODIES)), known

    def _first(self, task: tasks.Task) -> tasks.Task:
        """Return a task that may be the first one of a run where stories were read already."""
        return tasks.checked(task, tasks.Versions.here(self.config), self.config)

    def _verdicts(self, stories: DataFrame, orders: frozenset[bool]) -> pa.Table:
        """Say what repetition makes of lines."""
        if self.config.company_words <= 0:
            return VERDICTS.empty_table()
        packed = on_executors(
            stories.select("key", "publisher", "published", *LINES),
            self._first(sharing.pack_lines(orders, self.parts, self.config)),
            PACKED_LINES,
        )
        merge = sharing.merge_lines(self.parts, self.config)
        sampled = self.tables.made(
            "line_summaries",
            SAMPLED,
            on_executors(packed.repartition(self.partitions, "part"), merge, SAMPLED),
        )
        named = on_executors(sampled.select("part", "pages"), sharing.pages_needed(), PAGES)
        needed = named.distinct()
        pages = needed.join(stories.select("key", *LINES), "key")
        together = tagged(pages, sampled).repartition(self.partitions, "part")
        return on_executors(together, sharing.find_company(self.config), VERDICTS).toArrow()

    def ordered(self, bodies: DataFrame) -> Ordered:
        """Put the stories in order."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        when = F.when(F.col("published_us") == UNKNOWN_TIME, _LATEST).otherwise(
            F.col("published_us")
        )
        body = (F.desc("body_words"), F.col("digest_0"), F.col("digest_1"))
        ranged = (
            bodies.select(*_ORDERED, "id")
            .withColumn("when", when)
            .repartitionByRange(self.partitions, *body)
            .sortWithinPartitions(*body, "when", "id")
        )
        return Ordered.of(ranged.select(*_ORDERED).toArrow())

    def buckets(
        self, bodies: DataFrame, ordered: Ordered
    ) -> Callable[[Numbers], tuple[Numbers, Numbers]]:
        """Return what finds the stories that share buckets; see ``stages.propose.Buckets``."""

        def buckets(ranks: Numbers) -> tuple[Numbers, Numbers]:
            sent = self.sent(rows(RANKS, {"key": ordered.keys[ranks], "rank": ranks}))
            some = bodies.select("key", "bands").join(sent, "key").select("rank", "bands")
            packed = on_executors(some, sharing.pack_bands(self.parts), PACKED_BANDS)
            found = on_executors(
                packed.repartition(self.partitions, "part"), sharing.share_bands(), GROUPS
            ).toArrow()
            bucket, member = (to_numpy(found[name]) for name in GROUPS.names)
            order = np.lexsort((member, bucket))
            bucket, member = bucket[order], member[order]
            return member, np.cumsum(np.diff(bucket, prepend=bucket[:1]) != 0)

        return buckets

    def postings(
        self, bodies: DataFrame, ordered: Ordered
    ) -> Callable[[NDArray[np.bool_], Numbers, NDArray[np.bool_] | None], Shared]:
        """Return what finds the stories that share fingerprints; ``stages.propose.Postings``."""

        def postings(
            takes_part: NDArray[np.bool_], labels: Numbers, asked: NDArray[np.bool_] | None
        ) -> Shared:
            if asked is not None and not (asked & takes_part).any():
                return shared_of(SHARED.empty_table())
            ranks = np.flatnonzero(takes_part)
            columns = {
                "key": ordered.keys[ranks],
                "rank": ranks,
                "label": labels[ranks],
                "asked": np.zeros(ranks.size, dtype=bool) if asked is None else asked[ranks],
            }
            sent = self.sent(rows(LABELS, columns))
            labelled = bodies.select("key", "fingerprints").join(sent, "key").drop("key")
            marks = None
            some = int(np.count_nonzero(columns["asked"]))
            if asked is not None and some * _FEW_ASKED <= ranks.size:
                marks = self._marks(labelled, some)
            shared = self._sharing(labelled, marks, asked=asked is not None)
            return shared_of(shared.toArrow())

        return postings

    def _marks(self, labelled: DataFrame, count: int) -> NDArray[np.uint8]:
        """Mark the fingerprints of the stories of which pairs are asked: few others count then."""
        slots = 1 << min(max((_SLOTS * count).bit_length(), 16), _MOST_SLOTS)
        some = labelled.where("asked").select("fingerprints")
        given = some.repartition(min(_MARKED, self.partitions))
        found = on_executors(given, sharing.mark_fingerprints(slots), MARKS).toArrow()
        bits, _ = numbers_of(found, "bits", np.uint8)
        return np.asarray(np.bitwise_or.reduce(bits.reshape(-1, slots // 8)))

    def _sharing(
        self, labelled: DataFrame, marks: NDArray[np.uint8] | None, *, asked: bool
    ) -> DataFrame:
        task = sharing.pack_fingerprints(self.parts, marks)
        packed = on_executors(labelled, task, PACKED_FINGERPRINTS)
        share = sharing.share_fingerprints(self.parts, self.config, asked=asked)
        pairs = on_executors(packed.repartition(self.partitions, "part"), share, PACKED_PAIRS)
        return on_executors(
            pairs.repartition(self.partitions, "part"), sharing.settle_pairs(), SHARED
        )

    def found(self, name: str, *made: tuple[DataFrame, tasks.Task]) -> DataFrame | pa.Table:
        """Return rows of ``CHOSEN`` that tasks make, from here on read there or had here."""
        task_of = tasks.returned_whole if self.read_once else _itself
        schema = SENT if self.read_once else CHOSEN
        parts = [on_executors(df, task_of(task), schema) for df, task in made]
        found = reduce(lambda one, other: one.union(other), parts)
        if not self.read_once:
            return self.tables.made(name, CHOSEN, found)
        data = found.select("data").toArrow()["data"]
        return pa.concat_tables([CHOSEN.empty_table(), *([table_of(data)] if len(data) else [])])

    def aligned(
        self, name: str, a: Numbers, b: Numbers, bodies: DataFrame, ordered: Ordered
    ) -> Edges:
        """Have executors align pairs of ranks; return those that relate."""
        task = tasks.align_pairs_of_parts(self.config)
        given = self.with_texts(a, b, None, bodies, ordered)
        found = self.tables.made(name, EDGES, on_executors(given, task, EDGES))
        return edges_of(found.toArrow())

    def brought(self, ranks: Numbers, bodies: DataFrame, ordered: Ordered) -> tasks.Here:
        """Bring the texts of some stories to this process."""
        keys = ordered.keys[ranks]
        table = with_keys(bodies, keys).select(*_TEXTS).toArrow()
        return tasks.Here.of(table, ranks, keys, self.config)

    def with_texts(
        self,
        a: Numbers,
        b: Numbers,
        same: NDArray[np.bool_] | None,
        bodies: DataFrame,
        ordered: Ordered,
    ) -> DataFrame:
        """Bring pairs and their texts to parts, each text once a part.

        Parameters
        ----------
        a, b : ndarray of int64, shape (pairs,)
            Ranks.
        same : ndarray of bool, shape (pairs,), optional
            Which are of one cluster.
        bodies : DataFrame
            Rows of ``BODIES``.
        ordered : Ordered
            The stories.
        """
        part = parts_of_pairs(a, b, max(self.partitions, a.size // _PART_PAIRS))
        rank, parts = distinct_pairs_of(np.concatenate([a, b]), np.tile(part, 2))
        same = np.zeros(a.size, dtype=bool) if same is None else same
        pairs = self.sent(packed(PAIRS, part, {"a": a, "b": b, "same": same}), alone=True)
        first = np.flatnonzero(np.diff(rank, prepend=-1))
        rank, ends = rank[first], np.append(first, rank.size)
        parts = numbers_column(parts.astype(np.int32), ends)
        columns = {"key": ordered.keys[rank], "rank": rank, "parts": parts}
        wanted = self.sent(rows(NEEDED, columns))
        texts = wanted.join(bodies.select(*_TEXTS), "key").drop("key")
        given = tagged(on_executors(texts, tasks.send_rows(), SENT), pairs)
        return given.repartition(self.partitions, "part").sortWithinPartitions("part", "t")

    def sent(self, table: pa.Table, *, alone: bool = False) -> DataFrame:
        """Send rows to Spark: to every executor where they are few and not `alone`."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

        if not table.num_rows:
            return self.tables.spark.createDataFrame([], ddl(table.schema))
        df = self.tables.spark.createDataFrame(table)
        return df if alone or table.num_rows >= _SENT else F.broadcast(df)


def parts_of_pairs(a: Numbers, b: Numbers, parts: int) -> Numbers:
    """Return the part of each pair: as many pairs each, of stories that are compared with the same.

    A text is moved to each part that has a pair of it. So stories that are compared with each other
    get one label, pairs stand in the order of the labels of their stories, and are cut where a part
    is full: most stories are in one part or two, whatever number of pairs one story leads.

    Parameters
    ----------
    a, b : ndarray of int64, shape (pairs,)
        Ranks, the longer story's first.
    parts : int
        How many.

    Examples
    --------
    >>> parts_of_pairs(np.array([0, 1, 0, 1]), np.array([2, 3, 4, 5]), 2).tolist()
    [0, 1, 0, 1]
    """
    stories, numbers = np.unique(np.concatenate([a, b]), return_inverse=True)
    first, second = numbers[: a.size], numbers[a.size :]
    labels = _neighbourhoods(first, second, stories.size)
    of = np.sort([labels[first], labels[second]], axis=0)
    order = np.lexsort((first, second, of[1], of[0]))
    part = np.empty(a.size, dtype=np.int64)
    part[order] = np.arange(a.size) * parts // max(a.size, 1)
    return part


def _neighbourhoods(a: Numbers, b: Numbers, stories: int) -> Numbers:
    """Return a label of each story: again and again the one that most of those beside it have."""
    labels = np.arange(stories)
    if not a.size:
        return labels
    ends, others = np.concatenate([a, b]) * stories, np.concatenate([b, a])
    for _ in range(_ROUNDS):
        keys = np.sort(ends + labels[others])  # a story, and the label of one beside it
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        story, label = np.divmod(keys[first], stories)
        often = np.diff(np.append(first, keys.size)) * stories + (stories - 1 - label)
        most = np.maximum.reduceat(often, np.flatnonzero(np.diff(story, prepend=-1)))
        labels = stories - 1 - most % stories  # all stories are beside some
    return labels


def distinct_pairs_of(rank: Numbers, part: Numbers) -> tuple[Numbers, Numbers]:
    """Return each rank with each of its parts once."""
    keys = np.unique(rank << 32 | part)
    return keys >> 32, keys & 0xFFFFFFFF


def shared_of(table: pa.Table) -> Shared:
    """Return pairs and long lists as ``kernels.postings`` orders them."""
    a, b, around = (numbers_of(table, name, np.int64)[0] for name in SHARED.names)
    pair = around < 0
    pairs = np.stack([a[pair], b[pair]], axis=1)
    keys, members, around = a[~pair].view(np.uint64), b[~pair], around[~pair]
    order = np.lexsort((around, members, keys))
    keys = keys[order]
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: keys.size])
    return (
        pairs[np.lexsort(pairs.T[::-1])],
        members[order],
        np.append(first, keys.size),
        keys[first],
        around[order].astype(np.uint32),
    )


def with_keys(rows: DataFrame, keys: Numbers) -> DataFrame:
    """Return the rows of some stories, of which there is at least one."""
    # As one text: of a list each number would be a call of the JVM.
    return rows.where(f"key IN ({', '.join(f'{key}L' for key in keys.tolist())})")


def _not_different(ids: pa.ChunkedArray) -> InputError:
    """Say which rows have one id, or which ids one key."""
    one, other = min(ids.to_pylist()), max(ids.to_pylist())
    said = f"the id {one!r} stands in {len(ids)} rows"
    if one != other:
        said = f"the ids {one!r} and {other!r} have one 64-bit key"
    return InputError(said, remedy="give every row an id of its own")


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


def _itself(task: tasks.Task) -> tasks.Task:
    return task


def on_executors(df: DataFrame, task: tasks.Task, schema: pa.Schema) -> DataFrame:
    """Run a task on every partition."""
    return df.mapInArrow(task, ddl(schema))


def tagged(*parts: DataFrame) -> DataFrame:
    """Put rows of several kinds together, which ``t`` names."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  (optional)

    kinds = [part.withColumn("t", F.lit(t)) for t, part in enumerate(parts)]
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), kinds)
