"""From verified pairs to clusters: a forest, so that a round-up glues nothing together.

Near-duplicates form classes. A class contained in others attaches to one of them, its best
container; overlaps merge nothing. Stories are numbered by rank (longest body first).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.errors import ConfigError
from dupdetect.records import ABRIDGEMENT, TRUNCATION

Numbers = NDArray[np.int64]
UNKNOWN_TIME = np.iinfo(np.int64).min
_MOST_CONTAINERS = 64  # longest containers of a class that are weighed against each other


def class_parents(leaders: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """Parent of every member of a class: a story it was found to be a near-duplicate of.

    Parameters
    ----------
    leaders : ndarray of int64, shape (stories,)
        Rank of each story's class leader, the smallest of the class.
    a, b : ndarray of int64, shape (edges,)
        Verified near-duplicates; they connect each class.

    Returns
    -------
    ndarray of int64, shape (stories,)
        -1 for leaders; following parents ends at the leader.
    """
    parent = np.full(leaders.size, -1, dtype=np.int64)
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((-low, high))
    parent[high[order]] = low[order]  # the last assignment wins: the smallest
    orphans = (parent < 0) & (leaders != np.arange(leaders.size))
    for leader in sorted(set(leaders[orphans].tolist())):
        parent_of = _breadth_first(leader, a, b, leaders == leader)
        for member, found in parent_of.items():
            parent[member] = found
    return parent


def _breadth_first(
    leader: int, a: Numbers, b: Numbers, members: NDArray[np.bool_]
) -> dict[int, int]:
    """Parents in the breadth-first tree of one class."""
    inside = members[a] & members[b]
    neighbours: dict[int, list[int]] = defaultdict(list)
    for x, y in zip(a[inside].tolist(), b[inside].tolist(), strict=True):
        neighbours[x].append(y)
        neighbours[y].append(x)
    parent = {leader: -1}
    queue = [leader]
    for story in queue:
        for other in sorted(neighbours[story]):
            if other not in parent:
                parent[other] = story
                queue.append(other)
    return parent


def attach_contained(
    parent: Numbers,
    leaders: Numbers,
    a: Numbers,
    b: Numbers,
    kind: NDArray[np.int8],
    b_coverage: NDArray[np.float64],
    *,
    round_ups: NDArray[np.bool_],
    headlines: NDArray[np.integer[Any]],
    published_us: Numbers,
) -> Numbers:
    """Attach each class that stands in fuller ones to the best of them.

    A round-up takes in no story, only another round-up: what else it holds would be glued together.

    The best container is of the tree that most of the containers belong to (weighted by class
    size), then the one that most of the other containers agree with (they stand in it themselves),
    then the one that covers most, then one under the same headline, then the nearest in time, then
    the first by rank.

    Parameters
    ----------
    parent : ndarray of int64, shape (stories,)
        From :func:`class_parents`.
    leaders : ndarray of int64, shape (stories,)
        Class leaders.
    a, b, kind, b_coverage : ndarray, shape (edges,)
        Verified pairs; ``a`` has the larger body.
    round_ups : ndarray of bool, shape (stories,)
        From :func:`dupdetect.roundups.find_round_ups`.
    headlines : ndarray of int, shape (stories,)
        Equal numbers for equal headlines; -1 for none.
    published_us : ndarray of int64, shape (stories,)
        Microseconds since 1970 or the smallest int64.

    Returns
    -------
    ndarray of int64, shape (stories,)
        Parents, those of contained leaders filled in.
    """
    parent = parent.copy()
    contained = (kind == TRUNCATION) | (kind == ABRIDGEMENT)
    fuller = leaders[a] < leaders[b]
    # Only where the class leader itself was found.
    chosen = contained & fuller & (round_ups[a] == round_ups[b]) & (leaders[b] == b)
    story, inner, share = a[chosen], b[chosen], b_coverage[chosen]
    outer = leaders[story]
    order = np.lexsort((story, -share, outer, inner))
    story, inner, outer, share = (x[order] for x in (story, inner, outer, share))
    pair = inner << 32 | outer
    best = np.flatnonzero(np.diff(pair, prepend=-1))  # of each class, its story that covers most
    story, inner, outer, share, pair = (x[best] for x in (story, inner, outer, share, pair))
    starts = np.flatnonzero(np.diff(inner, prepend=-1))
    counts = np.diff(starts, append=inner.size)
    same_headline = (headlines[inner] >= 0) & (headlines[inner] == headlines[story])
    apart = np.abs(published_us[inner].astype(float) - published_us[story].astype(float))
    apart[(published_us[inner] == UNKNOWN_TIME) | (published_us[story] == UNKNOWN_TIME)] = np.inf
    merits = list(
        zip(
            share.tolist(),
            same_headline.tolist(),
            (-apart).tolist(),
            (-outer).tolist(),
            strict=True,
        )
    )
    outers, sizes = outer.tolist(), np.bincount(leaders, minlength=leaders.size)[outer].tolist()
    stands_in = set(pair.tolist())
    tree: dict[int, int] = {}  # root class of each class attached so far
    inners = inner[starts].tolist()
    for one, start, count in zip(inners, starts.tolist(), counts.tolist(), strict=True):
        winner = start
        if count > 1:  # longest first: its containers are attached
            weighed = range(start, start + min(count, _MOST_CONTAINERS))
            roots_of = {k: tree.get(outers[k], outers[k]) for k in weighed}
            weight: dict[int, int] = defaultdict(int)
            votes = dict.fromkeys(weighed, 0)
            for voter in weighed:
                weight[roots_of[voter]] += sizes[voter]
                for other in weighed:
                    if voter == other or outers[voter] << 32 | outers[other] in stands_in:
                        votes[other] += sizes[voter]
            winner = max(weighed, key=lambda k: (weight[roots_of[k]], votes[k], *merits[k]))
        parent[one] = story[winner]
        tree[one] = tree.get(outers[winner], outers[winner])
    return parent


def join_extended(
    parent: Numbers,
    leaders: Numbers,
    a: Numbers,
    b: Numbers,
    kind: NDArray[np.int8],
    a_coverage: NDArray[np.float64],
    *,
    round_ups: NDArray[np.bool_],
    config: Config,
) -> Numbers:
    """Join the other stories that hold a class whole and add little to it.

    A class has one best container, but papers that each add a paragraph to a story print versions
    of that story: each belongs with it, though not within each other.

    Parameters
    ----------
    parent : ndarray of int64, shape (stories,)
        From :func:`attach_contained`.
    leaders : ndarray of int64, shape (stories,)
        Class leaders.
    a, b, kind, a_coverage : ndarray, shape (edges,)
        Verified pairs; ``a`` has the larger body.
    round_ups : ndarray of bool, shape (stories,)
        From :func:`dupdetect.roundups.find_round_ups`.
    config : Config
        ``extended_share``: how much of such a story stands in the class, at least.

    Returns
    -------
    ndarray of int64, shape (stories,)
        Parents; each tree's root is its longest story.
    """
    parent = parent.copy()
    chosen = ((kind == TRUNCATION) | (kind == ABRIDGEMENT)) & (a_coverage >= config.extended_share)
    chosen &= (leaders[a] == a) & (parent[a] < 0) & (round_ups[a] == round_ups[b])
    a, b, a_coverage = a[chosen], b[chosen], a_coverage[chosen]
    joined = False
    order = np.lexsort((b, -a_coverage, a))
    for outer, inner in zip(a[order].tolist(), b[order].tolist(), strict=True):
        top = inner
        while parent[top] >= 0:
            top = int(parent[top])
        if parent[outer] < 0 and top != outer:
            parent[outer], joined = inner, True
    if not joined:
        return parent
    root = roots(parent)
    longest = np.full(root.size, root.size)
    np.minimum.at(longest, root, np.arange(root.size))
    return reroot(parent, longest[root])


def roots(parent: Numbers) -> Numbers:
    """Root of every story's tree; parents of -1 are roots.

    Examples
    --------
    >>> roots(np.array([-1, 0, 1, -1])).tolist()
    [0, 0, 0, 3]
    """
    root = np.where(parent < 0, np.arange(parent.size), parent)
    while True:
        further = root[root]
        if np.array_equal(further, root):
            return root
        root = further


def choose_canonical(
    root: Numbers,
    *,
    config: Config,
    published_us: Numbers,
    publishers: list[str | None] | None,
    own: NDArray[np.bool_],
) -> Numbers:
    """Return the rank of the canonical story of each story's cluster.

    Parameters
    ----------
    root : ndarray of int64, shape (stories,)
        Cluster of each story, by its longest story.
    config : Config
        ``canonical`` and ``publisher_priority``.
    published_us : ndarray of int64, shape (stories,)
        Publication times.
    publishers : list of str or None
        By rank; needed for the policy ``publisher``.
    own : ndarray of bool, shape (stories,)
        Whether the publisher is the agency credited.
    """
    if config.canonical == "longest":
        return root
    ranks = np.arange(root.size)
    if config.canonical == "earliest":
        late = np.iinfo(np.int64).max
        preference = np.where(published_us == UNKNOWN_TIME, late, published_us)
    elif config.canonical == "agency":
        preference = np.where(own, 0, 1)
    else:
        if not config.publisher_priority:
            raise ConfigError(
                "canonical = 'publisher' with an empty publisher_priority: expected publishers in "
                "falling priority; set publisher_priority"
            )
        place = {name: k for k, name in enumerate(config.publisher_priority)}
        names = publishers or [None] * root.size
        preference = np.array([place.get(name or "", len(place)) for name in names])
    order = np.lexsort((ranks, preference, root))
    first = np.ones(root.size, dtype=bool)
    first[1:] = root[order][1:] != root[order][:-1]
    canonical = np.empty(root.size, dtype=np.int64)
    canonical[root[order][first]] = order[first]
    return canonical[root]


def reroot(parent: Numbers, canonical: Numbers) -> Numbers:
    """Turn each tree so that its canonical story is the root.

    Examples
    --------
    >>> reroot(np.array([-1, 0, 1]), np.array([2, 2, 2])).tolist()
    [1, 2, -1]
    """
    parent = parent.copy()
    for story in set(canonical[parent[canonical] >= 0].tolist()):  # of the others none moves
        before = -1
        while story >= 0:
            after = int(parent[story])
            parent[story] = before
            before, story = story, after  # noqa: PLW2901  walking up the tree
    return parent
