"""What stays decided again by the lines of what stays, as a second run over it does.

A line that repetition took for furniture may be body where pages that repeated it are gone. Stories
of which a line is taken for something else then, and what they relate to, are run again by
themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.engines.checks import Checks
from dupdetect.engines.work import Work
from dupdetect.products.edges import Copies, Edges
from dupdetect.products.pairs import Numbers, Ranking, among
from dupdetect.products.stories import Stories
from dupdetect.products.texts import LineFeatures, LineStatus, stories_with
from dupdetect.stages.furniture import Verdicts, find_verdicts, line_status, look_up
from dupdetect.stages.removal import removed_too
from dupdetect.support.columns import to_arrow, to_numpy

#: Takes stories and what their lines are taken for; says which of them go.
Decide = Callable[[Stories, LineStatus], "Gone"]

_MOST_PASSES = 16  # two or three are usual


@dataclass(frozen=True, slots=True, eq=False)
class Gone:
    """Rows that a run removes, each with the row that stays.

    Attributes
    ----------
    copies : Copies
        How they relate to it; by story number.
    relations : pyarrow.Table
        The same pairs, with passages.
    """

    copies: Copies
    relations: pa.Table

    def instead_of(self, copies: Copies, relations: pa.Table) -> tuple[Copies, pa.Table]:
        """Return what was found of more pairs, with these in the place of what was found there."""
        ours = set(_pairs_of(self.relations))
        named = pa.array(sorted(set().union(*ours)), pa.string())
        ends = (pc.is_in(relations[name], value_set=named) for name in ("a", "b"))
        asked = np.flatnonzero(to_numpy(pc.and_(*ends)))  # few of many
        same = [pair in ours for pair in _pairs_of(relations.take(to_arrow(asked)))]
        left = np.delete(np.arange(relations.num_rows), asked[np.array(same, dtype=bool)])
        table = pa.concat_tables([relations.take(to_arrow(left)), self.relations])
        return copies.replaced(self.copies), table


def look_again(
    stories: Stories,
    features: LineFeatures,
    taken: LineStatus,
    edges: Edges,
    keeper: Numbers,
    *,
    ranking: Ranking,
    checks: Checks,
    decide: Decide,
    work: Work,
) -> tuple[Numbers, Gone | None]:
    """Decide what stays such that a run over it, which finds its lines anew, removes none of it.

    Parameters
    ----------
    stories : Stories
        All.
    features : LineFeatures
        Their lines.
    taken : LineStatus
        What the run took the lines for.
    edges : Edges
        Its verified pairs.
    keeper : ndarray of int64, shape (stories,)
        By rank, the story that stays in each one's place; -1 where it stays itself.
    ranking : Ranking
        The order of the stories.
    checks : Checks
        Says what pairs of the run share.
    decide : callable
        See :data:`Decide`.
    work : Work
        Settings, threads.

    Returns
    -------
    tuple
        The new keepers, by rank; what goes because of lines, None where nothing does.
    """
    status, kept = taken, np.ones(keeper.size, dtype=bool)
    repeated = _repetition(kept, stories, features, work)[1]
    gone: list[Gone] = []
    for _ in range(_MOST_PASSES):
        stays = ranking.by_story(keeper) < 0
        if (stays == kept).all():
            break
        verdicts, now = _repetition(stays, stories, features, work)
        others = np.flatnonzero(stays & stories_with(repeated != now, features.offsets))
        found = _decided_lines(others, verdicts, status, stories, features, work)
        repeated = np.where(_lines_of(stays, features), now, repeated)
        lines = status.status != found.status
        changed = stays & (stories_with(lines, features.offsets) | ~kept)
        keys = np.sort(features.keys[lines & _lines_of(changed, features)])
        printed = stories_with(among(features.keys, keys), features.offsets)
        status, kept = found, stays
        near = _concerned(ranking.by_rank(changed), ranking.by_rank(printed), edges)
        some = np.flatnonzero(near & (keeper < 0))
        rows = np.sort(ranking.story_of[some])
        if not rows.size:
            continue
        again = decide(stories.take(rows), found.take(rows))
        copies = again.copies.renamed(rows)
        gone.append(Gone(copies, again.relations))
        keeper = removed_too(
            keeper,
            ranking.to_rank(copies.story),
            ranking.to_rank(copies.other),
            checks.shares,
            publishers=ranking.by_rank(stories.publisher_codes),
            published_us=ranking.by_rank(stories.published_us),
            config=work.config,
        )
    return keeper, _joined(gone, ranking.by_story(ranking.to_story(keeper)), stories.ids)


def _joined(parts: list[Gone], keeper: Numbers, ids: pa.Array) -> Gone | None:
    """Put the rows together that went; those that stay again, or went for another, are left out."""
    if not parts:
        return None
    copies, relations = parts[0].copies, parts[0].relations
    for part in parts[1:]:
        copies, relations = part.instead_of(copies, relations)
    copies = copies.take(np.flatnonzero(keeper[copies.story] == copies.other))
    named = (ids.take(to_arrow(numbers)).to_pylist() for numbers in (copies.story, copies.other))
    stands = {frozenset(pair) for pair in zip(*named, strict=True)}
    some = [pair in stands for pair in _pairs_of(relations)]
    return Gone(copies, relations.filter(pa.array(some, pa.bool_())))


def _pairs_of(relations: pa.Table) -> list[frozenset[str]]:
    ends = (relations[name].to_pylist() for name in ("a", "b"))
    return [frozenset(pair) for pair in zip(*ends, strict=True)]


def _repetition(
    stays: NDArray[np.bool_], stories: Stories, features: LineFeatures, work: Work
) -> tuple[Verdicts, NDArray[np.uint8]]:
    """Say what repetition makes of lines where only some stories are known; and of each line."""
    rows = np.flatnonzero(stays)
    verdicts = find_verdicts(
        features.take(rows), stories.publisher_codes[rows], stories.published_us[rows],
        config=work.config, threads=work.threads,
    )  # fmt: skip
    return verdicts, look_up(verdicts, features, stories.publisher_codes)


def _decided_lines(
    rows: Numbers,
    verdicts: Verdicts,
    status: LineStatus,
    stories: Stories,
    features: LineFeatures,
    work: Work,
) -> LineStatus:
    """Decide on the lines of some stories again."""
    if not rows.size:
        return status
    some = stories.take(rows)
    found = line_status(
        some.text, some.text_offsets, some.publisher_codes,
        config=work.config, features=features.take(rows), verdicts=verdicts, threads=work.threads,
    )  # fmt: skip
    return status.replaced(rows, found)


def _lines_of(stories: NDArray[np.bool_], features: LineFeatures) -> NDArray[np.bool_]:
    """Tell which lines are of some stories."""
    return np.repeat(stories, np.diff(features.offsets))


def _concerned(
    changed: NDArray[np.bool_], printed: NDArray[np.bool_], edges: Edges
) -> NDArray[np.bool_]:
    """Tell which stories copies connect with one that changed or that may relate to it; by rank."""
    near = changed | printed
    near[edges.a[changed[edges.b]]] = True
    near[edges.b[changed[edges.a]]] = True
    copies = edges.contained()
    component = kernels.components(changed.size, edges.a[copies], edges.b[copies])
    some = np.zeros(changed.size, dtype=bool)
    some[component[near]] = True
    return np.asarray(some[component])
