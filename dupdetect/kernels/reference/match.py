"""From runs to words: gaps between runs are aligned, and runs grow into edited neighbourhoods."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise, product

from dupdetect.kernels.numbers import ALIGN
from dupdetect.kernels.reference.runs import AlignRule, Body, Run


class Found(IntEnum):
    """How a word's counterpart was found."""

    UNMATCHED = 0
    EXACT = 1
    ALIKE = 2
    BRIDGED = 3
    SENTENCE = 4


@dataclass(slots=True)
class Matches:
    """Each word's counterpart in the other body (None: none) and how it was found.

    A passage that stands twice in b has both its words point to the one in a, which points to
    the first.
    """

    a: Body
    b: Body
    rule: AlignRule
    to_b: list[int | None]
    to_a: list[int | None]
    how_a: list[Found]
    how_b: list[Found]
    reused: set[int] = field(default_factory=set)  # words of b that are prose though quoted
    spoken: set[int] = field(default_factory=set)  # and those that are quoted without marks

    def set(self, i: int, j: int) -> None:
        """Match two words; either keeps the counterpart it has."""
        how = Found.EXACT if self.a.hashes[i] == self.b.hashes[j] else Found.ALIKE
        if self.how_a[i] == Found.UNMATCHED:
            self.to_b[i], self.how_a[i] = j, how
        if self.how_b[j] == Found.UNMATCHED:
            self.to_a[j], self.how_b[j] = i, how

    def free(self, i: int, j: int) -> bool:
        """Whether both words exist and are unmatched."""
        inside = 0 <= i < len(self.how_a) and 0 <= j < len(self.how_b)
        return inside and self.how_a[i] == self.how_b[j] == Found.UNMATCHED

    def agree(self, i: int, j: int, dice: float) -> bool:
        """Whether two words are equal, or share enough letter pairs (Dice coefficient)."""
        if self.a.hashes[i] == self.b.hashes[j]:
            return True
        mine, other = self.a.masks[i], self.b.masks[j]
        if mine == 0 or other == 0:
            return False
        total = mine.bit_count() + other.bit_count()
        return 2 * (mine & other).bit_count() >= dice * total


def match_words(
    a: Body,
    b: Body,
    rule: AlignRule,
    runs: list[Run],
    speech: frozenset[int],
    gap_dice: float,
) -> Matches:
    """Match the words of the runs, of the gaps between them and of their surroundings.

    `gap_dice` takes the place of ``rule.word_dice`` between two runs.
    """
    matches = Matches(
        a=a,
        b=b,
        rule=rule,
        to_b=[None] * len(a.hashes),
        to_a=[None] * len(b.hashes),
        how_a=[Found.UNMATCHED] * len(a.hashes),
        how_b=[Found.UNMATCHED] * len(b.hashes),
    )
    for run in runs:
        for k in range(run.words):
            matches.set(run.a + k, run.b + k)
    joined = [_fill_gap(matches, before, after, gap_dice) for before, after in pairwise(runs)]
    for run, before, after in zip(runs, [False, *joined], [*joined, False], strict=False):
        if not before:
            _grow(matches, run.a - 1, run.b - 1, -1)
        if not after:
            _grow(matches, run.a + run.words, run.b + run.words, 1)
    for side, words in _one_sided(matches):
        said = sum(b.hashes[j] in speech for j in words)
        if len(words) < rule.reused_words:
            continue
        if side == "quoted" and ALIGN.rarely * said < len(words):
            matches.reused.update(words)
        if side == "announced" and ALIGN.often * said >= len(words):
            matches.spoken.update(words)
    return matches


def _one_sided(matches: Matches) -> list[tuple[str, list[int]]]:
    """Group the words of b of which one alone, there or in a, is quoted or announced.

    What one story prints as its own and the other in quotation marks is a report that was quoted;
    a speech says "I", "we" and "you", and so it is a quotation without its marks. What says so
    often, and one side announces, is one without any.
    """
    groups = list[tuple[str, list[int]]]()
    before = ""
    for j, i in enumerate(matches.to_a):
        if i is None:
            continue
        side = _side_of(matches, i, j)
        if side:
            near = side == before and j - groups[-1][1][-1] <= matches.rule.bridge_words + 1
            if not near:
                groups.append((side, []))
            groups[-1][1].append(j)
        before = side
    return groups


def _side_of(matches: Matches, i: int, j: int) -> str:
    """Return what one of two matched words alone is."""
    a, b = matches.a, matches.b
    either = a.in_post[i] or b.in_post[j] or a.never_prose[i] or b.never_prose[j]
    if either or (a.announced[i] and b.announced[j]):
        return ""
    if a.quoted[i] != b.quoted[j]:
        return "quoted"
    return "announced" if a.announced[i] != b.announced[j] and not a.quoted[i] else ""


def _fill_gap(matches: Matches, before: Run, after: Run, dice: float) -> bool:
    """Align the words between two runs; False when the gap is too long or runs backwards."""
    gap_a = range(before.a + before.words, after.a)
    gap_b = range(before.b + before.words, after.b)
    forwards = gap_a.start <= gap_a.stop and gap_b.start <= gap_b.stop
    if not forwards or max(len(gap_a), len(gap_b)) > matches.rule.gap_words:
        return False
    aligned = _align(matches, gap_a, gap_b, dice)
    # Few words in common: two different sentences that share "the" and "of".
    if 2 * len(aligned) >= min(len(gap_a), len(gap_b)):
        for i, j in aligned:
            if matches.free(i, j):
                matches.set(i, j)
    return True


def _align(matches: Matches, gap_a: range, gap_b: range, dice: float) -> list[tuple[int, int]]:
    """Return a longest common subsequence, words alike counting as equal.

    The textbook table (Wagner and Fischer 1974): cell (r, c) is the length for the words from r
    and c on.
    """
    lengths = [[0] * (len(gap_b) + 1) for _ in range(len(gap_a) + 1)]
    for r in reversed(range(len(gap_a))):
        for c in reversed(range(len(gap_b))):
            if matches.agree(gap_a[r], gap_b[c], dice):
                lengths[r][c] = lengths[r + 1][c + 1] + 1
            else:
                lengths[r][c] = max(lengths[r + 1][c], lengths[r][c + 1])
    pairs = []
    r = c = 0
    while r < len(gap_a) and c < len(gap_b):
        if matches.agree(gap_a[r], gap_b[c], dice):
            pairs.append((gap_a[r], gap_b[c]))
            r, c = r + 1, c + 1
        elif lengths[r + 1][c] >= lengths[r][c + 1]:
            r += 1
        else:
            c += 1
    return pairs


def _grow(matches: Matches, i: int, j: int, step: int) -> None:
    """Grow a run beyond its end (step 1) or start (step -1) while words keep agreeing."""
    while True:
        if matches.free(i, j) and matches.agree(i, j, matches.rule.word_dice):
            matches.set(i, j)
            i, j = i + step, j + step
            continue
        agreement = _next_agreement(matches, i, j, step)
        if agreement is None:
            return
        i, j = agreement


def _next_agreement(matches: Matches, i: int, j: int, step: int) -> tuple[int, int] | None:
    """Find the nearest place after a small skip where two words in a row agree."""
    for skip_a, skip_b in _skips(matches.rule.bridge_words):
        x, y = i + skip_a * step, j + skip_b * step
        if all(
            matches.free(p, q) and matches.agree(p, q, matches.rule.word_dice)
            for p, q in ((x, y), (x + step, y + step))
        ):
            return x, y
    return None


def _skips(most: int) -> list[tuple[int, int]]:
    """Return skips of up to ``most`` words a side: few words first, then evenly divided ones."""

    def order(skip: tuple[int, int]) -> tuple[int, int, int]:
        total = sum(skip)
        return total, abs(skip[0] - (total + 1) // 2), skip[0]

    skips: list[tuple[int, int]] = list(product(range(most + 1), range(most + 1)))
    return sorted(skips, key=order)[1:]  # the first skips nothing
