"""Which rows of a cluster are removed, and because of which row that stays.

A cluster may be a chain of versions whose ends have nothing in common. Removal does not chain: a
row goes only where most of its body stands in a row that stays, and the two were aligned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.products.alignments import Alignments, OwnFacts
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers, among, distinct_pairs, pair_keys
from dupdetect.settings import SelectSettings
from dupdetect.stages.heads import Takes, find_heads

_DAY_US = 86_400_000_000
_REPRINT_DAYS = 7  # copies of another publisher are printed within these, later stages after
_LATER_SHARE = 0.95  # of a row of another publisher, later than at once, but within those days
_CHARACTER_SHARE = 0.95  # of a row whose words are characters
_MOST_COMPARED = 8  # of the stories that were compared with one, by rank; each with all of them
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
        Whether two names, or a figure, stand opposite others, or the row names sums, figures or
        names that the other does not.
    own_story : ndarray of bool, shape (pairs,)
        Whether the row has what the other does not: a list, a sentence, the opposite.
    characters : ndarray of bool, shape (pairs,)
        Whether words are single characters, of which any two texts share many.
    short : ndarray of bool, shape (pairs,)
        Whether both texts are so short that a word makes another story of one.
    own_words : ndarray of int64, shape (pairs,)
        Words of the row that do not stand in the other; 0 where nothing makes them copies.
    """

    share: NDArray[np.float64]
    facts_apart: NDArray[np.bool_]
    own_story: NDArray[np.bool_]
    characters: NDArray[np.bool_]
    short: NDArray[np.bool_]
    own_words: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[Shared]) -> Shared:
        """Put the pairs of parts, one or more, together."""
        names = [item.name for item in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def take(self, order: Numbers) -> Shared:
        """Return the pairs numbered in `order`."""
        return Shared(*(getattr(self, item.name)[order] for item in fields(self)))


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
        ``removed_share``, ``version_share``, ``version_days``, ``own_words``.
    """
    across = known & ~one_publisher
    later = apart_us > config.version_days * _DAY_US
    version = np.where(across, apart_us > _REPRINT_DAYS * _DAY_US, later)
    needed = np.where(later, min(_LATER_SHARE, config.version_share), 0.0)
    needed = np.where(version, config.version_share, needed)
    needed = np.maximum(needed, np.where(found.characters, _CHARACTER_SHARE, 0.0))
    needed = np.maximum(needed, config.removed_share)
    # Where one character makes another town or language of a word, an edited form is another story.
    needed = np.where(found.short | (found.characters & ~across), 1.0, needed)
    goes = (found.share > 0) & (found.share >= needed)
    goes &= ~one_publisher | (found.own_words <= config.own_words)
    # A paper that fills its own form again with one other town and sum prints another story.
    return np.asarray(goes & ~(found.facts_apart & ~across) & ~found.own_story)


_OWN_FACTS, _OWN_PER_100 = 4, 2  # figures and names, and of a hundred words
_OWN_MANY = 10  # figures and names, however long the text
_OWN_LINES = 2  # of a list, with what only the row has or in other words: of one publisher
_OWN_ENTRIES = 3  # of a list, with what only the row has: of any
_OWN_LEADS = 2  # two names, or a figure, in a sentence before prose that is worded so
_OWN_NOTICED = 6  # figures and names in a sentence behind the prose that is worded as a notice


def differences_of(found: Alignments) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which aligned pairs have other facts, and which say the opposite.

    One name for another is a correction as often; a second one, or a figure, is not, though the
    other text may have that elsewhere: "5 votes to 4" and "4 votes to 5".
    """
    facts = (found.fact("number_slots") > 0) | (found.fact("slots") > 1)
    facts |= (found.fact("own_sums") > 0) | (found.fact("numbers_opposite") > 0)
    return facts, found.fact("opposites") > 0


def names_more(own: OwnFacts) -> NDArray[np.bool_]:
    """Tell which rows name so much that the story kept instead does not that they are another.

    An office fills its form again: with other towns in a list, or in a few sentences; or sends the
    list of a law's projects to each region, with what is for that one.
    """
    several = (own.facts >= _OWN_FACTS) & (100 * own.facts >= _OWN_PER_100 * own.words)
    several |= own.facts >= _OWN_MANY
    return several | (own.lines >= _OWN_LINES) | (own.notices >= _OWN_NOTICED)


def has_own_story(own: OwnFacts) -> NDArray[np.bool_]:
    """Tell which rows have a list or a sentence of their own, or a figure with another sign.

    They stay whoever prints them. A sentence is one that is worded as a page's notice, and left out
    where texts are compared, but names something and has prose behind it.
    """
    return (own.entries >= _OWN_ENTRIES) | (own.leads >= _OWN_LEADS) | (own.signs > 0)


def choose_removed(
    canonical: Numbers,
    shares: Shares,
    edges: Edges,
    *,
    order: Numbers,
    publishers: NDArray[np.int32],
    published_us: Numbers,
    config: SelectSettings,
    gone: Numbers | None = None,
) -> Removal:
    """Decide for each story whether it stays, or because of which one that stays it goes.

    The canonical story of a cluster stays. The others are compared with it; those that it does not
    stand for with the first of them, which stays, too, and so on. What then still stays is compared
    with all that stays, of whatever cluster, and was found to hold it: a second run on what stays
    meets these pairs, too.

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
    gone : ndarray of int64, shape (stories,), optional
        Keepers of stories that were removed before, -1 for the others. Such a story stays again
        where its keeper goes now, for one that does not hold it.
    """
    compared = [np.empty((0, 2), dtype=np.int64)]
    found_shares = [np.empty(0)]

    def goes(rows: Numbers, kept: Numbers) -> NDArray[np.bool_]:
        if not rows.size:
            return np.empty(0, dtype=bool)
        found = shares(rows, kept)
        compared.append(np.stack([rows, kept], axis=1))
        found_shares.append(found.share)
        return _goes(rows, kept, found, publishers, published_us, config)

    stories = np.arange(canonical.size)
    heads = find_heads(canonical, order, goes)
    keeper = np.where(heads.head == stories, -1, heads.head)
    if gone is not None:
        keeper = np.where(gone >= 0, gone, keeper)
    first = np.where(canonical == stories, -1, order)
    changed = True
    while changed:  # it ends: what a row goes for stands before it in the order
        rows, kept = _held_by_others(canonical, keeper, edges, first)
        held = goes(rows, kept)
        for row, other in zip(rows[held].tolist(), kept[held].tolist(), strict=True):
            if keeper[row] < 0 and keeper[other] < 0:
                keeper[row] = other
        changed = _let_go_together(keeper, goes)
    share = np.full(canonical.size, np.nan)
    pairs = np.concatenate(compared)
    chosen = keeper[pairs[:, 0]] == pairs[:, 1]
    share[pairs[chosen, 0]] = np.concatenate(found_shares)[chosen]
    return Removal(keeper, share, pairs, heads.left.size)


def removed_too(
    keeper: Numbers,
    rows: Numbers,
    kept: Numbers,
    shares: Shares,
    *,
    publishers: NDArray[np.int32],
    published_us: Numbers,
    config: SelectSettings,
) -> Numbers:
    """Let more rows go, of which another run over what stays found that they are copies.

    Parameters
    ----------
    keeper : ndarray of int64, shape (stories,)
        The story that stays in each one's place; -1 where it stays itself.
    rows, kept : ndarray of int64
        Rows that stay so far, and others that do, in whose place these go. What went for them
        stays again where the others do not hold it.
    shares, publishers, published_us, config
        As for :func:`choose_removed`.

    Returns
    -------
    ndarray of int64, shape (stories,)
        The new keepers.
    """

    def goes(rows: Numbers, kept: Numbers) -> NDArray[np.bool_]:
        return _goes(rows, kept, shares(rows, kept), publishers, published_us, config)

    found = keeper.copy()
    found[rows] = kept
    _let_go_together(found, goes)
    return found


def pairs_to_compare(edges: Edges, keeper: Numbers, changed: NDArray[np.bool_]) -> Numbers:
    """Find pairs that a run over the stories that stay compares, and this one did not.

    A copy of the one goes that was compared with the other instead.

    Parameters
    ----------
    edges : Edges
        Verified pairs.
    keeper : ndarray of int64, shape (stories,)
        The story that stays in each one's place; -1 where it stays itself.
    changed : ndarray of bool, shape (stories,)
        Stories of which something else was decided last; components without one are left out.

    Returns
    -------
    ndarray of int64
        Keys of pairs of ranks, ascending, none of them among the edges.
    """
    inside = edges.take(np.flatnonzero(_touched(edges, changed)))
    between = np.concatenate([inside.a, inside.b])
    stays = np.concatenate([inside.b, inside.a])
    copies, goes = np.tile(inside.contained(), 2), keeper[between] >= 0
    some = np.flatnonzero(goes & (keeper[stays] < 0))
    some = some[np.lexsort((stays[some], between[some]))]
    copies, between, stays = copies[some], between[some], stays[some]
    ours = between[copies], stays[copies]
    keys = [*_crossed(*ours, between, stays), *_crossed(between, stays, *ours)]
    asked = distinct_pairs(np.concatenate([*keys, between[:0]]))
    return asked[~among(asked, np.sort(pair_keys(edges.a, edges.b)))]


def _crossed(between: Numbers, stays: Numbers, heads_of: Numbers, heads: Numbers) -> list[Numbers]:
    """Keys of the pairs of stories and the first heads of the same one; both ascend by that."""
    first, end = (np.searchsorted(heads_of, between, side=side) for side in ("left", "right"))
    keys = []
    for place in range(_MOST_COMPARED):
        at = first + place
        there = (at < end).nonzero()[0]
        if not there.size:
            break
        pairs = stays[there], heads[at[there]]
        keys.append(pair_keys(*pairs)[pairs[0] != pairs[1]])
    return keys


def edges_left(edges: Edges, keeper: Numbers, changed: NDArray[np.bool_]) -> Edges:
    """Return verified pairs of stories that stay, which copies connect with one that changed.

    Parameters
    ----------
    edges, keeper, changed
        As for :func:`pairs_to_compare`.
    """
    left = _touched(edges, changed) & (keeper[edges.a] < 0) & (keeper[edges.b] < 0)
    some = np.flatnonzero(left)
    return edges.take(some[np.argsort(pair_keys(edges.a[some], edges.b[some]))])


def _touched(edges: Edges, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which pairs are of stories that copies connect, with each other and one that changed."""
    copies = edges.contained()
    component = kernels.components(changed.size, edges.a[copies], edges.b[copies])
    some = np.zeros(changed.size, dtype=bool)
    some[component[changed]] = True
    return np.asarray(some[component[edges.a]] & (component[edges.a] == component[edges.b]))


def _held_by_others(
    canonical: Numbers, keeper: Numbers, edges: Edges, first: Numbers
) -> tuple[Numbers, Numbers]:
    """Rows that stay so far, and others that stay and may hold them: copies, by verified pairs.

    A canonical story is held by none; of two other rows the second is held. Pairs ascend by the
    place of the row, then by that of the other.
    """
    contained = edges.contained()
    contained &= (keeper[edges.a] < 0) & (keeper[edges.b] < 0)
    a, b = edges.a[contained], edges.b[contained]
    a_first = (first[a] < first[b]) | ((first[a] == first[b]) & (a < b))
    rows, kept = np.where(a_first, b, a), np.where(a_first, a, b)
    asked = (canonical[rows] != rows) & (canonical[rows] != kept)
    rows, kept = rows[asked], kept[asked]
    ascending = np.lexsort((kept, first[kept], rows, first[rows]))
    return rows[ascending], kept[ascending]


def _let_go_together(keeper: Numbers, goes: Takes) -> bool:
    """Where the row that another went for goes itself, ask whether its keeper holds both.

    Returns whether a row stays again that was to go.
    """
    some_stay = False
    while True:
        rows = np.flatnonzero((keeper >= 0) & (keeper[np.maximum(keeper, 0)] >= 0))
        if not rows.size:
            return some_stay
        kept = keeper[keeper[rows]]
        held = goes(rows, kept)
        some_stay |= not held.all()
        keeper[rows] = np.where(held, kept, -1)


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
