"""The findings of a run that a summary names: counts, the largest clusters, one example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.products.schemas import KIND_FACTS
from dupdetect.support.columns import scalar, to_arrow, to_numpy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EXAMPLES = ("truncation", "abridgement", "near_duplicate", "identical")  # the telling ones first


@dataclass(frozen=True)
class Leader:
    """A cluster among the largest: its canonical story, and how often and where it ran."""

    id: str
    stories: int
    publishers: int


@dataclass(frozen=True)
class Example:
    """One copy and the story it was compared with, to show what a finding looks like.

    ``coverage`` is the share (0-1) of the copy that stands in the parent,
    ``parent_coverage`` that of the parent that stands in the copy; ``exact`` and
    ``parent_exact`` are the shares of words that stand equal, None in results of format 1.
    """

    id: str
    publisher: str | None
    parent: str
    parent_publisher: str | None
    kind: str
    kept: str | None
    coverage: float
    parent_coverage: float
    exact: float | None
    parent_exact: float | None


@dataclass(frozen=True)
class Findings:
    """What a run found.

    Attributes
    ----------
    stories, copies
        Stories read; of these, the ones that are a copy of another.
    kinds
        Copies by kind of relation to their parent.
    parts
        Truncated copies by the part they kept.
    apart
        Pairs that relate and stay apart, by kind; only kinds that were found.
    leaders
        The largest clusters of two or more, at most `most` of them.
    example
        One copy, a truncation if there is one; None when there are no copies.
    """

    stories: int
    copies: int
    kinds: Mapping[str, int]
    parts: Mapping[str, int]
    apart: Mapping[str, int]
    leaders: tuple[Leader, ...]
    example: Example | None


@dataclass(frozen=True)
class Outcome:
    """What the command did with its findings.

    Attributes
    ----------
    written
        Pairs of a path and what is in it.
    seconds
        Wall time from the start of reading to the last file.
    left_out
        True when the copies are left out of an output (``dedupe``).
    titles
        Titles by id, for the stories the summary names; their first words where they have none.
    hints
        Pairs of a command line and what it shows.
    """

    written: tuple[tuple[str, str], ...]
    seconds: float
    left_out: bool
    titles: Mapping[str, str]
    hints: tuple[tuple[Sequence[str], str], ...] = ()


def findings_of(clusters: pa.Table, relations: pa.Table, *, most: int = 3) -> Findings:
    """Count and choose what a summary shows.

    Parameters
    ----------
    clusters, relations
        The tables of a run.
    most
        How many clusters to name.
    """
    copies = clusters.filter(pc.invert(clusters["canonical"]))
    cut = copies.filter(pc.equal(copies["kind"], scalar("truncation")))
    return Findings(
        stories=clusters.num_rows,
        copies=copies.num_rows,
        kinds=_counts(copies["kind"]),
        parts=_counts(cut["kept"]),
        apart=_apart(relations["kind"]),
        leaders=_leaders(clusters, most),
        example=_example(clusters, copies),
    )


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    found = {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
    return {name: found[name] for name in sorted(n for n in found if n is not None)}


def _apart(column: pa.ChunkedArray) -> dict[str, int]:
    found = _counts(column)
    return {
        facts.name: found[facts.name] for facts in KIND_FACTS if facts.apart and facts.name in found
    }


def _leaders(clusters: pa.Table, most: int) -> tuple[Leader, ...]:
    # Counted here: pyarrow's own grouping would load its dataset and network modules.
    coded = clusters["cluster"].combine_chunks().dictionary_encode()
    codes = to_numpy(coded.indices)
    publishers = clusters["publisher"].combine_chunks()
    sizes = np.bincount(codes, minlength=len(coded.dictionary))
    largest = np.flatnonzero(sizes > 1)
    if largest.size > most:
        least = np.partition(sizes[largest], -most)[-most]
        largest = largest[sizes[largest] >= least]
    names = coded.dictionary.take(to_arrow(largest)).to_pylist()
    ranked = sorted(zip((-sizes[largest]).tolist(), names, largest.tolist(), strict=True))
    return tuple(
        Leader(
            name,
            -size,
            pc.count_distinct(publishers.take(to_arrow(np.flatnonzero(codes == code)))).as_py(),
        )
        for size, name, code in ranked[:most]
    )


def _example(clusters: pa.Table, copies: pa.Table) -> Example | None:
    """Choose a copy that plain comparison of whole texts would miss, but not the most extreme."""
    for kind in _EXAMPLES:
        rows = copies.filter(pc.equal(copies["kind"], scalar(kind)))
        if rows.num_rows:
            break
    else:
        return None
    sizeable = rows.filter(pc.greater_equal(rows["parent_coverage"], scalar(0.15)))
    rows = sizeable if sizeable.num_rows else rows
    row = rows.sort_by([("parent_coverage", "ascending"), ("id", "ascending")]).slice(0, 1)
    chosen = row.to_pylist()[0]
    parent = clusters.filter(pc.equal(clusters["id"], scalar(chosen["parent"]))).to_pylist()
    return Example(
        id=chosen["id"],
        publisher=chosen["publisher"],
        parent=chosen["parent"],
        parent_publisher=parent[0]["publisher"] if parent else None,
        kind=chosen["kind"],
        kept=chosen["kept"],
        coverage=chosen["coverage"],
        parent_coverage=chosen["parent_coverage"],
        exact=chosen["exact"],
        parent_exact=chosen["parent_exact"],
    )
