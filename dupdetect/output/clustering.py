"""What :func:`dupdetect.cluster` returns."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect import output
from dupdetect.errors import (
    FormatError,
    FormatVersionError,
    InputError,
    MissingDependencyError,
    UnknownIdError,
)
from dupdetect.output.tables import with_id_type
from dupdetect.products.corpus import Corpus
from dupdetect.products.schemas import KIND_FACTS, KINDS, REMOVED
from dupdetect.support.columns import codes, to_numpy
from dupdetect.support.notebook import html_table

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import polars as pl

_SHOWN = 10  # clusters in a notebook


@dataclass(frozen=True, slots=True, eq=False)
class RowNumbers:
    """Which rows of the input the stories are.

    Attributes
    ----------
    of_story : ndarray of int64, shape (stories,)
        From 0, over all inputs, rows set aside counted.
    rows : int
        How many rows there are, those set aside counted.
    """

    of_story: NDArray[np.int64]
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """Clusters and relations of a corpus.

    Attributes
    ----------
    clusters : pyarrow.Table
        One row a story, in the order of the input; columns of
        ``dupdetect.products.schemas.CLUSTERS``. Ids have the type that they came in where all
        inputs agree on it: whole numbers stay whole numbers.
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
    row_numbers: RowNumbers | None = None

    @classmethod
    def of(
        cls, corpus: Corpus, clusters: pa.Table, relations: pa.Table, summary: dict[str, Any]
    ) -> Clustering:
        """Put the tables of a run together, ids with the type that they had in the corpus."""
        return cls(
            with_id_type(clusters, corpus.id_type),
            with_id_type(relations, corpus.id_type),
            summary,
            RowNumbers(corpus.row_number, corpus.rows),
        )

    @classmethod
    def read(cls, folder: Path | str) -> Clustering:
        """Read the results that `write`, or the command ``cluster``, put into a folder.

        Ids have the type that they had in the run. Of a run that set rows aside, `labels`, `keep`
        and `row` cannot be known from the folder.

        Raises
        ------
        FormatError
            When the folder holds no results, or damaged ones.
        """
        summary = output.read_summary(folder)
        kind = summary.get("id_type", "string")
        clusters, relations = output.read_clusters(folder), output.read_relations(folder)
        try:
            typed = None if kind == "string" else pa.type_for_alias(str(kind))
            clusters, relations = with_id_type(clusters, typed), with_id_type(relations, typed)
        except (ValueError, pa.ArrowException) as error:
            raise FormatError(
                f"{folder}: is damaged: the ids are not of type {kind!r}; run 'cluster' again"
            ) from error
        count = clusters.num_rows
        aside = summary["rejected"] or summary.get("superseded")
        known = None if aside else RowNumbers(np.arange(count), count)
        return cls(clusters, relations, summary, known)

    def as_text(self) -> tuple[pa.Table, pa.Table]:
        """Return `clusters` and `relations` with ids as strings, as files have them."""
        return with_id_type(self.clusters, None), with_id_type(self.relations, None)

    @property
    def row(self) -> NDArray[np.int64]:
        """The row of the input that each row of `clusters` is, int64, shape (stories,), from 0."""
        return self._row_numbers().of_story

    @property
    def labels(self) -> NDArray[np.int64]:
        """A number of the cluster for each row of the input, int64, shape (rows,).

        From 0, in the order in which the clusters begin; -1 for a row that was set aside.

        Examples
        --------
        >>> import dupdetect
        >>> fog = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
        >>> found = dupdetect.cluster([fog, "Nothing like it.", fog])
        >>> found.labels.tolist(), found.keep.tolist()
        ([0, 1, 0], [True, True, False])
        """
        known = self._row_numbers()
        labels = np.full(known.rows, -1, dtype=np.int64)
        names = with_id_type(self.clusters.select(["cluster"]), None)["cluster"]
        labels[known.of_story] = codes(pa.concat_arrays([*names.chunks, pa.nulls(0, pa.string())]))
        return labels

    @property
    def keep(self) -> NDArray[np.bool_]:
        """Which rows of the input stay, bool, shape (rows,): ``frame[found.keep]``.

        Those of `kept_ids`; a row that was set aside is not among them.
        """
        known = self._row_numbers()
        keep = np.zeros(known.rows, dtype=np.bool_)
        keep[known.of_story] = to_numpy(self._stays())
        return keep

    def _row_numbers(self) -> RowNumbers:
        if self.row_numbers is None:
            raise InputError(
                "rows were set aside, and the folder does not say which",
                remedy="join by the ids of `clusters`",
            )
        return self.row_numbers

    def to_pandas(self) -> pd.DataFrame:
        """Return `clusters` as a pandas frame; needs pandas.

        Whole numbers that may be missing have the nullable type Int64.
        """
        try:
            import pandas as pd  # noqa: PLC0415  (optional)
        except ImportError as error:
            raise _missing("pandas") from error
        nullable = {pa.uint64(): pd.UInt64Dtype()}
        parent: Any = self.clusters["parent"]
        if pa.types.is_integer(parent.type):
            parent = parent.to_pandas(types_mapper=lambda kind: nullable.get(kind, pd.Int64Dtype()))
        else:
            parent = parent.to_pandas()
        frame: Any = self.clusters.to_pandas()
        return pd.DataFrame(frame.assign(parent=parent))

    def to_polars(self) -> pl.DataFrame:
        """Return `clusters` as a polars frame; needs polars."""
        try:
            import polars as pl  # noqa: PLC0415  (optional)
        except ImportError as error:
            raise _missing("polars") from error
        frame: pl.DataFrame = pl.DataFrame(self.clusters)
        return frame

    def to_dataset(self) -> datasets.Dataset:
        """Return `clusters` as a data set of Hugging Face; needs datasets.

        A data set that was clustered is cut to the rows that stay with
        ``dataset.select(numpy.flatnonzero(found.keep))``.
        """
        try:
            import datasets  # noqa: PLC0415  (optional)
        except ImportError as error:
            raise _missing("datasets") from error
        return datasets.Dataset(self.clusters)

    def canonical_ids(self) -> list[Any]:
        """Return the ids of the canonical stories, as they came, in the order of the input."""
        chosen: list[Any] = self.clusters.filter(self.clusters["canonical"])["id"].to_pylist()
        return chosen

    def _stays(self) -> pa.ChunkedArray:
        """Tell which stories stay; results of format 1 kept the canonical ones alone."""
        if self.summary.get("format") == 1:
            return self.clusters["canonical"]
        return pc.is_null(self.clusters["keeper"])

    def kept_ids(self) -> list[Any]:
        """Return the ids of the stories to keep, as they came, in the order of the input.

        Those that no story that stays holds most of: nearly all canonical stories, and others.
        """
        kept: list[Any] = self.clusters.filter(self._stays())["id"].to_pylist()
        return kept

    def removed(self) -> pa.Table:
        """Return the rows to remove, in the order of the input, each with the one that stays.

        Returns
        -------
        pyarrow.Table
            ``id``; ``matched``, the story that stays; ``canonical``, that of the cluster; and how
            the row relates to ``matched``: ``kind``, ``kept``, ``coverage`` (share of the row,
            0-1), ``matched_coverage``, ``exact`` (share of the row, word for word), ``certainty``.

        Raises
        ------
        FormatVersionError
            For results of format 1, which do not say it.
        """
        if self.summary.get("format") == 1:
            raise FormatVersionError(
                "results of format 1 do not say because of which row another was removed; "
                "run 'cluster' again"
            )
        clusters, relations = self.as_text()
        rows = clusters.filter(pc.is_valid(clusters["keeper"]))
        asked = rows["id"].combine_chunks()
        near = relations.filter(
            pc.or_(*(pc.is_in(relations[end], value_set=asked) for end in ("a", "b")))
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
        named = pa.Table.from_pylist(found, schema=REMOVED)
        return with_id_type(named, self.clusters["id"].type)

    def copies_of(self, story_id: str | int) -> pa.Table:
        """Return the rows of the cluster that a story is in.

        Raises
        ------
        UnknownIdError
            When there is no such story, or its id is of another type; it is a KeyError, too.
        """
        kind = self.clusters["id"].type
        try:
            wanted = pa.scalar(story_id, kind)
        except (pa.ArrowException, TypeError, OverflowError) as error:
            found = f"{story_id!r}: an id of type {type(story_id).__name__}"
            raise UnknownIdError(f"{found}, those of `clusters` are of type {kind}") from error
        row = self.clusters.filter(pc.equal(self.clusters["id"], wanted))
        if not row.num_rows:
            raise UnknownIdError(f"{story_id!r}: no such story; pass an id of `clusters`")
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


def _missing(name: str) -> MissingDependencyError:
    return MissingDependencyError(f"{name} is not installed; install it with 'pip install {name}'")
