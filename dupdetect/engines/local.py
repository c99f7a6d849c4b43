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
from dupdetect.engines.verify import Known, align_relations, aligned
from dupdetect.engines.work import Progress, Run
from dupdetect.errors import ConfigError
from dupdetect.output import summary
from dupdetect.output.clustering import Clustering
from dupdetect.output.summary import stock_examples
from dupdetect.output.tables import clusters_table
from dupdetect.products.alignments import Alignments
from dupdetect.products.corpus import Corpus
from dupdetect.products.edges import Edges, Proposed
from dupdetect.products.pairs import pair_keys
from dupdetect.products.schemas import KINDS, NONE
from dupdetect.products.sketches import Sketches
from dupdetect.products.texts import Texts
from dupdetect.stages import forest, furniture, propose, roundups
from dupdetect.stages.credit import story_credits
from dupdetect.stages.selection import pairs_to_report
from dupdetect.stages.sketch import sketch_stories
from dupdetect.support.arguments import require_choice, require_type
from dupdetect.support.columns import codes, to_arrow, to_numpy

Numbers = NDArray[np.int64]
_PAIRS = 1 << 16  # compared at a time: what is measured of each takes a hundred bytes or more
_MOST_KEPT = 128 << 20  # bytes of alignments kept from comparing for reporting


def cluster(
    stories: Any,  # noqa: ANN401  paths, tables, frames, lists: see corpus.read
    *,
    config: Config | None = None,
    names: FieldNames | None = None,
    relations: Literal["canonical", "all"] = "canonical",
    threads: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    duplicate_id: Literal["version", "last", "stop"] = "version",
    progress: Progress | None = None,
) -> Clustering:
    """Find the copies in a collection of stories.

    Parameters
    ----------
    stories : path, list of paths, table, frame, series, list of str, rows
        One story a row. A path is one str (a pattern such as ``"wire/*.jsonl"``, a folder, and
        ``"-"`` for standard input, too) or a `pathlib.Path`; a list of str holds texts. See
        :func:`dupdetect.corpus.read` for all that is read.
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
    duplicate_id : {"version", "last", "stop"}
        What to do about rows with the id of another: compare all, the second ``a`` under the
        name ``a#2``; keep the last of them; or hold it for a bad row.
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
    require_type("config", config, Config)
    require_type("names", names, FieldNames)
    with read(
        stories,
        names=names or FieldNames(),
        on_bad_row=on_bad_row,
        duplicate_id=duplicate_id,
        threads=_threads(threads),
    ) as corpus:
        return cluster_corpus(
            corpus, config=config, relations=relations, threads=threads, progress=progress
        )


def _threads(threads: int | None) -> int:
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ConfigError(f"threads = {threads!r}: expected 1 or more; leave it out for all cores")
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
    require_choice("relations", relations, ("canonical", "all"))
    require_type("config", config, Config)
    run = Run(config or Config(), _threads(threads), progress or (lambda *_: None), {})
    publishers = codes(corpus.publishers)
    by_id = run.beside(lambda: to_numpy(pc.sort_indices(corpus.ids)))
    with run.stage("furniture"):
        lines = furniture.find_furniture(
            corpus.text,
            corpus.text_offsets,
            publishers,
            config=run.config,
            threads=run.threads,
        )
        texts = Texts(corpus.text, corpus.text_offsets, lines.status, lines.offsets)
    with run.stage("sketch"):
        sketches = sketch_stories(
            texts.text,
            texts.text_offsets,
            texts.line_status,
            texts.line_offsets,
            config=run.config,
            threads=run.threads,
            progress=run.told("sketch", len(corpus.ids)),
        )
    order = _ranking(sketches, by_id())
    credits_and_headlines = run.beside(
        lambda: (
            story_credits(corpus.text, corpus.text_offsets, authors=corpus.authors),
            codes(pc.utf8_lower(corpus.titles)),
        )
    )
    with run.stage("propose"):
        proposed, known = _propose(texts, sketches, order, run)
    with run.stage("credit"):
        (agencies, agency_spans), headlines = credits_and_headlines()
    with run.stage("cluster"):
        parent, root = _forest(
            corpus, proposed, order, publishers, headlines[order], agencies, run.config
        )
    ranks = np.empty_like(order)
    ranks[order] = np.arange(order.size)
    canonical = np.empty_like(root)
    canonical[order] = order[root]
    parents = np.full(root.size, -1, dtype=np.int64)
    parents[order] = np.where(parent < 0, -1, order[parent])
    with run.stage("relate"):
        pairs, excepted = pairs_to_report(proposed, root, parent, relations, run.config.pairs_limit)
        copies = root[pairs[:, 0]] == root[pairs[:, 1]]
        reported = align_relations(texts, corpus.ids, order[pairs], copies, known, run)
        child = np.flatnonzero(parents >= 0)
        kin = np.searchsorted(pair_keys(*pairs.T), pair_keys(ranks[child], ranks[parents[child]]))
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
        config=asdict(run.config),
        digest=run.config.digest(),
        kinds=kinds,
        kept_parts=kept,
        lines=lines,
        stock=stock_examples(texts, proposed, order, run.config),
        timings=run.timings,
        threads=run.threads,
        relations_scope=relations,
        excepted=[corpus.ids[int(order[story])].as_py() for story in excepted],
        compared=proposed.compared,
        peak_memory_bytes=_peak_memory(),
    )
    return Clustering.of(corpus, clusters, reported.table, told)


def _peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _ranking(sketches: Sketches, by_id: NDArray[np.uint64]) -> Numbers:
    """Story number of each rank: longest body first, then by content, then by id."""
    place = np.empty(by_id.size, dtype=np.int64)
    place[by_id] = np.arange(by_id.size)
    shorter = -sketches.body_words.astype(np.int64)
    return np.lexsort((place, sketches.digests[:, 1], sketches.digests[:, 0], shorter))


def _propose(
    texts: Texts, sketches: Sketches, order: Numbers, run: Run
) -> tuple[Proposed, Known | None]:
    """Digests, bands and postings, every pair verified; all numbers are ranks.

    What was aligned is kept, up to a number of bytes, because most of it will be reported.
    """
    ranks = np.empty_like(order)
    ranks[order] = np.arange(order.size)
    kept: list[Alignments] = []
    lead = np.arange(order.size)

    def verify(a: Numbers, b: Numbers) -> Edges:
        if not a.size:
            return Edges.empty()
        x, y = np.minimum(a, b), np.maximum(a, b)
        # Families side by side, behind the longest story of each: their stories are split once.
        np.minimum.at(lead, y, x)
        near = np.argsort(lead[x], kind="stable")
        lead[y] = y  # as before
        x, y = order[x], order[y]
        edges = []
        for first in range(0, near.size, _PAIRS):
            part = near[first : first + _PAIRS]
            keep = sum(one.nbytes for one in kept) < _MOST_KEPT
            found, related = aligned(texts, x[part], y[part], run, "compare", passages=keep)
            some = np.flatnonzero(related.kind != NONE)
            found, related = found.take(some), related.take(some)
            new = Edges(
                ranks[found.a],
                ranks[found.b],
                related.kind,
                related.b_coverage,
                related.a_coverage,
                found.columns("a_first", "a_end", "a_words"),
            )
            edges.append(new)
            if keep:
                kept.append(found)
        return Edges.all_of(edges)

    words = sketches.body_words[order]
    first = propose.equal_digests(sketches.digests[order], words)
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
        sketches.band_keys, order, distinct, verify, threads=run.threads
    )
    edges = Edges.all_of([same, near])
    mates = edges.near()
    classes = kernels.components(order.size, edges.a[mates], edges.b[mates])
    taking_part = np.full(order.size, -1, dtype=np.int64)
    taking_part[order[distinct]] = distinct
    proposed = propose.posting_edges(
        sketches.fingerprints,
        sketches.offsets,
        taking_part,
        classes,
        edges,
        verify,
        config=run.config,
        compared=compared,
        threads=run.threads,
    )
    return proposed, Known.of(kept)


def _forest(
    corpus: Corpus,
    proposed: Proposed,
    order: Numbers,
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
        publishers=publishers[order],
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
        headlines=headlines,
        published_us=corpus.published_us[order],
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
        published_us=corpus.published_us[order],
        publishers=corpus.publishers.take(to_arrow(order)).to_pylist(),
        own=to_numpy(own, missing=False)[order],
    )
    return forest.reroot(parent, canonical), canonical
