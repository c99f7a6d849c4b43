"""Lines of all stories, and which of them sites print again and again in unrelated stories."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.hashing import MASK64, mix64, sequence_hash, token_hash
from dupdetect.kernels.reference.prepare import read_story
from dupdetect.kernels.reference.sketch import shingles_of

ENDS_SENTENCE, HAS_PHRASE, ENDS_COLON = 1, 2, 4
"""Bits of a line's flags."""

_SHINGLE_WORDS = 5
_BRIDGES = 8  # longest stories that print a line
_MOST_COUNTED = 0xFFFF
_FULL = 3  # weak rests that count as one


def scan_lines(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    phrase_tokens: NDArray[np.uint64],
    phrase_offsets: NDArray[np.int64],
    phrase_most_words: NDArray[np.int32],
    threads: int,  # noqa: ARG001  one thread does it here
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint8]]:
    """Find the lines of many stories and the phrases that make a line furniture.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    phrase_tokens : uint64, shape (tokens,)
        Token hashes of all phrases ("all rights reserved").
    phrase_offsets : int64, shape (phrases + 1,)
        Where each phrase starts and ends; empty ones never occur.
    phrase_most_words : int32, shape (phrases,)
        Words a line may have for the phrase to count; negative: any number.
    threads
        Without effect.

    Returns
    -------
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    keys : uint64, shape (lines,)
        Equal for lines of equal folded words, digits taken as 0.
    words : uint32, shape (lines,)
        Words of each line.
    flags : uint8, shape (lines,)
        ``ENDS_SENTENCE | HAS_PHRASE | ENDS_COLON``.

    Raises
    ------
    ValueError
        When offsets leave the data or lengths differ.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(phrase_offsets, len(phrase_tokens), "phrase_offsets")
    check_equal(len(phrase_most_words), len(phrase_offsets) - 1, "phrase_most_words")
    limits = [float("inf") if most < 0 else most for most in phrase_most_words.tolist()]
    phrases = [tuple(phrase_tokens[row].tolist()) for row in spans(phrase_offsets)]
    counts, keys, words, flags = [], [], [], []
    for row in spans(offsets):
        story = read_story(text[row].tobytes())
        counts.append(len(story.lines))
        for line in story.lines:
            tokens = story.hashes[line.begin : line.end]
            has_phrase = any(
                phrase and len(tokens) <= limit and _contains(tokens, phrase)
                for phrase, limit in zip(phrases, limits, strict=True)
            )
            keys.append(sequence_hash(story.zeroed[line.begin : line.end]))
            words.append(len(tokens))
            flags.append(
                ENDS_SENTENCE * line.ends_sentence
                | HAS_PHRASE * has_phrase
                | ENDS_COLON * line.ends_colon
            )
    return (
        offsets_of(counts),
        np.array(keys, np.uint64),
        np.array(words, np.uint32),
        np.array(flags, np.uint8),
    )


def _contains(tokens: tuple[int, ...], phrase: tuple[int, ...]) -> bool:
    return any(tokens[i : i + len(phrase)] == phrase for i in range(len(tokens)))


def repeated_lines(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    keys: NDArray[np.uint64],
    line_offsets: NDArray[np.int64],
    words: NDArray[np.uint32],
    publishers: NDArray[np.int32],
    same_publisher: int,
    any_publisher: int,
    rest_words: int,
    rest_share: float,
    most_shared: float,
    most_tries: int,
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.uint8]:
    """Find the lines that sites print in unrelated stories.

    Stories that print a line testify against it when their *rests*, the lines that are rarer
    than it, have little in common. Copies of a syndicated story have like rests, so they cannot
    testify against its own lines, however many they are.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    keys, line_offsets, words
        Lines as :func:`scan_lines` returns them.
    publishers : int32, shape (n,)
        Number of each story's publisher; negative: unknown.
    same_publisher, any_publisher : int
        Unrelated stories of one publisher, or of any, that make a line repeated.
    rest_words : int
        Words that a story's rest needs to count.
    rest_share : float
        Share (0-1) of all the story's words below which its rest is weak: three count as one.
    most_shared : float
        Share (0-1) of the smaller rest up to which two rests are unrelated: first words in
        equal lines, then word 5-gram shingles.
    most_tries : int
        Stories that are asked about a line; those of the smallest content hashes, one for each
        content: of stories whose lines are equal, digits taken as 0, that of the smallest hash of
        its bytes.
    threads
        Without effect.

    Returns
    -------
    uint8, shape (lines,)
        1 where the line is repeated.

    Raises
    ------
    ValueError
        When offsets leave the data, lengths differ, or lines do not belong to the texts.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(line_offsets, len(keys), "line_offsets")
    check_equal(len(line_offsets), len(offsets), "line_offsets")
    check_equal(len(words), len(keys), "words")
    check_equal(len(publishers), len(offsets) - 1, "publishers")
    stories = [
        _Lines(text[row].tobytes(), first.start, keys[first].tolist(), words[first].tolist())
        for row, first in zip(spans(offsets), spans(line_offsets), strict=True)
    ]
    repeated = np.zeros(len(keys), np.uint8)
    rule = _Rule(rest_words, rest_share, most_shared, most_tries)
    known = publishers.tolist()
    if (publishers >= 0).any():
        _judge(stories, known, known, same_publisher, rule, repeated)
    _judge(stories, [0] * len(stories), known, any_publisher, rule, repeated)
    return repeated


@dataclass(frozen=True, slots=True)
class _Rule:
    rest_words: int
    rest_share: float
    most_shared: float
    most_tries: int


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one story; line ``k`` has number ``first + k`` among all lines."""

    text: bytes
    first: int
    keys: list[int]
    words: list[int]

    def content(self) -> int:
        """Return a hash of the lines in any order."""
        return mix64(sum(key * key for key in self.keys) & MASK64)

    def place(self) -> tuple[int, int]:
        """Return what stories are ordered by; where contents are equal, the bytes decide."""
        return self.content(), token_hash(self.text)


@dataclass(frozen=True, slots=True)
class _Rest:
    """The lines of a story that are rarer than the line under judgement."""

    story: _Lines
    words_of: list[tuple[int, int]]  # (key, words) of each line

    def keys(self) -> set[int]:
        return {key for key, _ in self.words_of}

    def words(self) -> int:
        return sum(words for _, words in self.words_of)

    def shingles(self) -> set[int]:
        prepared = read_story(self.story.text)
        if len(prepared.lines) != len(self.story.keys):
            raise ValueError("line_offsets: lines do not belong to these texts")
        mine = self.keys()
        tokens = [
            token
            for line, key in zip(prepared.lines, self.story.keys, strict=True)
            if key in mine
            for token in prepared.hashes[line.begin : line.end]
        ]
        return set(shingles_of(tokens, _SHINGLE_WORDS))


def _judge(
    stories: list[_Lines],
    publishers: list[int],
    known: list[int],
    bar: int,
    rule: _Rule,
    repeated: NDArray[np.uint8],
) -> None:
    """Mark the lines against which ``bar`` unrelated stories of one publisher testify."""
    places: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for number, (story, publisher) in enumerate(zip(stories, publishers, strict=True)):
        for place, key in enumerate(story.keys, story.first):
            if publisher >= 0:
                places[publisher, key].append((number, place))
    printed_in = {
        group: min(len({number for number, _ in where}), _MOST_COUNTED)
        for group, where in places.items()
    }
    printing: defaultdict[int, set[int]] = defaultdict(set)
    for (_, key), where in places.items():
        printing[key].update(number for number, _ in where)
    for (publisher, key), where in places.items():
        count = printed_in[publisher, key]
        if count < bar:
            continue

        def rest_of(number: int, below: int) -> _Rest:
            story, of = stories[number], publishers[number]
            lines = zip(story.keys, story.words, strict=True)
            return _Rest(story, [one for one in lines if printed_in[of, one[0]] < below])

        rests = [rest_of(number, count) for number in sorted({number for number, _ in where})]
        longest = sorted(printing[key], key=lambda n: (-sum(stories[n].words), stories[n].place()))[
            :_BRIDGES
        ]
        bridges = [rest_of(number, _MOST_COUNTED + 1) for number in longest]
        if not _same_story(bridges, [known[number] for number in longest], rule):
            bridges = []
        if _enough_unrelated(rests, bridges, bar, rule):
            repeated[[place for _, place in where]] = 1


def _same_story(bridges: list[_Rest], publishers: list[int], rule: _Rule) -> bool:
    """Whether two of the longest stories share lines though no publisher.

    Else a line is no story's own, and what holds two of its stories is chance.
    """
    both = combinations(zip(bridges, publishers, strict=True), 2)
    return any(
        _share_lines(other, one, rule.most_shared)  # a line that it has twice counts twice
        for (one, first), (other, second) in both
        if first < 0 or first != second
    )


def _enough_unrelated(rests: list[_Rest], bridges: list[_Rest], bar: int, rule: _Rule) -> bool:
    """Whether as many rests are unrelated to each other, chosen greedily, as the bar asks for.

    Head and tail of one story share nothing themselves, but both are related to a bridge, which
    holds them both: of those related to one bridge only one stays. Versions of one story share
    most of their words; what each adds is weak evidence, as is a brief on a page full of
    furniture: it takes three weak ones to count as one.
    """
    by_content: dict[int, _Rest] = {}
    for rest in sorted(rests, key=lambda rest: rest.story.place()):
        by_content.setdefault(rest.story.content(), rest)
    chosen: list[_Rest] = []

    def enough() -> bool:
        weak = [rest.words() < rule.rest_share * sum(rest.story.words) for rest in chosen]
        return sum(1 if one else _FULL for one in weak) >= _FULL * bar

    for rest in list(by_content.values())[: rule.most_tries]:
        if rest.words() < rule.rest_words:
            continue
        if not any(_alike(rest, other, rule.most_shared) for other in chosen):
            chosen.append(rest)
        if enough():
            chosen = _drop_bridged(chosen, bridges, rule.most_shared)
        if enough():
            break
    return enough()


def _drop_bridged(chosen: list[_Rest], bridges: list[_Rest], most_shared: float) -> list[_Rest]:
    kept = []
    taken: set[int] = set()
    for rest in chosen:
        reached = {b for b, bridge in enumerate(bridges) if _alike(rest, bridge, most_shared)}
        if not reached & taken:
            kept.append(rest)
        taken |= reached
    return kept


def _alike(a: _Rest, b: _Rest, most_shared: float) -> bool:
    if _share_lines(a, b, most_shared):
        return True
    mine, others = a.shingles(), b.shingles()
    return len(mine & others) > most_shared * min(len(mine), len(others))


def _share_lines(a: _Rest, b: _Rest, most_shared: float) -> bool:
    in_b = b.keys()
    shared = sum(words for key, words in a.words_of if key in in_b)
    return shared > most_shared * min(a.words(), b.words())


BODY, DOUBTFUL, FURNITURE = 0, 1, 2
"""What a line can be taken for."""


def line_status(
    line_offsets: NDArray[np.int64],
    words: NDArray[np.uint32],
    flags: NDArray[np.uint8],
    repeated: NDArray[np.uint8],
    doubtful_words: int,
    caption_words: int,
    caption_lines: int,
    phrases: bool,
    least_prose: float,
    threads: int,  # noqa: ARG001  one thread does it here
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Say what every line is taken for.

    Parameters
    ----------
    line_offsets, words, flags
        Lines as :func:`scan_lines` returns them.
    repeated : uint8, shape (lines,)
        Not 0 where unrelated stories print the line.
    doubtful_words : int
        An open line, one that ends no sentence, of fewer words is doubtful.
    caption_words, caption_lines : int
        An open line of fewer words, with up to so many of them side by side, that ends with no
        colon and has prose behind it is doubtful, too.
    phrases : bool
        Whether lines with a phrase are furniture.
    least_prose : float
        Share (0-1) of a story's words, repeated lines aside, that must be body: else only
        repetition makes furniture.
    threads
        Without effect.

    Returns
    -------
    status : uint8, shape (lines,)
        ``BODY``, ``DOUBTFUL`` or ``FURNITURE``.
    repeated : uint8, shape (lines,)
        As given, but 0 in stories that have no other lines.

    Raises
    ------
    ValueError
        When offsets leave the data or lengths differ.
    """
    check_offsets(line_offsets, len(words), "line_offsets")
    check_equal(len(flags), len(words), "flags")
    check_equal(len(repeated), len(words), "repeated")
    status = np.full(len(words), BODY, np.uint8)
    left = np.array(repeated, np.uint8)
    for row in spans(line_offsets):
        numbers = range(row.start, row.stop)
        size = {line: int(words[line]) for line in numbers}
        own = [line for line in numbers if not repeated[line]]
        if sum(size[line] for line in own) == 0:
            own = list(numbers)
            left[row] = 0
        is_open = {line: not flags[line] & ENDS_SENTENCE for line in numbers}
        for line in numbers:
            if is_open[line] and size[line] < doubtful_words:
                status[line] = DOUBTFUL
            if phrases and flags[line] & HAS_PHRASE:
                status[line] = FURNITURE
        prose = [line for line in own if not is_open[line] and status[line] == BODY]
        for line in numbers:
            if (
                is_open[line]
                and size[line] < caption_words
                and status[line] == BODY
                and not flags[line] & ENDS_COLON
                and _run_length(line, is_open) <= caption_lines
                and any(other > line for other in prose)
            ):
                status[line] = DOUBTFUL
        body = sum(size[line] for line in own if status[line] == BODY)
        if body < least_prose * sum(size[line] for line in own):
            status[row] = BODY
        status[row][left[row] != 0] = FURNITURE
    return status, left


def _run_length(line: int, is_open: dict[int, bool]) -> int:
    """Return how many open lines stand side by side there."""
    first = last = line
    while is_open.get(first - 1):
        first -= 1
    while is_open.get(last + 1):
        last += 1
    return last - first + 1


def count_equal(
    keys: NDArray[np.uint64], chosen: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count equal keys among those chosen.

    Parameters
    ----------
    keys : uint64, shape (n,)
        Any numbers.
    chosen : uint8, shape (n,)
        Not 0 for those that count.

    Returns
    -------
    first : int64, shape (different,)
        Where each different key stands first, ascending.
    counts : int64, shape (different,)
        How often it stands anywhere.

    Raises
    ------
    ValueError
        When the lengths differ.
    """
    check_equal(len(chosen), len(keys), "chosen")
    counts: dict[int, int] = {}
    first: list[int] = []
    for place in np.flatnonzero(chosen).tolist():
        key = int(keys[place])
        if key not in counts:
            first.append(place)
        counts[key] = counts.get(key, 0) + 1
    return np.array(first, np.int64), np.array(list(counts.values()), np.int64)
