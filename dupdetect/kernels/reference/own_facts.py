"""What one story of a pair names that stands nowhere in the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import BODY, DOUBTFUL, FURNITURE, STANDING
from dupdetect.kernels.lexicon import ADDRESS, CREDIT_WORD, NO_NAME
from dupdetect.kernels.numbers import FACTS
from dupdetect.kernels.reference.arrays import check_equal
from dupdetect.kernels.reference.fact_words import (
    FactWord,
    lexicon_of,
    make_fact_body,
    texts_of_pairs,
)
from dupdetect.kernels.reference.facts import begin_hash, is_caseless, known_hashes, pair_hash
from dupdetect.kernels.reference.prepare import read_story

_SIGNS = {b"+": "+", b"-": "-", "−".encode(): "-"}
_CURRENCIES = {sign.encode(): sign.replace("￥", "¥") for sign in "$€£¥￥"}


class OwnFacts(NamedTuple):
    """What a row names and the story kept does not, in the order of the kernel's columns."""

    words: int  # of the row, outside furniture
    entries: int  # of lists, in lines most of whose words the other story does not have
    lines: int  # the same, and lines with a figure that do not stand in the other as they are
    facts: int  # figures and names in prose
    leads: int  # in sentences taken for furniture, with prose behind them; figures count twice
    notices: int  # in longer ones, with none
    signs: int  # figures with another sign or currency than in the other story


@dataclass(frozen=True, slots=True)
class _Part:
    words: list[FactWord]
    behind: FactWord | None  # the word behind them
    commas: list[bool]  # of each word: whether one stands before it
    status: int
    ends_sentence: bool
    before_prose: bool


@dataclass(frozen=True, slots=True)
class _Whole:
    """A story with all its lines, furniture too."""

    words: list[FactWord]
    parts: list[_Part]
    caseless: bool
    signs: list[tuple[int, str]]  # of the numbers that have some


def own_facts(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    rows: NDArray[np.int64],
    kept: NDArray[np.int64],
    lexicon: NDArray[np.uint64],
    codes: NDArray[np.uint8],
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.int32]:
    """Count what each row names that stands nowhere in the story that is kept instead.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    line_status : uint8, shape (lines,)
        What each line is taken for.
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    rows, kept : int64, shape (pairs,)
        The stories of each pair.
    lexicon, codes
        As in :func:`dupdetect.kernels.reference.facts.facts`.
    threads
        Without effect.

    Returns
    -------
    int32, shape (pairs, 7)
        Fields of :class:`OwnFacts`.

    Raises
    ------
    ValueError
        When offsets leave the data, lines do not belong to the texts, or a story does not exist.
    """
    texts, status = texts_of_pairs(
        text, offsets, line_status, line_offsets, pairs=(rows, kept), second="kept"
    )
    known = lexicon_of(lexicon, codes)

    def whole(story: int) -> _Whole:
        return _read(texts[story], status[story], known)

    pairs = zip(rows.tolist(), kept.tolist(), strict=True)
    counts = [_count(whole(row), whole(other)) for row, other in pairs]
    return np.array(counts, np.int32).reshape(-1, len(OwnFacts._fields))


def _read(text: bytes, line_status: bytes, lexicon: dict[int, int]) -> _Whole:
    story = read_story(text)
    check_equal(len(line_status), len(story.lines), "line_status of a story")
    words = make_fact_body(text, bytes(len(line_status)), lexicon, FACTS.seed_words).words
    ends = [story.starts[line.end] if line.end < len(story.starts) else len(text)
            for line in story.lines]  # fmt: skip
    commas = [False] * len(words)
    for k, (before, word) in enumerate(pairwise(words), 1):
        between = text[before.end : word.start]
        commas[k] = b"," in between or b";" in between
    parts, at = [], 0
    for number, (line, status, end) in enumerate(zip(story.lines, line_status, ends, strict=True)):
        first = at
        while at < len(words) and words[at].start < end:
            at += 1
        later = zip(story.lines[number + 1 :], line_status[number + 1 :], strict=True)
        parts.append(
            _Part(
                words=words[first:at],
                behind=words[at] if at < len(words) else None,
                commas=commas[first:at],
                status=status,
                ends_sentence=line.ends_sentence,
                before_prose=any(code == BODY and one.ends_sentence for one, code in later),
            )
        )
    signs = [
        (word.hash, sign)
        for word in words
        if word.number and (sign := _sign_before(text[: word.start]))
    ]
    return _Whole(words, parts, is_caseless(words), signs)


def _sign_before(text: bytes) -> str | None:
    """Return the sign before a number, by the text before it; "-" behind a space or bracket."""
    for sign, name in _SIGNS.items():
        if text.endswith(sign):
            before = text.removesuffix(sign)
            return name if not before or before.endswith((b" ", b"\n", b"(")) else None
    text = text.removesuffix(b" ")
    return next((name for sign, name in _CURRENCIES.items() if text.endswith(sign)), None)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is asked of the story that is kept."""

    known: frozenset[int]  # numbers, stems of words and pairs of characters
    words: frozenset[int]
    pairs: frozenset[tuple[int, int]]  # words next to each other


def _count(row: _Whole, other: _Whole) -> OwnFacts:
    kept = _Kept(
        known_hashes(other.words),
        frozenset(word.hash for word in other.words),
        frozenset((before.hash, word.hash) for before, word in pairwise(other.words)),
    )
    parts = [part for part in row.parts if part.words and part.words[0].code != CREDIT_WORD]
    entries, lines = dict[tuple[int, ...], int](), dict[tuple[int, ...], int]()
    for part in parts:
        if part.status == DOUBTFUL:
            key = tuple(word.hash for word in part.words)
            found = _entries(part, kept, caseless=row.caseless)
            if found:
                entries.setdefault(key, found)
            if found or _is_other(part, kept):
                lines.setdefault(key, max(found, 1))
    prose = [part for part in parts if part.status not in (DOUBTFUL, FURNITURE, STANDING)]
    sentences = [
        part
        for part in parts
        if part.status == FURNITURE and part.ends_sentence
        if all(word.code != ADDRESS for word in part.words)  # "our free newsletter"
    ]
    before = [p for p in sentences if p.before_prose and len(p.words) >= FACTS.lead_words]
    behind = [p for p in sentences if not p.before_prose and len(p.words) >= FACTS.notice_words]
    return OwnFacts(
        words=sum(len(part.words) for part in parts if part.status != FURNITURE),
        entries=sum(entries.values()),
        lines=sum(lines.values()),
        facts=len(_facts(prose, kept, caseless=row.caseless)),
        leads=sum(1 + number for _, number in _facts(before, kept, caseless=row.caseless)),
        notices=len(_facts(behind, kept, caseless=row.caseless)),
        signs=sum(
            _signs_differ(_signs_of(row, number), _signs_of(other, number))
            for number, _ in row.signs
        ),
    )


def _entries(part: _Part, kept: _Kept, *, caseless: bool) -> int:
    """Count the entries of a list in a line most of whose words the other text does not have.

    Most behind the first are names or figures, as in headlines they are not.
    """
    new = [
        (k, word)
        for k, (word, behind) in enumerate(
            zip(part.words, [*part.words[1:], part.behind], strict=True)
        )
        if _is_new(word, behind, kept)
    ]
    names = [k for k, word in new if _may_be_name(word, caseless=caseless)]
    facts = bool(names) or any(word.number for _, word in new)
    letters = any(not word.number for word in part.words)
    named = sum(w.number or _may_be_name(w, caseless=caseless) for w in part.words[1:])
    mostly = 2 * len(new) >= len(part.words) and 2 * named + 1 >= len(part.words)
    if not (letters and facts and mostly) or len(part.words) > FACTS.entry_words:
        return 0
    return 1 + sum(k > 0 and part.commas[k] for k in names)


def _is_other(part: _Part, kept: _Kept) -> bool:
    """Whether a line with a figure stands in the other text in other words."""
    numbers = [word.number for word in part.words]
    pairs = [(before.hash, word.hash) for before, word in pairwise(part.words)]
    stands = kept.pairs.issuperset(pairs) if pairs else part.words[0].hash in kept.words
    return any(numbers) and not all(numbers) and not stands


def _facts(parts: Iterable[_Part], kept: _Kept, *, caseless: bool) -> set[tuple[int, bool]]:
    """Return figures and names that the other text does not have, and which are figures."""
    words = [word for part in parts for word in part.words]

    def is_name(word: FactWord) -> bool:
        case_counts = not (caseless or word.single or word.first)
        return case_counts and _may_be_name(word, caseless=caseless)

    return {
        (word.hash, word.number)
        for word in words
        if (word.number or is_name(word)) and _is_new(word, None, kept)
    }


def _is_new(word: FactWord, behind: FactWord | None, kept: _Kept) -> bool:
    """Whether the other text lacks a word; of scripts without spaces, two characters."""
    if not word.single:
        return begin_hash(word, FACTS.stem) not in kept.known
    return behind is not None and behind.single and pair_hash(word, behind) not in kept.known


def _may_be_name(word: FactWord, *, caseless: bool) -> bool:
    letters = not word.number and word.code != NO_NAME
    return letters and (word.single or word.capital or caseless)


def _signs_of(story: _Whole, number: int) -> set[str]:
    return {sign for one, sign in story.signs if one == number}


def _signs_differ(ours: set[str], theirs: set[str]) -> bool:
    """Whether both texts give a number signs, or currencies, and never the same."""
    kinds = (set("+-"), set("$€£¥"))
    return any(ours & kind and theirs & kind and not ours & theirs & kind for kind in kinds)
