"""Names of clusters that last: a cluster keeps its name as long as most of its stories stay."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.store.view import Live
from dupdetect.support.columns import contained, strings_to_arrow, to_arrow, united

__all__ = ["CHANGES", "REASONS", "changes_table", "names_of"]

Seqs = NDArray[np.uint32]

#: What became of stories, a row each: ``before`` and ``after`` are names of clusters.
CHANGES = pa.schema(
    [
        pa.field("generation", pa.int64(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("before", pa.int64()),
        pa.field("after", pa.int64()),
        pa.field("reason", pa.string(), nullable=False),
    ]
)

#: ``added``; ``deleted`` and ``expired``; ``merged``: the cluster it was in is part of another;
#: ``split``: that one is still there without it; ``canonical``: its cluster now has this story for
#: its canonical one.
REASONS = ("added", "deleted", "expired", "merged", "split", "canonical")


def names_of(before: NDArray[np.int64], group: Seqs, next_name: int) -> tuple[Seqs, int]:
    """Name clusters after those that their stories were in.

    The cluster with the most stories of an old one takes its name, each one name; others get new
    ones.

    Parameters
    ----------
    before : ndarray of int64, shape (stories,)
        Names that the stories' clusters had; -1 for new stories.
    group : ndarray of uint32, shape (stories,)
        A story that stands for the cluster of each.
    next_name : int
        The first that is free.

    Returns
    -------
    ndarray of uint32, int
        Names, and the first that is free then.

    Examples
    --------
    >>> names_of(np.array([7, 7, 7, 8, -1]), np.array([0, 0, 2, 2, 4], np.uint32), 9)
    (array([7, 7, 8, 8, 9], dtype=uint32), 10)
    """
    groups, at = np.unique(group, return_inverse=True)
    named = np.full(groups.size, -1, dtype=np.int64)
    old = before >= 0
    pairs, counts = np.unique(before[old] << 32 | at[old], return_counts=True)
    names, places = pairs >> 32, pairs & 0xFFFFFFFF
    alone = (np.bincount(places, minlength=groups.size)[places] == 1) & (
        np.diff(names, prepend=-1).astype(bool) & np.diff(names, append=-1).astype(bool)
    )  # one old cluster, one new one
    named[places[alone]] = names[alone]
    order = np.lexsort((places, names, -counts))
    order = order[~alone[order]]
    taken: set[int] = set()
    for name, place in zip(names[order].tolist(), places[order].tolist(), strict=True):
        if named[place] < 0 and name not in taken:
            named[place] = name
            taken.add(name)
    new = np.flatnonzero(named < 0)
    named[new] = np.arange(next_name, next_name + new.size)
    return named[at].astype(np.uint32), next_name + int(new.size)


def changes_table(
    generation: int,
    ids_of: Callable[[Seqs], pa.Array],
    before: Live,
    after: Live,
    gone: str,
    every: Seqs | None = None,
) -> pa.Table:
    """Return what became of the stories from one generation to the next.

    Parameters
    ----------
    generation : int
        The new one.
    ids_of : callable
        Gives the ids of some ``seq``, which ascend.
    before, after : Live
        The generations.
    gone : str
        Why stories are no longer there.
    every : ndarray of uint32, optional
        Stories of which some may have changed, ascending; all others are as they were.
    """
    every = united(before.seq, after.seq) if every is None else every
    old, new = _names(before, every), _names(after, every)
    still = _among_names(old, after)
    reason = np.select(
        [old < 0, new < 0, (old != new) & still, old != new], [0, 1, 4, 3], default=-1
    )
    head = _is_head(after, every) & ~_is_head(before, every) & _among_names(new, before)
    changed, heads = np.flatnonzero(reason >= 0), np.flatnonzero(head)
    rows = np.concatenate([changed, heads])
    said = np.concatenate([reason[changed], np.full(heads.size, 5)])
    said[said == 1] = REASONS.index(gone)
    named = np.unique(every[rows])
    columns = [
        to_arrow(np.full(rows.size, generation, dtype=np.int64)),
        ids_of(named).take(to_arrow(np.searchsorted(named, every[rows]))).cast(pa.string()),
        _nullable(np.where(np.arange(rows.size) < changed.size, old[rows], new[rows])),
        _nullable(new[rows]),
        strings_to_arrow(REASONS, pa.string()).take(to_arrow(said)),
    ]
    return pa.Table.from_arrays(columns, schema=CHANGES)


def _names(live: Live, seqs: Seqs) -> NDArray[np.int64]:
    rows = live.rows(seqs)
    if not live.seq.size:
        return rows
    return np.where(rows < 0, -1, live.name[rows].astype(np.int64))


def _is_head(live: Live, seqs: Seqs) -> NDArray[np.bool_]:
    """Tell which stories are there and are their cluster's canonical one."""
    rows = live.rows(seqs)
    found = rows >= 0
    found[found] = live.canonical[rows[found]] == seqs[found]
    return found


def _among_names(names: NDArray[np.int64], live: Live) -> NDArray[np.bool_]:
    """Tell which names clusters have; -1 is none."""
    return contained(names, live.name)


def _nullable(names: NDArray[np.int64]) -> pa.Array:
    return to_arrow(names, names < 0)
