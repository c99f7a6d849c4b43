"""Rows that have no story of their own, and lines that a text holds twice.

A link, a wall before the story and word that it is gone are copies of nothing: such lines are
furniture, also where nothing else is left. So is a line that the text has had before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.products.texts import FURNITURE, line_spans
from dupdetect.stages.languages import words_of
from dupdetect.stages.lists import read_lists, split_texts
from dupdetect.support.columns import to_arrow, to_numpy

_MOST_BYTES = 1536  # of a text that is looked at for notices: a wall, and what it lets see
_LINK_BYTES = 1024  # of one that may be a link alone, or a placeholder above one
_LINK_WORDS = 8  # other words of a body that is a link: fewer
_NEXT_WORDS = 12  # of a line without a cue next to lines with some
_TWICE_WORDS = 8  # of a line that counts once
_LINK = r"(?i)(?:\bhttps?://|\bwww\.)[^\s<>()\[\]]+"
_CUT_LINK = r"\S {12,}(?:\n|\z)"  # what reading leaves of a marked-up one: its label
_NO_LETTERS = re.compile(r"[\W_]+")
_CHARACTERS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Notice:
    cues: int
    most_words: int
    few_words: int
    alone_words: int
    in_each_line: bool
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]  # by first word, longest first

    def lines_of(self, lines: list[list[str]]) -> Iterator[int]:
        """Which lines, given by their words, are such a notice: those with cues, side by side.

        A short line between two of them, and one after the last, belongs to it. A short text with
        a cue in its lines is one whole.
        """
        if sum(map(len, lines)) <= self.alone_words:
            with_cues = map(self.has_cue, lines)
            if all(with_cues) if self.in_each_line else any(with_cues):
                yield from range(len(lines))
                return
        block: list[int] = []
        cues: set[tuple[str, ...]] = set()
        for number, words in enumerate([*lines, None]):
            found = [] if words is None else list(self._cues_of(words))
            if block and (words is None or not (found or len(words) <= _NEXT_WORDS)):
                yield from self._if_notice(block, cues, lines)
                block, cues = [], set()
            elif found or block:
                block.append(number)
            cues.update(found)

    def has_cue(self, words: list[str]) -> bool:
        """Whether a line, given by its words, has a cue."""
        return any(True for _ in self._cues_of(words))

    def _cues_of(self, words: list[str]) -> Iterator[tuple[str, ...]]:
        """Yield the cues that stand in a line one behind the other."""
        free = 0
        for at, first in enumerate(words):
            if at < free or first not in self.phrases:
                continue
            for cue in self.phrases[first]:
                if tuple(words[at : at + len(cue)]) == cue:
                    free = at + len(cue)
                    yield cue
                    break

    def _if_notice(
        self, block: list[int], cues: set[tuple[str, ...]], lines: list[list[str]]
    ) -> list[int]:
        size = sum(len(lines[number]) for number in block)
        several = len(cues) >= self.cues
        if size <= (self.most_words if several else self.few_words):
            return block
        return []


_Cues = tuple[NDArray[np.uint64], NDArray[np.int64]]
"""Token hashes of cues of all kinds, and where each starts and ends."""


@lru_cache(maxsize=1)
def _notices() -> tuple[tuple[_Notice, ...], _Cues]:
    """Kinds of notices, and their cues, by which texts that may hold one are found."""
    kinds, every = [], list[str]()
    for kind, rule in read_lists("notices.toml").items():
        texts = words_of("notices")[kind]
        phrases: dict[str, tuple[tuple[str, ...], ...]] = {}
        plain = set(map(_plain, texts))
        for cue in sorted(plain, key=lambda text: (-len(text), text)):
            words = tuple(cue.split())
            phrases[words[0]] = (*phrases.get(words[0], ()), words)
        every += texts
        kinds.append(_Notice(**rule, phrases=phrases))
    return tuple(kinds), split_texts(every)


@lru_cache(maxsize=1)
def _placeholders() -> frozenset[str]:
    """Return what collections print where a story was left out, in letters and spaces."""
    return frozenset(map(_plain, words_of("notices")["placeholder"]))


def _words(text: str) -> float:
    """Count words; of scripts without spaces 7 characters are 4."""
    characters = len(_CHARACTERS.findall(text))
    return len(_NO_LETTERS.sub(" ", _CHARACTERS.sub(" ", text)).split()) + 4 * characters / 7


@lru_cache(maxsize=1)
def _first_line() -> str:
    """Return an expression for texts that may begin with a placeholder and nothing behind it."""
    words = "|".join(r"[\W_]+".join(one.split()) for one in sorted(_placeholders()))
    return rf"(?i)\A[\W_]*(?:{words})[\W_]*(?:\n|\z)"


def _plain(text: str) -> str:
    return _NO_LETTERS.sub(" ", text.casefold()).strip()


def set_aside(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    line_offsets: NDArray[np.int64],
    status: NDArray[np.uint8],
    threads: int = 1,
) -> None:
    r"""Take for furniture, in place, what stands instead of a story.

    Parameters
    ----------
    text, text_offsets : ndarray
        All texts (UTF-8 bytes) and where each starts.
    line_offsets : ndarray of int64, shape (stories + 1,)
        Where each story's lines start.
    status : ndarray of uint8, shape (lines,)
        What each line is taken for.
    threads : int
        Threads to use; the result does not depend on it.

    Examples
    --------
    >>> data = b"[full text](https://example.org/2023/a1.html)"
    >>> status = np.zeros(1, np.uint8)
    >>> set_aside(np.frombuffer(data, np.uint8), np.array([0, len(data)]), np.array([0, 1]), status)
    >>> status.tolist()
    [2]
    """
    sizes = text_offsets[1:] - text_offsets[:-1]
    little = (sizes <= _LINK_BYTES).nonzero()[0]
    if little.size:
        _set_little_aside(text, text_offsets, line_offsets, status, little)
    kinds, cues = _notices()
    short = short_texts(text_offsets)
    have = kernels.have_terms(text, text_offsets, short, *cues, threads)
    for story in short[have == 1].tolist():
        data = text[text_offsets[story] : text_offsets[story + 1]].tobytes()
        page = [
            _NO_LETTERS.sub(" ", data[start:end].decode("utf-8", "replace").casefold()).split()
            for start, end in line_spans(data)
        ]
        for kind in kinds:
            for number in kind.lines_of(page):
                status[line_offsets[story] + number] = FURNITURE


def short_texts(text_offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of the texts that are split to look for notices."""
    return (text_offsets[1:] - text_offsets[:-1] <= _MOST_BYTES).nonzero()[0]


def _set_little_aside(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    line_offsets: NDArray[np.int64],
    status: NDArray[np.uint8],
    little: NDArray[np.int64],
) -> None:
    """As :func:`set_aside`, of short texts: links, and what holds the place of a text."""
    column = pa.LargeStringArray.from_buffers(
        text_offsets.size - 1, pa.py_buffer(text_offsets), pa.py_buffer(text)
    )
    for story in _with(column, little, f"{_LINK}|{_CUT_LINK}"):
        data = text[text_offsets[story] : text_offsets[story + 1]].tobytes()
        if _words(re.sub(_LINK, " ", data.decode("utf-8", "replace"))) < _LINK_WORDS:
            status[line_offsets[story] : line_offsets[story + 1]] = FURNITURE
    for story in _with(column, little, _first_line()):
        data = text[text_offsets[story] : text_offsets[story + 1]].tobytes()
        own = slice(line_offsets[story], line_offsets[story + 1])
        spans = zip(line_spans(data), status[own], strict=True)
        left = [data[start:end] for (start, end), taken in spans if taken != FURNITURE]
        if _plain(b" ".join(left).decode("utf-8", "replace")) in _placeholders():
            status[own] = FURNITURE


def _with(column: pa.Array, stories: NDArray[np.int64], expression: str) -> list[int]:
    """Those of some texts in which an expression is found."""
    found = pc.match_substring_regex(column.take(to_arrow(stories)), expression)
    return [int(story) for story in stories[to_numpy(found)]]


def printed_before(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    line_offsets: NDArray[np.int64],
    keys: NDArray[np.uint64],
    words: NDArray[np.integer],
    threads: int = 1,
) -> NDArray[np.bool_]:
    """Tell which lines stand in the same text before, word for word.

    Parameters
    ----------
    text, text_offsets : ndarray
        All texts (UTF-8 bytes) and where each starts.
    line_offsets : ndarray of int64, shape (stories + 1,)
        Where each story's lines start.
    keys : ndarray of uint64, shape (lines,)
        Equal for lines of equal words, digits taken as 0.
    words : ndarray of int, shape (lines,)
        Words of each line; those of fewer than eight do not count.
    threads : int
        Threads to use; the result does not depend on it.
    """
    long = (words >= _TWICE_WORDS).view(np.uint8)
    found = kernels.printed_before(text, text_offsets, line_offsets, keys, long, threads)
    return np.asarray(found.view(np.bool_))
