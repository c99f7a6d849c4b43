"""Groups of stories cut into stars: each story with the head that it was compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect.products.pairs import Numbers, group_starts

_MOST_HEADS = 16  # of one group

#: Tells of stories, and a head for each, whether the head takes the story.
Takes = Callable[[Numbers, Numbers], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Who heads whom.

    Attributes
    ----------
    head : ndarray of int64, shape (stories,)
        The head that took each story; heads are their own.
    left : ndarray of int64
        Stories that no head took, where their group has more heads than are asked.
    """

    head: Numbers
    left: Numbers


def find_heads(group: Numbers, order: Numbers, takes: Takes, *, asked: bool = False) -> Heads:
    """Give each story the first head of its group that takes it.

    The story that names a group is its first head. The stories that it does not take are offered
    to the first of them, which becomes a head, too, and so on.

    Parameters
    ----------
    group : ndarray of int64, shape (stories,)
        The story that names each one's group.
    order : ndarray of int64, shape (stories,)
        Place of each story among those that are to be heads.
    takes : callable
        See :data:`Takes`.
    asked : bool
        Whether the stories that name the groups take no other story than themselves.

    Examples
    --------
    >>> group = np.array([0, 0, 0, 0, 4]), np.arange(5)
    >>> find_heads(*group, lambda stories, heads: stories - heads < 2).head.tolist()
    [0, 0, 2, 2, 4]
    """
    head = np.arange(group.size)
    left = np.flatnonzero(group != head)
    left = left[np.lexsort((order[left], group[left]))]
    heads = group[left]
    for turn in range(_MOST_HEADS):
        if not left.size:
            break
        if turn > 0 or not asked:
            taken = takes(left, heads)
            head[left[taken]] = heads[taken]
            left = left[~taken]
        first = group_starts(group[left])
        heads = left[first].repeat(np.append(first[1:], left.size) - first)
        others = heads != left
        left, heads = left[others], heads[others]
    return Heads(head, left)
