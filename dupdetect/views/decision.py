"""What a results folder says about one story: its decision, its cluster, its overlaps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.errors import InputError
from dupdetect.products.relation import Relation, passages_of
from dupdetect.support.dates import UNKNOWN_TIME, parse_date
from dupdetect.views.pair import Pair, Story, pair_of, swapped
from dupdetect.views.passages import passages_along, steps_to
from dupdetect.views.words import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Texts = Callable[[Iterable[str]], Mapping[str, Story]]


@dataclass(frozen=True)
class Member:
    """One story of the cluster.

    Attributes
    ----------
    story
        The story.
    canonical
        Whether it stands for the cluster.
    parent
        Id of the story it was compared with, if any.
    kind, kept
        Relation to the parent.
    coverage, parent_coverage
        Share in 0-1 of this story's body inside the shared passages, and of the parent's.
    credits
        The agencies it names.
    spans
        What it shares with the canonical story, in characters of the canonical
        text, if need be by way of its parent; None when the run kept no passages.
    exact, parent_exact
        Share in 0-1 of either body's words that stand equal in the other; None if not known.
    certainty
        Of the relation, 0-1; None if not known.
    keeper, keeper_exact
        Id of the story that stays where removal takes this one out, and the share in 0-1 of this
        story's words that stand there; both None for a story that stays, and in results of
        format 1.
    """

    story: Story
    canonical: bool
    parent: str | None
    kind: str | None
    kept: str | None
    coverage: float | None
    parent_coverage: float | None
    credits: tuple[str, ...]
    spans: tuple[Span, ...] | None
    exact: float | None = None
    parent_exact: float | None = None
    certainty: float | None = None
    keeper: str | None = None
    keeper_exact: float | None = None


@dataclass(frozen=True)
class Neighbour:
    """A story of another cluster with a passage in common, and the relation that says so."""

    ours: Story
    theirs: Story
    relation: Relation


@dataclass(frozen=True)
class Decision:
    """All that a run decided about one story.

    Attributes
    ----------
    member
        The story asked for.
    canonical
        The canonical story of its cluster; the same story when it was kept.
    members
        The whole cluster, the canonical story first, then by time and id.
    pair
        The parent (as `a`) and the story (as `b`); None without a parent.
    neighbours
        Overlaps with other clusters, the longest first.
    """

    member: Member
    canonical: Member
    members: tuple[Member, ...]
    pair: Pair | None
    neighbours: tuple[Neighbour, ...]


def decision_of(
    clusters: pa.Table, relations: pa.Table, story_id: str, *, stories: Texts, folder: str = ""
) -> Decision:
    """Gather what the tables of a run say about one story.

    Parameters
    ----------
    clusters, relations
        The tables of a results folder.
    story_id
        The id as it stands in the input.
    stories
        Given ids, returns the stories found for them; one without ``text`` (or
        not found) is shown without passages.
    folder
        The folder's name, for the message when the id is not in it.

    Raises
    ------
    InputError
        If no story of the run has this id.
    """
    at = pc.index(clusters["id"], pa.scalar(story_id, clusters.schema.field("id").type)).as_py()
    if at < 0:
        raise InputError(
            f"no story with the id {story_id!r}",
            file=folder or None,
            remedy=f"give an id as it stands in the input, such as {_some_id(clusters)}",
        )
    label = clusters["cluster"][at].as_py()
    rows = clusters.filter(pc.equal(clusters["cluster"], label)).to_pylist()
    ids = pa.array([row["id"] for row in rows], clusters.schema.field("id").type)
    touching = relations.filter(
        pc.or_(pc.is_in(relations["a"], ids), pc.is_in(relations["b"], ids))
    ).to_pylist()
    own = {row["id"] for row in rows}
    found = stories(own | {row[side] for row in touching for side in ("a", "b")})
    known = {id_: found.get(id_, Story(id_)) for id_ in own}
    known |= {row[s]: found.get(row[s], Story(row[s])) for row in touching for s in ("a", "b")}
    related = {(row["a"], row["b"]): row for row in touching}
    parents = {row["id"]: row["parent"] for row in rows}
    ways = {id_: steps_to(label, id_, parents=parents, related=related) for id_ in own}
    spans = {id_: passages_along(way) if way else None for id_, way in ways.items()}
    members = sorted(
        (_member(row, known, spans[row["id"]]) for row in rows),
        key=lambda m: (not m.canonical, _moment(m.story.published), m.story.id),
    )
    member = next(m for m in members if m.story.id == story_id)
    neighbours = [
        _neighbour(row, known, own) for row in touching if (row["a"] in own) != (row["b"] in own)
    ]
    neighbours.sort(key=lambda n: (-n.relation.words, n.theirs.id))
    return Decision(
        member, members[0], tuple(members), _parent_pair(member, known, related), tuple(neighbours)
    )


def relation_of(row: Mapping[str, Any], a: Story, b: Story) -> Relation:
    """Rebuild a relation from its row.

    Where the run did not count the words of each passage (results of format 1), those of the
    text are counted, if it is there.
    """
    rows = [
        span if len(span) > 4 else (*span, a.words.count(span[0], span[1]), 0)
        for span in row["passages"] or ()
    ]
    return Relation(
        a=a.id,
        b=b.id,
        kind=row["kind"],
        kept=row["kept"],
        a_coverage=row["a_coverage"],
        b_coverage=row["b_coverage"],
        resemblance=row["resemblance"],
        words=row["words"],
        quoted_words=row["quoted_words"],
        cut_before=row["cut_before"],
        cut_after=row["cut_after"],
        passages=passages_of(rows, row["changed"] or ()),
        a_exact=row["a_exact"],
        b_exact=row["b_exact"],
        certainty=row["certainty"],
    )


def _member(
    row: Mapping[str, Any], known: Mapping[str, Story], passages: list[Spans] | None
) -> Member:
    story = known[row["id"]]
    spans = None if passages is None else tuple((p[0], p[1]) for p in passages)
    return Member(
        story=Story(
            story.id,
            story.text,
            story.title,
            row["publisher"] or story.publisher,
            row["published"] or story.published,
        ),
        canonical=row["canonical"],
        parent=row["parent"],
        kind=row["kind"],
        kept=row["kept"],
        coverage=row["coverage"],
        parent_coverage=row["parent_coverage"],
        exact=row["exact"],
        parent_exact=row["parent_exact"],
        certainty=row["certainty"],
        keeper=row["keeper"],
        keeper_exact=row["keeper_exact"],
        credits=tuple(row["credits"] or ()),
        spans=spans,
    )


def _parent_pair(
    member: Member,
    known: Mapping[str, Story],
    related: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Pair | None:
    if member.parent is None:
        return None
    parent, story = known.get(member.parent, Story(member.parent)), member.story
    row = related.get((parent.id, story.id))
    if row is not None:
        return pair_of(relation_of(row, parent, story), parent, story)
    row = related.get((story.id, parent.id))
    if row is None:
        return None
    return pair_of(swapped(relation_of(row, story, parent)), parent, story)


def _neighbour(row: Mapping[str, Any], known: Mapping[str, Story], own: set[str]) -> Neighbour:
    a, b = known[row["a"]], known[row["b"]]
    relation = relation_of(row, a, b)
    return Neighbour(a, b, relation) if a.id in own else Neighbour(b, a, swapped(relation))


def _moment(published: str | None) -> float:
    """Time to order by, whatever the zone it was written in; unknown times come last."""
    moment = parse_date(published) if published else UNKNOWN_TIME
    return math.inf if moment == UNKNOWN_TIME else moment


def _some_id(clusters: pa.Table) -> str:
    return repr(clusters["id"][0].as_py()) if clusters.num_rows else "(the run had no stories)"
