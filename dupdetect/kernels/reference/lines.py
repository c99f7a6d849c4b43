"""Lines of all stories, what each is taken for, and how often they are printed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import (
    BODY,
    DOUBTFUL,
    ENDS_COLON,
    ENDS_SENTENCE,
    FURNITURE,
    STANDING,
    TERMS,
    WEAK,
)
from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.hashing import sequence_hash
from dupdetect.kernels.reference.page import TermTable, page_flags
from dupdetect.kernels.reference.prepare import read_story


def scan_lines(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    term_tokens: NDArray[np.uint64],
    term_offsets: NDArray[np.int64],
    term_most_words: NDArray[np.int32],
    term_kinds: NDArray[np.uint8],
    threads: int,  # noqa: ARG001  one thread does it here
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint8]]:
    """Find the lines of many stories, and what each is by itself.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    term_tokens : uint64, shape (tokens,)
        Token hashes of all terms ("all rights reserved").
    term_offsets : int64, shape (terms + 1,)
        Where each term starts and ends; empty ones never occur.
    term_most_words : int32, shape (terms,)
        Words a line may have for the term to count; negative: any number.
    term_kinds : uint8, shape (terms,)
        What the term says of a line: a number of ``TERMS``.
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
        ``ENDS_SENTENCE | PHRASE | ENDS_COLON | CREDIT | CAPTION | TWIN | PLAYER | LINK_LIST``.

    Raises
    ------
    ValueError
        When offsets leave the data, lengths differ, or a number is no kind.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(term_offsets, len(term_tokens), "term_offsets")
    check_equal(len(term_most_words), len(term_offsets) - 1, "term_most_words")
    check_equal(len(term_kinds), len(term_offsets) - 1, "term_kinds")
    tokens = [tuple(term_tokens[row].tolist()) for row in spans(term_offsets)]
    terms = TermTable.of(tokens, term_most_words.tolist(), term_kinds.tolist())
    counts, keys, words, flags = [], [], [], []
    for row in spans(offsets):
        page = text[row].tobytes()
        story = read_story(page)
        counts.append(len(story.lines))
        keys += [sequence_hash(story.zeroed[line.begin : line.end]) for line in story.lines]
        words += [line.end - line.begin for line in story.lines]
        flags += page_flags(page, story, terms)
    return (
        offsets_of(counts),
        np.array(keys, np.uint64),
        np.array(words, np.uint32),
        np.array(flags, np.uint8),
    )


def line_status(
    line_offsets: NDArray[np.int64],
    words: NDArray[np.uint32],
    flags: NDArray[np.uint8],
    verdicts: NDArray[np.uint8],
    doubtful_words: int,
    caption_words: int,
    caption_lines: int,
    taken: int,
    least_body: int,
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.uint8]:
    """Say what every line is taken for.

    Parameters
    ----------
    line_offsets, words, flags
        Lines as :func:`scan_lines` returns them.
    verdicts : uint8, shape (lines,)
        What repetition makes of them: ``BODY``, ``FURNITURE`` or ``STANDING``.
    doubtful_words : int
        An open line, one that ends no sentence, of fewer words is doubtful.
    caption_words, caption_lines : int
        An open line of fewer words, with up to so many of them side by side, that ends with no
        colon and has prose behind it is doubtful, too.
    taken : int
        Flags of which each makes a line furniture.
    least_body : int
        Words of body that a story must have, if they are less than half of those that no other
        page prints: else all these come back as ``WEAK``, and the repeated ones, too, where there
        are no others.
    threads
        Without effect.

    Returns
    -------
    uint8, shape (lines,)
        ``BODY``, ``DOUBTFUL``, ``FURNITURE``, ``STANDING`` or ``WEAK``.

    Raises
    ------
    ValueError
        When offsets leave the data or lengths differ.
    """
    check_offsets(line_offsets, len(words), "line_offsets")
    check_equal(len(flags), len(words), "flags")
    check_equal(len(verdicts), len(words), "verdicts")
    status = np.full(len(words), BODY, np.uint8)
    for row in spans(line_offsets):
        numbers = range(row.start, row.stop)
        size = {line: int(words[line]) for line in numbers}
        is_open = {line: not flags[line] & ENDS_SENTENCE for line in numbers}
        repeats = {line: verdicts[line] == FURNITURE for line in numbers}
        for line in numbers:
            if is_open[line] and size[line] < doubtful_words:
                status[line] = DOUBTFUL
            if flags[line] & taken:
                status[line] = FURNITURE
        prose = [
            line
            for line in numbers
            if not is_open[line] and not repeats[line] and status[line] == BODY
        ]
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
        for line in numbers:
            if repeats[line]:
                status[line] = FURNITURE
            elif verdicts[line] == STANDING and status[line] != FURNITURE:
                status[line] = STANDING
        body = sum(size[line] for line in numbers if status[line] == BODY)
        own = sum(size[line] for line in numbers if not repeats[line])
        if body < least_body and (2 * body < own or own == 0):
            for line in numbers:
                status[line] = FURNITURE if repeats[line] and own else WEAK
    return status


def _run_length(line: int, is_open: dict[int, bool]) -> int:
    """Return how many open lines stand side by side there."""
    first = last = line
    while is_open.get(first - 1):
        first -= 1
    while is_open.get(last + 1):
        last += 1
    return last - first + 1


def have_terms(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    stories: NDArray[np.int64],
    term_tokens: NDArray[np.uint64],
    term_offsets: NDArray[np.int64],
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.uint8]:
    """Tell which stories have a line in which a term stands.

    Parameters
    ----------
    text, offsets, term_tokens, term_offsets
        As for :func:`scan_lines`.
    stories : int64, shape (asked,)
        Numbers of those that are asked about.
    threads
        Without effect.

    Returns
    -------
    uint8, shape (asked,)
        1 for those that have.

    Raises
    ------
    ValueError
        When offsets leave the data, lengths differ, or there is no such story.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(term_offsets, len(term_tokens), "term_offsets")
    rows = spans(offsets)
    for number in stories.tolist():
        if not 0 <= number < len(rows):
            raise ValueError(f"stories: {number} is no story's number")
    terms = [tuple(term_tokens[row].tolist()) for row in spans(term_offsets)]
    table = TermTable.of(terms, [-1] * len(terms), [TERMS.index("furniture")] * len(terms))

    def has_one(number: int) -> bool:
        story = read_story(text[rows[number]].tobytes())
        return any(table.search(story.hashes[line.begin : line.end]) for line in story.lines)

    return np.array(list(map(has_one, stories.tolist())), np.uint8)


def printed_before(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_offsets: NDArray[np.int64],
    keys: NDArray[np.uint64],
    chosen: NDArray[np.uint8],
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.uint8]:
    """Tell which lines stand in the same text before, byte for byte.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    keys : uint64, shape (lines,)
        As :func:`scan_lines` returns them: equal where the lines are.
    chosen : uint8, shape (lines,)
        Not 0 for lines that count.
    threads
        Without effect.

    Returns
    -------
    uint8, shape (lines,)
        1 for those lines.

    Raises
    ------
    ValueError
        When offsets leave the data, lengths differ or lines do not belong to the texts.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(line_offsets, len(keys), "line_offsets")
    check_equal(len(line_offsets), len(offsets), "line_offsets")
    check_equal(len(chosen), len(keys), "chosen")
    before = np.zeros(len(keys), np.uint8)
    for row, lines in zip(spans(offsets), spans(line_offsets), strict=True):
        numbers = [line for line in range(lines.start, lines.stop) if chosen[line]]
        if len({int(keys[line]) for line in numbers}) == len(numbers):
            continue
        data = text[row].tobytes()
        story = read_story(data)
        check_equal(lines.stop - lines.start, len(story.lines), "lines of a story")
        seen: set[bytes] = set()
        for number in numbers:
            line = story.lines[number - lines.start]
            words = data[story.starts[line.begin] : story.ends[line.end - 1]]
            before[number] = words in seen
            seen.add(words)
    return before


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
