"""Posts of social networks that a page embeds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from dupdetect.kernels.codes import LINE_START, POST, QUOTED
from dupdetect.kernels.numbers import TEXT

_DASHES = ("\u2014".encode(), "\u2013".encode(), "\u2015".encode(), b"--", b" - ")


def mark_posts(
    text: bytes, starts: Sequence[int], folded: Sequence[bytes], marks: list[int]
) -> None:
    """Mark the words of posts as a quotation.

    A post ends with "\N{EM DASH} Name (@handle) March 3, 2019". It starts where its line does, or
    after the post before, and has at most ``post_words`` words before the name. Where the name
    starts a line, the line before is the post, if it has no more.

    Parameters
    ----------
    text : bytes
        UTF-8.
    starts : sequence of int
        First byte of each word.
    folded : sequence of bytes
        Each word's folded bytes.
    marks : list of int
        Changed in place.
    """
    done = 0  # words of posts before
    at = text.find(b"(@")
    while at >= 0:
        name = bisect_left(starts, _dash_before(text, at))
        end = _end_of_signature(text, at, starts, folded, marks)
        if name < bisect_left(starts, at) and end is not None:
            first = name - (name > done and _starts_line(name, marks))
            while (
                first > done and name - first < TEXT.post_words and not _starts_line(first, marks)
            ):
                first -= 1
            if _starts_line(name, marks) and first > done and not _starts_line(first, marks):
                first = name  # the line before is too long for a post
            marks[first:end] = [mark | QUOTED | POST for mark in marks[first:end]]
            done = end
        at = text.find(b"(@", at + 2)


def _starts_line(word: int, marks: Sequence[int]) -> bool:
    return word >= len(marks) or bool(marks[word] & LINE_START)


def _dash_before(text: bytes, at: int) -> int:
    """Return where the last dash before a name stands; where the text ends if there is none."""
    start = max(at - TEXT.name_bytes, text.rfind(b"\n", 0, at) + 1, 0)
    found = max(text.rfind(dash, start, at) for dash in _DASHES)
    return found if found >= 0 else len(text)


def _end_of_signature(
    text: bytes, at: int, starts: Sequence[int], folded: Sequence[bytes], marks: Sequence[int]
) -> int | None:
    """Return the word after the date, or after the handle where the line ends with it."""
    close = text.find(b")", at, at + TEXT.handle_bytes)
    if close < 0:
        return None
    word = bisect_left(starts, close)
    for t in range(word, min(word + TEXT.date_words, len(starts))):
        if _starts_line(t, marks):
            break
        if len(folded[t]) == 4 and all(c in b"0123456789" for c in folded[t]):
            return t + 1
    return word if _starts_line(word, marks) else None
