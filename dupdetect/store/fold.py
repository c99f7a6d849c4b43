"""Segments put together, so that there are few of them; what is gone drops out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dupdetect.store.segments import SketchSegment, StorySegment, found_order, gathered, values
from dupdetect.store.texts import Packing
from dupdetect.store.view import View
from dupdetect.support.columns import contained, to_numpy

__all__ = ["fold_sketches", "fold_stories", "pack_stories", "to_fold"]

_SMALLER = 4


def to_fold(rows: Sequence[int], smaller: int = _SMALLER) -> int:
    """Return how many of the newest segments are to become one; 1 for none.

    Parameters
    ----------
    rows : sequence of int
        Rows of each segment, the oldest first.
    smaller : int
        A segment stays by itself beside one more than this many times as large.

    Examples
    --------
    >>> to_fold([1000, 50]), to_fold([1000, 50, 50]), to_fold([100, 50, 40])
    (1, 2, 3)
    """
    count, total = 0, 0
    for size in reversed(rows):
        if count and size > smaller * total:
            break
        count, total = count + 1, total + size
    return max(count, 1)


def fold_stories(view: View, count: int) -> StorySegment:
    """Return the newest segments of stories, with their texts, as one.

    Parameters
    ----------
    view : View
        All segments.
    count : int
        How many of them.
    """
    segments = view.stories[-count:]
    whole = pa.concat_tables([one.table for one in segments]).combine_chunks()
    packed = pa.concat_tables([one.texts for one in segments]).combine_chunks()
    stays = np.flatnonzero(contained(to_numpy(whole["seq"]), view.live.seq))
    if stays.size == whole.num_rows:
        return StorySegment(whole, packed)
    return StorySegment(gathered([whole], stays), gathered([packed], stays))


def pack_stories(view: View) -> tuple[StorySegment, Packing]:
    """Return all stories as one segment, their texts compressed anew; and how.

    Nothing of the texts of stories that are gone is in either.
    """
    text, offsets = view.texts_of(view.live.seq)
    packing = Packing.learned(text, offsets)
    return StorySegment(view.stories_of(view.live.seq), packing.pack(text, offsets)), packing


def fold_sketches(view: View, count: int) -> SketchSegment:
    """Return the newest segments of sketches as one."""
    segments = view.sketches[-count:]
    starts = np.cumsum([0, *(one.order.size for one in segments)])
    order = np.concatenate(
        [one.order + np.uint32(start) for one, start in zip(segments, starts, strict=False)]
    )
    whole = pa.concat_tables([one.table for one in segments]).combine_chunks()
    stays = view.alive[to_numpy(whole["uid"])]
    if not stays.all():
        offsets, _ = values(whole, "fingerprints")
        kept = np.repeat(stays, np.diff(offsets))
        order = (np.cumsum(kept) - 1)[order[kept[order]]]
        whole = gathered([whole], np.flatnonzero(stays))
    return SketchSegment(whole, found_order(whole, order))
