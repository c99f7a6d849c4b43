"""What a labelled set holds and what a system answered, whatever format they came in.

Every reader in `benchmarks.formats` returns a `LabelledSet`; every system (dupdetect, a baseline,
a folder of results) gives an `Answer`; `benchmarks.quality.scores` compares the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Passages: TypeAlias = tuple[tuple[int, int, int, int], ...]
"""Half-open character spans (a_start, a_end, b_start, b_end) in the raw texts."""

PairKey: TypeAlias = frozenset[str]
"""The two story ids of a pair, in no order."""

LABELS = ("same", "a_in_b", "b_in_a", "overlap", "none")
"""The five labels of a pair labelled by reading."""


@dataclass(frozen=True)
class Story:
    """One input story; `fields` are the optional ones (title, publisher, published)."""

    id: str
    text: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, str]:
        """Give the story as one input row."""
        return {"id": self.id, "text": self.text, **self.fields}


@dataclass(frozen=True)
class Relation:
    """A related pair, labelled or found.

    Parameters
    ----------
    a, b
        Story ids; `a` is the story with the larger body.
    kind, kept
        As in `relations.jsonl`; None where the set does not label them.
    a_coverage, b_coverage
        Shares of body words inside passages, 0-1; None where not stated.
    passages
        None where the set labels, or the system reports, no spans.
    certain
        False where the label lies near a threshold: such pairs never count as missed.
    edit
        The edit that made `b`, where known.
    """

    a: str
    b: str
    kind: str | None = None
    kept: str | None = None
    a_coverage: float | None = None
    b_coverage: float | None = None
    passages: Passages | None = None
    certain: bool = True
    edit: str | None = None

    @property
    def key(self) -> PairKey:
        """The pair without its order."""
        return frozenset((self.a, self.b))

    def seen_from(self, a: str) -> Relation:
        """Give the relation with `a` first, coverages and passages turned to match."""
        if a == self.a:
            return self
        passages = self.passages
        if passages is not None:
            passages = tuple((c, d, e, f) for e, f, c, d in passages)
        return Relation(
            self.b, self.a, self.kind, self.kept, self.b_coverage, self.a_coverage,
            passages, self.certain, self.edit,
        )  # fmt: skip


@dataclass(frozen=True)
class JudgedPair:
    """A story labelled against one other, or against several of which any may be its source.

    Parameters
    ----------
    a
        Story id.
    others
        One id, or the ids of every candidate source (METER: all agency copy on one event).
    related
        Whether a relation is expected; None leaves the pair out of related-or-not figures
        (it still shows in the counts by category).
    label
        One of `LABELS`, where five-way labels exist.
    confident
        False for labels a fair reader could choose otherwise.
    category
        The set's own name for the case.
    passages
        Labelled spans with `a` first, where the set has them.
    """

    a: str
    others: tuple[str, ...]
    related: bool | None
    label: str | None = None
    confident: bool = True
    category: str = ""
    passages: Passages | None = None


@dataclass(frozen=True)
class LabelledSet:
    """Stories with gold clusters, gold relations, labelled pairs, or several of these.

    `relations` lists every related pair, so that any other pair found is wrong; except inside
    `listed_in_part`, a cluster whose pairs are listed only against its original. `source` is a
    file dupdetect can read by itself; without it the stories go in as rows.
    """

    name: str
    format: str
    stories: tuple[Story, ...]
    clusters: Mapping[str, str] | None = None
    relations: tuple[Relation, ...] | None = None
    listed_in_part: str | None = None
    pairs: tuple[JudgedPair, ...] = ()
    source: Path | None = None

    def texts(self) -> dict[str, str]:
        """Give raw text by story id."""
        return {story.id: story.text for story in self.stories}


@dataclass(frozen=True)
class Answer:
    """What one system said about one set.

    `cpu_seconds` is the process's CPU time over all threads; None where it did not run here.
    """

    system: str
    clusters: Mapping[str, str]
    relations: Mapping[PairKey, Relation]
    cpu_seconds: float | None = None


def by_key(relations: Iterable[Relation]) -> dict[PairKey, Relation]:
    """Index relations by their pair; of two for one pair the later stays."""
    return {relation.key: relation for relation in relations}


def largest(clusters: Mapping[str, str]) -> str:
    """Give the label of the cluster with most stories; the first met among equals."""
    return Counter(clusters.values()).most_common(1)[0][0]


def components(ids: Iterable[str], edges: Iterable[PairKey]) -> dict[str, str]:
    """Label every id with the smallest id of its connected component.

    Parameters
    ----------
    ids
        All story ids.
    edges
        Pairs to join; both ends must be among `ids`.

    Examples
    --------
    >>> components("abc", [frozenset("bc")])
    {'a': 'a', 'b': 'b', 'c': 'b'}
    """
    parent = {i: i for i in ids}

    def root(i: str) -> str:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for edge in edges:
        ends = sorted(root(i) for i in edge)
        parent[ends[-1]] = ends[0]
    return {i: root(i) for i in parent}


def cluster_pairs(clusters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give every pair of stories that share a cluster, each once."""
    members: dict[str, list[str]] = {}
    for story, cluster in clusters.items():
        members.setdefault(cluster, []).append(story)
    for group in members.values():
        for n, first in enumerate(group):
            for second in group[n + 1 :]:
                yield first, second
