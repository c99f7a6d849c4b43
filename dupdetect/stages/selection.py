"""Which relations a run reports, and the tables of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect.products.edges import Edges
from dupdetect.products.pairs import distinct_pairs, group_starts, pair_ends, pair_keys

Numbers = NDArray[np.int64]


def pairs_to_report(
    edges: Edges,
    classes: Numbers,
    canonical: Numbers,
    others: tuple[Numbers, ...],
    scope: str,
    limit: int,
) -> tuple[Numbers, Numbers]:
    """Pairs to align for the relations, and the clusters left canonical; all in ranks.

    Parameters
    ----------
    edges : Edges
        Verified pairs.
    classes : ndarray of int64, shape (stories,)
        Leader of each story's class.
    canonical : ndarray of int64, shape (stories,)
        Canonical story of each one's cluster.
    others : tuple of ndarray of int64, shape (stories,)
        Other stories, -1 for none, with which each one's relation is reported.
    scope : str
        ``canonical`` or ``all``.
    limit : int
        Clusters, or pairs of clusters, with more story pairs than this stay canonical.

    Returns
    -------
    tuple of ndarray of int64
        Pairs, shape (pairs, 2), the smaller rank first, ascending; clusters left out.
    """
    across = canonical[edges.a] != canonical[edges.b]
    outside = np.stack([edges.a, edges.b], axis=1)[across]
    stories = np.arange(canonical.size)
    named = np.concatenate([np.stack([one, stories], axis=1) for one in (canonical, *others)])
    named = named[(named[:, 0] >= 0) & (named[:, 0] != named[:, 1])]
    between = one_a_pair(outside, classes)
    excepted = np.empty(0, dtype=np.int64)
    if scope == "canonical":
        pairs = np.concatenate([named, between])
    else:
        pairs, excepted = every_pair(canonical, canonical[outside], limit)
        left = np.isin(canonical[named[:, 1]], excepted)
        pairs = np.concatenate([pairs, named[left], between])
    return np.stack(pair_ends(distinct_pairs(pair_keys(*pairs.T))), axis=1), excepted


def of_one_cluster(pairs: Numbers, canonical: Numbers, keeper: Numbers) -> NDArray[np.bool_]:
    """Tell which pairs are of one cluster, or a row and the one that stays in its place.

    Parameters
    ----------
    pairs : ndarray of int64, shape (pairs, 2)
        Ranks.
    canonical, keeper : ndarray of int64, shape (stories,)
        Canonical story of each one's cluster, and the story that stays in its place, -1 for none.
    """
    a, b = pairs[:, 0], pairs[:, 1]
    return np.asarray((canonical[a] == canonical[b]) | (keeper[a] == b) | (keeper[b] == a))


def one_a_pair(pairs: Numbers, classes: Numbers) -> Numbers:
    """Return one pair of stories a pair of classes: that of the leaders where it is there."""
    if not len(pairs):
        return pairs
    groups = pair_keys(*classes[pairs].T)
    followers = (classes[pairs] != pairs).sum(axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], followers, groups))
    return pairs[order][group_starts(groups[order])]


def every_pair(canonical: Numbers, linked: Numbers, limit: int) -> tuple[Numbers, Numbers]:
    """All pairs within clusters and across linked clusters.

    Parameters
    ----------
    canonical : ndarray of int64, shape (stories,)
        Cluster of each story.
    linked : ndarray of int64, shape (links, 2)
        Clusters between which a relation was found.
    limit : int
        Clusters, or pairs of clusters, with more pairs of stories than this are left out.

    Returns
    -------
    tuple of ndarray of int64
        Pairs, shape (pairs, 2); clusters left out.

    Examples
    --------
    >>> every_pair(np.array([0, 0, 2]), np.array([[0, 2]]), 10)[0].tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    order = np.argsort(canonical, kind="stable")
    names, starts, sizes = np.unique(canonical[order], return_index=True, return_counts=True)
    parts = [np.empty((0, 2), dtype=np.int64)]
    excepted = []
    for k in np.flatnonzero(sizes > 1):
        members = order[starts[k] : starts[k] + sizes[k]]
        if sizes[k] * (sizes[k] - 1) // 2 > limit:
            excepted.append(names[k])
            continue
        i, j = np.triu_indices(sizes[k], 1)
        parts.append(np.stack([members[i], members[j]], axis=1))
    for x, y in zip(*pair_ends(distinct_pairs(pair_keys(*linked.T))), strict=True):
        k, m = np.searchsorted(names, [x, y])
        if sizes[k] * sizes[m] > limit:
            excepted += [x, y]
            continue
        ours = order[starts[k] : starts[k] + sizes[k]]
        theirs = order[starts[m] : starts[m] + sizes[m]]
        parts.append(np.stack([np.repeat(ours, sizes[m]), np.tile(theirs, sizes[k])], axis=1))
    return np.concatenate(parts), np.unique(np.array(excepted, dtype=np.int64))
