"""Which rows of a cluster are removed, and because of which row that stays.

A cluster may be a chain of versions whose ends have nothing in common. Removal does not chain: a
row goes only where most of its body stands in a row that stays, and the two were aligned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers
from dupdetect.products.schemas import ABRIDGEMENT, TRUNCATION
from dupdetect.settings import SelectSettings
from dupdetect.stages.heads import find_heads

_DAY_US = 86_400_000_000
_UNKNOWN_TIME = np.iinfo(np.int64).min

#: Aligns pairs of ranks, a row and one that stays.
Shares = Callable[[Numbers, Numbers], "Shared"]


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What rows have in common with rows that stay.

    Attributes
    ----------
    share : ndarray of float64, shape (pairs,)
        Share of the row that stands in the other word for word, 0-1; -1 where nothing makes them
        copies.
    facts_apart : ndarray of bool, shape (pairs,)
        Whether two names, or a figure, stand opposite others, or both name sums of money of which
        none is the same.
    characters : ndarray of bool, shape (pairs,)
        Whether words are single characters, of which any two texts share many.
    """

    share: NDArray[np.float64]
    facts_apart: NDArray[np.bool_]
    characters: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """What becomes of each story.

    Attributes
    ----------
    keeper : ndarray of int64, shape (stories,)
        The story that stays and holds most of this one; -1 where this one stays itself.
    share : ndarray of float64, shape (stories,)
        Share of the story that stands in its keeper word for word, 0-1; NaN where it stays.
    pairs : ndarray of int64, shape (pairs, 2)
        All pairs that were compared: a row, and one that stays.
    untried : int
        Rows that stay because their cluster keeps more rows than the others are compared with.
    """

    keeper: Numbers
    share: NDArray[np.float64]
    pairs: Numbers
    untried: int


def may_go(
    found: Shared,
    one_publisher: NDArray[np.bool_],
    known: NDArray[np.bool_],
    apart_us: NDArray[np.float64],
    *,
    config: SelectSettings,
) -> NDArray[np.bool_]:
    """Tell which rows the row that they were compared with may stand for.

    Parameters
    ----------
    found : Shared
        What the rows have in common.
    one_publisher, known : ndarray of bool, shape (pairs,)
        Whether both are of one publisher; whether the publishers of both are known.
    apart_us : ndarray of float64, shape (pairs,)
        Microseconds between them; NaN where a date is missing.
    config : SelectSettings
        ``removed_share``, ``removed_share_within``, ``version_share``, ``version_days``.
    """
    across = known & ~one_publisher
    needed = np.where(across, config.removed_share, config.removed_share_within)
    strict = ~across & (apart_us > config.version_days * _DAY_US) | found.characters
    needed = np.where(strict, np.maximum(needed, config.version_share), needed)
    goes = (found.share > 0) & (found.share >= needed)
    # A paper that fills its own form again with one other town and sum prints another story.
    return np.asarray(goes & ~(found.facts_apart & ~across))


def choose_removed(
    canonical: Numbers,
    shares: Shares,
    edges: Edges,
    *,
    order: Numbers,
    publishers: NDArray[np.int32],
    published_us: Numbers,
    config: SelectSettings,
) -> Removal:
    """Decide for each story whether it stays, or because of which one that stays it goes.

    The canonical story of a cluster stays. The others are compared with it; those that it does not
    stand for with canonical stories of other clusters that they were found to be a copy of; those
    that are left with the first of them, which stays, too, and so on.

    Parameters
    ----------
    canonical : ndarray of int64, shape (stories,)
        Canonical story of each one's cluster.
    shares : callable
        See :data:`Shares`.
    edges : Edges
        Verified pairs.
    order : ndarray of int64, shape (stories,)
        Place of each story in the order in which stories of one cluster are to stay.
    publishers : ndarray of int32, shape (stories,)
        Equal numbers for equal publishers; -1 for unknown ones.
    published_us : ndarray of int64, shape (stories,)
        Microseconds since 1970 or the smallest int64.
    config : SelectSettings
        See :func:`may_go`.
    """
    share = np.full(canonical.size, np.nan)
    compared = [np.empty((0, 2), dtype=np.int64)]

    def goes(rows: Numbers, kept: Numbers) -> NDArray[np.bool_]:
        found = shares(rows, kept)
        compared.append(np.stack([rows, kept], axis=1))
        gone = _goes(rows, kept, found, publishers, published_us, config)
        share[rows[gone]] = found.share[gone]
        return gone

    stories = np.arange(canonical.size)
    keeper = np.full(canonical.size, -1, dtype=np.int64)
    rows = np.flatnonzero(canonical != stories)
    gone = goes(rows, canonical[rows])
    keeper[rows[gone]] = canonical[rows[gone]]
    for asked, others in _of_other_clusters(canonical, keeper, edges):
        open_ = keeper[asked] < 0
        rows, kept = asked[open_], others[open_]
        gone = goes(rows, kept)
        keeper[rows[gone]] = kept[gone]
    # What is left of each cluster is led by its canonical story, which was asked.
    group = np.where(keeper < 0, canonical, stories)
    heads = find_heads(group, order, goes, asked=True)
    keeper = np.where(heads.head == stories, keeper, heads.head)
    return Removal(keeper, share, np.concatenate(compared), heads.left.size)


def _of_other_clusters(
    canonical: Numbers, keeper: Numbers, edges: Edges
) -> Iterator[tuple[Numbers, Numbers]]:
    """Rows that stay so far, and canonical stories of other clusters that may hold them.

    Each row once a turn, in the order of the ranks of those stories.
    """
    contained = edges.near() | (edges.kind == TRUNCATION) | (edges.kind == ABRIDGEMENT)
    rows = np.concatenate([edges.b[contained], edges.a[contained]])
    kept = np.concatenate([edges.a[contained], edges.b[contained]])
    may = (keeper[rows] < 0) & (canonical[rows] != rows) & (canonical[kept] == kept)
    may &= canonical[rows] != kept
    pairs = np.unique(rows[may] << 32 | kept[may])
    rows, kept = pairs >> 32, pairs & 0xFFFFFFFF
    while rows.size:
        first = np.diff(rows, prepend=-1) > 0
        yield rows[first], kept[first]
        rows, kept = rows[~first], kept[~first]


def _goes(
    rows: Numbers,
    kept: Numbers,
    found: Shared,
    publishers: NDArray[np.int32],
    published_us: Numbers,
    config: SelectSettings,
) -> NDArray[np.bool_]:
    """Tell which rows go because of the kept row that each was compared with."""
    known = (publishers[rows] >= 0) & (publishers[kept] >= 0)
    one = known & (publishers[rows] == publishers[kept])
    apart = np.abs(published_us[rows].astype(float) - published_us[kept].astype(float))
    unknown = (published_us[rows] == _UNKNOWN_TIME) | (published_us[kept] == _UNKNOWN_TIME)
    apart[unknown] = np.nan
    return may_go(found, one, known, apart, config=config)
