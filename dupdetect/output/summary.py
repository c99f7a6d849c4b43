"""The summary of a run: counts in and out, what was found, what was ignored, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.kernels.codes import SURROUNDING_BITS
from dupdetect.output import FORMAT
from dupdetect.products.corpus import Corpus, stories_digest
from dupdetect.products.edges import Stock
from dupdetect.products.pairs import Ranking
from dupdetect.products.texts import FURNITURE, Dropped, Texts, line_spans
from dupdetect.support.columns import to_numpy
from dupdetect.support.dates import UNKNOWN_TIME
from dupdetect.support.paths import shown_path
from dupdetect.version import VERSION


def summarize(
    corpus: Corpus,
    clusters: pa.Table,
    *,
    config: Mapping[str, Any],
    digest: str,
    kinds: Mapping[str, int],
    kept_parts: Mapping[str, int],
    dropped: Dropped,
    stock: Mapping[str, Any],
    timings: Mapping[str, Mapping[str, float]],
    threads: int,
    relations_scope: str,
    excepted: Sequence[str],
    without_body: int,
    compared: int,
    comparing: Mapping[str, int],
    peak_memory_bytes: int,
) -> dict[str, Any]:
    """Return what ``summary.json`` holds, in the order in which a reader wants it."""
    sizes = pc.value_counts(clusters["cluster"].combine_chunks())
    counts, names = sizes.field("counts"), sizes.field("values")
    by_size = [("n", "descending"), ("name", "ascending")]
    order = pc.sort_indices(pa.table({"n": counts, "name": names}), sort_keys=by_size)[:20]
    largest = [
        {"cluster": names[int(k)].as_py(), "stories": counts[int(k)].as_py()}
        for k in to_numpy(order)
        if counts[int(k)].as_py() > 1
    ]
    removed = clusters.num_rows - clusters["keeper"].null_count
    return {
        "format": FORMAT,
        "version": VERSION,
        "stories": clusters.num_rows,
        "rejected": len(corpus.rejected) - corpus.superseded,
        "superseded": corpus.superseded,
        "duplicate_id": corpus.duplicate_id,
        "repeated_ids": corpus.repeated_ids,
        "dated": int(np.count_nonzero(corpus.published_us != UNKNOWN_TIME)),
        "unread": dict(corpus.unread),
        "id_type": "string" if corpus.id_type is None else str(corpus.id_type),
        "clusters": len(names),
        "clusters_with_copies": int(np.count_nonzero(to_numpy(counts) > 1)),
        "kept": clusters.num_rows - removed,
        "removed": removed,
        "without_body": without_body,
        "kinds": dict(kinds),
        "kept_parts": dict(kept_parts),
        "largest": largest,
        "furniture": {
            "lines": dropped.lines,
            "words": dropped.words,
            "examples": [_furniture(corpus, *place) for place in dropped.repeated],
        },
        "stock_phrases": dict(stock),
        "compared_pairs": compared,
        "comparing": dict(comparing),
        "relations_scope": relations_scope,
        "excepted": list(excepted),
        "inputs": [
            {**asdict(source), "path": shown_path(source.path)} for source in corpus.sources
        ],
        "stories_digest": stories_digest(corpus),
        "config_digest": digest,
        "config": dict(config),
        "threads": threads,
        "timings": {name: dict(values) for name, values in timings.items()},
        "peak_memory_bytes": peak_memory_bytes,
    }


def _furniture(corpus: Corpus, story: int, line: int, stories: int) -> dict[str, Any]:
    """One repeated line as a reader can recognize it."""
    text = corpus.text[corpus.text_offsets[story] : corpus.text_offsets[story + 1]].tobytes()
    start, end = line_spans(text)[line]
    return {
        "text": text[start:end].decode("utf-8", "replace"),
        "publisher": corpus.publishers[story].as_py(),
        "stories": stories,
    }


def stock_examples(texts: Texts, stock: Stock, ranking: Ranking, config: Config) -> dict[str, Any]:
    """Count of stock phrases and the texts of the most frequent ones."""
    hashes, classes = stock.fingerprints, stock.classes
    examples = []
    stories, bits = ranking.to_story(stock.ranks), np.uint64(SURROUNDING_BITS)
    for k in np.argsort(-classes, kind="stable")[:20]:
        story = int(stories[k])
        data = texts.text[texts.text_offsets[story] : texts.text_offsets[story + 1]]
        tokens, starts, ends, *_, lines, _ = kernels.prepare(np.ascontiguousarray(data))
        status = texts.line_status[texts.line_offsets[story] : texts.line_offsets[story + 1]]
        body = np.flatnonzero(np.repeat(status != FURNITURE, lines[:, 1] - lines[:, 0]))
        # Of characters that are words seven are as much text as four words.
        for words in range(config.shingle_words, 7 * config.shingle_words // 4 + 2):
            shingles = kernels.shingle(tokens[body], words)
            at = np.flatnonzero(shingles >> bits == hashes[k] >> bits)
            if at.size:
                last = min(int(at[0]) + words, body.size) - 1
                phrase = bytes(data[starts[body[at[0]]] : ends[body[last]]])
                text = " ".join(phrase.decode("utf-8", "replace").split())
                examples.append({"text": text, "classes": int(classes[k])})
                break
    return {"fingerprints": int(hashes.size), "examples": examples}
