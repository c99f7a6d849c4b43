"""Candidate pairs to passages and measurements; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.products.alignments import COLUMNS, FACTS, Alignments
from dupdetect.products.texts import Bodies, Texts, passed_over
from dupdetect.stages.bodies import split_bodies

_BATCH = 65_536  # pairs a batch
_NEARLY = 0.6  # share of both bodies that stands equal: the rest may be furniture on one page

# Words, of which AlignRule says more.
_SEED_WORDS = 4
_RUN_WORDS = 8
_NEAR_WORDS, _NEAR_DIAGONAL = 64, 12
_BRIDGE_WORDS = 3
_GAP_WORDS = 64
_PASSAGE_WORDS = 8
_REUSED_WORDS = 35


def align_rule(config: Config) -> kernels.AlignRule:
    """Return what the kernel needs: the settings, and what is none."""
    return kernels.AlignRule(
        seed_words=_SEED_WORDS,
        run_words=_RUN_WORDS,
        near_words=_NEAR_WORDS,
        near_diagonal=_NEAR_DIAGONAL,
        bridge_words=_BRIDGE_WORDS,
        gap_words=_GAP_WORDS,
        word_dice=config.word_dice,
        sentence_share=config.sentence_share,
        shingle_words=config.shingle_words,
        passage_words=_PASSAGE_WORDS,
        overlap_words=config.overlap_words,
        reused_words=_REUSED_WORDS,
        contained=config.contained,
    )


def align_pairs(
    texts: Texts,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    *,
    config: Config,
    passages: bool = False,
    changed: bool = False,
    skip_unrelated: bool = False,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
    count: Callable[[int], None] = passed_over,
) -> Alignments:
    """Align pairs of stories.

    A pair comes back with ``a`` the story of the larger body, whichever way round it was given.

    Parameters
    ----------
    texts : Texts
        Raw texts, line status and, for many calls, their bodies.
    a, b : ndarray of int64, shape (pairs,)
        Story numbers.
    config : Config
        Settings.
    passages, changed : bool
        Whether to return spans, too: of words of the bodies; see :func:`in_characters`.
    skip_unrelated : bool
        Whether to stop early where no relation can follow: such pairs are measured as if they
        shared nothing. All others, and the kinds of all, are the same.
    threads : int
        Threads to use; the result does not depend on it.
    progress : callable, optional
        Called with the number of pairs done.
    count : callable
        Called with how many texts were split to compare bodies byte by byte.
    """
    parts, spans = [], (passages, changed)
    bodies = texts.bodies or split_bodies(texts, threads=threads)
    for first in range(0, max(a.size, 1), _BATCH):
        part = slice(first, first + _BATCH)
        parts.append(
            _align_oriented(bodies, a[part], b[part], config, spans, skip_unrelated, threads)
        )
        if progress is not None:
            progress(min(first + _BATCH, a.size))
    return _confirmed(texts, parts[0] if len(parts) == 1 else Alignments.joined(parts), count)


def _confirmed(texts: Texts, found: Alignments, count: Callable[[int], None]) -> Alignments:
    """Compare, byte by byte, bodies that are identical by the hashes of their words, or nearly."""
    of = found.named()
    said, shared = of["identical"] == 1, of["shared"] > 0
    nearly = of["a_exact"] >= _NEARLY * of["a_words"]
    nearly &= of["b_exact"] >= _NEARLY * of["b_words"]
    asked = (said | (shared & nearly)).nonzero()[0]
    if not asked.size:
        return found
    same, split = kernels.same_words(
        *_arrays(texts),
        a=found.a[asked],
        b=found.b[asked],
        by_hashes=said[asked].astype(np.uint8),
    )
    count(split)
    measures = found.measures.copy()
    measures[asked, COLUMNS.index("identical")] = same
    # No run was found: nothing else is measured.
    apart = asked[(same == 0) & said[asked] & ~shared[asked]]
    for name in ("a_exact", "b_exact"):
        measures[apart, COLUMNS.index(name)] = 0
    return found.with_measures(measures)


def in_characters(texts: Texts, found: Alignments, *, threads: int = 1) -> Alignments:
    """Return alignments with the spans in characters of the raw texts instead of words.

    Parameters
    ----------
    texts : Texts
        Raw texts and line status; each text that has spans is split again, once.
    found : Alignments
        With spans in words.
    threads : int
        Threads to use; the result does not depend on it.
    """
    stories, words = [], []
    for spans, offsets in (
        (found.passages, found.passage_offsets),
        (found.changed, found.changed_offsets),
    ):
        if spans.size:
            counts = offsets[1:] - offsets[:-1]
            stories += [found.a.repeat(counts), found.b.repeat(counts)]
            words += [spans[:, :2], spans[:, 2:4]]
    if not stories:
        return found
    story, word = np.concatenate(stories), np.concatenate(words)
    order = story.argsort(kind="stable")
    characters = np.empty_like(word)
    characters[order] = kernels.character_spans(
        *_arrays(texts), stories=story[order], first=word[order, 0], end=word[order, 1],
        threads=threads,
    )  # fmt: skip
    passages, changed = found.passages.copy(), found.changed.copy()
    first = 0
    for spans in (passages, changed):
        for column in (0, 2):
            spans[:, column : column + 2] = characters[first : first + len(spans)]
            first += len(spans)
    return found.with_spans(passages, changed)


def _arrays(
    texts: Texts,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    return texts.text, texts.text_offsets, texts.line_status, texts.line_offsets


def _align_oriented(
    bodies: Bodies,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    config: Config,
    spans: tuple[bool, bool],
    skip_unrelated: bool,
    threads: int,
) -> Alignments:
    """Align a batch; pairs whose second body counts more words are aligned the other way round."""

    def run(x: NDArray[np.int64], y: NDArray[np.int64]) -> Alignments:
        found = kernels.align(
            bodies.words,
            bodies.flags,
            bodies.offsets,
            bodies.prose_words,
            bodies.mask_words,
            bodies.masks,
            a=x,
            b=y,
            rule=align_rule(config),
            speech_words=bodies.speech_words,
            passages=spans[0],
            changed=spans[1],
            skip_unrelated=skip_unrelated,
            threads=threads,
            letters=bodies.letters,
            letter_offsets=bodies.letter_offsets,
        )
        return Alignments(x, y, *found, np.zeros((x.size, len(FACTS)), dtype=np.int32))

    def smaller_first(found: Alignments) -> NDArray[np.bool_]:
        return found.column("a_words") < found.column("b_words")

    # Words in doubt count where they match; of some pairs the second body is larger either way.
    larger = bodies.prose_words[b] > bodies.offsets[a + 1] - bodies.offsets[a]
    once = run(np.where(larger, b, a), np.where(larger, a, b))
    turned = smaller_first(once)
    if not turned.any():
        return once
    again = run(once.b[turned], once.a[turned])
    # The other way round may count otherwise: keep the first where both ways say "smaller first".
    keep = ~smaller_first(again)
    chosen = np.flatnonzero(turned)[keep]
    if not chosen.size:
        return once
    order = np.arange(a.size)
    order[chosen] = a.size + np.flatnonzero(keep)
    return Alignments.joined([once, again]).take(order)
