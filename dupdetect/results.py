"""What :func:`dupdetect.cluster` returns."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from dupdetect import output


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """Clusters and relations of a corpus.

    Attributes
    ----------
    clusters : pyarrow.Table
        One row a story, in the order of the input; columns of ``dupdetect.records.CLUSTERS``.
    relations : pyarrow.Table
        One row a related pair; columns of ``dupdetect.records.RELATIONS``. Spans are half open,
        in characters of the raw texts.
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
        """Return the ids of the stories to keep, in the order of the input."""
        kept: list[str] = self.clusters.filter(self.clusters["canonical"])["id"].to_pylist()
        return kept

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
        kinds = ", ".join(f"{n} {kind}" for kind, n in self.summary["kinds"].items() if n)
        return (
            f"Clustering: {self.summary['stories']} stories, {self.summary['clusters']} clusters, "
            f"{self.summary['removed']} copies ({kinds or 'no relations'})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"
