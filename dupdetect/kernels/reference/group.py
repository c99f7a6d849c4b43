"""Connected components and the grouping of equal keys."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans

_ANYWHERE = 0xFFFF


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


def buckets(
    keys: NDArray[np.uint32], band: int, stories: NDArray[np.int64], threads: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the stories that share the key of a band.

    Parameters
    ----------
    keys : uint32, shape (all stories, bands)
        Keys of every story.
    band : int
        Which of them.
    stories : int64, shape (n,)
        Those that take part; fewer than 2**32.
    threads : int
        Threads of the native kernel; the result does not depend on it.

    Returns
    -------
    positions : int64, shape (members,)
        Places in ``stories``, bucket by bucket in the order of their keys, ascending in each;
        buckets of one story are left out.
    offsets : int64, shape (buckets + 1,)
        Where each bucket starts and ends.

    Raises
    ------
    ValueError
        When there is no such band or story.

    Examples
    --------
    >>> keys = np.array([[7], [5], [7], [5], [6]], np.uint32)
    >>> [found.tolist() for found in buckets(keys, 0, np.array([4, 3, 2, 1, 0]))]
    [[1, 3, 2, 4], [0, 2, 4]]
    """
    del threads
    if not 0 <= band < keys.shape[1]:
        raise ValueError(f"band: {band}, expected less than {keys.shape[1]}")
    members = defaultdict(list)
    for position, story in enumerate(stories.tolist()):
        if not 0 <= story < len(keys):
            raise ValueError(f"stories: {story} has no keys")
        members[int(keys[story, band])].append(position)
    shared = [found for _, found in sorted(members.items()) if len(found) > 1]
    positions = [position for found in shared for position in found]
    return np.array(positions, np.int64), offsets_of([len(found) for found in shared])


def postings(
    keys: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    *,
    numbers: NDArray[np.int64],
    labels: NDArray[np.int64],
    most: int,
    threads: int = 1,
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.uint64],
    NDArray[np.uint16],
]:
    """Find the stories that share keys, such as fingerprints.

    The lower 16 bits of a key are no part of it: they tell its surroundings there, a byte for what
    comes before and one for what comes after, 0 for nothing, 0xFFFF for any. Equal keys whose
    surroundings are the same on one side may stand in a longer shared run.

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
    most : int
        A key of up to this many labels proposes all pairs of its stories; a commoner one
        proposes only pairs with its smallest story, and is listed. At least 1.
    threads : int
        Threads of the native kernel; the result does not depend on it.

    Returns
    -------
    pairs : int64, shape (pairs, 2)
        Smaller and larger story that two keys propose, or one in the same surroundings; ascending.
    long_rows : int64, shape (listed,)
        Stories of the commoner keys, one per label, ascending within each key.
    long_offsets : int64, shape (long keys + 1,)
        Where each commoner key's stories start and end.
    long_keys : uint64, shape (long keys,)
        The commoner keys, ascending; without their surroundings.
    long_surroundings : uint16, shape (listed,)
        Of each of ``long_rows``; 0xFFFF where a story has the key in several.

    Raises
    ------
    ValueError
        When offsets leave the data or a story has no label.

    Examples
    --------
    >>> keys = np.array([7, 9, 9, 7, 9], np.uint64) << np.uint64(16)
    >>> rows = np.arange(4)
    >>> offsets = np.array([0, 2, 4, 5, 5])
    >>> pairs, *longs = postings(keys, offsets, numbers=rows, labels=rows, most=2)
    >>> pairs.tolist(), [one.tolist() for one in longs]
    ([[0, 1]], [[0, 1, 2], [0, 3], [589824], [0, 0, 0]])
    """
    check_offsets(offsets, len(keys), "offsets")
    check_equal(len(numbers), len(offsets) - 1, "numbers")
    del threads
    for number in numbers.tolist():
        if number >= len(labels):
            raise ValueError(f"numbers: {number} has no label")
    places_of: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for number, row in zip(numbers.tolist(), spans(offsets), strict=True):
        for key in keys[row].tolist() if number >= 0 else ():
            around = key & 0xFFFF
            places = places_of[key >> 16]
            places[number] = around if places.get(number, around) == around else _ANYWHERE
    counts: Counter[tuple[int, int]] = Counter()
    listed: dict[int, list[tuple[int, int]]] = {}
    for key, places in sorted(places_of.items()):
        members = _smallest_of_each_label(places, labels)
        if len(members) > most:
            listed[key << 16] = members
        pairs = (
            combinations(members, 2) if len(members) <= most else product(members[:1], members[1:])
        )
        for (first, one), (second, other) in pairs:
            counts[first, second] += 2 if _same_surroundings(one, other) else 1
    twice = [pair for pair, count in sorted(counts.items()) if count >= 2]
    return (
        np.array(twice, np.int64).reshape(-1, 2),
        np.array([story for members in listed.values() for story, _ in members], np.int64),
        offsets_of([len(members) for members in listed.values()]),
        np.array(list(listed), np.uint64),
        np.array([around for members in listed.values() for _, around in members], np.uint16),
    )


def look_up_postings(
    keys: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    *,
    held: NDArray[np.uint64],
    held_offsets: NDArray[np.int64],
    order: NDArray[np.uint32],
    few: NDArray[np.uint64],
    few_rows: NDArray[np.uint32],
    step: int,
    most: int,
    threads: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Find the rows of a table that share keys with others; keys as for :func:`postings`.

    Parameters
    ----------
    keys : uint64, shape (size,)
        What is looked for, row by row.
    offsets : int64, shape (asked + 1,)
        Where each row's keys start and end.
    held : uint64, shape (held size,)
        Keys of the table, row by row; may be a mapped file.
    held_offsets : int64, shape (rows + 1,)
        Where each row's start and end.
    order : uint32, shape (held size,)
        Places of the held keys, so that they ascend.
    few : uint64, shape (held size / step, rounded up)
        ``held[order[::step]]``: where to begin to look.
    few_rows : uint32, shape (held size / step, rounded up)
        Row of every ``step``-th place.
    step : int
        At least 1.
    most : int
        Places of one key that are looked at, the first ones in that order.
    threads : int
        Threads of the native kernel; the result does not depend on it.

    Returns
    -------
    asked, rows, scores : int64, shape (pairs,)
        Number of the row that asks, row of the table, and the number of places where both have
        a key, those in the same surroundings counted twice; pairs of a score of 2 or more, by
        ``asked``, then ``rows``.

    Raises
    ------
    ValueError
        When an array is not what it should be.

    Examples
    --------
    >>> held = np.array([9, 7, 9], np.uint64) << np.uint64(16)
    >>> order = np.array([1, 0, 2], np.uint32)
    >>> asked = np.array([7, 9], np.uint64) << np.uint64(16)
    >>> found = look_up_postings(
    ...     asked, np.array([0, 2]), held=held, held_offsets=np.array([0, 2, 3]), order=order,
    ...     few=held[order[::2]], few_rows=np.array([0, 1], np.uint32), step=2, most=9,
    ... )
    >>> [one.tolist() for one in found]
    [[0], [0], [2]]
    """
    check_offsets(offsets, len(keys), "offsets")
    check_equal(len(order), len(held), "order")
    if step < 1:
        raise ValueError(f"step: {step}, expected 1 or more")
    check_equal(len(few), -(-len(held) // step), "few")
    check_equal(len(few_rows), len(few), "few_rows")
    del threads
    places_of = defaultdict(list)
    for place in order.tolist():
        if place >= len(held):
            raise ValueError(f"order: {place} is no place of {len(held)} keys")
        places_of[int(held[place]) >> 16].append(place)
    scores: Counter[tuple[int, int]] = Counter()
    for asked, row in enumerate(spans(offsets)):
        for key in keys[row].tolist():
            for place in places_of[key >> 16][:most]:
                same = _same_surroundings(key & 0xFFFF, int(held[place]) & 0xFFFF)
                scores[asked, _row_of(place, held_offsets)] += 2 if same else 1
    found = [(*pair, score) for pair, score in sorted(scores.items()) if score >= 2]
    columns = np.array(found, np.int64).reshape(-1, 3)
    return columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy()


def _row_of(place: int, offsets: NDArray[np.int64]) -> int:
    """Row in which a place stands."""
    after = int(np.searchsorted(offsets, place, side="right"))
    if after in (0, len(offsets)):
        raise ValueError(f"offsets: place {place} is in no row")
    return after - 1


def _smallest_of_each_label(
    places: dict[int, int], labels: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return the smallest story of each label and its surroundings."""
    smallest: dict[int, int] = {}
    for story in sorted(places):
        smallest.setdefault(int(labels[story]), story)
    return [(story, places[story]) for story in sorted(smallest.values())]


def _same_surroundings(one: int, other: int) -> bool:
    """Whether two places can lie in a longer shared run: equal words before, or after."""
    if _ANYWHERE in (one, other):
        return True
    return any(x == y != 0 for x, y in zip(one.to_bytes(2), other.to_bytes(2), strict=True))
