"""Words, sentences, quotations and lines of a text.

Three steps: bytes to characters, characters to words, and what stands in the gaps between words
to sentences, quotations and lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import ANNOUNCED, LINE_START, QUOTED, SENTENCE_START
from dupdetect.kernels.numbers import TEXT
from dupdetect.kernels.reference import fold
from dupdetect.kernels.reference.hashing import MASK32, token_hash
from dupdetect.kernels.reference.link_lists import find_link_lists
from dupdetect.kernels.reference.posts import mark_posts
from dupdetect.kernels.reference.transcripts import mark_transcripts

_NO_END, _WEAK_END, _STRONG_END = range(3)
_DOUBLE_MARKS, _SINGLE_MARKS = 1, 2  # bits: inside which quotation marks
_SPACE_BEFORE, _SPACE_AFTER = b" \t\r\n([-", b" \t\r\n.,;:?!)-"  # about a quotation mark
_MOST_BYTES = 2**32 - 2  # positions are 32 bits; of a word and a space each 2**31 - 1 words
_ZEROES = bytes.maketrans(b"123456789", b"000000000")
_DIGITS = frozenset(b"0123456789")
LOWER = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_UPPER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Line(NamedTuple):
    """Words ``[begin, end)`` of a story, and what they end with."""

    begin: int
    end: int
    ends_sentence: bool
    ends_colon: bool = False  # it announces what follows
    link_list: bool = False  # inside a paragraph


@dataclass(frozen=True, slots=True)
class Story:
    """A prepared text; one entry per word, byte spans half open."""

    folded: tuple[bytes, ...]
    hashes: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    marks: tuple[int, ...]
    zeroed: tuple[int, ...]
    masks: tuple[int, ...]
    single: tuple[bool, ...]  # one character of a script without spaces
    lines: tuple[Line, ...]
    flowing: bool


class _Char(NamedTuple):
    start: int
    end: int
    kind: int
    folded: str


class _Word(NamedTuple):
    """Characters ``[first, last]`` of the text, dropped ones in and directly behind it."""

    first: int
    last: int
    folded: bytes


class _Gap(NamedTuple):
    """What stands between two words."""

    newlines: int
    ended: int  # how the words before it end: at the first newline if there is one
    boundary: bool  # a sentence ends here
    clean: bool  # nothing but spaces, stops and closing brackets (since the first newline)
    quoted: int  # inside which quotation marks it leaves off
    quoted_before: int  # and inside which it was at the first newline
    colon: bool  # the words before it end with a colon, as for ended


def prepare(
    text: NDArray[np.uint8],
) -> tuple[
    NDArray[np.uint64],
    NDArray[np.uint32],
    NDArray[np.uint32],
    NDArray[np.uint8],
    NDArray[np.uint64],
    NDArray[np.uint64],
    NDArray[np.uint32],
    bool,
]:
    r"""Split one text into words and lines.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8, less than 4 GiB. Bytes that are not, overlong forms and surrogates among them,
        separate words.

    Returns
    -------
    hashes : uint64, shape (words,)
        XXH3 of each word's folded bytes (see :mod:`dupdetect.kernels.reference.fold`).
    starts, ends : uint32, shape (words,)
        Half-open bytes of the text.
    marks : uint8, shape (words,)
        ``SENTENCE_START | QUOTED | LINE_START | ANNOUNCED``.
    zeroed : uint64, shape (words,)
        As ``hashes`` with every digit a 0.
    masks : uint64, shape (words,)
        A bit for each pair of neighbouring letters; 0 for words under four letters.
    lines : uint32, shape (lines, 3)
        First word, word after the last, and 1 when the line ends a sentence, 2 when it ends with
        a colon, 4 when it is a list of links inside a paragraph.
    flowing : bool
        Whether the text has a single line. Its sentences then stand in for lines, as do those of
        any line of more than ``flowing_words`` words.

    Raises
    ------
    ValueError
        When the text is too long.

    Examples
    --------
    >>> text = np.frombuffer("Él said: “No.”\nA.P. Photo".encode(), np.uint8)
    >>> hashes, starts, ends, marks, *_, lines, flowing = prepare(text)
    >>> [bytes(text[a:b]).decode() for a, b in zip(starts, ends)]
    ['Él', 'said', 'No', 'A', 'P', 'Photo']
    >>> marks.tolist(), lines.tolist(), flowing
    ([5, 0, 2, 5, 0, 0], [[0, 3, 1], [3, 6, 0]], False)
    """
    _check_size(text.size)
    story = read_story(text.tobytes())
    return (
        np.array(story.hashes, np.uint64),
        np.array(story.starts, np.uint32),
        np.array(story.ends, np.uint32),
        np.array(story.marks, np.uint8),
        np.array(story.zeroed, np.uint64),
        np.array(story.masks, np.uint64),
        np.array(
            [(a, b, ends | colon << 1 | links << 2) for a, b, ends, colon, links in story.lines],
            np.uint32,
        ).reshape(-1, 3),
        story.flowing,
    )


@lru_cache(maxsize=4096)
def read_story(text: bytes) -> Story:
    """Split one text; the same as :func:`prepare` on Python objects."""
    _check_size(len(text))
    chars = _read_chars(text)
    words = _find_words(text, chars)
    marks, lines, open_ends = _mark_words(text, chars, words)
    flowing = len(lines) == 1
    starts = [chars[word.first].start for word in words]
    ends = [chars[word.last].end for word in words]
    folded = [word.folded for word in words]
    lists = find_link_lists(text, starts, ends, folded, [line[:2] for line in lines])
    lines = _split_lists(lines, lists, marks)
    lines = [part for line in lines for part in _split_flowing(line, marks, flowing)]
    _drop_long_quotations(marks, open_ends)
    mark_posts(text, starts, folded, marks)
    mark_transcripts(text, starts, ends, marks)
    return Story(
        folded=tuple(folded),
        hashes=tuple(token_hash(word.folded) for word in words),
        starts=tuple(starts),
        ends=tuple(ends),
        marks=tuple(marks),
        zeroed=tuple(token_hash(word.folded.translate(_ZEROES)) for word in words),
        masks=tuple(bigram_mask(word.folded.decode()) for word in words),
        single=tuple(len(word.folded) > 2 and len(word.folded.decode()) == 1 for word in words),
        lines=tuple(lines),
        flowing=flowing,
    )


def _split_lists(lines: list[Line], lists: list[tuple[int, int]], marks: list[int]) -> list[Line]:
    """Make lines of lists of links, and of what stands before and after them."""
    split = []
    for line in lines:
        begin = line.begin
        for first, end in lists:
            if line.begin <= first < line.end:
                split += [Line(begin, first, False), Line(first, end, False, link_list=True)]
                begin = end
                marks[first] |= SENTENCE_START
                if end < len(marks):
                    marks[end] |= SENTENCE_START
        split.append(line._replace(begin=begin))
    return [line for line in split if line.begin < line.end]


def _split_flowing(line: Line, marks: list[int], flowing: bool) -> list[Line]:
    """Sentences stand in for lines where there is only one, and where text runs on for long."""
    if line.link_list or (not flowing and line.end - line.begin <= TEXT.flowing_words):
        return [line]
    starts = [t for t in range(line.begin + 1, line.end) if marks[t] & SENTENCE_START]
    parts = [Line(a, b, True) for a, b in pairwise([line.begin, *starts, line.end])]
    parts[-1] = parts[-1]._replace(
        ends_sentence=flowing or line.ends_sentence, ends_colon=line.ends_colon
    )
    return parts


def _drop_long_quotations(marks: list[int], open_ends: set[int]) -> None:
    """Take long ones of one line for none; before ``open_ends`` a line ends inside of one."""
    first = 0
    for t in range(1, len(marks) + 1):
        goes_on = t < len(marks) and not marks[t] & LINE_START
        if goes_on and marks[t] & QUOTED == marks[t - 1] & QUOTED:
            continue
        most = TEXT.long_quotation
        if t in open_ends:
            opens_again = t < len(marks) and marks[t] & QUOTED
            most = TEXT.long_open_quotation if opens_again else TEXT.long_lost_quotation
        if marks[first] & QUOTED and t - first > most:
            marks[first:t] = [mark & ~QUOTED for mark in marks[first:t]]
        first = t


def _check_size(size: int) -> None:
    if size > _MOST_BYTES:
        raise ValueError(f"text: {size} bytes in one story, expected less than 4 GiB; split it")


def bigram_mask(word: str) -> int:
    """Return 64 bits with one set for each pair of neighbouring letters, boundaries included.

    Words under four letters have none: too little to call two of them alike.
    """
    if len(word) < 4:
        return 0
    letters = [1, *map(_letter_number, word), 2]
    mask = 0
    for first, second in pairwise(letters):
        mixed = (first * 0x9E3779B1 ^ second * 0x85EBCA77) * 0xC2B2AE3D & MASK32
        mask |= 1 << (mixed >> 26)
    return mask


def _letter_number(letter: str) -> int:
    """Join the bits of a letter's UTF-8 bytes, the first byte whole."""
    first, *more = letter.encode()
    for byte in more:
        first = first << 6 | byte & 0x3F
    return first


def _read_chars(text: bytes) -> list[_Char]:
    chars = []
    at = 0
    while at < len(text):
        point, length = _decode(text, at)
        kind, folded = (fold.OTHER, "") if point is None else fold.fold_char(chr(point))
        chars.append(_Char(at, at + length, kind, folded))
        at += length
    return chars


def _decode(text: bytes, at: int) -> tuple[int | None, int]:
    """Return the code point at a byte and its length; None and 1 for a byte out of place."""
    lead = text[at]
    length = 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)
    try:
        return ord(text[at : at + length].decode()), length
    except UnicodeDecodeError:
        return None, 1


def _find_words(text: bytes, chars: list[_Char]) -> list[_Word]:
    words: list[_Word] = []
    at = 0
    while at < len(chars):
        if chars[at].kind == fold.SINGLE:
            words.append(_Word(at, at, chars[at].folded.encode()))
        elif chars[at].kind == fold.WORD:
            last = _last_of_word(text, chars, at)
            folded = "".join(char.folded for char in chars[at : last + 1])
            words.append(_Word(at, last, folded.encode()))
            at = last
        at += 1
    return words


def _last_of_word(text: bytes, chars: list[_Char], at: int) -> int:
    """Return the last letter of the word that begins at a character."""
    last = at
    while (at := at + 1) < len(chars):
        kind = chars[at].kind
        if kind == fold.WORD or (kind == fold.DROP and last == at - 1):
            last = at
        elif kind == fold.APOSTROPHE:
            # It joins the word when a letter follows it directly.
            if at + 1 == len(chars) or chars[at + 1].kind != fold.WORD:
                break
        elif kind != fold.DROP and not _stop_joins(text, chars[at].start):
            break
    return last


def _stop_joins(text: bytes, at: int) -> bool:
    """Whether a full stop stands inside a lower-case word: "a.m.", a speck read as a stop."""
    return (
        text[at : at + 1] == b"."
        and text[at - 1] in LOWER
        and at + 1 < len(text)
        and text[at + 1] in LOWER
    )


def _mark_words(
    text: bytes, chars: list[_Char], words: list[_Word]
) -> tuple[list[int], list[Line], set[int]]:
    """Interpret the gap before each word, and the one after the last.

    Returns the words' marks, the lines, and the words before which a line ends inside double
    marks.
    """
    marks: list[int] = []
    lines: list[Line] = []
    open_ends: set[int] = set()
    begin = 0  # the first word of the current line
    quoted = 0
    announced = False  # "The letter says:" stood on the line before

    def close_line(end: int, gap: _Gap) -> None:
        nonlocal announced
        line = Line(begin, end, gap.ended != _NO_END, gap.colon)
        if announced and line.ends_sentence:
            marks[begin:end] = [mark | ANNOUNCED for mark in marks[begin:end]]
        announced = gap.colon
        lines.append(line)

    gap_first = 0
    for number, word in enumerate(words):
        short = number > 0 and _is_short(text, chars, words[number - 1])
        gap = _read_gap(text, chars[gap_first : word.first], short, quoted)
        gap_first = word.last + 1
        quoted = gap.quoted
        boundary = gap.boundary
        if gap.newlines > 0:
            wrapped = (
                number > 0
                and gap.newlines == 1
                and gap.ended == _NO_END
                and gap.clean
                and text[chars[word.first].start] in LOWER
            )
            if wrapped:
                quoted = gap.quoted_before
            else:
                boundary = True
                if gap.quoted_before & _DOUBLE_MARKS:
                    open_ends.add(number)
                if number > 0:
                    close_line(number, gap)
                    begin = number
        marks.append(
            (SENTENCE_START if boundary or number == 0 else 0)
            | (QUOTED if quoted else 0)
            | (LINE_START if number == begin else 0)
        )
    if words:
        gap = _read_gap(text, chars[gap_first:], _is_short(text, chars, words[-1]), quoted)
        close_line(len(words), gap)
        if (gap.quoted_before if gap.newlines else gap.quoted) & _DOUBLE_MARKS:
            open_ends.add(len(words))
    return marks, lines, open_ends


def _is_short(text: bytes, chars: list[_Char], word: _Word) -> bool:
    """Whether a word is like "Mr", "Sen", "U" or "p", after which a stop may end no sentence."""
    start, end = chars[word.first].start, chars[word.last].end
    length = end - start
    short = length <= TEXT.abbreviation_letters
    return (short and text[start] in _UPPER) or (length == 1 and text[start] in LOWER)


def _read_gap(text: bytes, gap: list[_Char], after_short: bool, quoted: int) -> _Gap:
    newlines, ended, line_ended = 0, _NO_END, _NO_END
    boundary, clean, quoted_before = False, True, 0
    colon, line_colon = False, False
    for position, char in enumerate(gap):
        kind = char.kind
        if kind == fold.TERMINATOR:
            abbreviates = after_short and position == 0 and text[char.start] == ord(".")
            ended = _WEAK_END if abbreviates else _STRONG_END
        elif kind == fold.FULL_TERMINATOR:
            ended, boundary = _STRONG_END, True
        elif kind in (fold.QUOTE_OPEN, fold.QUOTE_CLOSE, fold.QUOTE_TOGGLE):
            quoted = _turn_double(kind, quoted, text, char)
            clean = False
        elif kind in (fold.APOSTROPHE, fold.QUOTE_SINGLE):
            quoted = _turn_single(kind, quoted, text, gap, position)
        elif kind == fold.SPACE:
            boundary = boundary or ended == _STRONG_END
        elif kind == fold.NEWLINE:
            if text[max(char.start - 1, 0) : char.end] == b"\r\n":
                continue
            if newlines == 0:
                line_ended, line_colon, quoted_before, clean = ended, colon, quoted, True
            newlines += 1
            quoted = 0  # quotations close with the paragraph
        elif kind in (fold.OTHER, fold.COLON):
            colon = kind == fold.COLON
            ended, clean = _NO_END, False
    if newlines:
        ended, colon = line_ended, line_colon
    return _Gap(newlines, ended, boundary, clean, quoted, quoted_before, colon)


def _turn_double(kind: int, quoted: int, text: bytes, char: _Char) -> int:
    """Open after space and before none, close the other way round; else by the mark's own sense.

    Which mark opens and which closes is different from language to language.
    """
    before, after = text[char.start - 1 : char.start], text[char.end : char.end + 1]
    space_before = char.start == 0 or before >= b"\x80" or before in _SPACE_BEFORE
    space_after = not after or after in _SPACE_AFTER
    if space_before != space_after:
        opens = space_before
    elif kind == fold.QUOTE_TOGGLE:
        opens = not quoted & _DOUBLE_MARKS
    else:
        opens = kind == fold.QUOTE_OPEN
    return quoted | _DOUBLE_MARKS if opens else quoted & ~_DOUBLE_MARKS


def _turn_single(kind: int, quoted: int, text: bytes, gap: list[_Char], position: int) -> int:
    """Open directly before a letter ("'90s" opens nothing), close elsewhere."""
    next_byte = gap[position].end
    if position == len(gap) - 1 and next_byte < len(text):  # a word follows directly
        return quoted if text[next_byte] in _DIGITS else quoted | _SINGLE_MARKS
    return quoted & ~_SINGLE_MARKS if kind == fold.APOSTROPHE else quoted
