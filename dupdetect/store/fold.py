"""Segments put together, so that there are few of them; what is gone drops out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dupdetect.store import texts
from dupdetect.store.segments import found_order, gathered, values
from dupdetect.store.view import View
from dupdetect.support.columns import contained, to_arrow, to_numpy

__all__ = ["Pair", "fold_sketches", "fold_stories", "to_fold"]

_SMALLER = 4  # a segment stays by itself next to one more than this many times as large

Pair = tuple[pa.Table, pa.Table]


def to_fold(rows: Sequence[int]) -> int:
    """Return how many of the newest segments are to become one; 1 for none.

    Parameters
    ----------
    rows : sequence of int
        Rows of each segment, the oldest first.

    Examples
    --------
    >>> to_fold([1000, 50]), to_fold([1000, 50, 50]), to_fold([100, 50, 40])
    (1, 2, 3)
    """
    count, total = 0, 0
    for size in reversed(rows):
        if count and size > _SMALLER * total:
            break
        count, total = count + 1, total + size
    return max(count, 1)


def fold_stories(view: View, count: int, *, repack: bool = False) -> Pair:
    """Return the newest segments of stories, and their texts, as one.

    Parameters
    ----------
    view : View
        All segments.
    count : int
        How many of them.
    repack : bool
        Compress the texts anew, also where none of these stories is gone.
    """
    tables, blocks = view.stories[-count:], view.texts[-count:]
    packed, moved = texts.merged(blocks)
    moved_rows = np.repeat(moved, [table.num_rows for table in tables])
    whole = pa.concat_tables(tables).combine_chunks()
    for end in ("text_start", "text_end"):
        at = whole.schema.get_field_index(end)
        whole = whole.set_column(
            at, whole.schema.field(at), to_arrow(to_numpy(whole[end]) + moved_rows)
        )
    stays = np.flatnonzero(contained(to_numpy(whole["seq"]), view.live.seq))
    if stays.size == whole.num_rows and not repack:
        return whole, packed
    whole = gathered([whole], stays)
    spans = to_numpy(whole["text_start"]), to_numpy(whole["text_end"])
    text, offsets = texts.unpack([packed], [spans[0]], [spans[1]])
    for end, place in (("text_start", offsets[:-1]), ("text_end", offsets[1:])):
        at = whole.schema.get_field_index(end)
        whole = whole.set_column(at, whole.schema.field(at), to_arrow(place))
    return whole, texts.pack(text, offsets)


def fold_sketches(view: View, count: int) -> Pair:
    """Return the newest segments of sketches, and the order of their fingerprints, as one."""
    tables, orders = view.sketches[-count:], view.orders[-count:]
    starts = np.cumsum([0, *(order.num_rows for order in orders)])
    order = np.concatenate(
        [to_numpy(one["place"]) + start for one, start in zip(orders, starts, strict=False)]
    )
    whole = pa.concat_tables(tables).combine_chunks()
    stays = view.alive[to_numpy(whole["uid"])]
    if not stays.all():
        offsets, _ = values(whole, "fingerprints")
        kept = np.repeat(stays, np.diff(offsets))
        order = (np.cumsum(kept) - 1)[order[kept[order]]]
        whole = gathered([whole], np.flatnonzero(stays))
    return whole, found_order(whole, order)
