"""Body and furniture: which lines of a page are the story's own prose.

Three kinds of evidence, each with its own setting:

phrases
    Captions, credits, sharing, sign-up and copyright lines, by the phrases in ``furniture.toml``.
doubtful lines
    A short line that ends no sentence (headline, byline, list item) is neither body nor
    furniture: it counts where it matches the other story and not at all where it does not.
repetition
    A line (digits folded to 0) that unrelated stories repeat. Stories are unrelated when their
    *rests*, the lines rarer than this one, share next to nothing, so the copies of a widely
    syndicated story cannot testify against its own paragraphs.

When phrases and doubt would leave less than ``least_prose`` of a text, only repetition speaks; a
text made of repeated lines alone keeps them all.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config

BODY, DOUBTFUL, FURNITURE = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What every line of every story is taken for.

    Attributes
    ----------
    offsets : ndarray of int64, shape (stories + 1,)
        Story ``i`` owns lines ``offsets[i]`` to ``offsets[i + 1]``, half open.
    status : ndarray of uint8
        Per line 0 body, 1 doubtful, 2 furniture.
    dropped_lines, dropped_words : int
        Furniture in the whole corpus.
    repeated : tuple of (int, int, int)
        The lines dropped most often: story, line within the story, stories that print it.
    """

    offsets: NDArray[np.int64]
    status: NDArray[np.uint8]
    dropped_lines: int
    dropped_words: int
    repeated: tuple[tuple[int, int, int], ...]


@lru_cache(maxsize=1)
def _phrases() -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32]]:
    """Token hashes, offsets and line limits of the phrases, as the kernel takes them."""
    listed = tomllib.loads(files("dupdetect").joinpath("furniture.toml").read_text("utf-8"))
    tokens, limits = [], []
    for group in listed["phrases"]:
        for text in group["texts"]:
            data = np.frombuffer(text.encode(), dtype=np.uint8)
            tokens.append(kernels.prepare(data)[0])
            limits.append(group["most_words"])
    offsets = np.cumsum([0, *map(len, tokens)], dtype=np.int64)
    return np.concatenate(tokens), offsets, np.array(limits, dtype=np.int32)


def find_furniture(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    publishers: NDArray[np.int32],
    *,
    config: Config,
    threads: int = 1,
) -> Lines:
    r"""Judge every line of a corpus.

    Parameters
    ----------
    text : ndarray of uint8
        All texts, UTF-8, one after the other.
    text_offsets : ndarray of int64, shape (stories + 1,)
        Where each text starts, in bytes.
    publishers : ndarray of int32, shape (stories,)
        A number per publisher; -1 where it is unknown.
    config : Config
        Settings.
    threads : int
        Threads to use; the result does not depend on it.

    Examples
    --------
    >>> data = "Subscribe now\nThe mayor resigned on Monday.".encode()
    >>> lines = find_furniture(
    ...     np.frombuffer(data, np.uint8), np.array([0, len(data)]), np.array([-1], np.int32),
    ...     config=Config(),
    ... )
    >>> lines.status.tolist()
    [2, 0]
    """
    offsets, keys, words, flags = kernels.scan_lines(text, text_offsets, *_phrases(), threads)
    if text_offsets.size > 2:
        repeated = kernels.repeated_lines(
            text,
            text_offsets,
            keys,
            offsets,
            words,
            publishers,
            config.repeated_publisher,
            config.repeated_any,
            config.rest_words,
            config.rest_share,
            config.rest_shared,
            config.rest_tries,
            threads,
        )
    else:
        repeated = np.zeros(keys.size, dtype=np.uint8)
    status, repeated = kernels.line_status(
        offsets,
        words,
        flags,
        repeated,
        config.doubtful_words,
        config.caption_words,
        config.caption_lines,
        config.phrase_lines,
        config.least_prose,
        threads,
    )
    dropped = status == FURNITURE
    different, _ = kernels.count_equal(keys, dropped.view(np.uint8))
    return Lines(
        offsets=offsets,
        status=status,
        dropped_lines=different.size,
        dropped_words=int(words[dropped].sum(dtype=np.int64)),
        repeated=_most_repeated(keys, repeated, offsets),
    )


def _most_repeated(
    keys: NDArray[np.uint64], repeated: NDArray[np.uint8], offsets: NDArray[np.int64]
) -> tuple[tuple[int, int, int], ...]:
    """First place and count of the 20 repeated lines that most stories print."""
    first, counts = kernels.count_equal(keys, repeated)
    best = np.lexsort((first, -counts))[:20]
    lines = first[best]
    stories = np.searchsorted(offsets, lines, side="right") - 1
    return tuple(
        (int(s), int(line - offsets[s]), int(n))
        for s, line, n in zip(stories, lines, counts[best], strict=True)
    )


def line_spans(text: bytes) -> list[tuple[int, int]]:
    r"""Return the half-open byte span of every line of a text, as the kernels split it.

    Examples
    --------
    >>> line_spans(b"One two.\n\nThree.")
    [(0, 7), (10, 15)]
    """
    _, starts, ends, _, _, _, lines, _ = kernels.prepare(np.frombuffer(text, dtype=np.uint8))
    return [(int(starts[first]), int(ends[last - 1])) for first, last, _ in lines]


def furniture_spans(text: bytes, status: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return the half-open character spans of a text's furniture, given its lines' status.

    Parameters
    ----------
    text : bytes
        UTF-8.
    status : ndarray of uint8
        The story's part of :attr:`Lines.status`.
    """
    spans = []
    for (start, end), kind in zip(line_spans(text), status, strict=True):
        if kind == FURNITURE:
            first = len(text[:start].decode("utf-8", "replace"))
            spans.append((first, first + len(text[start:end].decode("utf-8", "replace"))))
    return spans
