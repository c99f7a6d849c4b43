"""A corpus that was read in this process, clustered on Spark: what the command line does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.engines.declared import Scope
from dupdetect.engines.local import counts_of
from dupdetect.engines.spark.flow import Made, run
from dupdetect.engines.spark.plan import Plan
from dupdetect.engines.spark.rows import STORIES, ddl
from dupdetect.engines.spark.run import made_by
from dupdetect.engines.spark.session import arrow_alone
from dupdetect.engines.spark.tables import WorkTables
from dupdetect.engines.spark.tasks import with_lines
from dupdetect.engines.window import known_verdicts
from dupdetect.output import summary
from dupdetect.output.clustering import Clustering
from dupdetect.products.corpus import Corpus, stories_digest
from dupdetect.products.pairs import Ranking
from dupdetect.products.schemas import CLUSTERS, RELATIONS
from dupdetect.products.stories import Stories
from dupdetect.products.texts import Lines, Texts
from dupdetect.stages.furniture import find_furniture, scan_lines
from dupdetect.store.view import KnownVerdicts
from dupdetect.support.columns import codes, to_arrow
from dupdetect.support.dates import day_orders
from dupdetect.support.system import peak_memory

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["cluster_corpus"]

_ROWS = 4096  # a file's groups of rows, of which each can be a task's


def cluster_corpus(
    spark: SparkSession,
    corpus: Corpus,
    *,
    config: Config,
    relations: Scope = "canonical",
) -> Clustering:
    """Find the copies in a corpus, on Spark.

    Parameters
    ----------
    spark : SparkSession
        Whose executors reach this machine's folder for temporary files, as those of
        ``local[...]`` do.
    corpus : Corpus
        What was read.
    config : Config
        Settings.
    relations : {"canonical", "all"}
        Which relations are reported.
    """
    partitions = int(spark.conf.get("spark.sql.shuffle.partitions") or 200)
    with arrow_alone(), TemporaryDirectory(prefix="dupdetect-spark-") as folder:
        given = Path(folder, "given.parquet")
        with pq.ParquetWriter(given, STORIES, compression="lz4", use_dictionary=False) as file:
            for table in _given(corpus):
                file.write_table(table)
        df = spark.read.schema(ddl(STORIES)).parquet(str(given))
        digest = {"input": stories_digest(corpus)}
        tables = WorkTables.open(
            spark, str(Path(folder, "work")), made_by(config, relations) | digest, resume=False
        )
        made = run(Plan(tables, config, relations, partitions, read_once=True), df, None)
        return _described(corpus, made, config, relations)


def _given(corpus: Corpus) -> Iterator[pa.Table]:
    """Yield rows of ``STORIES``, as executors would make them."""
    keys = Stories.of(corpus).keys
    orders = sum(1 << order for order in day_orders(corpus.published.to_pylist()))
    for first in range(0, len(corpus), _ROWS):
        some = slice(first, min(first + _ROWS, len(corpus)))
        count = some.stop - first
        about = {
            "key": keys[some],
            "id": corpus.ids[some],
            "publisher": corpus.publishers[some],
            "title": corpus.titles[some],
            "published": corpus.published[some],
            "author": corpus.authors[some],
            "mended": corpus.mended[some],
            "day_orders": np.full(count, orders),
            "lost": np.zeros(count, dtype=bool),  # restored by reading
        }
        ends = corpus.text_offsets[first : some.stop + 1]
        yield with_lines(about, corpus.text[ends[0] : ends[-1]], ends - ends[0])


def _described(corpus: Corpus, made: Made, config: Config, scope: Scope) -> Clustering:
    """Bring the tables into the order of the corpus, and say what a local run says of it."""
    chosen: Any = made.chosen  # a table, since it is read once
    found, related = (_flattened(chosen[name]) for name in ("clusters", "relations"))
    clusters = _in_order(found, corpus)
    stories = Stories.of(corpus)
    lines = _lines(stories, made, config)
    ranking = _ranking(stories, made.ordered.keys)
    relations = related.take(_by_ranks(related, corpus, ranking)).cast(RELATIONS)
    texts = Texts(stories.text, stories.text_offsets, lines.status, lines.offsets)
    kinds, kept = counts_of(relations)
    described = summary.summarize(
        corpus,
        clusters,
        config=asdict(config),
        digest=config.digest(),
        kinds=kinds,
        kept_parts=kept,
        dropped=lines.dropped,
        stock=summary.stock_examples(texts, made.stock, ranking, config),
        timings={},
        threads=1,
        relations_scope=scope,
        excepted=made.excepted,
        without_body=int(np.count_nonzero(~made.ordered.has_body)),
        compared=made.compared,
        comparing={"aligned_pairs": made.compared, "unrelated_pairs": made.unrelated},
        peak_memory_bytes=peak_memory(),
    )
    return Clustering.of(corpus, clusters, relations, described | {"engine": "spark"})


def _flattened(structs: pa.ChunkedArray) -> pa.Table:
    """Return the rows that are in a column, without those that are null."""
    none = pa.schema(list(structs.type)).empty_table().to_batches()
    chunks = [pa.RecordBatch.from_struct_array(one.drop_null()) for one in structs.chunks]
    return pa.Table.from_batches([*none, *chunks], pa.schema(list(structs.type)))


def _in_order(found: pa.Table, corpus: Corpus) -> pa.Table:
    """Rows in the order of the corpus, each with its place there."""
    ids = pa.concat_arrays([corpus.ids.cast(pa.string()), *found["id"].chunks])
    row_of = np.empty(len(corpus), dtype=np.int64)
    row_of[codes(ids)[len(corpus) :]] = np.arange(len(corpus))
    clusters = found.take(to_arrow(row_of))
    place = corpus.places()
    ends = to_arrow(np.arange(0, place.size + 1, 4, dtype=np.int32))
    column = pa.ListArray.from_arrays(ends, to_arrow(place.ravel()))
    at = clusters.schema.get_field_index("place")
    return clusters.set_column(at, CLUSTERS.field("place"), column).cast(CLUSTERS)


def _by_ranks(related: pa.Table, corpus: Corpus, ranking: Ranking) -> pa.Array:
    """Return the order in which a local run writes the pairs: by the ranks of their stories."""
    ids = [corpus.ids.cast(pa.string()), *related["a"].chunks, *related["b"].chunks]
    numbers = codes(pa.concat_arrays(ids))
    stories, ends = numbers[: len(corpus)], numbers[len(corpus) :].reshape(2, -1)
    rank = np.empty(len(corpus), dtype=np.int64)
    rank[stories] = ranking.rank_of
    ranks = np.sort(rank[ends], axis=0)
    return to_arrow(np.lexsort((ranks[1], ranks[0])))


def _lines(stories: Stories, made: Made, config: Config) -> Lines:
    features = scan_lines(stories.text, stories.text_offsets)
    known, publishers = known_verdicts(
        KnownVerdicts(made.verdicts), stories.publishers, features.keys
    )
    return find_furniture(
        stories.text,
        stories.text_offsets,
        publishers,
        stories.published_us,
        config=config,
        features=features,
        verdicts=known,
    )


def _ranking(stories: Stories, keys: NDArray[np.int64]) -> Ranking:
    """Return the order of the stories, of which the keys are in that order."""
    story_of = np.empty(keys.size, dtype=np.int64)
    story_of[np.argsort(keys.view(np.uint64))] = np.argsort(stories.keys)
    rank_of = np.empty_like(story_of)
    rank_of[story_of] = np.arange(story_of.size)
    return Ranking(story_of, rank_of)
