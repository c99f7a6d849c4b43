"""The flow from texts to clusters; the only file that knows the order of the stages."""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.engines.verify import Verifier, align_relations
from dupdetect.engines.work import Progress, Work, silent
from dupdetect.errors import ConfigError
from dupdetect.output import summary
from dupdetect.output.clustering import Clustering
from dupdetect.output.summary import stock_examples
from dupdetect.output.tables import clusters_table
from dupdetect.products.corpus import Corpus
from dupdetect.products.edges import Edges, Proposed
from dupdetect.products.pairs import Numbers, Ranking, pair_keys
from dupdetect.products.schemas import KINDS
from dupdetect.products.sketches import Sketches
from dupdetect.products.tables import stories_table
from dupdetect.products.texts import Texts
from dupdetect.stages import forest, furniture, propose, roundups
from dupdetect.stages.credit import story_credits
from dupdetect.stages.selection import pairs_to_report
from dupdetect.stages.sketch import sketch_stories
from dupdetect.support.columns import codes, to_arrow, to_numpy


def cluster(
    stories: Any,  # noqa: ANN401  paths, tables, frames, lists: see corpus.read
    *,
    config: Config | None = None,
    names: FieldNames | None = None,
    relations: Literal["canonical", "all"] = "canonical",
    threads: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Progress | None = None,
) -> Clustering:
    """Find the copies in a collection of stories.

    Parameters
    ----------
    stories : path, list of paths, Arrow table, pandas or polars frame, list of str or of dict
        One story a row; ``"-"`` reads standard input.
    config : Config, optional
        Settings.
    names : FieldNames, optional
        Which fields hold id, text, title, publisher, date and author; found by name by default.
    relations : {"canonical", "all"}
        Each story against its parent, and overlaps between clusters one line a pair of classes;
        or every related pair of stories, each aligned by itself.
    threads : int, optional
        Threads to use, all cores by default; the result does not depend on it.
    on_bad_row : {"stop", "skip"}
        Whether a row that cannot be read stops the run.
    progress : callable, optional
        Called with stage, done and total.

    Returns
    -------
    Clustering

    Raises
    ------
    InputError
        When the input cannot be read; names file, line, reason and remedy.
    ConfigError
        When a setting is wrong.

    Examples
    --------
    >>> story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    >>> cluster([story, story, "Something else."]).clusters["cluster"].to_pylist()
    ['0', '0', '2']
    """
    with read(
        stories, names=names or FieldNames(), on_bad_row=on_bad_row, threads=_threads(threads)
    ) as corpus:
        return cluster_corpus(
            corpus, config=config, relations=relations, threads=threads, progress=progress
        )


def _threads(threads: int | None) -> int:
    if threads is not None and threads < 1:
        raise ConfigError(f"threads = {threads}: expected 1 or more; leave it out for all cores")
    return threads or os.cpu_count() or 1


def cluster_corpus(
    corpus: Corpus,
    *,
    config: Config | None = None,
    relations: Literal["canonical", "all"] = "canonical",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Clustering:
    """Find the copies in a corpus that was read; see :func:`cluster` for the parameters."""
    if relations not in ("canonical", "all"):
        raise ConfigError(f"relations = {relations!r}: expected 'canonical' or 'all'; pass one")
    work = Work(config or Config(), _threads(threads), progress or silent)
    publishers = codes(corpus.publishers)
    stories = stories_table(corpus)
    by_id = work.in_background(lambda: to_numpy(pc.sort_indices(stories["id"])))
    with work.stage("furniture"):
        lines = furniture.find_furniture(
            corpus.text, corpus.text_offsets, publishers, corpus.published_us,
            config=work.config, threads=work.threads,
        )  # fmt: skip
        texts = Texts(corpus.text, corpus.text_offsets, lines.status, lines.offsets)
    with work.stage("sketch"):
        sketches = sketch_stories(
            texts.text,
            texts.text_offsets,
            texts.line_status,
            texts.line_offsets,
            config=work.config,
            threads=work.threads,
            progress=work.progress_of("sketch", len(corpus.ids)),
        )
    ranking = Ranking.of(sketches.body_words, sketches.digests, by_id())
    verifier = Verifier(texts, ranking, work)
    credits_and_headlines = work.in_background(
        lambda: (
            story_credits(corpus.text, corpus.text_offsets, authors=corpus.authors),
            codes(pc.utf8_lower(corpus.titles)),
        )
    )
    with work.stage("propose"):
        proposed = _propose(sketches, ranking, verifier, work)
    with work.stage("credit"):
        (agencies, agency_spans), headlines = credits_and_headlines()
    with work.stage("cluster"):
        parent, root = _forest(
            corpus, proposed, ranking, publishers, headlines, agencies, work.config
        )
    canonical = ranking.by_story(ranking.to_story(root))
    parents = ranking.by_story(ranking.to_story(parent))
    with work.stage("relate"):
        pairs, excepted = pairs_to_report(
            proposed, root, parent, relations, work.config.pairs_limit
        )
        copies = root[pairs[:, 0]] == root[pairs[:, 1]]
        reported = align_relations(verifier, corpus.ids, pairs, copies, work)
        child = np.flatnonzero(parents >= 0)
        with_parent = pair_keys(ranking.to_rank(child), ranking.to_rank(parents[child]))
        kin = np.searchsorted(pair_keys(*pairs.T), with_parent)
        clusters = clusters_table(
            corpus.ids,
            canonical,
            parents,
            reported.shorter[kin],
            reported.related.take(kin),
            publishers=corpus.publishers,
            published=corpus.published,
            credits=(agencies, agency_spans),
        )
    kinds, kept = reported.counts()
    told = summary.summarize(
        corpus,
        clusters,
        config=asdict(work.config),
        digest=work.config.digest(),
        kinds=kinds,
        kept_parts=kept,
        lines=lines,
        stock=stock_examples(texts, proposed, ranking, work.config),
        timings=work.timings,
        threads=work.threads,
        relations_scope=relations,
        excepted=[corpus.ids[k].as_py() for k in ranking.to_story(excepted).tolist()],
        compared=proposed.compared,
        peak_memory_bytes=_peak_memory(),
    )
    return Clustering(clusters, reported.table, told)


def _peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _propose(sketches: Sketches, ranking: Ranking, verifier: Verifier, work: Work) -> Proposed:
    """Digests, bands and postings, every pair verified; all numbers are ranks."""
    words = ranking.by_rank(sketches.body_words)
    first = propose.equal_digests(ranking.by_rank(sketches.digests), words)
    copies = np.flatnonzero(first != np.arange(first.size))
    same = Edges(
        first[copies],
        copies,
        np.full(copies.size, KINDS.index("identical"), dtype=np.int8),
        np.ones(copies.size),
        np.ones(copies.size),
        np.zeros((copies.size, 3), dtype=np.int32),
    )
    distinct = np.flatnonzero((first == np.arange(first.size)) & (words > 0))
    near, compared = propose.band_classes(
        sketches.band_keys, ranking.story_of, distinct, verifier.verify, threads=work.threads
    )
    edges = Edges.all_of([same, near])
    mates = edges.near()
    classes = kernels.components(words.size, edges.a[mates], edges.b[mates])
    taking_part = np.full(words.size, -1, dtype=np.int64)
    taking_part[distinct] = distinct
    return propose.posting_edges(
        sketches.fingerprints,
        sketches.offsets,
        ranking.by_story(taking_part),
        classes,
        edges,
        verifier.verify,
        config=work.config,
        compared=compared,
        threads=work.threads,
    )


def _forest(
    corpus: Corpus,
    proposed: Proposed,
    ranking: Ranking,
    publishers: NDArray[np.int32],
    headlines: NDArray[np.int32],
    agencies: pa.Array,
    config: Config,
) -> tuple[Numbers, Numbers]:
    """Parents and canonical stories, by rank."""
    edges, classes = proposed.edges, proposed.classes
    near = edges.near()
    parent = forest.class_parents(classes, edges.a[near], edges.b[near])
    round_ups = roundups.find_round_ups(
        classes,
        edges.a,
        edges.b,
        edges.kind,
        edges.stretches,
        publishers=ranking.by_rank(publishers),
        config=config,
    )
    parent = forest.attach_contained(
        parent,
        classes,
        edges.a,
        edges.b,
        edges.kind,
        edges.b_coverage,
        round_ups=round_ups,
        headlines=ranking.by_rank(headlines),
        published_us=ranking.by_rank(corpus.published_us),
    )
    parent = forest.join_extended(
        parent,
        classes,
        edges.a,
        edges.b,
        edges.kind,
        edges.a_coverage,
        round_ups=round_ups,
        config=config,
    )
    root = forest.roots(parent)
    if config.canonical == "longest":
        return parent, root
    own = pc.equal(
        pc.utf8_lower(corpus.publishers), pc.utf8_lower(agencies.cast(pa.large_string()))
    )
    canonical = forest.choose_canonical(
        root,
        config=config,
        published_us=ranking.by_rank(corpus.published_us),
        publishers=corpus.publishers.take(to_arrow(ranking.story_of)).to_pylist(),
        own=ranking.by_rank(to_numpy(own, missing=False)),
    )
    return forest.reroot(parent, canonical), canonical
