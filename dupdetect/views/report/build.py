"""From results and stories to one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dupdetect.products.corpus import Corpus
from dupdetect.products.schemas import KEPT_LABELS, KIND_FACTS
from dupdetect.settings import BodySettings
from dupdetect.stages.reasons import body_settings
from dupdetect.support.progress import Progress
from dupdetect.support.shares import percent
from dupdetect.views.report.chosen import Chosen, choose
from dupdetect.views.report.detail import describe_cluster, without_texts
from dupdetect.views.report.look import TITLE_CHARACTERS, describe_look
from dupdetect.views.report.overview import describe_overview, list_publishers
from dupdetect.views.report.pack import encode, pack
from dupdetect.views.report.stories import Stories, find_stories
from dupdetect.views.wording import REASONS, count, kinds_json

MAX_BYTES = 28_000_000
MAX_CLUSTERS = 10_000
TOP_STORIES = 12
_HERE = Path(__file__).parent
_STYLES = ("style.css", "print.css")
# In this order they make one script; each is a list of functions over the ones before it.
_SCRIPTS = ("base", "blocks", "save", "list", "map", "timeline", "cluster", "pair", "look", "main")
# What one cluster and one story add to the list of clusters, compressed, generously.
_LISTED_CLUSTER, _LISTED_STORY, _SHELL = 260, 3, 150_000


def build_page(
    clusters: pa.Table,
    relations: pa.Table,
    *,
    summary: dict[str, Any],
    stories: Corpus,
    chosen: Chosen | None = None,
    max_bytes: int = MAX_BYTES,
    max_clusters: int = MAX_CLUSTERS,
    progress: Progress | None = None,
) -> str:
    """Build the report.

    Parameters
    ----------
    clusters, relations, summary
        Contents of a results folder.
    stories
        The stories that the results are about.
    chosen
        What to show, if it was chosen already.
    max_bytes
        Size that the page stays under: first the smallest clusters lose their texts, then they are
        left out. The page says how many and how to see them.
    max_clusters
        Most clusters to show.
    progress
        Called with a stage, the stories done, and how many there are.

    Returns
    -------
    str
        A complete HTML document. The same arguments give the same document.

    Raises
    ------
    InputError
        When `stories` lacks a story that the results name.
    """
    chosen = chosen or choose(clusters, relations, limit=max_clusters)
    found = find_stories(stories, chosen.ids())
    index = Index(list_publishers(clusters))
    listed = sum(len(rows) for rows in chosen.members.values())
    look = encode(describe_look(chosen, found))
    reserve = _SHELL + len(look) + _LISTED_CLUSTER * len(chosen.order) + _LISTED_STORY * listed
    packed = pack(
        _described(
            chosen,
            found,
            index,
            config=body_settings(summary.get("config") or {}),
            progress=progress,
            total=listed,
        ),
        lighten=without_texts,
        room=max_bytes - reserve,
        count=len(chosen.order),
    )
    index.keep(len(packed.block_of))
    left_out = {
        "clusters": chosen.clusters_left_out + packed.left_out,
        "light": packed.light,
        "all": len(chosen.order) + chosen.clusters_left_out,
        # In megabytes; the texts of all may need more still, and then that page says so again.
        "next_size": 4 * max_bytes // 1_000_000 or 1,
    }
    return _render(
        overview=describe_overview(summary, clusters, relations),
        top=index.top(TOP_STORIES),
        index=encode(
            {
                **index.columns,
                "block": packed.block_of,
                "publishers": index.publishers,
                "agencyNames": list(index.agencies),
                "languageNames": list(index.languages),
            }
        ),
        look=look,
        doubtful=chosen.doubtful,
        blocks=packed.blocks,
        left_out=left_out,
        shown=sum(stories > 1 for stories in index.columns["stories"]),
    )


class Index:
    """List of clusters by column, filled while the clusters are described."""

    def __init__(self, publishers: list[str]) -> None:
        self.publishers = publishers
        self.numbers = {name: at for at, name in enumerate(publishers)}
        self.agencies: dict[str, int] = {}
        self.languages: dict[str, int] = {}
        names = ("id", "title", "stories", "kinds", "outlets", "first", "last", "words")
        more = ("certainty", "agencies", "languages")
        self.columns: dict[str, list[Any]] = {name: [] for name in (*names, *more)}

    def add(self, cluster: dict[str, Any]) -> None:
        """Append a described cluster."""
        members = cluster["members"]
        kinds = [
            sum(
                row["kind"] == facts.name
                for row in cluster["overlaps" if facts.apart else "members"]
            )
            for facts in KIND_FACTS
        ]
        times = [member["time"] for member in members if member["time"] is not None]
        outlets = {self.numbers.get(member["publisher"]) for member in members} - {None}
        row = {
            "id": cluster["id"],
            "title": members[cluster["canonical"]]["title"][:TITLE_CHARACTERS],
            "stories": cluster["stories"],
            "kinds": kinds,
            "outlets": sorted(number for number in outlets if number is not None),
            "first": min(times, default=None),
            "last": max(times, default=None),
            "words": cluster["axis"]["words"],
            "certainty": _least_certainty(cluster),
            "agencies": _numbered(
                self.agencies, [one for member in members for one in member["credits"]]
            ),
            "languages": _numbered(self.languages, [member["language"] for member in members]),
        }
        for name, value in row.items():
            self.columns[name].append(value)

    def keep(self, count: int) -> None:
        """Drop the clusters that found no room."""
        for column in self.columns.values():
            del column[count:]

    def top(self, count: int) -> list[dict[str, Any]]:
        """Most syndicated stories, for the overview."""
        rows = (
            dict(zip(self.columns, values, strict=True))
            for values in zip(*self.columns.values(), strict=True)
        )
        copied = [row for row in rows if row["stories"] > 1][:count]
        most = max((row["stories"] for row in copied), default=1)
        return [
            {
                **row,
                "href": "#/cluster/" + quote(row["id"], safe=""),
                "outlets": len(row["outlets"]),
                "share": row["stories"] / most,
            }
            for row in copied
        ]


def _numbered(known: dict[str, int], values: list[str | None]) -> list[int]:
    """Return numbers of the different values, in order; new ones get the next number."""
    return sorted({known.setdefault(one, len(known)) for one in values if one is not None})


def _least_certainty(cluster: dict[str, Any]) -> float | None:
    """Of the copies, or of a single story's relations with others; None where none is known."""
    rows = cluster["members"] if len(cluster["members"]) > 1 else cluster["overlaps"]
    known = [float(row["certainty"]) for row in rows if row["certainty"] is not None]
    return min(known, default=None)


def _described(
    chosen: Chosen,
    found: Stories,
    index: Index,
    *,
    config: BodySettings,
    progress: Progress | None,
    total: int,
) -> Iterator[dict[str, Any]]:
    done = 0
    for name in chosen.order:
        cluster = describe_cluster(name, chosen=chosen, found=found, config=config)
        index.add(cluster)
        yield cluster
        done += len(cluster["members"])
        if progress is not None:
            progress("report", done, total)


def _render(**content: Any) -> str:  # noqa: ANN401 - template variables
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["count_of"] = count
    environment.filters["percent"] = percent
    style = "".join((_HERE / name).read_text(encoding="utf-8") for name in _STYLES)
    parts = [(_HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    names = {"KINDS": kinds_json(), "KEPT_LABELS": KEPT_LABELS, "REASONS": REASONS}
    parts[:0] = [f"const {name} = {json.dumps(value)};" for name, value in names.items()]
    script = "(() => {\n'use strict';\n" + "\n".join(parts) + "})();\n"
    return environment.get_template("template.html.jinja").render(
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own files
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
        **content,
    )


def _csp_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")
