"""Agency credits in plain Python: regular expressions over bytes.

The oracle of the native kernel. Both read the same tables, made by ``dupdetect.stages.credit`` from
``agencies.toml``; here every sequence of runs becomes a regular expression.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dupdetect.kernels.numbers import CREDIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DATELINE, BYLINE, SIGNOFF, INSIDE, MENTION, AUTHOR = range(6)
LINE_STARTS, LINE_ENDS, AFTER_STOP = 1, 2, 4
_SPACE = b" \t\r\v\f"


class _Form(NamedTuple):
    place: int
    level: int
    after_stop: bool
    left: re.Pattern[bytes]
    right: re.Pattern[bytes]


class _Context(NamedTuple):
    """What stands on the line before and after a name; ``starts`` and ``ends`` when whole."""

    before: bytes
    after: bytes
    starts: bool
    ends: bool
    last: bool
    after_stop: bool  # the text before the line ends a sentence


def scan_credits(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    *,
    names: NDArray[np.uint8],
    name_offsets: NDArray[np.int64],
    name_agency: NDArray[np.int32],
    name_level: NDArray[np.uint8],
    form_place: NDArray[np.uint8],
    form_level: NDArray[np.uint8],
    form_anchor: NDArray[np.uint8],
    form_sequences: NDArray[np.int64],
    sequence_runs: NDArray[np.int64],
    runs: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    whole: NDArray[np.uint8],
    head: int,
    tail: int,
    fields: bool,
    threads: int = 1,  # noqa: ARG001 - one thread does it here
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.uint8],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]:
    """Find the agency names that stand in a credit.

    Parameters
    ----------
    text, offsets : ndarray of uint8 and of int64
        UTF-8 bytes of all stories, and where each starts and ends: ``(n + 1,)``.
    names, name_offsets : ndarray of uint8 and of int64
        Spellings of two and more bytes, longest first, and where each starts and ends.
    name_agency, name_level : ndarray of int32 and of uint8
        Per spelling the agency's number, and 0 (past), 1 (names), 2 (short) or 3 (words). A
        spelling that is part of a longer word in letters A to Z does not count.
    form_place, form_level, form_anchor : ndarray of uint8
        Per form its place, the weakest spelling it admits and :data:`LINE_STARTS` |
        :data:`LINE_ENDS` | :data:`AFTER_STOP`.
    form_sequences : ndarray of int64
        ``(2 * forms + 1,)``: form ``f`` has its left sequences in ``[2f, 2f + 1)`` and its right
        ones in ``[2f + 1, 2f + 2)`` of these offsets.
    sequence_runs : ndarray of int64
        ``(sequences + 1,)`` offsets into ``runs``, in runs.
    runs : ndarray of uint8
        ``(3 * runs,)``: class, least and greatest number of bytes.
    classes : ndarray of uint8
        ``(256 * classes,)``: 1 where a byte belongs to a class.
    whole : ndarray of uint8
        ``(n,)``: 1 for stories that are looked at from end to end.
    head, tail : int
        How many bytes at the start and the end of a story are looked at; between them, what
        begins at most 40 bytes behind an opening bracket or a stroke.
    fields : bool
        True for author fields: only byline and author forms count, anywhere in the field.
    threads : int
        Ignored.

    Returns
    -------
    story, agency, place, byte_start, byte_end, char_start, char_end
        One entry per credit, in order; spans are half open and count from the story's start.
    """
    data = text.tobytes()
    spellings, finder = _finder(names.tobytes(), name_offsets.tobytes())
    forms = _forms(
        *(form_place.tobytes(), form_level.tobytes(), form_anchor.tobytes()),
        *(form_sequences.tobytes(), sequence_runs.tobytes(), runs.tobytes(), classes.tobytes()),
    )
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    for number, (first, last) in enumerate(_spans(offsets)):
        story = data[first:last]
        done = 0
        for hit in finder.finditer(story) if spellings else ():
            start = hit.start()
            in_head, in_tail = start < head, start >= len(story) - tail
            before = story[max(0, start - CREDIT.bracket_reach) : start]
            bracketed = b"(" in before or b"/" in before
            if start < done or not (fields or in_head or in_tail or bracketed or whole[number]):
                continue
            for index, spelling in enumerate(spellings):
                if not story.startswith(spelling, start):
                    continue
                end = start + len(spelling)
                if _in_a_word(story, start, end):
                    continue
                context = _context(story, start, end)
                if fields:
                    places = [BYLINE, AUTHOR]
                else:
                    places = [DATELINE] * in_head + [BYLINE] * (in_head and not context.last)
                    places += [SIGNOFF] * in_tail + [INSIDE, MENTION]
                place = _place(forms, places, int(name_level[index]), context)
                if place is None:
                    continue
                if place == INSIDE and in_head:
                    place = DATELINE
                char = _characters(story[:start])
                width = _characters(spelling)
                agency = int(name_agency[index])
                rows.append((number, agency, place, start, end, char, char + width))
                done = end
                break
    table = list(zip(*rows, strict=True)) or [()] * 7
    return (
        np.array(table[0], np.int64),
        np.array(table[1], np.int32),
        np.array(table[2], np.uint8),
        np.array(table[3], np.int64),
        np.array(table[4], np.int64),
        np.array(table[5], np.int64),
        np.array(table[6], np.int64),
    )


def _spans(offsets: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    values = offsets.tolist()
    return pairwise(values)


def _in_a_word(story: bytes, start: int, end: int) -> bool:
    """Whether a name is a part of a longer word; a small letter may be a misread bracket."""
    before, first = story[start - 1 : start] if start else b"", story[start : start + 1]
    last, after = story[end - 1 : end], story[end : end + 1]
    glued = before.isalpha() and first.isalpha() and not (before.islower() and first.isupper())
    return glued or (last.isalpha() and after.isalpha())


def _characters(data: bytes) -> int:
    """Count the bytes that do not continue a character."""
    return sum(byte & 0xC0 != 0x80 for byte in data)


@lru_cache(maxsize=4)  # the tables are large and nearly always the same
def _finder(names: bytes, name_offsets: bytes) -> tuple[list[bytes], re.Pattern[bytes]]:
    """Return the spellings, and an expression that stops wherever one of them begins."""
    spellings = [names[a:b] for a, b in _spans(np.frombuffer(name_offsets, np.int64))]
    return spellings, re.compile(b"(?=" + b"|".join(map(re.escape, spellings)) + b")", re.DOTALL)


@lru_cache(maxsize=4)
def _forms(
    places: bytes,
    levels: bytes,
    anchors: bytes,
    form_sequences: bytes,
    sequence_runs: bytes,
    runs: bytes,
    classes: bytes,
) -> list[_Form]:
    """Write the sequences of runs on both sides of each form as regular expressions."""
    members = [
        b"[" + b"".join(b"\\x%02x" % byte for byte in range(256) if classes[first + byte]) + b"]"
        for first in range(0, len(classes), 256)
    ]
    each = [
        b"%s{%d,%d}" % (members[runs[at]], runs[at + 1], runs[at + 2])
        for at in range(0, len(runs), 3)
    ]
    sequences = [b"".join(each[a:b]) for a, b in _spans(np.frombuffer(sequence_runs, np.int64))]
    sides = [
        b"(?:" + b"|".join(sequences[a:b]) + b")"
        for a, b in _spans(np.frombuffer(form_sequences, np.int64))
    ]
    return [
        _Form(
            place,
            level,
            bool(anchor & AFTER_STOP),
            re.compile((rb"\A" if anchor & LINE_STARTS else b"") + left + rb"\Z"),
            re.compile(right + (rb"\Z" if anchor & LINE_ENDS else b"")),
        )
        for place, level, anchor, left, right in zip(
            places, levels, anchors, sides[::2], sides[1::2], strict=True
        )
    ]


def _context(story: bytes, start: int, end: int) -> _Context:
    before = story[max(0, start - CREDIT.context) : start]
    newline = before.rfind(b"\n")
    starts = newline >= 0 or start <= CREDIT.context
    left = start - len(before) + newline + 1 if starts else 0
    last_before = story[max(0, left - CREDIT.context) : left].rstrip(_SPACE + b"\n")[-1:]
    before = before[newline + 1 :]
    after, newline_after, _ = story[end : end + CREDIT.context].partition(b"\n")
    ends = bool(newline_after) or end + CREDIT.context >= len(story)
    return _Context(
        before.lstrip(_SPACE) if starts else before,
        after.rstrip(_SPACE) if ends else after,
        starts,
        ends,
        ends and not story[end + len(after) :].strip(_SPACE + b"\n"),
        last_before >= b"\x80" or last_before in set(map(bytes, zip(b".!?)]\"'"))),
    )


def _place(forms: list[_Form], places: list[int], level: int, context: _Context) -> int | None:
    for place in places:
        for form in forms:
            if form.place != place or level > form.level:
                continue
            if form.after_stop and not context.after_stop:
                continue
            if not context.starts and form.left.pattern.startswith(rb"\A"):
                continue
            if not context.ends and form.right.pattern.endswith(rb"\Z"):
                continue
            if form.left.search(context.before) and form.right.match(context.after):
                return place
    return None
