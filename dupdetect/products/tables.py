"""The Arrow tables that stages take and give, over the memory of their arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus
from dupdetect.products.schemas import STORIES
from dupdetect.support.columns import text_buffers, to_arrow


def story_keys(ids: pa.LargeStringArray) -> NDArray[np.uint64]:
    """Return 64 bits of each story's id, which name it in every run and index.

    Parameters
    ----------
    ids : pyarrow.LargeStringArray
        No two are equal.

    Raises
    ------
    InputError
        When two ids have one key; names both.

    Examples
    --------
    >>> [hex(key) for key in story_keys(pa.array(["senate"], pa.large_string()))]
    ['0x70c1b31282386e72']
    """
    keys: NDArray[np.uint64] = kernels.string_keys(*text_buffers(ids))
    ascending = np.sort(keys)
    shared = ascending[1:][ascending[1:] == ascending[:-1]]
    if shared.size:
        first, second = np.flatnonzero(keys == shared[0])[:2].tolist()
        raise InputError(
            f"the ids {ids[first].as_py()!r} and {ids[second].as_py()!r} have the same 64-bit key "
            f"{int(shared[0]):016x}",
            remedy="rename one of the two",
        )
    return keys


def stories_table(corpus: Corpus) -> pa.Table:
    """Return the stories with their keys; texts and fields are not copied.

    Parameters
    ----------
    corpus : Corpus
        Must stay open as long as the table is used.

    Raises
    ------
    InputError
        When two ids have one key.
    """
    buffers = [None, pa.py_buffer(corpus.text_offsets), pa.py_buffer(corpus.text)]
    columns = [
        to_arrow(story_keys(corpus.ids)),
        corpus.ids,
        corpus.publishers,
        corpus.titles,
        corpus.published,
        to_arrow(corpus.published_us),
        corpus.authors,
        pa.Array.from_buffers(pa.large_string(), len(corpus), buffers),
    ]
    return pa.Table.from_arrays(columns, schema=STORIES)
