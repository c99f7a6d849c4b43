"""Numbers of the overview: copies by kind, outlets, agencies, what was left out, settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.products.schemas import KEPT_LABELS, KIND_FACTS
from dupdetect.views.report.spread import count_days, count_reprints
from dupdetect.views.wording import meaning_of

OUTLETS_SHOWN = 20
AGENCIES_SHOWN = 15
PUBLISHERS_LISTED = 5_000


def describe_overview(
    summary: dict[str, Any], clusters: pa.Table, relations: pa.Table
) -> dict[str, Any]:
    """Figures of the first page.

    Parameters
    ----------
    summary
        Contents of `summary.json`.
    clusters, relations
        The tables of results.

    Returns
    -------
    dict
        What the template shows; every string in it is untrusted and escaped there.
    """
    # Copies by their relation to the one story each hangs on, so that they add up to all copies.
    counts = _count_values(clusters["kind"])
    related = _count_values(relations["kind"])
    counts |= {facts.name: related.get(facts.name, 0) for facts in KIND_FACTS if facts.apart}
    kept = _count_values(clusters["kept"])
    return {
        "stories": summary["stories"],
        "rejected": summary.get("rejected", 0),
        "superseded": summary.get("superseded", 0),
        "clusters": summary["clusters"],
        "with_copies": summary["clusters_with_copies"],
        "copies": summary["stories"] - summary["clusters"],
        "removed": summary["removed"],
        "kinds": [
            {
                "name": facts.name,
                "label": facts.label,
                "meaning": meaning_of(facts, summary.get("config") or {}),
                "count": counts.get(facts.name, 0),
            }
            for facts in KIND_FACTS
        ],
        "kept_parts": [
            {"label": label, "count": kept.get(part, 0)} for part, label in KEPT_LABELS.items()
        ],
        "outlets": count_outlets(clusters),
        "agencies": count_agencies(clusters),
        "days": count_days(clusters),
        "reprints": count_reprints(clusters),
        "furniture": {"lines": 0, "words": 0, "examples": ()} | (summary.get("furniture") or {}),
        "stock_phrases": {"fingerprints": 0, "examples": ()} | (summary.get("stock_phrases") or {}),
        "excepted": [_plain(item) for item in summary.get("excepted") or ()],
        "inputs": summary.get("inputs") or (),
        "config": sorted(
            (name, list(value) if isinstance(value, tuple) else value)
            for name, value in (summary.get("config") or {}).items()
        ),
        "config_digest": summary.get("config_digest", ""),
        "version": summary.get("version", ""),
        "timings": _timings(summary),
        "peak_memory_bytes": summary.get("peak_memory_bytes"),
        "threads": summary.get("threads"),
        "relations_scope": summary.get("relations_scope"),
    }


def count_outlets(clusters: pa.Table) -> list[dict[str, Any]]:
    """Outlets by how many copies they printed, at most `OUTLETS_SHOWN`.

    Returns
    -------
    list of dict
        `publisher`, `href` of its stories in the page, `stories`, `copies` (stories that are not
        the canonical one of their cluster) and `share` (copies / stories, 0-1).
    """
    table = pa.table(
        {
            "publisher": clusters["publisher"],
            "copies": pc.invert(clusters["canonical"]).cast(pa.int64()),
        }
    ).filter(pc.is_valid(clusters["publisher"]))
    if not table.num_rows:
        return []
    counted = table.group_by("publisher").aggregate([("copies", "sum"), ("copies", "count")])
    counted = counted.sort_by(
        [("copies_sum", "descending"), ("copies_count", "descending"), ("publisher", "ascending")]
    )
    return [
        {
            "publisher": row["publisher"],
            "href": "#/stories?outlet=" + quote(row["publisher"], safe=""),
            "stories": row["copies_count"],
            "copies": row["copies_sum"],
            "share": row["copies_sum"] / row["copies_count"],
        }
        for row in counted.slice(0, OUTLETS_SHOWN).to_pylist()
    ]


def count_agencies(clusters: pa.Table) -> list[dict[str, Any]]:
    """Agencies by how many stories credit them, at most `AGENCIES_SHOWN`."""
    if "credits" not in clusters.column_names:
        return []
    table = pa.table(
        {
            "credit": pc.list_flatten(clusters["credits"]),
            "publisher": clusters["publisher"].take(pc.list_parent_indices(clusters["credits"])),
        }
    )
    if not table.num_rows:
        return []
    counted = table.group_by("credit").aggregate(
        [("publisher", "count_distinct"), ("credit", "count")]
    )
    counted = counted.sort_by([("credit_count", "descending"), ("credit", "ascending")])
    return [
        {
            "agency": row["credit"],
            "href": "#/stories?agency=" + quote(row["credit"], safe=""),
            "stories": row["credit_count"],
            "outlets": row["publisher_count_distinct"],
        }
        for row in counted.slice(0, AGENCIES_SHOWN).to_pylist()
    ]


def list_publishers(clusters: pa.Table) -> list[str]:
    """Outlets that the filter suggests, by name."""
    if clusters["publisher"].null_count == clusters.num_rows:
        return []
    names = pc.drop_null(pc.unique(clusters["publisher"])).to_pylist()
    return sorted(names)[:PUBLISHERS_LISTED]


def _count_values(column: pa.ChunkedArray) -> dict[str, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}


def _timings(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "stage": stage,
            "cpu": float(seconds.get("cpu_seconds") or 0),
            "wall": float(seconds.get("wall_seconds") or 0),
        }
        for stage, seconds in (summary.get("timings") or {}).items()
    ]


def _plain(item: Any) -> str:  # noqa: ANN401 - a summary of another version may hold anything
    return (
        item
        if isinstance(item, str)
        else ", ".join(f"{key} {value}" for key, value in item.items())
        if isinstance(item, dict)
        else str(item)
    )
