"""Every text split once, into what alignment reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.kernels.codes import BODY
from dupdetect.products.pairs import group_starts
from dupdetect.products.texts import Bodies, Texts
from dupdetect.stages.languages import words_of
from dupdetect.support.columns import united
from dupdetect.support.spill import Spill

_BATCH = 4096  # stories a batch: its arrays are small enough for their memory to be used again
_IN_MEMORY = 1 << 27  # bytes of words kept in memory; more go to a temporary file
_WAITING_WORDS = 1 << 20  # waiting to be put among the known ones


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
    if stories <= _BATCH and texts.text.size <= memory_bytes:
        return _at_once(texts, kernels.collection_key(texts.text, texts.text_offsets), threads)
    made = BodyStore(texts, threads=threads, memory_bytes=memory_bytes)
    for first in range(0, stories, _BATCH):
        last = min(first + _BATCH, stories)
        batch = _batch(texts, first, last)
        made.add(first, last, kernels.split_bodies(*batch, key=made.key, threads=threads))
    return made.finished(texts.misread)


class BodyStore:
    """The bodies of all texts, put together as they are split.

    Parameters
    ----------
    texts : Texts
        Raw texts and line status.
    words : int
        Words of all bodies, where it is known.
    threads : int
        Threads to use; the result does not depend on it.
    memory_bytes : int
        See :func:`split_bodies`.

    Attributes
    ----------
    texts : Texts
        Whose bodies they are.
    key : int
        What their words are split with.
    """

    def __init__(
        self, texts: Texts, *, words: int = 0, threads: int = 1, memory_bytes: int = _IN_MEMORY
    ) -> None:
        self.texts = texts
        self.key = kernels.collection_key(texts.text, texts.text_offsets)
        self._threads, self._memory_bytes = threads, memory_bytes
        self._words = Spill(memory_bytes, threads=threads, expected_bytes=4 * words)
        self._flags = Spill(memory_bytes // 4, threads=threads, expected_bytes=words)
        stories = texts.text_offsets.size - 1
        self._offsets = np.zeros(stories + 1, dtype=np.int64)
        self._prose_words = np.empty(stories, dtype=np.int32)
        self._distinct = _Distinct(self.key)

    def add(self, first: int, last: int, found: Sequence[NDArray[Any]]) -> None:
        """Add what the kernel found of the stories `first` to `last`, batch after batch."""
        words, flags, offsets, prose_words, hashes, masks = found
        self._words.append(words.view(np.uint8))
        self._flags.append(flags)
        self._offsets[first + 1 : last + 1] = offsets[1:] + self._offsets[first]
        self._prose_words[first:last] = prose_words
        self._distinct.add(hashes, masks)

    def finished(self, misread: NDArray[np.bool_] | None = None) -> Bodies:
        """Return the bodies, with the letters of those that were misread."""
        texts, stories = replace(self.texts, misread=misread), self._offsets.size - 1
        letters = _Letters(texts, self._memory_bytes, threads=self._threads)
        for first in range(0, stories, _BATCH):
            last = min(first + _BATCH, stories)
            letters.add(_batch(texts, first, last), first, last)
        words = _finished(self._words).view(np.uint32)
        self._distinct.tell_apart(texts, words, self._offsets)
        return Bodies(
            self.key, words, _finished(self._flags), self._offsets, self._prose_words,
            *self._distinct.table(), self._distinct.speech(), *letters.finished(),
        )  # fmt: skip


def _at_once(texts: Texts, key: int, threads: int) -> Bodies:
    """Split the texts of one batch, whose words are kept where they are made."""
    stories = texts.text_offsets.size - 1
    batch = _batch(texts, 0, stories)
    # What a speech says stands behind them: its words are among the distinct ones then.
    words, flags, offsets, prose_words, hashes, masks = kernels.split_bodies(
        *_with_speech(batch), key=key, threads=threads
    )
    numbers, moved = numbered(hashes)
    if moved.size:
        return _with_other_numbers(texts, key, threads)
    some = masks.nonzero()[0]
    end = offsets[-2]
    letters, starts = np.empty(0, np.uint16), np.zeros(stories + 1, np.int64)
    if texts.misread is not None and texts.misread.any():
        letters, starts = kernels.body_letters(*batch, wanted=texts.misread.view(np.uint8))
    return Bodies(
        key, words[:end], flags[:end], offsets[:-1], prose_words[:-1],
        *kernels.mask_table(numbers[some], masks[some]), united(words[end:]), letters, starts,
    )  # fmt: skip


def _with_other_numbers(texts: Texts, key: int, threads: int) -> Bodies:
    """As :func:`_at_once`, where some words have a number that is not their hash's upper half."""
    stories = texts.text_offsets.size - 1
    batch = _batch(texts, 0, stories)
    words, flags, offsets, prose_words, *found = kernels.split_bodies(
        *batch, key=key, threads=threads
    )
    letters, distinct = _Letters(texts, _IN_MEMORY, threads=threads), _Distinct(key)
    letters.add(batch, 0, stories)
    distinct.add(*found)
    distinct.tell_apart(texts, words, offsets)
    return Bodies(
        key, words, flags, offsets, prose_words, *distinct.table(), distinct.speech(),
        *letters.finished(),
    )  # fmt: skip


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


def _with_speech(batch: _Batch) -> _Batch:
    """Return a batch with the words of a speech as one more story behind it."""
    text, offsets, status, lines = batch
    speech = _speech_text()
    return (
        np.concatenate([text, speech]),
        np.concatenate([offsets, [text.size + speech.size]]),
        np.append(status, np.uint8(BODY)),
        np.concatenate([lines, [status.size + 1]]),
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


class _Distinct:
    """The distinct words of all batches, and a number of 32 bits for each.

    A number is the upper half of the word's keyed hash, or where another word has that, the next
    that is free: two words that were taken for one would make a pair hang on which stories are
    split together. The words of a speech are among them.
    """

    def __init__(self, key: int) -> None:
        self._key = key
        self._hashes = np.empty(0, dtype=np.uint64)  # ascending
        self._masks = np.empty(0, dtype=np.uint64)
        self._new: list[tuple[NDArray[np.uint64], NDArray[np.uint64]]] = []
        self._waiting = 0
        self._numbers = np.empty(0, dtype=np.uint32)
        self.add(*_speech_words(key))

    def add(self, hashes: NDArray[np.uint64], masks: NDArray[np.uint64]) -> None:
        """Add those of a batch, which are put among the known ones when they are as many."""
        self._new.append((hashes, masks))
        self._waiting += hashes.size
        if self._waiting > max(_WAITING_WORDS, self._hashes.size):
            self._merge()

    def _merge(self) -> None:
        hashes = np.concatenate([self._hashes, *(new[0] for new in self._new)])
        masks = np.concatenate([self._masks, *(new[1] for new in self._new)])
        order = hashes.argsort(kind="stable")  # parts that ascend are merged
        hashes = hashes[order]
        new = group_starts(hashes)
        self._hashes, self._masks = hashes[new], masks[order[new]]
        self._new, self._waiting = [], 0

    def tell_apart(
        self, texts: Texts, words: NDArray[np.uint32], offsets: NDArray[np.int64]
    ) -> None:
        """Give each word its number, which for most is in `words` already."""
        self._merge()
        self._numbers, moved = numbered(self._hashes)
        if not moved.size:
            return
        words.flags.writeable = True
        for first in range(0, offsets.size - 1, _BATCH):
            last = min(first + _BATCH, offsets.size - 1)
            begin, end = offsets[first], offsets[last]
            places, numbers = kernels.places_of_moved(
                *_batch(texts, first, last),
                key=self._key,
                words=words[begin:end],
                word_offsets=offsets[first : last + 1] - begin,
                moved=self._hashes[moved],
                moved_words=self._numbers[moved],
            )
            words[begin + places] = numbers
        words.flags.writeable = False

    def table(self) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
        """Return the masks, as the kernel looks them up."""
        some = self._masks != 0
        return kernels.mask_table(self._numbers[some], self._masks[some])

    def speech(self) -> NDArray[np.uint32]:
        """Return the numbers of the words of a speech, ascending."""
        return np.sort(self._numbers[self._hashes.searchsorted(_speech_words(self._key)[0])])


def numbered(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return a number above 0 for each of some different hashes, which ascend.

    Returns
    -------
    numbers : ndarray of uint32, shape (hashes,)
        All different.
    moved : ndarray of int64
        Places of those that are not their hash's upper half.

    Examples
    --------
    >>> numbers, moved = numbered(np.array([1, 2, 5 << 32, 5 << 32 | 7, 6 << 32], np.uint64))
    >>> numbers.tolist(), moved.tolist()
    ([1, 2, 5, 7, 6], [1, 3])
    """
    numbers = np.maximum(hashes >> np.uint64(32), 1).astype(np.uint32)
    moved = np.flatnonzero(numbers[1:] == numbers[:-1]) + 1
    halves, given = numbers.copy(), set[int]()
    for place in moved.tolist():
        free = int(halves[place])
        while free in given or free in halves[halves.searchsorted(free) :][:1]:
            free = free % 0xFFFFFFFF + 1
        given.add(free)
        numbers[place] = free
    return numbers, moved


@cache
def _speech_text() -> NDArray[np.uint8]:
    """Return the words by which a speech is known, as one text.

    They stand for the speaker and for whom he speaks to. A text that says them rarely is a report,
    even where another story has it in quotation marks.
    """
    return np.frombuffer(" ".join(words_of("speech")["words"]).encode(), dtype=np.uint8)


@lru_cache(maxsize=4)
def _speech_words(key: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the distinct words of a speech, and their masks."""
    text = _speech_text()
    one_line, line = np.array([0, 1]), np.array([BODY], dtype=np.uint8)
    found = kernels.split_bodies(text, np.array([0, text.size]), line, one_line, key=key, threads=1)
    return found[4], found[5]
