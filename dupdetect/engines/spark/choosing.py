"""What executors do once components are known: clusters, what stays, and relations.

A component, all stories that copies connect, is decided where it is whole: no rule looks beyond it.
Two stories of different components can only overlap, or have one wording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pyarrow as pa

from dupdetect.config import Config
from dupdetect.engines.declared import Scope
from dupdetect.engines.spark.rows import (
    CHOSEN,
    batches_of,
    bytes_of,
    column,
    credits_of,
    edges_of,
    numbers_of,
    parts_of,
    stories_of,
    table_of,
    tables_of,
)
from dupdetect.engines.spark.tasks import Batches, Task, aligner, verifier_of
from dupdetect.engines.stages import Chosen, Flow, choose, clusters, describe
from dupdetect.engines.verify import align_relations
from dupdetect.engines.work import Work
from dupdetect.output.tables import clusters_table
from dupdetect.products.alignments import Related
from dupdetect.products.edges import Copies, Edges
from dupdetect.products.pairs import Numbers, pair_keys
from dupdetect.products.schemas import CLUSTERS, RELATIONS
from dupdetect.products.sketches import Sketches
from dupdetect.products.texts import LineStatus
from dupdetect.stages.selection import pairs_to_report
from dupdetect.support.columns import as_one_array, to_arrow, to_numpy

__all__ = [
    "choose_in_components",
    "relate_parts",
    "stay_alone",
]


def choose_in_components(config: Config, scope: Scope) -> Task:
    """Decide whole components: rows of stories (``t`` 0), then of their edges (``t`` 1)."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for part in parts_of(batches):
            yield from batches_of(_chosen(part, config, scope))

    return run


def _chosen(part: pa.Table, config: Config, scope: Scope) -> pa.Table:
    what = to_numpy(part["t"])
    table = table_of(part.filter(pa.array(what == 0))["data"])
    table = table.take(pa.array(np.argsort(to_numpy(table["rank"]))))
    ranks = to_numpy(table["rank"])
    edges = edges_of(part.filter(pa.array(what == 1)), ranks)
    verifier = verifier_of(table, config)
    flow = Flow.around(verifier, Work(config), scope)
    stories = stories_of(table, to_numpy(table["published_us"]))
    status, offsets = bytes_of(table, "status")
    given = stories, LineStatus(offsets, status), _sized(table), edges
    leaders = np.searchsorted(ranks, to_numpy(table["leader"]))
    (forest,) = clusters(*given, leaders, flow)
    chosen = choose(*given, leaders, forest, credits_of(table), flow)
    if scope == "all":  # the others are found where all clusters are known
        chosen = replace(chosen, pairs=_named_pairs(chosen))
    relations, canonical, *copies = describe(stories, chosen, verifier)
    rows = _rows_of_clusters(table, canonical, *copies)
    by_rank = [
        np.where(one < 0, -1, ranks[one]) for one in (chosen.root, chosen.parent, chosen.keeper)
    ]
    found = [_of(ranks, *by_rank, clusters=rows)]
    if scope == "canonical":
        found.append(_of_relations(relations))
    return pa.concat_tables(found)


def _named_pairs(chosen: Chosen) -> Numbers:
    pairs, _ = pairs_to_report(
        Edges.empty(), chosen.root, chosen.root, (chosen.parent, chosen.keeper), "canonical", 0
    )
    return pairs


def _sized(table: pa.Table) -> Sketches:
    """Sketches of which only the lengths of the bodies are known."""
    words = to_numpy(table["body_words"]).astype(np.uint32)
    none = np.empty((words.size, 0))
    return Sketches(
        none.astype(np.uint64),
        words,
        none.astype(np.uint32),
        np.zeros(words.size + 1, dtype=np.int64),
        np.empty(0, dtype=np.uint64),
    )


def _rows_of_clusters(
    table: pa.Table, canonical: Numbers, parent: Copies, member: Copies, removed: Copies
) -> pa.Table:
    """Return the table of clusters; a story of a frame has no place in a file."""
    furniture, offsets = numbers_of(table, "furniture", np.int64)
    return clusters_table(
        column(table, "id"),
        canonical,
        parent,
        member,
        removed,
        publishers=column(table, "publisher"),
        published=column(table, "published"),
        credits=credits_of(table),
        furniture=(offsets // 2, furniture.reshape(-1, 2)),
        place=np.tile(np.array([0, -1, -1, -1]), (table.num_rows, 1)),
    )


def _of(
    ranks: Numbers,
    cluster: Numbers,
    parent: Numbers,
    keeper: Numbers,
    *,
    clusters: pa.Table | None = None,
    relations: pa.Table | None = None,
) -> pa.Table:
    """Return rows of `CHOSEN`, of one table or the other."""
    columns: list[Any] = [to_arrow(one) for one in (ranks, cluster, parent, keeper)]
    for table, schema in ((clusters, CLUSTERS), (relations, RELATIONS)):
        if table is None:
            columns.append(pa.nulls(ranks.size, pa.struct(list(schema))))
            continue
        arrays = [as_one_array(values) for values in table.columns]
        columns.append(pa.StructArray.from_arrays(arrays, fields=list(schema)))
    return pa.Table.from_arrays(columns, schema=CHOSEN)


def _of_relations(relations: pa.Table) -> pa.Table:
    none = np.full(relations.num_rows, -1)
    return _of(none, none, none, none, relations=relations)


def stay_alone() -> Task:
    """Give stories that nothing connects with others clusters of their own."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, 32 << 20):
            itself = np.arange(table.num_rows)
            none = _no_copies()
            rows = _rows_of_clusters(table, itself, none, none, none)
            nobody = np.full(itself.size, -1)
            yield from batches_of(_of(nobody, nobody, nobody, nobody, clusters=rows))

    return run


def _no_copies() -> Copies:
    none = np.empty(0, dtype=np.int64)
    measures: dict[str, Any] = {item.name: np.empty(0) for item in fields(Related)}
    return Copies(none, none, none, Related(**measures))


def relate_parts(config: Config) -> Task:
    """Align the pairs of each part with passages: those to report between components."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for part in parts_of(batches):
            _, pairs, verifier, texts = aligner(part, config)
            given = part.filter(pa.array(to_numpy(part["t"]) == 1))
            copies = numbers_of(given, "same", np.bool_)[0]
            order = np.argsort(pair_keys(*pairs.T))
            found = align_relations(verifier, column(texts, "id"), pairs[order], copies[order])
            yield from batches_of(_of_relations(found.table))
        yield from batches_of(CHOSEN.empty_table())

    return run
