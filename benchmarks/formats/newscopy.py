"""NEWS-COPY (Silcock et al. 2023): scanned newspaper articles grouped into reproductions.

As its authors give it: a folder with one JSON object of articles (id -> headline, byline,
article) and one JSON list of duplicate pairs ([id, id], ...). As the copy on the Hugging Face
hub gives it: Parquet with id, article, headline, byline and cluster.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.formats import lines
from benchmarks.quality.labelled import LabelledSet, Relation, Story, cluster_pairs, components

FORMAT = "news-copy"
LOOKS_LIKE = "a folder with a .json of articles and a .json of id pairs, or .parquet files"


def recognises(path: Path) -> bool:
    """Tell by Parquet files, or by two JSON files, one starting as an object, one as a list."""
    if path.suffix == ".parquet":
        return True
    if not path.is_dir():
        return False
    if list(path.rglob("*.parquet")):
        return True
    return {_first(file) for file in path.glob("*.json")} == {"{", "["}


def _first(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(64).lstrip()[:1]


def read(path: Path) -> LabelledSet:
    """Read articles and clusters; every pair within a cluster is a related pair.

    The text is the byline and the article, as in the authors' own evaluation.
    """
    articles, clusters = _from_json(path) if _has_json(path) else _from_parquet(path)
    if not articles:
        raise lines.LabelledSetError(f"{path}: {LOOKS_LIKE} was expected")
    stories = tuple(_story(i, row) for i, row in articles.items())
    relations = tuple(Relation(a, b) for a, b in cluster_pairs(clusters))
    return LabelledSet(path.stem, FORMAT, stories, clusters, relations)


def _has_json(path: Path) -> bool:
    return path.is_dir() and any(path.glob("*.json"))


def _story(i: str, row: dict[str, Any]) -> Story:
    parts = [str(row[name]) for name in ("byline", "article") if row.get(name)]
    headline = row.get("headline")
    return Story(i, "\n".join(parts), {"title": str(headline)} if headline else {})


def _from_json(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    articles: dict[str, dict[str, Any]] = {}
    edges: set[frozenset[str]] = set()
    for file in sorted(path.glob("*.json")):
        content = json.loads(lines.text_of(file))
        if isinstance(content, dict):
            articles |= {str(i): row for i, row in content.items()}
        else:
            edges |= {frozenset(map(str, pair)) for pair in content}
    absent = {i for edge in edges for i in edge} - articles.keys()
    if absent:
        raise lines.LabelledSetError(
            f"{path}: pair with {min(absent)!r}, which is no article there"
        )
    return articles, components(articles, edges)


def _from_parquet(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    from pyarrow import parquet  # noqa: PLC0415 (only this format needs it)

    articles: dict[str, dict[str, Any]] = {}
    clusters: dict[str, str] = {}
    for file in [path] if path.is_file() else sorted(path.rglob("*.parquet")):
        # The hub's copy holds test and val; cluster numbers start anew in each.
        for row in parquet.read_table(file).to_pylist():
            story = f"{file.stem}/{lines.needed(row, 'id', file)}"
            articles[story] = row
            number = lines.needed(row, "cluster", file)
            alone = number is None or number < 0
            clusters[story] = story if alone else f"{file.stem}/{number}"
    return articles, clusters
