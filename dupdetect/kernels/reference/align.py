"""Many pairs of stories aligned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.letters import letter_runs, misread_dice
from dupdetect.kernels.reference.match import Found, Matches, match_words
from dupdetect.kernels.reference.measure import Measures, Passage, find_passages, measure
from dupdetect.kernels.reference.runs import (
    AlignRule,
    Body,
    Run,
    drop_stray_runs,
    find_runs,
    make_body,
)

_MOST_GAP_WORDS = 255
_LETTER_SHARE = 16  # runs found by letters are at least one in so many words


def align(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    rule: AlignRule,
    speech_words: NDArray[np.uint64],
    passages: bool,
    changed: bool,
    threads: int,  # noqa: ARG001  one thread does it here
    misread: NDArray[np.uint8] | None = None,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]:
    """Align the bodies of pairs of stories and measure what they share.

    Runs of equal words are found first; the gaps between them are aligned word by word, and runs
    grow into their surroundings. The recipe follows passage detection in reprints (Smith,
    Cordell and Dillon 2013) and reuse measured by coverage (Clough and Gaizauskas 2001, METER).

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    line_status : uint8, shape (lines,)
        0 body, 1 doubtful, 2 furniture, 3 standing, 4 weak.
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    a, b : int64, shape (pairs,)
        The stories of each pair.
    rule : AlignRule
        Settings; ``gap_words`` above 255 count as 255.
    speech_words : uint64, shape (words,)
        Token hashes of words for a speaker and whom he speaks to.
    passages, changed : bool
        Whether passages, and the stretches in them that differ, are returned.
    threads : int
        Without effect.
    misread : uint8, shape (n,), optional
        Whether each story has the letters of a bad scan. Where both have, words of
        which less is the same are alike; where they share few, runs of words are looked for in
        stretches of equal letters, too.

    Returns
    -------
    measures : int32, shape (pairs, 21)
        Fields of :class:`dupdetect.kernels.reference.measure.Measures`.
    passage_offsets : int64, shape (pairs + 1,), or (1,) when not wanted
        Where each pair's passages start and end.
    passages : int64, shape (passages, 6)
        a_start, a_end, b_start, b_end in characters of the raw texts, half open; shared words;
        of those, quoted words. Ascending in b.
    changed_offsets : int64, shape (pairs + 1,), or (1,) when not wanted
        Where each pair's changes start and end.
    changed : int64, shape (changes, 4)
        a_start, a_end, b_start, b_end in characters, half open; where one side has no words its
        span is empty.

    Raises
    ------
    ValueError
        When offsets leave the data, lines do not belong to the texts, or a story does not exist.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(line_offsets, len(line_status), "line_offsets")
    check_equal(len(line_offsets), len(offsets), "line_offsets")
    check_equal(len(b), len(a), "b")
    if misread is not None:
        check_equal(len(misread), len(offsets) - 1, "misread")
    settings = replace(rule, gap_words=min(rule.gap_words, _MOST_GAP_WORDS))
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    stories = len(offsets) - 1
    for number, pair in enumerate(pairs):
        if not all(0 <= story < stories for story in pair):
            raise ValueError(f"pair {number}: story numbers are 0 to {stories - 1}")
    speech = frozenset(speech_words.tolist())
    texts = [text[row].tobytes() for row in spans(offsets)]
    status = [line_status[row].tobytes() for row in spans(line_offsets)]
    measures: list[Measures] = []
    found: list[list[tuple[int, ...]]] = []
    differing: list[list[tuple[int, ...]]] = []
    for one, other in pairs:
        body_a = make_body(texts[one], status[one], settings.seed_words)
        body_b = make_body(texts[other], status[other], settings.seed_words)
        smaller = min(len(body_a.hashes), len(body_b.hashes))
        runs = drop_stray_runs(find_runs(body_a, body_b), settings, smaller)
        dice = settings.word_dice
        if misread is not None and misread[one] and misread[other]:
            dice = misread_dice(settings)
            runs = _with_letters(body_a, body_b, settings, runs)
        matches = match_words(body_a, body_b, settings, runs, speech, dice)
        shared = find_passages(matches)
        measures.append(measure(matches, shared))
        in_a, in_b = _characters(texts[one]), _characters(texts[other])
        if passages:
            found.append([_passage_row(passage, matches, in_a, in_b) for passage in shared])
        if changed:
            changes = [change for passage in shared for change in _changes(passage, matches)]
            differing.append(
                [
                    (*_span(body_a, words_a, in_a), *_span(body_b, words_b, in_b))
                    for words_a, words_b in changes
                ]
            )
    return (
        np.array(measures, np.int32).reshape(-1, len(Measures._fields)),
        *_ragged(found, 6),
        *_ragged(differing, 4),
    )


def _with_letters(a: Body, b: Body, rule: AlignRule, runs: list[Run]) -> list[Run]:
    """Take runs found by letters where those found by words are few, and fewer than these."""
    smaller = min(len(a.hashes), len(b.hashes))
    found = sum(run.words for run in runs)
    if 4 * found >= smaller:
        return runs
    others = drop_stray_runs(letter_runs(a.folded, b.folded), rule, smaller)
    words = sum(run.words for run in others)
    # In long texts some letters are the same by chance.
    return others if words > found and _LETTER_SHARE * words >= smaller else runs


def _ragged(
    rows: list[list[tuple[int, ...]]], columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    values = [value for row in rows for value in row]
    return offsets_of([len(row) for row in rows]), np.array(values, np.int64).reshape(-1, columns)


def _characters(text: bytes) -> NDArray[np.int64]:
    """Return the character position of every byte position."""
    begins = np.frombuffer(text, np.uint8) & 0xC0 != 0x80
    return np.cumsum([0, *begins], dtype=np.int64)


def _passage_row(
    passage: Passage, matches: Matches, in_a: NDArray[np.int64], in_b: NDArray[np.int64]
) -> tuple[int, ...]:
    return (
        *_span(matches.a, range(passage.a_first, passage.a_last + 1), in_a),
        *_span(matches.b, range(passage.b_first, passage.b_last + 1), in_b),
        passage.words,
        passage.quoted,
    )


def _span(body: Body, words: range, characters: NDArray[np.int64]) -> tuple[int, int]:
    """Return the characters of a stretch of words; no words: where the next one starts."""
    start = body.starts[words.start]
    end = body.ends[words.stop - 1] if words else start
    return int(characters[start]), int(characters[end])


def _changes(passage: Passage, matches: Matches) -> list[tuple[range, range]]:
    """Return the stretches of a passage whose words differ, from one equal pair to the next."""
    changes = []
    i, j = passage.a_first, passage.b_first
    a_stop, b_stop = passage.a_last + 1, passage.b_last + 1
    while i < a_stop and j < b_stop:
        equal_a, equal_b = next(
            (
                (x, y)
                for y in range(j, b_stop)
                if (x := matches.to_a[y]) is not None and matches.how_b[y] == Found.EXACT
            ),
            (a_stop, b_stop),
        )
        if (equal_a, equal_b) == (i, j):
            i, j = i + 1, j + 1
            continue
        changes.append((range(i, equal_a), range(j, equal_b)))
        i, j = equal_a, equal_b
    return changes
