"""What speakers say, as transcripts print it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from dupdetect.kernels.codes import LINE_START, QUOTED, SENTENCE_START
from dupdetect.kernels.numbers import TEXT

_CAPITALS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def mark_transcripts(
    text: bytes, starts: Sequence[int], ends: Sequence[int], marks: list[int]
) -> None:
    """Mark what speakers say as a quotation.

    It stands after names in capitals and a colon ("VENN: We had sixteen ships."), to the end of
    the line, where one of the names comes again.

    Parameters
    ----------
    text : bytes
        UTF-8.
    starts, ends : sequence of int
        Bytes of each word.
    marks : list of int
        Changed in place.
    """

    def is_capital(word: int) -> bool:
        return _CAPITALS.issuperset(text[starts[word] : ends[word]])

    firsts, names = [], []
    at = text.find(b": ")
    while at >= 0:
        last = bisect_left(ends, at)
        if last < len(ends) and ends[last] == at and is_capital(last):
            first = last
            while (
                not marks[first] & SENTENCE_START
                and first > 0
                and last - first < TEXT.speaker_words
                and is_capital(first - 1)
            ):
                first -= 1
            if marks[first] & SENTENCE_START and last - first < TEXT.speaker_words:
                firsts.append(first)
                names.append(text[starts[first] : at])
        at = text.find(b": ", at + 1)
    if len(set(names)) == len(names):
        return
    for first in firsts:
        lines = (t for t in range(first + 1, len(marks)) if marks[t] & LINE_START)
        end = next(lines, len(marks))
        marks[first:end] = [mark | QUOTED for mark in marks[first:end]]
