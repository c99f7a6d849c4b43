"""What :func:`dupdetect.cluster` returns."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from dupdetect import output
from dupdetect.products.schemas import KIND_FACTS, KINDS, REMOVED
from dupdetect.support.notebook import html_table

_SHOWN = 10  # clusters in a notebook


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """Clusters and relations of a corpus.

    Attributes
    ----------
    clusters : pyarrow.Table
        One row a story, in the order of the input; columns of
        ``dupdetect.products.schemas.CLUSTERS``.
    relations : pyarrow.Table
        One row a related pair; columns of ``dupdetect.products.schemas.RELATIONS``. Spans are
        half open, in characters of the raw texts.
    summary : dict
        Counts, settings, timings: what ``summary.json`` holds.

    Examples
    --------
    >>> import dupdetect
    >>> story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    >>> found = dupdetect.cluster([story, story + " No one was hurt.", "Nothing like it."])
    >>> found.canonical_ids()
    ['1', '2']
    """

    clusters: pa.Table
    relations: pa.Table
    summary: dict[str, Any]

    def canonical_ids(self) -> list[str]:
        """Return the ids of the canonical stories, in the order of the input."""
        chosen: list[str] = self.clusters.filter(self.clusters["canonical"])["id"].to_pylist()
        return chosen

    def kept_ids(self) -> list[str]:
        """Return the ids of the stories to keep, in the order of the input.

        Canonical stories, and those that no story that stays holds most of.
        """
        stays = pc.is_null(self.clusters["keeper"])
        kept: list[str] = self.clusters.filter(stays)["id"].to_pylist()
        return kept

    def removed(self) -> pa.Table:
        """Return the rows to remove, in the order of the input, each with the one that stays.

        Returns
        -------
        pyarrow.Table
            ``id``; ``matched``, the story that stays; ``canonical``, that of the cluster; and how
            the row relates to ``matched``: ``kind``, ``kept``, ``coverage`` (share of the row,
            0-1), ``matched_coverage``, ``exact`` (share of the row, word for word), ``certainty``.
        """
        rows = self.clusters.filter(pc.is_valid(self.clusters["keeper"]))
        asked = rows["id"].combine_chunks()
        near = self.relations.filter(
            pc.or_(*(pc.is_in(self.relations[end], value_set=asked) for end in ("a", "b")))
        )
        known = {}
        names = ("a", "b", "kind", "kept", "a_coverage", "b_coverage", "certainty")
        for a, b, *measures in zip(*(near[name].to_pylist() for name in names), strict=True):
            known[a, b] = measures
        found = []
        for row in rows.select(["id", "keeper", "cluster", "keeper_exact"]).to_pylist():
            pair = (row["keeper"], row["id"])
            turned = pair not in known
            kind, kept, other, own, certainty = known[pair[::-1] if turned else pair]
            found.append(
                {
                    "id": row["id"],
                    "matched": row["keeper"],
                    "canonical": row["cluster"],
                    "kind": kind,
                    "kept": kept,
                    "coverage": other if turned else own,
                    "matched_coverage": own if turned else other,
                    "exact": row["keeper_exact"],
                    "certainty": certainty,
                }
            )
        return pa.Table.from_pylist(found, schema=REMOVED)

    def copies_of(self, story_id: str) -> pa.Table:
        """Return the rows of the cluster that a story is in.

        Raises
        ------
        KeyError
            When there is no such story.
        """
        row = self.clusters.filter(pc.equal(self.clusters["id"], story_id))
        if not row.num_rows:
            raise KeyError(f"{story_id}: no such story; pass an id of `clusters`")
        return self.clusters.filter(pc.equal(self.clusters["cluster"], row["cluster"][0]))

    def write(
        self,
        folder: Path | str,
        *,
        format: Literal["jsonl", "parquet"] = "jsonl",  # noqa: A002
    ) -> None:
        """Write clusters, relations and summary into a folder, all of them or none."""
        output.write_results(
            folder,
            clusters=self.clusters,
            relations=self.relations,
            summary=self.summary,
            format=format,
        )

    def __repr__(self) -> str:
        counted = pc.value_counts(pc.drop_null(self.clusters["kind"])).to_pylist()
        found = {row["values"]: row["counts"] for row in counted}
        kinds = ", ".join(f"{found[kind]:,} {kind}" for kind in KINDS if kind in found)
        stories, copies = self.clusters.num_rows, sum(found.values())
        said = [
            f"{stories:,} {'story' if stories == 1 else 'stories'}",
            f"{stories - copies:,} {'cluster' if stories - copies == 1 else 'clusters'}",
            f"{copies:,} {'copy' if copies == 1 else 'copies'}{f' ({kinds})' if kinds else ''}",
        ]
        for facts in KIND_FACTS:
            pairs = pc.sum(pc.equal(self.relations["kind"], facts.name)).as_py() or 0
            if facts.apart and pairs:
                said.append(f"{pairs:,} {facts.label.lower()}{'' if pairs == 1 else 's'}")
        return f"Clustering: {', '.join(said)}"

    def _repr_html_(self) -> str:
        largest = self.clusters.group_by("cluster").aggregate(
            [("id", "count"), ("publisher", "count_distinct")]
        )
        largest = largest.filter(pc.greater(largest["id_count"], 1)).sort_by(
            [("id_count", "descending"), ("cluster", "ascending")]
        )
        rows = largest.slice(0, _SHOWN).select(["cluster", "id_count", "publisher_count_distinct"])
        said = f"<p>{escape(repr(self))}</p>"
        if not rows.num_rows:
            return said
        columns = ["cluster (its canonical story)", "stories", "publishers"]
        return said + html_table(columns, [list(row.values()) for row in rows.to_pylist()])
