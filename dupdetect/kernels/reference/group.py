"""Connected components and the grouping of equal keys."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans


def components(count: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Label the nodes of a graph by the smallest node they are connected to.

    Parameters
    ----------
    count : int
        Nodes, numbered from 0.
    a, b : int64, shape (edges,)
        The ends of each edge, in any order.

    Returns
    -------
    int64, shape (count,)
        The smallest node of each node's component.

    Raises
    ------
    ValueError
        When an edge ends outside the nodes, or ``a`` and ``b`` differ in length.

    Examples
    --------
    >>> components(4, np.array([3, 2]), np.array([1, 3])).tolist()
    [0, 1, 1, 1]
    """
    check_equal(len(b), len(a), "b")
    for end in (*a.tolist(), *b.tolist()):
        if not 0 <= end < count:
            raise ValueError(f"edge end {end}: nodes are 0 to {count} - 1")
    neighbours = defaultdict(list)
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        neighbours[x].append(y)
        neighbours[y].append(x)
    labels = [-1] * count
    for start in range(count):
        if labels[start] >= 0:
            continue
        labels[start] = start
        waiting = deque([start])
        while waiting:
            for node in neighbours[waiting.popleft()]:
                if labels[node] < 0:
                    labels[node] = start
                    waiting.append(node)
    return np.array(labels, np.int64)


def postings(
    keys: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    numbers: NDArray[np.int64],
    labels: NDArray[np.int64],
    partition: int,
    partition_bits: int,
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Find the stories that share keys (bands or fingerprints).

    Parameters
    ----------
    keys : uint64, shape (size,)
        Keys of all rows.
    offsets : int64, shape (rows + 1,)
        Where each row's keys start and end.
    numbers : int64, shape (rows,)
        The story of each row, below 2**32; negative rows are left out.
    labels : int64, shape (stories,)
        Stories of one label count once: the one with the smallest number stands for them.
    partition, partition_bits : int
        Only keys whose upper ``partition_bits`` (0 to 63) are ``partition`` count; 0 bits: all.
    most : int
        A key of up to this many labels proposes all pairs of its stories; a commoner one
        proposes only pairs with its smallest story, and is listed. At least 1.

    Returns
    -------
    pairs : int64, shape (pairs, 3)
        Smaller story, larger story, keys that propose the pair; ascending.
    long_rows : int64, shape (listed,)
        Stories of the commoner keys, one per label, ascending within each key.
    long_offsets : int64, shape (long keys + 1,)
        Where each commoner key's stories start and end.
    long_keys : uint64, shape (long keys,)
        The commoner keys, ascending.

    Raises
    ------
    ValueError
        When offsets leave the data, a story has no label, or ``partition_bits`` is none of these.

    Examples
    --------
    >>> keys = np.array([7, 9, 9, 7, 9], np.uint64)
    >>> rows = np.arange(4)
    >>> pairs, *longs = postings(keys, np.array([0, 2, 4, 5, 5]), rows, rows, 0, 0, 2)
    >>> pairs.tolist(), [one.tolist() for one in longs]
    ([[0, 1, 2], [0, 2, 1]], [[0, 1, 2], [0, 3], [9]])
    """
    check_offsets(offsets, len(keys), "offsets")
    check_equal(len(numbers), len(offsets) - 1, "numbers")
    if not 0 <= partition_bits <= 63:
        raise ValueError(f"partition_bits: {partition_bits}, expected 0 to 63")
    for number in numbers.tolist():
        if number >= len(labels):
            raise ValueError(f"numbers: {number} has no label")
    stories_of: defaultdict[int, set[int]] = defaultdict(set)
    for number, row in zip(numbers.tolist(), spans(offsets), strict=True):
        for key in keys[row].tolist() if number >= 0 else ():
            if partition_bits == 0 or key >> (64 - partition_bits) == partition:
                stories_of[key].add(number)
    counts: Counter[tuple[int, int]] = Counter()
    listed: dict[int, list[int]] = {}
    for key, stories in sorted(stories_of.items()):
        members = _smallest_of_each_label(stories, labels)
        if len(members) <= most:
            counts.update(combinations(members, 2))
        else:
            counts.update((members[0], other) for other in members[1:])
            listed[key] = members
    pairs = [(first, second, count) for (first, second), count in sorted(counts.items())]
    return (
        np.array(pairs, np.int64).reshape(-1, 3),
        np.array([story for members in listed.values() for story in members], np.int64),
        offsets_of([len(members) for members in listed.values()]),
        np.array(list(listed), np.uint64),
    )


def _smallest_of_each_label(stories: set[int], labels: NDArray[np.int64]) -> list[int]:
    smallest: dict[int, int] = {}
    for story in sorted(stories):
        smallest.setdefault(int(labels[story]), story)
    return sorted(smallest.values())
