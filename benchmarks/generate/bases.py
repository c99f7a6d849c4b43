"""Base stories: sentences and paragraphs of made-up language, written many at a time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.generate.copies import Source
from benchmarks.generate.words import (
    CAPITAL,
    CLOSE,
    CLOSE_PARAGRAPH,
    COMMA,
    DATELINES,
    OPEN,
    PHRASES,
    STOP,
    STOP_PARAGRAPH,
    WORDS,
    Language,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BATCH = 500
PROSE_A_STORY = 1.6  # passages of stock prose, on average
PROSE_USES = 6  # stories that print one, on average
_LONG_PROSE = 0.25  # of the passages: what a paragraph says of who writes
_PROSE_WORDS, _LONG_PROSE_WORDS = (8, 25), (26, 60)


def stock_prose(rng: np.random.Generator, lang: Language, stories: int) -> list[NDArray[np.int64]]:
    """Write passages that unrelated stories share, as press releases do.

    Parameters
    ----------
    rng : numpy.random.Generator
    lang : Language
    stories : int
        That will share them: `PROSE_USES` of them print each one, `PROSE_A_STORY` passages a story.

    Returns
    -------
    list of int64 arrays
        Words of each: 8 to 25, and of a quarter 26 to 60.
    """
    count = max(1, round(stories * PROSE_A_STORY / PROSE_USES))
    low = np.where(rng.random(count) < _LONG_PROSE, _LONG_PROSE_WORDS[0], _PROSE_WORDS[0])
    high = np.where(low == _PROSE_WORDS[0], _PROSE_WORDS[1], _LONG_PROSE_WORDS[1])
    sizes = rng.integers(low, high + 1)
    words = _word_stream(rng, lang, int(sizes.sum()) + 64)
    return np.split(words[: sizes.sum()], np.cumsum(sizes)[:-1])


def base_stories(
    rng: np.random.Generator,
    lang: Language,
    count: int,
    prose: Sequence[NDArray[np.int64]] = (),
) -> list[Source]:
    """Write `count` stories from nothing.

    Parameters
    ----------
    rng : numpy.random.Generator
    lang : Language
    count : int
        At least 1.
    prose : sequence of int64 arrays
        Passages of which they print some; see `stock_prose`.

    Returns
    -------
    list of Source
        Lengths are log-normal, 130 to 1,600 words, mean about 400.
    """
    stories: list[Source] = []
    while len(stories) < count:  # small batches stay in the processor's cache
        stories += _base_batch(rng, lang, min(BATCH, count - len(stories)), prose)
    return stories


def _base_batch(
    rng: np.random.Generator, lang: Language, count: int, prose: Sequence[NDArray[np.int64]]
) -> list[Source]:
    lengths = np.clip(rng.lognormal(5.87, 0.5, count), 130, 1600).astype(np.int64)
    total = int(lengths.sum()) + 4096
    words = _word_stream(rng, lang, total)
    if prose:
        _lay_over(rng, words, prose, int(rng.poisson(count * PROSE_A_STORY)))
    sentences = np.clip(rng.gamma(5.0, 4.4, total // 10), 5, 60).astype(np.int64)
    ends = np.cumsum(sentences)
    ends = ends[ends <= total]
    closing = np.searchsorted(ends, np.cumsum(lengths))  # the sentence that closes each story
    cuts = np.concatenate(([0], ends[closing]))
    form = np.where(rng.random(total) < 0.06, COMMA, 0)
    quoted = rng.random(ends.size) < 0.12
    closes = rng.random(ends.size) < 0.55
    closes[closing] = True
    form[np.concatenate(([0], ends[:-1]))] = np.where(quoted, OPEN, CAPITAL)
    form[ends - 1] = np.where(
        closes, np.where(quoted, CLOSE_PARAGRAPH, STOP_PARAGRAPH), np.where(quoted, CLOSE, STOP)
    )
    pieces = form * WORDS + words
    wired = rng.random(count) < 0.5
    datelines = lang.first_dateline + rng.integers(DATELINES, size=count)
    pieces[cuts[:-1]] = np.where(wired, datelines, pieces[cuts[:-1]])
    ids = pieces.astype(np.int32)
    offsets = np.zeros(ids.size + 1, dtype=np.int64)
    np.cumsum(np.take(lang.lengths, ids), out=offsets[1:])
    first = np.concatenate(([0], closing + 1)).tolist()
    titles = _titles(lang, ids, cuts[:-1])
    stories = []
    for n, (start, stop) in enumerate(itertools.pairwise(cuts.tolist())):
        story = ids[start:stop]
        body = np.take(lang.padded, story, axis=0).tobytes().translate(None, b"\0")
        own = (offsets[start : stop + 1] - offsets[start]).astype(np.int32)
        here = ends[first[n] : first[n + 1]] - start
        paragraphs = here[closes[first[n] : first[n + 1]]]
        stories.append(Source(story, body, own, here, paragraphs, titles[n]))
    return stories


def _lay_over(
    rng: np.random.Generator,
    words: NDArray[np.int64],
    prose: Sequence[NDArray[np.int64]],
    count: int,
) -> None:
    """Put `count` passages anywhere among words, in place."""
    chosen = rng.integers(len(prose), size=count).tolist()
    places = rng.integers(0, words.size - _LONG_PROSE_WORDS[1], size=count).tolist()
    for place, number in zip(places, chosen, strict=True):
        words[place : place + prose[number].size] = prose[number]


def _titles(
    lang: Language, pieces: NDArray[np.int32], starts: NDArray[np.int64]
) -> list[tuple[bytes, bytes]]:
    """Two headlines for each story: its words 1 to 9 and 12 to 20, capitalised."""
    at = starts[:, None, None] + np.array([[1], [12]]) + np.arange(9)
    chosen = pieces[at].ravel() % WORDS + CAPITAL * WORDS
    printed = np.take(lang.padded, chosen, axis=0).tobytes().translate(None, b"\0")
    sizes = np.take(lang.lengths, chosen).reshape(-1, 9).sum(axis=1)
    bounds = [0, *np.cumsum(sizes).tolist()]
    titles = [printed[a : b - 1] for a, b in itertools.pairwise(bounds)]
    return list(zip(titles[::2], titles[1::2], strict=True))


def _word_stream(rng: np.random.Generator, lang: Language, total: int) -> NDArray[np.int64]:
    """Words of a first-order Markov chain with stock phrases laid over it."""
    steps = 64
    chains = -(-total // steps)
    draws = rng.integers(lang.law.size, size=(steps, chains))
    fresh = lang.law[draws]
    follow = rng.random((steps, chains)) < 0.5
    which = (draws & (lang.successors.shape[1] - 1)).astype(np.intp)
    stream = np.empty((steps, chains), dtype=np.int64)
    stream[0] = fresh[0]
    for t in range(1, steps):
        stream[t] = np.where(follow[t], lang.successors[stream[t - 1], which[t]], fresh[t])
    words = np.ascontiguousarray(stream.T).ravel()[:total]
    count = total // 60  # a phrase of five words in sixty: a twelfth of the text
    at = np.sort(rng.integers(0, total - 8, count))
    chosen = (PHRASES * rng.random(count) ** 2).astype(np.int64)
    sizes = np.diff(lang.phrase_offsets)[chosen]
    inside = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    words[np.repeat(at, sizes) + inside] = lang.phrase_words[
        np.repeat(lang.phrase_offsets[chosen], sizes) + inside
    ]
    return words
