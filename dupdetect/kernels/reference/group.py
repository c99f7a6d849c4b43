"""Connected components and the grouping of equal keys."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import ANYWHERE, SURROUNDING_BITS
from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.neighbours import (
    BITS,
    NEIGHBOURS,
    SIDE_BITS,
    equal_neighbours,
    groups_in,
)


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


PLACES = 4
"""Places of a key in a story; more are taken for any."""


def postings(
    keys: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    *,
    numbers: NDArray[np.int64],
    labels: NDArray[np.int64],
    most: int,
    run_words: int,
    threads: int = 1,
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.uint64],
    NDArray[np.uint32],
]:
    """Find the stories that share keys, such as fingerprints.

    The lower 24 bits of a key are no part of it: they are its surroundings there; see
    :mod:`dupdetect.kernels.reference.neighbours`.

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
    run_words : int
        Words of a run besides the key's: where two stories may share such a run, one key is enough.
    threads : int
        Threads of the native kernel; the result does not depend on it.

    Returns
    -------
    pairs : int64, shape (pairs, 2)
        Smaller and larger story that two keys propose, or one in a longer run; ascending.
    long_rows : int64, shape (listed,)
        Stories of the commoner keys, one per label, ascending within each key; once for each of
        its surroundings.
    long_offsets : int64, shape (long keys + 1,)
        Where each commoner key's stories start and end.
    long_keys : uint64, shape (long keys,)
        The commoner keys, ascending; without their surroundings.
    long_surroundings : uint32, shape (listed,)
        Of each of ``long_rows``; all ones where a story has the key in more than four.

    Raises
    ------
    ValueError
        When offsets leave the data or a story has no label.

    Examples
    --------
    >>> keys = np.array([7, 9, 9, 7, 9], np.uint64) << np.uint64(24)
    >>> rows = np.arange(4)
    >>> offsets = np.array([0, 2, 4, 5, 5])
    >>> pairs, *longs = postings(keys, offsets, numbers=rows, labels=rows, most=2, run_words=7)
    >>> pairs.tolist(), [one.tolist() for one in longs]
    ([[0, 1]], [[0, 1, 2], [0, 3], [150994944], [0, 0, 0]])
    """
    del threads
    counts, listed = _counted(keys, offsets, numbers, labels, most, run_words)
    return _pairs(pair for pair, count in counts.items() if count >= 2), *listed


def postings_of_some(
    keys: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    *,
    numbers: NDArray[np.int64],
    labels: NDArray[np.int64],
    most: int,
    run_words: int,
    threads: int = 1,
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.uint64],
    NDArray[np.uint32],
]:
    """Find the stories that share some of the keys, all places of which are there.

    What they and the others propose together is what all propose: the pairs of any, and those that
    stand among the ``once`` of two.

    Parameters
    ----------
    keys, offsets, numbers, labels, most, run_words, threads
        As for :func:`postings`.

    Returns
    -------
    pairs : int64, shape (pairs, 2)
        As from :func:`postings`.
    once : int64, shape (pairs, 2)
        Those that one key proposes, but not in a longer run; ascending.
    long_rows, long_offsets, long_keys, long_surroundings
        As from :func:`postings`.

    Raises
    ------
    ValueError
        When offsets leave the data or a story has no label.

    Examples
    --------
    >>> keys = np.array([7, 9, 9, 7, 9], np.uint64) << np.uint64(24)
    >>> rows = np.arange(3)
    >>> found = postings_of_some(
    ...     keys, np.array([0, 2, 4, 5]), numbers=rows, labels=rows, most=2, run_words=7
    ... )
    >>> found[0].tolist(), found[1].tolist()
    ([[0, 1]], [[0, 2]])
    """
    del threads
    counts, listed = _counted(keys, offsets, numbers, labels, most, run_words)
    pairs = _pairs(pair for pair, count in counts.items() if count >= 2)
    return pairs, _pairs(pair for pair, count in counts.items() if count == 1), *listed


def _pairs(pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


_LongLists = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint32]]


def _counted(
    keys: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    numbers: NDArray[np.int64],
    labels: NDArray[np.int64],
    most: int,
    run_words: int,
) -> tuple[Counter[tuple[int, int]], _LongLists]:
    """Count for each pair the keys that propose it, those in a longer run twice; and long lists."""
    check_offsets(offsets, len(keys), "offsets")
    check_equal(len(numbers), len(offsets) - 1, "numbers")
    for number in numbers.tolist():
        if number >= len(labels):
            raise ValueError(f"numbers: {number} has no label")
    places_of: defaultdict[int, defaultdict[int, set[int]]]
    places_of = defaultdict(lambda: defaultdict(set))
    for number, row in zip(numbers.tolist(), spans(offsets), strict=True):
        for key in keys[row].tolist() if number >= 0 else ():
            places_of[key >> SURROUNDING_BITS][number].add(key & ANYWHERE)
    counts: Counter[tuple[int, int]] = Counter()
    listed: dict[int, list[tuple[int, list[int]]]] = {}
    least = groups_in(run_words)
    for key, places in sorted(places_of.items()):
        members = _smallest_of_each_label(places, labels)
        if len(members) > most:
            listed[key << SURROUNDING_BITS] = members
        pairs = (
            combinations(members, 2) if len(members) <= most else product(members[:1], members[1:])
        )
        for (first, ones), (second, others) in pairs:
            run = any(equal_neighbours(x, y) >= least for x, y in product(ones, others))
            counts[first, second] += 2 if run else 1
    long = [
        [(story, around) for story, places in members for around in places]
        for members in listed.values()
    ]
    return counts, (
        np.array([story for members in long for story, _ in members], np.int64),
        offsets_of([len(members) for members in long]),
        np.array(list(listed), np.uint64),
        np.array([around for members in long for _, around in members], np.uint32),
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
    run_words: int,
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
    run_words : int
        Words of a run besides the key's.
    threads : int
        Threads of the native kernel; the result does not depend on it.

    Returns
    -------
    asked, rows, scores : int64, shape (pairs,)
        Number of the row that asks, row of the table, and the number of places where both have
        a key, those where they may share such a run counted twice; pairs of a score of 2 or more,
        by ``asked``, then ``rows``.

    Raises
    ------
    ValueError
        When an array is not what it should be.

    Examples
    --------
    >>> held = np.array([9, 7, 9], np.uint64) << np.uint64(24)
    >>> order = np.array([1, 0, 2], np.uint32)
    >>> asked = np.array([7, 9], np.uint64) << np.uint64(24)
    >>> found = look_up_postings(
    ...     asked, np.array([0, 2]), held=held, held_offsets=np.array([0, 2, 3]), order=order,
    ...     few=held[order[::2]], few_rows=np.array([0, 1], np.uint32), step=2, most=9,
    ...     run_words=7,
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
        places_of[int(held[place]) >> SURROUNDING_BITS].append(place)
    scores: Counter[tuple[int, int]] = Counter()
    for asked, row in enumerate(spans(offsets)):
        for key in keys[row].tolist():
            for place in places_of[key >> SURROUNDING_BITS][:most]:
                shared = equal_neighbours(key & ANYWHERE, int(held[place]) & ANYWHERE)
                longer = shared >= groups_in(run_words)
                scores[asked, _row_of(place, held_offsets)] += 2 if longer else 1
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
    places: Mapping[int, set[int]], labels: NDArray[np.int64]
) -> list[tuple[int, list[int]]]:
    """Return the smallest story of each label and its surroundings."""
    smallest: dict[int, int] = {}
    for story in sorted(places):
        smallest.setdefault(int(labels[story]), story)
    return [
        (story, sorted(places[story]) if len(places[story]) <= PLACES else [ANYWHERE])
        for story in sorted(smallest.values())
    ]


def family_pairs(
    rows: NDArray[np.int64],
    offsets: NDArray[np.int64],
    around: NDArray[np.uint32],
    *,
    families: NDArray[np.int64],
    most: int,
    run_words: int,
    threads: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pair the families in each of the long lists of :func:`postings`.

    Parameters
    ----------
    rows : int64, shape (listed,)
        Stories of each list, below 2**32.
    offsets : int64, shape (lists + 1,)
        Where each list starts and ends.
    around : uint32, shape (listed,)
        Surroundings of each of `rows`.
    families : int64, shape (stories,)
        Of each story.
    most : int
        A list of more families is one of a stock phrase, and pairs none.
    run_words : int
        Words of a run besides the key's: two families pair where they may share such a run.
    threads : int
        Threads of the native kernel; the result does not depend on it.

    Returns
    -------
    pairs : int64, shape (pairs,)
        Smaller and larger story in one number each, ``a << 32 | b``, ascending: of those that have
        the same on both sides the first of each family.
    stock : int64, shape (stock phrases,)
        Lists of more families, ascending.
    stock_rows, stock_sizes : int64, shape (stock phrases,)
        First story of the first family of each, and how many families there are.

    Raises
    ------
    ValueError
        When offsets leave the data, or a story has no family.

    Examples
    --------
    >>> rows, around = np.array([0, 1, 2]), np.array([5, 5, 6], np.uint32)
    >>> family = {"families": np.arange(3), "most": 3, "run_words": 7}
    >>> family_pairs(rows, np.array([0, 3]), around, **family)[0].tolist()
    [1, 2, 4294967298]
    """
    check_offsets(offsets, len(rows), "offsets")
    check_equal(len(around), len(rows), "around")
    del threads
    for row in rows.tolist():
        if not 0 <= row < len(families):
            raise ValueError(f"rows: {row} has no family")
    pairs: set[tuple[int, int]] = set()
    stock = []
    for number, members in enumerate(spans(offsets)):
        places = sorted(
            (int(families[row]), row, place)
            for row, place in zip(rows[members].tolist(), around[members].tolist(), strict=True)
        )
        first: dict[int, int] = {}
        for family, row, _ in places:
            first.setdefault(family, row)
        if len(first) > most:
            stock.append((number, next(iter(first.values())), len(first)))
            continue
        for one, other in _paired(places, first, groups_in(run_words)):
            if families[one] != families[other]:
                pairs.add((min(one, other), max(one, other)))
    lists, stories, sizes = (
        (np.array(column, np.int64) for column in zip(*stock, strict=True))
        if (stock)
        else (np.empty(0, np.int64),) * 3
    )
    keys = np.array([a << 32 | b for a, b in sorted(pairs)], np.int64)
    return keys, lists, stories, sizes


def _paired(
    places: list[tuple[int, int, int]], first: Mapping[int, int], least: int
) -> Iterator[tuple[int, int]]:
    """Pairs of rows that share so many neighbours, some of them before and the others after."""
    anywhere: dict[int, int] = {}
    for family, row, around in places:
        if around == ANYWHERE:
            anywhere.setdefault(family, row)
    yield from product(anywhere.values(), first.values())
    for groups in range(max(least - NEIGHBOURS, 0), min(least, NEIGHBOURS) + 1):
        before, after = sum(BITS[:groups]), sum(BITS[: least - groups])
        alike: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        for family, row, around in places:
            if around not in (0, ANYWHERE):
                one, other = around >> SIDE_BITS, around % (1 << SIDE_BITS)
                alike[one % (1 << before), other % (1 << after)].setdefault(family, row)
        for rows in alike.values():
            yield from combinations(rows.values(), 2)
