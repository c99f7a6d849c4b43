"""Every text split once, into what alignment reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.products.texts import Bodies, Texts
from dupdetect.support.spill import Spill

_BATCH = 4096  # stories a batch: its arrays are small enough for their memory to be used again
_IN_MEMORY = 1 << 27  # bytes of words kept in memory; more go to a temporary file
_FEW_MASKS = 1 << 20  # waiting to be put among the known ones


def split_bodies(texts: Texts, *, threads: int = 1, memory_bytes: int = _IN_MEMORY) -> Bodies:
    """Split all texts.

    Parameters
    ----------
    texts : Texts
        Raw texts, line status and which were misread.
    threads : int
        Threads to use; the result does not depend on it.
    memory_bytes : int
        Words beyond this many bytes are kept in a temporary file, and so are letters.

    Examples
    --------
    >>> text = np.frombuffer(b"Fog at dawn, fog again.", np.uint8)
    >>> lines = np.array([0, 1])
    >>> bodies = split_bodies(Texts(text, np.array([0, 23]), np.zeros(1, np.uint8), lines))
    >>> len(bodies.words), len(set(bodies.words.tolist())), bodies.prose_words.tolist()
    (5, 4, [5])
    """
    stories = texts.text_offsets.size - 1
    key = kernels.collection_key(texts.text, texts.text_offsets)
    if stories <= _BATCH and texts.text.size <= memory_bytes:
        return _at_once(texts, key, threads)
    words = Spill(memory_bytes, threads=threads)
    flags = Spill(memory_bytes // 4, threads=threads)
    offsets = np.zeros(stories + 1, dtype=np.int64)
    prose_words = np.empty(stories, dtype=np.int32)
    masks, letters = _Masks(), _Letters(texts, memory_bytes, threads=threads)
    for first in range(0, stories, _BATCH):
        last = min(first + _BATCH, stories)
        batch = _batch(texts, first, last)
        found = kernels.split_bodies(*batch, key=key, threads=threads)
        letters.add(batch, first, last)
        words.append(found[0].view(np.uint8))
        flags.append(found[1])
        offsets[first + 1 : last + 1] = found[2][1:] + offsets[first]
        prose_words[first:last] = found[3]
        masks.add(found[4], found[5])
    return Bodies(
        key,
        _finished(words).view(np.uint32),
        _finished(flags),
        offsets,
        prose_words,
        *masks.table(),
        *letters.finished(),
    )


def _at_once(texts: Texts, key: int, threads: int) -> Bodies:
    """Split the texts of one batch, whose words are kept where they are made."""
    stories = texts.text_offsets.size - 1
    batch = _batch(texts, 0, stories)
    found = kernels.split_bodies(*batch, key=key, threads=threads)
    letters = _Letters(texts, _IN_MEMORY, threads=threads)
    letters.add(batch, 0, stories)
    return Bodies(key, *found[:4], *kernels.mask_table(found[4], found[5]), *letters.finished())


_Batch = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]


def _batch(texts: Texts, first: int, last: int) -> _Batch:
    text = texts.text_offsets[first : last + 1]
    lines = texts.line_offsets[first : last + 1]
    return (
        texts.text[text[0] : text[-1]],
        text - text[0],
        texts.line_status[lines[0] : lines[-1]],
        lines - lines[0],
    )


def _finished(kept: Spill) -> NDArray[np.uint8]:
    array, file = kept.finish()
    if file is not None:
        file.close()  # mapped by now
    return array


class _Letters:
    """Letters of the stories that came from bad scans; they are split once more for them."""

    def __init__(self, texts: Texts, memory_bytes: int, *, threads: int) -> None:
        self._misread = texts.misread
        self._letters = Spill(memory_bytes, threads=threads)
        self._offsets = np.zeros(texts.text_offsets.size, dtype=np.int64)

    def add(self, batch: _Batch, first: int, last: int) -> None:
        """Add those of a batch, the stories `first` to `last`."""
        before, rows = self._offsets[first], slice(first + 1, last + 1)
        self._offsets[rows] = before
        if self._misread is not None and self._misread[first:last].any():
            wanted = self._misread[first:last].view(np.uint8)
            letters, offsets = kernels.body_letters(*batch, wanted=wanted)
            self._letters.append(letters.view(np.uint8))
            self._offsets[rows] += offsets[1:]

    def finished(self) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
        """Return the letters, and where those of each story start."""
        return _finished(self._letters).view(np.uint16), self._offsets


class _Masks:
    """Masks of the distinct words of all batches."""

    def __init__(self) -> None:
        self._words = np.empty(0, dtype=np.uint32)  # ascending
        self._masks = np.empty(0, dtype=np.uint64)
        self._new: list[tuple[NDArray[np.uint32], NDArray[np.uint64]]] = []
        self._waiting = 0

    def add(self, words: NDArray[np.uint32], masks: NDArray[np.uint64]) -> None:
        """Add those of a batch, which are put among the known ones when they are as many."""
        self._new.append((words, masks))
        self._waiting += words.size
        if self._waiting > max(_FEW_MASKS, self._words.size):
            self._merge()

    def _merge(self) -> None:
        words = np.concatenate([self._words, *(new[0] for new in self._new)])
        masks = np.concatenate([self._masks, *(new[1] for new in self._new)])
        order = np.lexsort((masks, words))  # of two words with one hash the smaller mask
        order = order[np.flatnonzero(np.diff(words[order], prepend=np.uint32(0)))]
        self._words, self._masks = words[order], masks[order]
        self._new, self._waiting = [], 0

    def table(self) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
        """Return all, as the kernel looks them up."""
        self._merge()
        return kernels.mask_table(self._words, self._masks)
