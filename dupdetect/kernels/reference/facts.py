"""Facts of two stories that stand opposite each other between equal words."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.lexicon import (
    COUNT,
    DIRECTION,
    NEGATION,
    NO_NAME,
    NUMERAL,
    OPPOSITE,
    POLE,
    UNIT,
)
from dupdetect.kernels.numbers import FACTS
from dupdetect.kernels.reference.fact_words import (
    FactBody,
    FactWord,
    lexicon_of,
    make_fact_body,
    texts_of_pairs,
)
from dupdetect.kernels.reference.hashing import keyed_hash
from dupdetect.kernels.reference.runs import Run, find_runs


class Facts(NamedTuple):
    """What stands opposite each other, in the order of the kernel's columns.

    Lengths are in words; of scripts without spaces 7 characters are 4 words.
    """

    words: int  # of the larger body
    equal: int  # words that stand equal, in order
    slots: int  # gaps filled on both sides with facts that the other text does not have
    number_slots: int
    name_slots: int  # slots with names on both sides, those with numbers among them
    fillers: int  # different pairs of fillers in slots
    spellings: int  # gaps whose two sides are nearly alike
    numbers_equal: int  # digits of a script that writes them as characters count one each
    numbers_opposite: int
    characters: int  # 1: most words of the smaller body are single characters
    caseless: int  # 1: capitals do not tell names
    short: int  # 1: the larger body has at most 80 words
    openings: int  # 1: other prose, then a block that both have
    money_apart: int  # 1: both name sums of money and have none in common
    own_sums: int  # sums of money that the smaller body names and the larger does not
    opposites: int  # words opposite one that means the opposite, and negations of one side


def facts(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    lexicon: NDArray[np.uint64],
    codes: NDArray[np.uint8],
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.int32]:
    """Measure which facts of pairs of stories stand opposite each other.

    The two bodies are aligned word by word. A *slot* is a short gap between equal words, filled
    on both sides, where number stands against number or name against name and neither is known to
    the other text. A copy has few of them, a form filled for another item has many.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    line_status : uint8, shape (lines,)
        0 body, 1 doubtful, 2 furniture.
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    a, b : int64, shape (pairs,)
        The stories of each pair; which is named first makes no difference.
    lexicon : uint64, shape (words,)
        Hashes of folded words (:func:`dupdetect.kernels.reference.hashing.token_hash`).
    codes : uint8, shape (words,)
        What each is; see :mod:`dupdetect.kernels.lexicon`.
    threads
        Without effect.

    Returns
    -------
    int32, shape (pairs, 16)
        Fields of :class:`Facts`.

    Raises
    ------
    ValueError
        When offsets leave the data, lines do not belong to the texts, or a story does not exist.
    """
    texts, status = texts_of_pairs(
        text, offsets, line_status, line_offsets, pairs=(a, b), second="b"
    )
    known = lexicon_of(lexicon, codes)

    def body(story: int) -> FactBody:
        return make_fact_body(texts[story], status[story], known, FACTS.seed_words)

    pairs = zip(a.tolist(), b.tolist(), strict=True)
    rows = [_measure(body(one), body(other)) for one, other in pairs]
    return np.array(rows, np.int32).reshape(-1, len(Facts._fields))


@dataclass(frozen=True, slots=True)
class _Slot:
    fillers: tuple[str, str]
    number: bool
    name: bool


@dataclass(slots=True)
class _Found:
    """What the gaps between equal words hold."""

    slots: list[_Slot] = field(default_factory=list)
    lists: int = 0
    spellings: int = 0
    numbers_opposite: int = 0
    opposites: int = 0


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two bodies, the larger one first, and what is asked of both for every gap."""

    a: FactBody
    b: FactBody
    characters: bool
    caseless: bool
    short: bool
    equal_b: frozenset[int]  # words of b with a counterpart
    known_a: frozenset[int]
    known_b: frozenset[int]
    capitals: frozenset[int]  # words that have a capital amid a sentence


def _measure(one: FactBody, other: FactBody) -> Facts:
    a, b = sorted(
        [one, other], key=lambda body: (len(body.words), [w.text for w in body.words]), reverse=True
    )
    characters = 2 * sum(word.single for word in b.words) > len(b.words)
    runs = _without_chance(_equal_runs(a, b), 1 + characters)
    pair = _Pair(
        a=a,
        b=b,
        characters=characters,
        caseless=is_caseless(a.words + b.words),
        short=_weight(a.words) <= FACTS.short_words,
        equal_b=frozenset(run.b + k for run in runs for k in range(run.words)),
        known_a=known_hashes(a.words),
        known_b=known_hashes(b.words),
        capitals=frozenset(w.hash for w in a.words + b.words if w.capital and not w.first),
    )
    found = _Found()
    for before, after in pairwise(runs):
        gap_a = range(before.a + before.words, after.a)
        gap_b = range(before.b + before.words, after.b)
        if gap_a and gap_b:
            _look(pair, gap_a, gap_b, found)
        found.opposites += _is_opposite(
            a.words[gap_a.start : gap_a.stop], b.words[gap_b.start : gap_b.stop]
        )
    for gap_a, gap_b in _edges(a, b, runs):
        if gap_a and gap_b and _is_few(a, gap_a) and _is_few(b, gap_b):
            _look(pair, gap_a, gap_b, found)
    equal = [b.words[j] for j in sorted(pair.equal_b)]
    return Facts(
        words=_weight(a.words),
        equal=_weight(equal),
        slots=len(found.slots) + 2 * found.lists,
        number_slots=sum(slot.number for slot in found.slots) + 2 * found.lists,
        name_slots=sum(slot.name for slot in found.slots) + 2 * found.lists,
        fillers=len({slot.fillers for slot in found.slots}) + found.lists,
        spellings=found.spellings,
        numbers_equal=sum(word.number or word.code == NUMERAL for word in equal),
        numbers_opposite=found.numbers_opposite,
        characters=int(characters),
        caseless=int(pair.caseless),
        short=int(pair.short),
        openings=int(_has_other_openings(a, b, runs)),
        money_apart=int(bool(a.sums and b.sums) and not a.sums & b.sums),
        own_sums=len(b.sums - a.sums),
        opposites=found.opposites,
    )


def _edges(a: FactBody, b: FactBody, runs: list[Run]) -> list[tuple[range, range]]:
    """Return what stands before the first equal words, and what stands behind the last."""
    if not runs:
        return []
    first, last = runs[0], runs[-1]
    return [
        (range(first.a), range(first.b)),
        (range(last.a + last.words, len(a.words)), range(last.b + last.words, len(b.words))),
    ]


def _is_few(body: FactBody, gap: range) -> bool:
    return _weight(body.words[gap.start : gap.stop]) <= FACTS.edge_words


def _weight(words: Sequence[FactWord]) -> int:
    """Words that tokens stand for: of Chinese and the like a word is 1.75 characters or so."""
    return len(words) - sum(word.single for word in words) * 3 // 7


def is_caseless(words: list[FactWord]) -> bool:
    """Whether no word has a capital, or three in five have one."""
    letters = [word for word in words if not (word.number or word.single)]
    capitals = sum(word.capital for word in letters)
    return not 0 < 5 * capitals < 3 * len(letters)


def known_hashes(words: list[FactWord]) -> frozenset[int]:
    """Numbers, stems of words and pairs of characters that a text has."""
    pairs = [pair_hash(x, y) for x, y in pairwise(words) if x.single and y.single]
    return frozenset(pairs + [begin_hash(word, FACTS.stem) for word in words])


def begin_hash(word: FactWord, letters: int) -> int:
    """Return the hash of a word's first letters; of a number, of all of it."""
    return word.hash if word.number else keyed_hash(word.text[:letters].encode())


def pair_hash(first: FactWord, second: FactWord) -> int:
    """Return the hash of two neighbouring characters."""
    return keyed_hash((first.text + second.text).encode())


def _equal_runs(a: FactBody, b: FactBody) -> list[Run]:
    """Find runs of equal words in the order of both bodies."""
    chain = _in_order(find_runs(a, b))
    if not chain:
        return []
    gaps = [
        (range(before.a + before.words, after.a), range(before.b + before.words, after.b))
        for before, after in pairwise(chain)
    ]
    first, last = chain[0], chain[-1]
    runs = [*_common_words(a, b, _before(first.a), _before(first.b)), first]
    for run, (gap_a, gap_b) in zip(chain[1:], gaps, strict=True):
        runs += [*_common_words(a, b, gap_a, gap_b), run]
    tail_a = _after(last.a + last.words, len(a.hashes))
    tail_b = _after(last.b + last.words, len(b.hashes))
    return _merged(runs + _common_words(a, b, tail_a, tail_b))


def _before(word: int) -> range:
    return range(max(word - FACTS.gap_words, 0), word)


def _after(word: int, words: int) -> range:
    return range(word, min(word + FACTS.gap_words, words))


def _in_order(runs: list[Run]) -> list[Run]:
    """Keep runs that follow each other in both bodies, the longest first; of equals b's first."""
    kept: list[Run] = []
    for run in sorted(runs, key=lambda run: (-run.words, run.b)):
        k = bisect(kept, run.b, key=lambda one: one.b)
        follows = k == 0 or kept[k - 1].a + kept[k - 1].words <= run.a
        precedes = k == len(kept) or run.a + run.words <= kept[k].a
        if follows and precedes:
            kept.insert(k, run)
    return kept


def _common_words(a: FactBody, b: FactBody, gap_a: range, gap_b: range) -> list[Run]:
    """Words of a longest common subsequence (Wagner and Fischer 1974); none of long gaps."""
    if max(len(gap_a), len(gap_b)) > FACTS.gap_words:
        return []
    lengths = [[0] * (len(gap_b) + 1) for _ in range(len(gap_a) + 1)]
    for r in reversed(range(len(gap_a))):
        for c in reversed(range(len(gap_b))):
            if a.hashes[gap_a[r]] == b.hashes[gap_b[c]]:
                lengths[r][c] = lengths[r + 1][c + 1] + 1
            else:
                lengths[r][c] = max(lengths[r + 1][c], lengths[r][c + 1])
    runs = []
    r = c = 0
    while r < len(gap_a) and c < len(gap_b):
        if a.hashes[gap_a[r]] == b.hashes[gap_b[c]]:
            runs.append(Run(gap_a[r], gap_b[c], 1))
            r, c = r + 1, c + 1
        elif lengths[r + 1][c] >= lengths[r][c + 1]:
            r += 1
        else:
            c += 1
    return runs


def _merged(runs: list[Run]) -> list[Run]:
    """Join runs that touch in both bodies."""
    merged: list[Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        if last and (last.a + last.words, last.b + last.words) == (run.a, run.b):
            merged[-1] = Run(last.a, last.b, last.words + run.words)
        else:
            merged.append(run)
    return merged


def _without_chance(runs: list[Run], most: int) -> list[Run]:
    """Leave out runs of up to `most` words between two gaps of two words or more: chance."""

    def gap(before: Run, after: Run) -> int:
        return max(after.a - before.a - before.words, after.b - before.b - before.words)

    return [
        run
        for k, run in enumerate(runs)
        if run.words > most
        or k in (0, len(runs) - 1)
        or gap(runs[k - 1], run) < 2
        or gap(run, runs[k + 1]) < 2
    ]


def _has_other_openings(a: FactBody, b: FactBody, runs: list[Run]) -> bool:
    """Whether two short texts open with other sentences: teasers before one site's block."""
    first = next((run for run in runs if run.words >= FACTS.seed_words), None)
    if first is None or _weight(a.words) > FACTS.block_words:
        return False
    equal = sum(run.words for run in runs if run.b < first.b)
    prose_a = [word for word in a.words[: first.a] if not word.doubtful]
    prose_b = [word for word in b.words[: first.b] if not word.doubtful]
    least = min(_weight(prose_a), _weight(prose_b))
    enough = least >= FACTS.opening_words and FACTS.opening_part * least >= _weight(b.words)
    return enough and 3 * equal <= least


def _look(pair: _Pair, gap_a: range, gap_b: range, found: _Found) -> None:
    """See what stands opposite each other in one gap, filled on both sides."""
    filler_a = [pair.a.words[i] for i in gap_a]
    filler_b = [pair.b.words[j] for j in gap_b]
    numbers_a, numbers_b = ({w.hash for w in one if w.number} for one in (filler_a, filler_b))
    if max(_weight(filler_a), _weight(filler_b)) > FACTS.slot_words:
        if _is_near(pair, gap_b) and _is_list(pair, numbers_a, numbers_b):
            found.lists += 1
            found.numbers_opposite += min(len(numbers_a), len(numbers_b))
        return
    fillers = _letters(filler_a), _letters(filler_b)
    if fillers[0] == fillers[1]:
        return
    turned = _turned(filler_a, filler_b)
    alike = _alike(*fillers)
    found.spellings += alike and not turned and not any(map(_is_digits, fillers))
    if not _is_near(pair, gap_b):
        return
    numerals = all(word.code == NUMERAL for word in filler_a + filler_b)
    opposite = bool(numbers_a and numbers_b) and not numbers_a & numbers_b
    found.numbers_opposite += max(len(numbers_a), len(numbers_b)) if opposite else numerals
    if opposite and _other_units(pair, gap_a, gap_b):
        return  # 50 miles against 80 kilometres
    before = pair.b.words[gap_b.start - 2 : gap_b.start]
    year = numerals and all(word.code == NUMERAL for word in before)
    names = _other_names(pair, filler_a, filler_b)
    name = turned or year or names > 0
    slots = 2 if names >= FACTS.many_names and not pair.characters else 1
    if numerals or (opposite and numbers_a - pair.known_b and numbers_b - pair.known_a):
        found.slots += slots * [_Slot(fillers, number=True, name=name)]
    elif _is_edge(pair, gap_b) and not pair.short:
        return  # papers open as they like
    elif turned or (name and (pair.characters or not alike)):
        found.slots += slots * [_Slot(fillers, number=False, name=True)]


def _is_opposite(filler_a: list[FactWord], filler_b: list[FactWord]) -> bool:
    """Whether one word stands opposite one that means the opposite, or one side alone says "not".

    It stands opposite nothing, or among a few words opposite a few.
    """
    codes = [word.code for word in filler_a], [word.code for word in filler_b]
    if max(map(len, codes)) > FACTS.negated_words:
        return False
    if [len(codes[0]), len(codes[1])] == [1, 1]:
        (a,), (b,) = codes
        if OPPOSITE <= min(a, b) <= max(a, b) < COUNT and a ^ b == 1:
            return True
    if (NEGATION in codes[0]) == (NEGATION in codes[1]):
        return False
    if not (filler_a and filler_b):
        return len(filler_a + filler_b) == 1
    return _letters(filler_a) != _letters(filler_b)  # "dont" and "don t"


def _is_edge(pair: _Pair, gap_b: range) -> bool:
    return gap_b.start == 0 or gap_b.stop == len(pair.b.words)


def _letters(filler: list[FactWord]) -> str:
    return "".join(word.letters for word in filler)


def _is_digits(letters: str) -> bool:
    return letters.isascii() and letters.isdigit()


def _is_near(pair: _Pair, gap_b: range) -> bool:
    """Whether there are equal words close by on either side; at a text's edge, more on one."""
    around = FACTS.around_characters if pair.characters else FACTS.around
    before = sum(j in pair.equal_b for j in range(gap_b.start - around, gap_b.start))
    after = sum(j in pair.equal_b for j in range(gap_b.stop, gap_b.stop + around))
    if _is_edge(pair, gap_b):
        return max(before, after) >= FACTS.near_edge
    return min(before, after) >= FACTS.near


def _is_list(pair: _Pair, numbers_a: set[int], numbers_b: set[int]) -> bool:
    """Whether two stretches of text list other figures."""
    new = min(len(numbers_a - pair.known_b), len(numbers_b - pair.known_a))
    both = len(numbers_a & numbers_b)
    few = 3 * both <= min(len(numbers_a), len(numbers_b))
    return not pair.characters and new >= FACTS.list_numbers and few


def _turned(filler_a: list[FactWord], filler_b: list[FactWord]) -> bool:
    """Whether both name directions, and none in common."""
    a, b = ({w.hash for w in one if POLE <= w.code <= DIRECTION} for one in (filler_a, filler_b))
    return bool(a and b) and not a & b


def _alike(one: str, other: str) -> bool:
    """Whether most letters stand in both in the same order (Dice coefficient of the LCS)."""
    if max(len(one), len(other)) > FACTS.most_letters:
        return False
    row = [0] * (len(other) + 1)
    for letter in one:
        above = 0
        for c, opposite in enumerate(other, 1):
            above, row[c] = row[c], above + 1 if letter == opposite else max(row[c], row[c - 1])
    return 200 * row[-1] > FACTS.alike * (len(one) + len(other))


def _other_units(pair: _Pair, gap_a: range, gap_b: range) -> bool:
    """Whether both numbers are followed by units, and those differ."""
    stretches = (
        body.words[gap.start : gap.stop + FACTS.unit_within]
        for body, gap in ((pair.a, gap_a), (pair.b, gap_b))
    )
    a, b = (next((w.code for w in words if UNIT <= w.code < OPPOSITE), 0) for words in stretches)
    return bool(a and b) and a != b


def _other_names(pair: _Pair, filler_a: list[FactWord], filler_b: list[FactWord]) -> int:
    """Count the names that the other text does not have, on the side that has fewer.

    In two short texts: that the other filler does not have. What begins alike is one name in two
    forms.
    """
    a, b = _names(pair, filler_a), _names(pair, filler_b)
    near = pair.short and not pair.characters
    known_a, known_b = (a.keys(), b.keys()) if near else (pair.known_a, pair.known_b)
    new_a = {begin for name, begin in a.items() if name not in known_b}
    new_b = {begin for name, begin in b.items() if name not in known_a}
    if pair.characters:
        return min(len(new_a), len(new_b))
    return min(len(new_a - new_b), len(new_b - new_a))


def _names(pair: _Pair, filler: list[FactWord]) -> dict[int, int]:
    """Words that may be names: hashes of their stems, and of what those begin with.

    Pairs of characters, in scripts without spaces.
    """
    names: dict[int, int] = {}
    for k, word in enumerate(filler):
        if word.single:
            if k + 1 < len(filler) and filler[k + 1].single:
                both = pair_hash(word, filler[k + 1])
                names[both] = both
        elif _may_be_name(pair, word):
            names[begin_hash(word, FACTS.stem)] = begin_hash(word, FACTS.prefix)
    return names


def _may_be_name(pair: _Pair, word: FactWord) -> bool:
    """Whether a word has a capital that does not only begin a sentence, or case tells nothing."""
    capital = word.capital and (not word.first or word.hash in pair.capitals)
    letters = not word.number and len(word.text) > 1 and word.code != NO_NAME
    return letters and (pair.caseless or capital)
