"""From verified pairs to clusters: a forest, so that a round-up glues nothing together.

Near-duplicates form classes. A class contained in others attaches to one of them, its best
container; overlaps merge nothing. Stories are numbered by rank (longest body first).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dupdetect.errors import ConfigError
from dupdetect.products.pairs import group_starts
from dupdetect.products.schemas import (
    ABRIDGEMENT,
    NEAR_DUPLICATE,
    NONE,
    OVERLAP,
    TEMPLATE,
    TRUNCATION,
)
from dupdetect.settings import SelectSettings
from dupdetect.stages.heads import find_heads

Numbers = NDArray[np.int64]
UNKNOWN_TIME = np.iinfo(np.int64).min
_EXTENDED = 0.7  # share of a story that adds little to another one, which it holds whole
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
    own = np.arange(leaders.size)
    smallest = own.copy()
    np.minimum.at(smallest, np.maximum(a, b), np.minimum(a, b))
    parent = np.where(smallest < own, smallest, -1)
    orphans = leaders[(parent < 0) & (leaders != own)]
    if orphans.size:
        torn = np.zeros(leaders.size, dtype=bool)  # classes that smaller neighbours do not connect
        torn[orphans] = True
        inside = torn[leaders[a]]
        for member, found in _breadth_first(np.unique(orphans), a[inside], b[inside]):
            parent[member] = found
    return parent


def _breadth_first(starts: Numbers, a: Numbers, b: Numbers) -> Iterator[tuple[int, int]]:
    """Each story with its parent in the breadth-first tree of the start it is connected to."""
    neighbours: dict[int, list[int]] = defaultdict(list)
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        neighbours[x].append(y)
        neighbours[y].append(x)
    for start in starts.tolist():
        seen = {start}
        queue = [start]
        yield start, -1
        for story in queue:
            for other in sorted(neighbours[story]):
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
                    yield other, story


def attach_contained(
    parent: Numbers,
    leaders: Numbers,
    a: Numbers,
    b: Numbers,
    kind: NDArray[np.int8],
    b_coverage: NDArray[np.float64],
    *,
    exact_words: Numbers,
    prints: Numbers,
    round_ups: NDArray[np.bool_],
    headlines: NDArray[np.integer[Any]],
    published_us: Numbers,
) -> Numbers:
    """Attach each class that stands in fuller ones to the best of them.

    A round-up takes in no story, only another round-up: what else it holds would be glued together.

    The best container is of the tree that most of the containers belong to (weighted by how many
    publishers printed each), then the one that most of the other containers agree with (they stand
    in it themselves), then the one that covers most, then the one that does so with most equal
    words, then one under the same headline, then the nearest in time, then the first by rank.

    Parameters
    ----------
    parent : ndarray of int64, shape (stories,)
        From :func:`class_parents`.
    leaders : ndarray of int64, shape (stories,)
        Class leaders.
    a, b, kind, b_coverage : ndarray, shape (edges,)
        Verified pairs; ``a`` has the larger body.
    exact_words : ndarray of int64, shape (edges,)
        Words that stand equal in both, in order.
    prints : ndarray of int64, shape (stories,)
        From :func:`dupdetect.stages.roundups.prints_of`.
    round_ups : ndarray of bool, shape (stories,)
        From :func:`dupdetect.stages.roundups.find_round_ups`.
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
    story, inner = a[chosen], b[chosen]
    share, exact = b_coverage[chosen], exact_words[chosen]
    outer = leaders[story]
    order = np.lexsort((story, -exact, -share, outer, inner))
    story, inner, outer, share, exact = (x[order] for x in (story, inner, outer, share, exact))
    pair = inner << 32 | outer
    best = group_starts(pair)  # of each class, its story that covers most
    story, inner, outer, share, exact, pair = (
        x[best] for x in (story, inner, outer, share, exact, pair)
    )
    starts = group_starts(inner)
    counts = np.diff(starts, append=inner.size)
    parent[inner[starts]] = story[starts]  # of several containers one is chosen below
    tree = np.full(leaders.size, -1)  # the class that each class is attached to
    tree[inner[starts]] = outer[starts]
    weighed = np.repeat(counts > 1, counts)
    story, inner, outer, share, exact = (x[weighed] for x in (story, inner, outer, share, exact))
    same_headline = (headlines[inner] >= 0) & (headlines[inner] == headlines[story])
    apart = np.abs(published_us[inner].astype(float) - published_us[story].astype(float))
    apart[(published_us[inner] == UNKNOWN_TIME) | (published_us[story] == UNKNOWN_TIME)] = np.inf
    merits = list(
        zip(
            share.tolist(),
            exact.tolist(),
            same_headline.tolist(),
            (-apart).tolist(),
            (-outer).tolist(),
            strict=True,
        )
    )
    outers, weights = outer.tolist(), prints[outer].tolist()
    stands_in, attached = set(pair.tolist()), tree.tolist()
    start = 0
    for count in counts[counts > 1].tolist():
        competing = range(start, start + min(count, _MOST_CONTAINERS))
        # Longest first: all containers are attached by now.
        roots_of = {k: _top(attached, outers[k]) for k in competing}
        weight: dict[int, int] = defaultdict(int)
        votes = dict.fromkeys(competing, 0)
        for voter in competing:
            weight[roots_of[voter]] += weights[voter]
            for other in competing:
                if voter == other or outers[voter] << 32 | outers[other] in stands_in:
                    votes[other] += weights[voter]
        winner = max(competing, key=lambda k: (weight[roots_of[k]], votes[k], *merits[k]))
        parent[inner[start]], attached[inner[start]] = story[winner], outers[winner]
        start += count
    return parent


def _top(attached: list[int], one: int) -> int:
    """Root class of a class; halves the path there, so that long chains are walked once."""
    while attached[one] >= 0:
        above = attached[one]
        if attached[above] >= 0:
            attached[one] = attached[above]
        one = above
    return one


def join_extended(
    parent: Numbers,
    leaders: Numbers,
    a: Numbers,
    b: Numbers,
    kind: NDArray[np.int8],
    a_coverage: NDArray[np.float64],
    *,
    round_ups: NDArray[np.bool_],
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
        From :func:`dupdetect.stages.roundups.find_round_ups`.

    Returns
    -------
    ndarray of int64, shape (stories,)
        Parents; each tree's root is its longest story.
    """
    parent = parent.copy()
    chosen = ((kind == TRUNCATION) | (kind == ABRIDGEMENT)) & (a_coverage >= _EXTENDED)
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


#: Tells how stories relate to a root each: codes of KINDS.
Kinds = Callable[[Numbers, Numbers], NDArray[np.int8]]


def part_unrelated(parent: Numbers, kinds: Kinds) -> Numbers:
    """Part from each tree what has nothing in common with its root.

    Small edits, one after the other, lead from a story to another one. A story stays in a tree
    where it relates to the root, or its parent is a copy of the root; the others make trees of
    their own, round the longest story there.

    Parameters
    ----------
    parent : ndarray of int64, shape (stories,)
        Parents; each tree's root is its longest story.
    kinds : callable
        See :data:`Kinds`.

    Returns
    -------
    ndarray of int64, shape (stories,)
        Parents; a story whose parent is now in another tree is attached to its root.
    """
    stories = np.arange(parent.size)
    group = roots(parent)
    copy_of = np.where(parent < 0, stories, parent)  # a root that each is known to be a copy of

    def takes(asked: Numbers, heads: Numbers) -> NDArray[np.bool_]:
        open_ = np.flatnonzero(parent[asked] != heads)
        kind = np.full(asked.size, NEAR_DUPLICATE, dtype=np.int8)
        if open_.size:
            kind[open_] = kinds(asked[open_], heads[open_])
        copy = (kind != NONE) & (kind != OVERLAP) & (kind != TEMPLATE)
        copy_of[asked[copy]] = heads[copy]
        second = copy_of[parent[asked]] == heads
        return np.asarray((kind != NONE) & (kind != TEMPLATE) | second)

    found = find_heads(group, stories, takes)
    head = found.head
    head[found.left] = group[found.left]
    own = head == stories
    apart = ~own & (head[np.maximum(parent, 0)] != head)
    return np.where(own, -1, np.where(apart, head, parent))


def choose_canonical(
    root: Numbers,
    *,
    config: SelectSettings,
    published_us: Numbers,
    publishers: list[str | None] | None,
    own: NDArray[np.bool_],
) -> Numbers:
    """Return the rank of the canonical story of each story's cluster.

    Parameters
    ----------
    root : ndarray of int64, shape (stories,)
        Cluster of each story, by its longest story.
    config : SelectSettings
        ``canonical`` and ``publisher_priority``.
    published_us : ndarray of int64, shape (stories,)
        Publication times.
    publishers : list of str or None
        By rank; needed for the policy ``publisher``.
    own : ndarray of bool, shape (stories,)
        Whether the publisher is an agency credited.
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
