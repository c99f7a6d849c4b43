"""The flow from texts to clusters; the only file that knows the order of the stages."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


from dupdetect import forest, furniture, kernels, propose, relate, summary
from dupdetect.align import Texts, align_pairs
from dupdetect.config import Config
from dupdetect.corpus import Corpus, FieldNames, read
from dupdetect.credit import find_credits
from dupdetect.errors import ConfigError
from dupdetect.records import (
    KEPT,
    KINDS,
    NONE,
    Alignments,
    Passage,
    Related,
    Relation,
)
from dupdetect.results import Clustering
from dupdetect.sketch import Sketches, sketch_stories
from dupdetect.tables import clusters_table, relations_table

Numbers = NDArray[np.int64]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """How to work: settings, threads, whom to tell, and where timings are noted."""

    config: Config
    threads: int
    progress: Progress
    timings: dict[str, dict[str, float]]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Note the CPU and wall time of a stage."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.timings[name] = {
            "cpu_seconds": round(time.process_time() - cpu, 4),
            "wall_seconds": round(time.perf_counter() - wall, 4),
        }

    def told(self, stage: str, total: int) -> Callable[[int], None]:
        """Return a callable that reports the progress of a stage."""
        return lambda done: self.progress(stage, done, total)


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
    run = Run(config or Config(), _threads(threads), progress or (lambda *_: None), {})
    with run.stage("furniture"):
        lines = furniture.find_furniture(
            corpus.text, corpus.text_offsets, _publisher_codes(corpus.publishers),
            config=run.config, threads=run.threads,
        )
        texts = Texts(corpus.text, corpus.text_offsets, lines.status, lines.offsets)
    with run.stage("sketch"):
        sketches = sketch_stories(
            texts.text, texts.text_offsets, texts.line_status, texts.line_offsets,
            config=run.config, threads=run.threads, progress=run.told("sketch", len(corpus.ids)),
        )
    order = _ranking(sketches, corpus.ids)
    with run.stage("propose"):
        proposed = _propose(texts, sketches, order, run)
    with run.stage("credit"):
        agencies, agency_spans = _credits(corpus, run.threads)
    with run.stage("cluster"):
        parent, root = _forest(corpus, proposed, order, agencies, run.config)
    canonical = np.empty_like(root)
    canonical[order] = order[root]
    parents = np.full(root.size, -1, dtype=np.int64)
    parents[order] = np.where(parent < 0, -1, order[parent])
    with run.stage("relate"):
        child = np.flatnonzero(parents >= 0)
        kin, kin_related = _aligned(texts, parents[child], child, run, "relate")
        clusters = clusters_table(
            corpus.ids, canonical, parents, kin, kin_related,
            publishers=corpus.publishers, published=corpus.published,
            credits=(agencies, agency_spans),
        )
        pairs, excepted = _pairs_to_report(proposed, order, canonical, parents, relations, run)
        table, kinds, kept = _relations(texts, corpus.ids, pairs, run)
    told = summary.summarize(
        corpus, clusters, config=asdict(run.config), digest=run.config.digest(), kinds=kinds,
        kept_parts=kept, lines=lines,
        stock=_stock_examples(texts, proposed, order, run.config),
        timings=run.timings, threads=run.threads, relations_scope=relations,
        excepted=[corpus.ids[int(story)].as_py() for story in excepted],
        compared=proposed.compared, peak_memory_bytes=_peak_memory(),
    )
    return Clustering(clusters, table, told)


def _peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _publisher_codes(publishers: pa.Array) -> NDArray[np.int32]:
    """Number per publisher; -1 where it is unknown."""
    codes = publishers.dictionary_encode().indices
    return np.asarray(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False), dtype=np.int32)


def _ranking(sketches: Sketches, ids: pa.Array) -> Numbers:
    """Story number of each rank: longest body first, then by content, then by id."""
    alphabetical = pc.sort_indices(ids).to_numpy()
    place = np.empty(len(ids), dtype=np.int64)
    place[alphabetical] = np.arange(len(ids))
    return np.lexsort(
        (place, sketches.digests[:, 1], sketches.digests[:, 0], -sketches.body_words.astype(np.int64))
    )


def _aligned(
    texts: Texts, a: Numbers, b: Numbers, run: Run, stage: str, *, passages: bool = False
) -> tuple[Alignments, Related]:
    found = align_pairs(
        texts, a, b, config=run.config, passages=passages, threads=run.threads,
        progress=run.told(stage, a.size),
    )
    return found, relate.relate(found, config=run.config)


def _propose(texts: Texts, sketches: Sketches, order: Numbers, run: Run) -> propose.Proposed:
    """Digests, bands and postings, every pair verified; all numbers are ranks."""
    ranks = np.empty_like(order)
    ranks[order] = np.arange(order.size)

    def verify(a: Numbers, b: Numbers) -> propose.Edges:
        if not a.size:
            return propose.Edges.empty()
        found, related = _aligned(texts, order[a], order[b], run, "compare")
        return propose.Edges(ranks[found.a], ranks[found.b], related.kind, related.b_coverage)

    words = sketches.body_words[order]
    first = propose.equal_digests(sketches.digests[order], words)
    copies = np.flatnonzero(first != np.arange(first.size))
    same = propose.Edges(
        first[copies], copies, np.full(copies.size, KINDS.index("identical"), dtype=np.int8),
        np.ones(copies.size),
    )
    distinct = np.flatnonzero((first == np.arange(first.size)) & (words > 0))
    near, compared = propose.band_classes(sketches.band_keys[order], distinct, verify)
    edges = same.joined(near)
    mates = edges.near()
    classes = kernels.components(order.size, edges.a[mates], edges.b[mates])
    taking_part = np.full(order.size, -1, dtype=np.int64)
    taking_part[order[distinct]] = distinct
    return propose.posting_edges(
        sketches.fingerprints, sketches.offsets, taking_part, classes, edges, verify,
        config=run.config, compared=compared,
    )


def _forest(
    corpus: Corpus,
    proposed: propose.Proposed,
    order: Numbers,
    agencies: pa.Array,
    config: Config,
) -> tuple[Numbers, Numbers]:
    """Parents and canonical stories, by rank."""
    edges, classes = proposed.edges, proposed.classes
    near = edges.near()
    parent = forest.class_parents(classes, edges.a[near], edges.b[near])
    headlines = pc.utf8_lower(corpus.titles).dictionary_encode().indices
    parent = forest.attach_contained(
        parent, classes, edges.a, edges.b, edges.kind, edges.b_coverage,
        headlines=np.asarray(
            pc.fill_null(headlines, -1).to_numpy(zero_copy_only=False), dtype=np.int64
        )[order],
        published_us=corpus.published_us[order],
    )
    root = forest.roots(parent)
    if config.canonical == "longest":
        return parent, root
    own = pc.fill_null(
        pc.equal(pc.utf8_lower(corpus.publishers), pc.utf8_lower(agencies.cast(pa.large_string()))),
        False,
    )
    canonical = forest.choose_canonical(
        root, config=config, published_us=corpus.published_us[order],
        publishers=corpus.publishers.take(pa.array(order)).to_pylist(),
        own=own.to_numpy(zero_copy_only=False)[order],
    )
    return forest.reroot(parent, canonical), canonical


def _credits(corpus: Corpus, threads: int) -> tuple[pa.Array, pa.Array]:
    """Agency and span of each story's credit, null where there is none."""
    found = find_credits(
        corpus.text, corpus.text_offsets, authors=corpus.authors, threads=threads
    )
    chosen = found.first_of_each(len(corpus.ids))
    none = chosen < 0
    at = np.where(none, 0, chosen)
    if not len(found):
        nothing = len(corpus.ids)
        return pa.nulls(nothing, pa.string()), pa.nulls(nothing, pa.list_(pa.int64()))
    names = pa.array(found.agencies, pa.string())
    agency = names.take(pa.array(found.agency[at].astype(np.int64), mask=none))
    unplaced = none | (found.char_start[at] < 0)
    spans = np.stack([found.char_start[at], found.char_end[at]], axis=1)[~unplaced].ravel()
    offsets = np.concatenate(([0], np.cumsum(np.where(unplaced, 0, 2))))
    lists = pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32(), mask=np.append(unplaced, False)), pa.array(spans, pa.int64())
    )
    return agency, lists


def _pairs_to_report(
    proposed: propose.Proposed,
    order: Numbers,
    canonical: Numbers,
    parents: Numbers,
    scope: str,
    run: Run,
) -> tuple[Numbers, Numbers]:
    """Pairs of story numbers to align for the relations, and the clusters left canonical."""
    edges = proposed.edges
    a, b = order[edges.a], order[edges.b]
    across = canonical[a] != canonical[b]
    child = np.flatnonzero(parents >= 0)
    with_parent = np.stack([parents[child], child], axis=1)
    classes = order[proposed.classes]
    of_class = np.empty_like(classes)
    of_class[order] = classes
    between = _one_a_pair(np.stack([a, b], axis=1)[across], of_class)
    if scope == "canonical":
        return np.concatenate([with_parent, between]), np.empty(0, dtype=np.int64)
    pairs, excepted = every_pair(canonical, np.stack([canonical[a], canonical[b]], axis=1)[across],
                                 run.config.pairs_limit)
    left = np.isin(canonical[child], excepted)
    return np.unique(np.sort(np.concatenate([pairs, with_parent[left], between]), axis=1), axis=0), (
        excepted
    )


def _one_a_pair(pairs: Numbers, of_class: Numbers) -> Numbers:
    """One pair of stories for each pair of classes, that of the leaders where it is there."""
    if not len(pairs):
        return pairs
    groups = np.sort(of_class[pairs], axis=1)
    not_leaders = (of_class[pairs] != pairs).sum(axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], not_leaders, groups[:, 1], groups[:, 0]))
    _, first = np.unique(groups[order], axis=0, return_index=True)
    return pairs[order][first]


def every_pair(canonical: Numbers, linked: Numbers, limit: int) -> tuple[Numbers, Numbers]:
    """All pairs within clusters and across linked clusters.

    Parameters
    ----------
    canonical : ndarray of int64, shape (stories,)
        Cluster of each story.
    linked : ndarray of int64, shape (links, 2)
        Clusters between which a relation was found.
    limit : int
        Clusters, or pairs of clusters, with more pairs of stories than this are left out.

    Returns
    -------
    tuple of ndarray of int64
        Pairs, shape (pairs, 2); clusters left out.

    Examples
    --------
    >>> every_pair(np.array([0, 0, 2]), np.array([[0, 2]]), 10)[0].tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    order = np.argsort(canonical, kind="stable")
    names, starts, sizes = np.unique(canonical[order], return_index=True, return_counts=True)
    parts = [np.empty((0, 2), dtype=np.int64)]
    excepted = []
    for k in np.flatnonzero(sizes > 1):
        members = order[starts[k] : starts[k] + sizes[k]]
        if sizes[k] * (sizes[k] - 1) // 2 > limit:
            excepted.append(names[k])
            continue
        i, j = np.triu_indices(sizes[k], 1)
        parts.append(np.stack([members[i], members[j]], axis=1))
    for x, y in np.unique(np.sort(linked, axis=1), axis=0) if len(linked) else ():
        k, m = np.searchsorted(names, [x, y])
        if sizes[k] * sizes[m] > limit:
            excepted += [x, y]
            continue
        ours = order[starts[k] : starts[k] + sizes[k]]
        theirs = order[starts[m] : starts[m] + sizes[m]]
        parts.append(np.stack([np.repeat(ours, sizes[m]), np.tile(theirs, sizes[k])], axis=1))
    return np.concatenate(parts), np.unique(np.array(excepted, dtype=np.int64))


def _relations(
    texts: Texts, ids: pa.Array, pairs: Numbers, run: Run
) -> tuple[pa.Table, dict[str, int], dict[str, int]]:
    """Align pairs with passages, batch by batch; keep those that relate."""
    tables = []
    kinds = np.zeros(len(KINDS), dtype=np.int64)
    kept = np.zeros(len(KEPT), dtype=np.int64)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    for first in range(0, max(len(pairs), 1), 65_536):
        part = pairs[first : first + 65_536]
        found, related = _aligned(texts, part[:, 0], part[:, 1], run, "relate", passages=True)
        some = np.flatnonzero(related.kind != NONE)
        found, related = found.take(some), related.take(some)
        kinds += np.bincount(related.kind, minlength=len(KINDS))
        kept += np.bincount(related.kept, minlength=len(KEPT))
        tables.append(relations_table(ids, found, related))
    by_kind = {str(name): int(n) for name, n in zip(KINDS[1:], kinds[1:], strict=True)}
    by_part = {str(name): int(n) for name, n in zip(KEPT[1:], kept[1:], strict=True)}
    return pa.concat_tables(tables), by_kind, by_part


def _stock_examples(
    texts: Texts, proposed: propose.Proposed, order: Numbers, config: Config
) -> dict[str, Any]:
    """Count of stock phrases and the texts of the most frequent ones."""
    hashes, ranks, classes = proposed.stock
    examples = []
    for k in np.argsort(-classes, kind="stable")[:20]:
        story = int(order[ranks[k]])
        data = texts.text[texts.text_offsets[story] : texts.text_offsets[story + 1]]
        tokens, starts, ends, *_, lines, _ = kernels.prepare(np.ascontiguousarray(data))
        status = texts.line_status[texts.line_offsets[story] : texts.line_offsets[story + 1]]
        body = np.flatnonzero(np.repeat(status != furniture.FURNITURE, lines[:, 1] - lines[:, 0]))
        at = np.flatnonzero(kernels.shingle(tokens[body], config.shingle_words) == hashes[k])
        if at.size:
            last = min(int(at[0]) + config.shingle_words, body.size) - 1
            phrase = bytes(data[starts[body[at[0]]] : ends[body[last]]]).decode("utf-8", "replace")
            examples.append({"text": " ".join(phrase.split()), "classes": int(classes[k])})
    return {"fingerprints": int(hashes.size), "examples": examples}


def compare(text_a: str, text_b: str, *, config: Config | None = None) -> Relation:
    """Relate two texts.

    Lines that only a whole corpus shows to be page furniture are taken for prose here.

    Parameters
    ----------
    text_a, text_b : str
        Raw texts.
    config : Config, optional
        Settings.

    Returns
    -------
    Relation
        Ids ``"a"`` and ``"b"`` are the texts as passed; ``Relation.a`` is the fuller one.

    Examples
    --------
    >>> whole = "The ferry to Gozo was stopped by fog at dawn. It sailed again before noon. " \\
    ...         "Ninety people waited on the quay with four dogs and a piano."
    >>> relation = compare(whole, "It sailed again before noon. Ninety people waited on the "
    ...                           "quay with four dogs and a piano.")
    >>> relation.kind, relation.kept, relation.cut_before
    ('truncation', 'tail', 10)
    """
    run = Run(config or Config(), 1, lambda *_: None, {})
    data = [text.encode("utf-8", "replace") for text in (text_a, text_b)]
    text = np.frombuffer(b"".join(data), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    lines = furniture.find_furniture(
        text, offsets, np.full(2, -1, dtype=np.int32), config=run.config
    )
    texts = Texts(text, offsets, lines.status, lines.offsets)
    first, second = np.array([0]), np.array([1])
    found = align_pairs(
        texts, first, second, config=run.config, passages=True, changed=True, threads=1
    )
    related = relate.relate(found, config=run.config)
    return _relation_of(found, related, ("a", "b"))


def _relation_of(found: Alignments, related: Related, ids: tuple[str, str]) -> Relation:
    """The first pair as a Relation."""
    changed = [tuple(map(int, row)) for row in found.changed]
    passages = tuple(
        Passage(
            *map(int, row),
            changed=tuple(c for c in changed if row[2] <= c[2] <= row[3] and row[0] <= c[0] <= row[1]),
        )
        for row in found.passages_of(0)
    )
    kind = int(related.kind[0])
    cut_before, cut_after = int(related.cut_before[0]), int(related.cut_after[0])
    return Relation(
        a=ids[int(found.a[0])],
        b=ids[int(found.b[0])],
        kind=KINDS[kind],
        kept=KEPT[int(related.kept[0])],
        a_coverage=float(related.a_coverage[0]),
        b_coverage=float(related.b_coverage[0]),
        resemblance=float(related.resemblance[0]),
        words=int(found.column("shared")[0]),
        quoted_words=int(found.column("quoted")[0]),
        cut_before=None if cut_before < 0 else cut_before,
        cut_after=None if cut_after < 0 else cut_after,
        passages=passages,
    )
