"""A small results folder whose relations are known by construction, for the tests of the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from dupdetect import corpus, output
from dupdetect.products.corpus import Corpus
from dupdetect.products.schemas import CLUSTERS, RELATIONS

HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "'\"><svg/onload=document.title='owned'>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "--><!--<script>",
    "javascript:document.title='owned'",
    "\u202eright to left\u2028line\x00nul",
)


def sentence(number: int, words: int = 10) -> str:
    """Words found nowhere else."""
    return " ".join(f"word{number}x{place}" for place in range(words)) + "."


def story(story_id: str, text: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": story_id,
        "title": f"Headline of {story_id}",
        "publisher": f"Outlet {story_id}",
        "published": "2025-05-14T07:05:00Z",
        "text": text,
        **fields,
    }


def clusters_row(story_id: str, cluster: str, **fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(CLUSTERS.names)
    copy = story_id != cluster
    return {
        **empty,
        "id": story_id,
        "cluster": cluster,
        "canonical": not copy,
        "parent": cluster if copy else None,
        "kind": "truncation" if copy else None,
        "kept": "head" if copy else None,
        "coverage": 1.0 if copy else None,
        "parent_coverage": 0.5 if copy else None,
        "exact": 1.0 if copy else None,
        "parent_exact": 0.5 if copy else None,
        "publisher": f"Outlet {story_id}",
        "published": "2025-05-14T07:05:00Z",
        **fields,
    }


def relation(a: str, b: str, passages: list[list[int]], **fields: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(RELATIONS.names),
        "a": a,
        "b": b,
        "kind": "truncation",
        "kept": "head",
        "a_coverage": 0.5,
        "b_coverage": 1.0,
        "a_exact": 0.5,
        "b_exact": 1.0,
        "resemblance": 0.5,
        "words": 20,
        "quoted_words": 0,
        "passages": passages,
        **fields,
    }


def summary(stories: int, clusters: int, **fields: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "version": "0.1.0",
        "config_digest": "0123456789abcdef",
        "config": {"contained": 0.8},
        "inputs": [],
        "stories": stories,
        "rejected": 0,
        "clusters": clusters,
        "clusters_with_copies": clusters,
        "kept": clusters,
        "removed": stories - clusters,
        "kinds": {"truncation": stories - clusters},
        "kept_parts": {"head": stories - clusters},
        "furniture": {"lines": 0, "words": 0, "examples": []},
        "stock_phrases": {"fingerprints": 0, "examples": []},
        "excepted": [],
        "timings": {"relate": {"cpu_seconds": 0.1, "wall_seconds": 0.2}},
        **fields,
    }


def tables(
    clusters: Sequence[dict[str, Any]], relations: Sequence[dict[str, Any]]
) -> tuple[pa.Table, pa.Table]:
    return (
        pa.Table.from_pylist(list(clusters), schema=CLUSTERS),
        pa.Table.from_pylist(list(relations), schema=RELATIONS),
    )


def write_folder(
    folder: Path,
    stories: Sequence[dict[str, Any]],
    clusters: Sequence[dict[str, Any]],
    relations: Sequence[dict[str, Any]],
    **fields: Any,
) -> Path:
    """Write stories.jsonl and out/ as a run would."""
    dump = folder / "stories.jsonl"
    dump.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in stories))
    out = folder / "out"
    out.mkdir()
    cluster_table, relation_table = tables(clusters, relations)
    output.write_clusters(cluster_table, out / "clusters.jsonl", "jsonl")
    output.write_relations(relation_table, out / "relations.jsonl", "jsonl")
    names = {"id": "id", "text": "text", "title": "title", "publisher": "publisher"}
    source = {
        "path": str(dump),
        "format": "jsonl",
        "compression": None,
        "size_bytes": 1,
        "fields": {**names, "published": "published"},
    }
    canonical = sum(row["canonical"] for row in clusters)
    counts = summary(len(stories), canonical, inputs=[source], **fields)
    output.write_summary(counts, out / "summary.json")
    return out


def hostile_folder(folder: Path) -> Path:
    """Two stories for every hostile string, which is their title, text, publisher and id."""
    stories, clusters, relations = [], [], []
    for number, text in enumerate(HOSTILE):
        canonical, copy = f"{number}{text}", f"{number}{text} copy"
        body = f"{text} {sentence(number, 40)}"
        for story_id, words in ((canonical, body), (copy, body[:-60])):
            named = {"title": f"{number} {text}", "publisher": text, "author": text}
            stories.append(story(story_id, words, **named))
            keeper = canonical if story_id != canonical else None
            facts = {"publisher": text, "credits": [text], "keeper": keeper}
            clusters.append(clusters_row(story_id, canonical, **facts))
        relations.append(relation(canonical, copy, [[0, len(body) - 60, 0, len(body) - 60]]))
    examples = [{"text": text, "publisher": text, "stories": 3} for text in HOSTILE]
    return write_folder(
        folder,
        stories,
        clusters,
        relations,
        furniture={"lines": 7, "words": 70, "examples": examples},
        stock_phrases={"fingerprints": 7, "examples": [{"text": t, "classes": 9} for t in HOSTILE]},
        excepted=list(HOSTILE),
    )


def long_names_folder(folder: Path, count: int) -> tuple[Path, list[str]]:
    """Identical stories of one cluster, an hour apart, with ids that no blank breaks."""
    text = sentence(0, 40)
    ids = [f"archive/{'x' * 60}/{number:02}" for number in range(count)]
    stories, clusters, relations = [], [], []
    for hour, story_id in enumerate(ids):
        time = f"2025-05-14T{hour:02}:00:00Z"
        stories.append(story(story_id, text, title=story_id, publisher=None, published=time))
        clusters.append(clusters_row(story_id, ids[0], publisher=None, published=time))
        relations.append(relation(ids[0], story_id, [[0, len(text), 0, len(text)]]))
    return write_folder(folder, stories, clusters, relations[1:]), ids


def read(stories: Sequence[dict[str, Any]]) -> Corpus:
    return corpus.read(list(stories))
