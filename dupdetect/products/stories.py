"""The stories of a run as the stages read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus
from dupdetect.products.texts import taken_bytes
from dupdetect.support.columns import name_codes, text_buffers, to_arrow


@dataclass(frozen=True, slots=True, eq=False)
class Stories:
    """Stories in the order of the input; nothing is copied from the corpus.

    Attributes
    ----------
    keys : ndarray of uint64, shape (stories,)
        64 bits of each id; see :func:`story_keys`.
    ids, publishers, titles, published, authors : pyarrow.LargeStringArray
        Null where a story has none; ids never are.
    published_us : ndarray of int64, shape (stories,)
        Microseconds since 1970-01-01 UTC, the smallest int64 where unknown.
    text : ndarray of uint8
        All texts, UTF-8, one after the other.
    text_offsets : ndarray of int64, shape (stories + 1,)
        Where each text starts, in bytes.
    mended : ndarray of bool, shape (stories,)
        Which texts came in marked up or damaged.
    publisher_codes : ndarray of int32, shape (stories,)
        Equal numbers for equal publishers; -1 for unknown ones.
    """

    keys: NDArray[np.uint64]
    ids: pa.LargeStringArray
    publishers: pa.LargeStringArray
    titles: pa.LargeStringArray
    published: pa.LargeStringArray
    authors: pa.LargeStringArray
    published_us: NDArray[np.int64]
    text: NDArray[np.uint8]
    text_offsets: NDArray[np.int64]
    mended: NDArray[np.bool_]
    publisher_codes: NDArray[np.int32]

    def text_of(self, story: int) -> str:
        """Return the raw text of one story, by number."""
        first, end = self.text_offsets[story : story + 2]
        return self.text[first:end].tobytes().decode("utf-8", "replace")

    def take(self, rows: NDArray[np.int64]) -> Stories:
        """Return some of the stories, by number."""
        text, text_offsets = taken_bytes(self.text, self.text_offsets, rows)
        chosen = to_arrow(rows)
        return Stories(
            keys=self.keys[rows],
            ids=self.ids.take(chosen),
            publishers=self.publishers.take(chosen),
            titles=self.titles.take(chosen),
            published=self.published.take(chosen),
            authors=self.authors.take(chosen),
            published_us=self.published_us[rows],
            text=text,
            text_offsets=text_offsets,
            mended=self.mended[rows],
            publisher_codes=self.publisher_codes[rows],
        )

    @classmethod
    def of(cls, corpus: Corpus) -> Stories:
        """Return the stories of a corpus, which must stay open as long as they are used.

        Raises
        ------
        InputError
            When two ids have one key; names both.
        """
        return cls(
            keys=story_keys(corpus.ids),
            ids=corpus.ids,
            publishers=corpus.publishers,
            titles=corpus.titles,
            published=corpus.published,
            authors=corpus.authors,
            published_us=corpus.published_us,
            text=corpus.text,
            text_offsets=corpus.text_offsets,
            mended=corpus.mended,
            publisher_codes=name_codes(corpus.publishers),
        )


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
