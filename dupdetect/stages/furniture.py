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
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.products.texts import FURNITURE, Dropped, LineFeatures, Lines
from dupdetect.settings import BodySettings
from dupdetect.stages.notices import printed_before, set_aside


@lru_cache(maxsize=1)
def _phrases() -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32]]:
    """Token hashes, offsets and line limits of the phrases, as the kernel takes them."""
    listed = tomllib.loads(files("dupdetect.stages").joinpath("furniture.toml").read_text("utf-8"))
    tokens, limits = [], []
    for group in listed["phrases"]:
        for text in group["texts"]:
            data = np.frombuffer(text.encode(), dtype=np.uint8)
            tokens.append(kernels.prepare(data)[0])
            limits.append(group["most_words"])
    offsets = np.cumsum([0, *map(len, tokens)], dtype=np.int64)
    return np.concatenate(tokens), offsets, np.array(limits, dtype=np.int32)


def scan_lines(
    text: NDArray[np.uint8], text_offsets: NDArray[np.int64], *, threads: int = 1
) -> LineFeatures:
    """Return what is known of every line by itself.

    Parameters
    ----------
    text, text_offsets : ndarray
        All texts (UTF-8 bytes) and where each starts.
    threads : int
        Threads to use; the result does not depend on it.
    """
    return LineFeatures(*kernels.scan_lines(text, text_offsets, *_phrases(), threads))


def find_furniture(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    publishers: NDArray[np.int32],
    *,
    config: BodySettings,
    threads: int = 1,
    features: LineFeatures | None = None,
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
    config : BodySettings
        Settings.
    threads : int
        Threads to use; the result does not depend on it.
    features : LineFeatures, optional
        From :func:`scan_lines`, where it is known.

    Examples
    --------
    >>> data = "Subscribe now\nThe mayor resigned on Monday.".encode()
    >>> lines = find_furniture(
    ...     np.frombuffer(data, np.uint8), np.array([0, len(data)]), np.array([-1], np.int32),
    ...     config=BodySettings(),
    ... )
    >>> lines.status.tolist()
    [2, 0]
    """
    features = features or scan_lines(text, text_offsets, threads=threads)
    offsets, keys = features.offsets, features.keys
    words, flags = features.words, features.flags
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
    status[printed_before(text, text_offsets, offsets, keys, words)] = FURNITURE
    set_aside(text, text_offsets, offsets, status)
    dropped = status == FURNITURE
    different, _ = kernels.count_equal(keys, dropped.view(np.uint8))
    return Lines(
        offsets=offsets,
        status=status,
        dropped=Dropped(
            lines=different.size,
            words=int(words[dropped].sum(dtype=np.int64)),
            repeated=_most_repeated(keys, repeated, offsets),
        ),
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
