"""Words as facts are read from them: numbers whole, directions whole, capitals, kinds of word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import DOUBTFUL, FURNITURE, SENTENCE_START
from dupdetect.kernels.lexicon import COUNT, CURRENCY, POLE, SCALE, SIDE, UNIT
from dupdetect.kernels.reference import fold
from dupdetect.kernels.reference.arrays import check_equal, check_offsets, spans
from dupdetect.kernels.reference.hashing import keyed_hash, token_hash
from dupdetect.kernels.reference.prepare import read_story

_ORDINALS = (b"st", b"nd", b"rd", b"th")
_JOINS = frozenset({b".", b":", b"/"})
_SCALES = range(SCALE, UNIT)
_CURRENCY_SIGNS = ("$", "€", "£", "¥", "￥")
_MILLIONTHS = 6  # digits after the point that a sum keeps
_MOST_DIGITS = 18  # of a sum in millionths


class FactWord(NamedTuple):
    """A word of a body; bytes of the raw text, half open."""

    text: str  # folded; parts of a number with what stands between them, but no commas
    letters: str  # folded, without what stands between parts
    hash: int  # of `text`
    start: int
    end: int
    number: bool
    single: bool  # one character of a script without spaces
    capital: bool
    first: bool  # of its sentence
    doubtful: bool  # in a line that counts only where it matches
    code: int  # in the lexicon, 0: none


@dataclass(frozen=True, slots=True)
class FactBody:
    """A story's words outside furniture, and the sums of money it names.

    Runs are looked for in them: :class:`dupdetect.kernels.reference.runs.Words`.
    """

    words: list[FactWord]
    hashes: list[int]
    seeds: list[tuple[int, ...]]
    places: dict[tuple[int, ...], list[int]]
    sums: frozenset[int]


def texts_of_pairs(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    second: str,
) -> tuple[list[bytes], list[bytes]]:
    """Return the text and the line status of each story, where all pairs are of these.

    Errors call the second stories of the pairs `second`.

    Raises
    ------
    ValueError
        When offsets leave the data, lines do not belong to the texts, or a story does not exist.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(line_offsets, len(line_status), "line_offsets")
    check_equal(len(line_offsets), len(offsets), "line_offsets")
    check_equal(len(pairs[1]), len(pairs[0]), second)
    stories = len(offsets) - 1
    for number, pair in enumerate(zip(*(side.tolist() for side in pairs), strict=True)):
        if not all(0 <= story < stories for story in pair):
            raise ValueError(f"pair {number}: story numbers are 0 to {stories - 1}")
    texts = [text[row].tobytes() for row in spans(offsets)]
    return texts, [line_status[row].tobytes() for row in spans(line_offsets)]


def lexicon_of(words: NDArray[np.uint64], codes: NDArray[np.uint8]) -> dict[int, int]:
    """Return the code of each word."""
    check_equal(len(codes), len(words), "codes")
    return dict(zip(words.tolist(), codes.tolist(), strict=True))


def make_fact_body(
    text: bytes, line_status: bytes, lexicon: Mapping[int, int], seed_words: int
) -> FactBody:
    """Leave out a story's furniture, join what is one number, and look words up.

    Raises
    ------
    ValueError
        When there is not one status for each line.
    """
    story = read_story(text)
    check_equal(len(line_status), len(story.lines), "line_status of a story")
    words: list[FactWord] = []
    for line, status in zip(story.lines, line_status, strict=True):
        for k in range(line.begin, line.end) if status != FURNITURE else ():
            start, end, folded = story.starts[k], story.ends[k], _cardinal(story.folded[k])
            code = lexicon.get(token_hash(folded), 0)
            if code >= COUNT:  # "twelve" is "12"
                folded = b"%d" % (code - COUNT)
                code = 0
            word = FactWord(
                text=folded.decode(),
                letters=folded.decode(),
                hash=keyed_hash(folded),
                start=start,
                end=end,
                number=folded[:1].isdigit(),
                single=story.single[k],
                capital=fold.is_capital(text[start:end].decode("utf-8", "replace")[0]),
                first=bool(story.marks[k] & SENTENCE_START),
                doubtful=status == DOUBTFUL,
                code=code,
            )
            joined = _joined(words[-1], word, text, lexicon) if words else None
            if joined is None:
                words.append(word)
            else:
                words[-1] = joined
    hashes = [word.hash for word in words]
    seeds = [tuple(hashes[i : i + seed_words]) for i in range(len(hashes) - seed_words + 1)]
    places: dict[tuple[int, ...], list[int]] = {}
    for i, seed in enumerate(seeds):
        places.setdefault(seed, []).append(i)
    return FactBody(words, hashes, seeds, places, _sums(words, text))


def _cardinal(folded: bytes) -> bytes:
    """Make "11" of "11th": both name the eleventh of May."""
    return folded[:-2] if folded.endswith(_ORDINALS) and folded[:-2].isdigit() else folded


def _joined(
    before: FactWord, word: FactWord, text: bytes, lexicon: Mapping[int, int]
) -> FactWord | None:
    """Make one word of "4" and "6" in "4.6", of "165" and "000", of "north" and "east", or None."""
    between = text[before.end : word.start]
    if before.code == POLE and word.code == SIDE and len(between) == 1:
        sign = ""
    elif not (before.number and word.number):
        return None
    elif between in _JOINS:
        sign = between.decode()
    elif between == b"," or (between == b" " and _is_group(before, word)):
        sign = ""
    else:
        return None
    joined = before.text + sign + word.text
    return before._replace(
        text=joined,
        letters=before.letters + word.letters,
        hash=keyed_hash(joined.encode()),
        end=word.end,
        code=lexicon.get(token_hash(joined.encode()), 0),
    )


def _is_group(before: FactWord, word: FactWord) -> bool:
    """Whether two words are a number that lost its comma: "165 000"."""
    lengths = len(word.text) == 3 and len(before.text) <= 3
    return lengths and all(one.text.isascii() and one.text.isdigit() for one in (before, word))


def _sums(words: list[FactWord], text: bytes) -> frozenset[int]:
    """Find the sums of money that a body names, in millionths of a unit."""
    sums = set()
    for k, word in enumerate(words):
        amount = _millionths(word.text) if word.number else None
        if amount is None:
            continue
        behind = words[k + 1 : k + 3]
        scaled = bool(behind) and behind[0].code in _SCALES
        if scaled:
            amount = min(amount * 10 ** (behind[0].code - SCALE), 10**_MOST_DIGITS)
            del behind[0]
        if _after_sign(text[: word.start]) or (behind and behind[0].code == CURRENCY):
            sums.add(amount)
    return frozenset(sums)


def _millionths(number: str) -> int | None:
    """Value of "1250" or "4.6"; None for "8:10", "11a", "1.2.3" and what is too large."""
    whole, point, part = number.partition(".")
    digits = whole + part
    if not (digits.isascii() and digits.isdigit()) or (point and not part):
        return None
    if len(whole) > _MOST_DIGITS - _MILLIONTHS:
        return None
    return int(whole + part[:_MILLIONTHS].ljust(_MILLIONTHS, "0"))


def _after_sign(before: bytes) -> bool:
    """Whether what stands before a number ends with a currency's sign, a space after it or not."""
    before = before.removesuffix(b" ")
    return any(before.endswith(sign.encode()) for sign in _CURRENCY_SIGNS)
