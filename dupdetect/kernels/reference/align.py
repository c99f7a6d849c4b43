"""Many pairs of stories aligned."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.numbers import DAMAGE
from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.bodies import words_of_letters
from dupdetect.kernels.reference.letters import letter_runs, misread_dice, share_letters
from dupdetect.kernels.reference.match import Found, Matches, match_words
from dupdetect.kernels.reference.measure import (
    Measures,
    Passage,
    find_passages,
    may_relate,
    measure,
)
from dupdetect.kernels.reference.runs import (
    AlignRule,
    Body,
    Run,
    drop_stray_runs,
    find_runs,
    make_body,
)

_MOST_GAP_WORDS = 255


def align(
    words: NDArray[np.uint32],
    flags: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    prose_words: NDArray[np.int32],
    mask_words: NDArray[np.uint32],
    masks: NDArray[np.uint64],
    *,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    rule: AlignRule,
    speech_words: NDArray[np.uint32],
    passages: bool,
    changed: bool,
    skip_unrelated: bool,
    threads: int,  # noqa: ARG001  one thread does it here
    letters: NDArray[np.uint16] | None = None,
    letter_offsets: NDArray[np.int64] | None = None,
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
    words, flags, offsets, prose_words
        Bodies, as :func:`dupdetect.kernels.reference.bodies.split_bodies` makes them.
    mask_words, masks
        Of their words, as :func:`dupdetect.kernels.reference.bodies.mask_table` gives them.
    a, b : int64, shape (pairs,)
        The stories of each pair.
    rule : AlignRule
        Settings; ``gap_words`` above 255 count as 255.
    speech_words : uint32, shape (words,)
        Keyed hashes of words for a speaker and whom he speaks to.
    passages, changed : bool
        Whether passages, and the stretches in them that differ, are returned.
    skip_unrelated : bool
        Whether pairs whose matched words are too few for any relation are measured as pairs that
        share nothing; which pairs relate, and what is measured of those, is the same. Pairs
        for which letters are asked are always measured.
    threads : int
        Without effect.
    letters : uint16, shape (letters,), optional
    letter_offsets : int64, shape (n + 1,), optional
        Letters of the stories that came from bad scans, as
        :func:`dupdetect.kernels.reference.bodies.body_letters` gives them. Where both of a pair
        have some, words of which less is the same are alike; where they share few, but stretches
        of 16 letters outside of these, runs of words are looked for in stretches of equal letters,
        too.

    Returns
    -------
    measures : int32, shape (pairs, 22)
        Fields of :class:`dupdetect.kernels.reference.measure.Measures`.
    passage_offsets : int64, shape (pairs + 1,), or (1,) when not wanted
        Where each pair's passages start and end.
    passages : int64, shape (passages, 6)
        a_first, a_end, b_first, b_end in words of the bodies, half open; shared words; of those,
        quoted words. Ascending in b.
    changed_offsets : int64, shape (pairs + 1,), or (1,) when not wanted
        Where each pair's changes start and end.
    changed : int64, shape (changes, 4)
        a_first, a_end, b_first, b_end in words, half open; where one side has no words its span
        is empty.

    Raises
    ------
    ValueError
        When offsets leave the data, arrays do not belong together, or a story does not exist.
    """
    check_offsets(offsets, len(words), "offsets")
    check_equal(len(flags), len(words), "flags")
    check_equal(len(prose_words), len(offsets) - 1, "prose_words")
    check_equal(len(b), len(a), "b")
    check_equal(len(masks), len(mask_words), "masks")
    misread = _misread_words(letters, letter_offsets, offsets)
    settings = replace(rule, gap_words=min(rule.gap_words, _MOST_GAP_WORDS))
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    stories = len(offsets) - 1
    for number, pair in enumerate(pairs):
        if not all(0 <= story < stories for story in pair):
            raise ValueError(f"pair {number}: story numbers are 0 to {stories - 1}")
    speech = frozenset(speech_words.tolist())
    known = dict(zip(mask_words.tolist(), masks.tolist(), strict=True))
    rows = spans(offsets)

    @cache
    def body(story: int) -> Body:
        return make_body(
            words[rows[story]].tolist(),
            flags[rows[story]].tolist(),
            known,
            settings.seed_words,
        )

    measures: list[Measures] = []
    found: list[list[tuple[int, ...]]] = []
    differing: list[list[tuple[int, ...]]] = []
    for one, other in pairs:
        body_a, body_b = body(one), body(other)
        smaller = min(len(body_a.hashes), len(body_b.hashes))
        all_runs = find_runs(body_a, body_b)
        runs = drop_stray_runs(all_runs, settings, smaller)
        dice, by_letters = settings.word_dice, False
        if misread[one] and misread[other]:
            dice = misread_dice(settings)
            found_words = sum(run.words for run in runs)
            by_letters = 4 * found_words < smaller and share_letters(
                misread[one], misread[other], all_runs
            )
        if by_letters:
            runs = _with_letters(misread[one], misread[other], settings, runs)
        matches = match_words(body_a, body_b, settings, runs, speech, dice)
        if skip_unrelated and not by_letters and not may_relate(matches):
            matches = match_words(body_a, body_b, settings, [], speech, dice)
        shared = find_passages(matches)
        measures.append(measure(matches, shared))
        if passages:
            found.append([_passage_row(passage) for passage in shared])
        if changed:
            changes = [change for passage in shared for change in _changes(passage, matches)]
            differing.append([(x.start, x.stop, y.start, y.stop) for x, y in changes])
    return (
        np.array(measures, np.int32).reshape(-1, len(Measures._fields)),
        *_ragged(found, 6),
        *_ragged(differing, 4),
    )


def _misread_words(
    letters: NDArray[np.uint16] | None,
    letter_offsets: NDArray[np.int64] | None,
    offsets: NDArray[np.int64],
) -> list[list[bytes]]:
    """Return the words of each story that has letters; these must be as many as its body's."""
    if letters is None and letter_offsets is None:
        return [[] for _ in offsets[1:]]
    if letters is None or letter_offsets is None:
        raise ValueError("letters: given with letter_offsets or not at all")
    check_offsets(letter_offsets, len(letters), "letter_offsets")
    check_equal(len(letter_offsets), len(offsets), "letter_offsets")
    found = [words_of_letters(letters[row]) for row in spans(letter_offsets)]
    for row, words, count in zip(
        spans(letter_offsets), found, np.diff(offsets).tolist(), strict=True
    ):
        if row.stop > row.start:
            check_equal(len(words), count, "words in letters of a story")
    return found


def _with_letters(a: list[bytes], b: list[bytes], rule: AlignRule, runs: list[Run]) -> list[Run]:
    """Take runs found by letters where those found by words are fewer than these."""
    smaller = min(len(a), len(b))
    found = sum(run.words for run in runs)
    others = drop_stray_runs(letter_runs(a, b), rule, smaller)
    words = sum(run.words for run in others)
    # In long texts some letters are the same by chance.
    return others if words > found and DAMAGE.letter_share * words >= smaller else runs


def _ragged(
    rows: list[list[tuple[int, ...]]], columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    values = [value for row in rows for value in row]
    return offsets_of([len(row) for row in rows]), np.array(values, np.int64).reshape(-1, columns)


def _passage_row(passage: Passage) -> tuple[int, ...]:
    return (
        *(passage.a_first, passage.a_last + 1, passage.b_first, passage.b_last + 1),
        *(passage.words, passage.quoted),
    )


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
