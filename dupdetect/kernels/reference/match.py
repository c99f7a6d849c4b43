"""From runs to words: gaps between runs are aligned, and runs grow into edited neighbourhoods."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise, product

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

    def agree(self, i: int, j: int) -> bool:
        """Whether two words are equal, or share enough letter pairs (Dice coefficient)."""
        if self.a.hashes[i] == self.b.hashes[j]:
            return True
        mine, other = self.a.masks[i], self.b.masks[j]
        if mine == 0 or other == 0:
            return False
        total = mine.bit_count() + other.bit_count()
        return 2 * (mine & other).bit_count() >= self.rule.word_dice * total


def match_words(a: Body, b: Body, rule: AlignRule, runs: list[Run]) -> Matches:
    """Match the words of the runs, of the gaps between them and of their surroundings."""
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
    joined = [_fill_gap(matches, before, after) for before, after in pairwise(runs)]
    for run, before, after in zip(runs, [False, *joined], [*joined, False], strict=False):
        if not before:
            _grow(matches, run.a - 1, run.b - 1, -1)
        if not after:
            _grow(matches, run.a + run.words, run.b + run.words, 1)
    return matches


def _fill_gap(matches: Matches, before: Run, after: Run) -> bool:
    """Align the words between two runs; False when the gap is too long or runs backwards."""
    gap_a = range(before.a + before.words, after.a)
    gap_b = range(before.b + before.words, after.b)
    forwards = gap_a.start <= gap_a.stop and gap_b.start <= gap_b.stop
    if not forwards or max(len(gap_a), len(gap_b)) > matches.rule.gap_words:
        return False
    aligned = _align(matches, gap_a, gap_b)
    # Few words in common: two different sentences that share "the" and "of".
    if 2 * len(aligned) >= min(len(gap_a), len(gap_b)):
        for i, j in aligned:
            if matches.free(i, j):
                matches.set(i, j)
    return True


def _align(matches: Matches, gap_a: range, gap_b: range) -> list[tuple[int, int]]:
    """Return a longest common subsequence, words alike counting as equal.

    The textbook table (Wagner and Fischer 1974): cell (r, c) is the length for the words from r
    and c on.
    """
    lengths = [[0] * (len(gap_b) + 1) for _ in range(len(gap_a) + 1)]
    for r in reversed(range(len(gap_a))):
        for c in reversed(range(len(gap_b))):
            if matches.agree(gap_a[r], gap_b[c]):
                lengths[r][c] = lengths[r + 1][c + 1] + 1
            else:
                lengths[r][c] = max(lengths[r + 1][c], lengths[r][c + 1])
    pairs = []
    r = c = 0
    while r < len(gap_a) and c < len(gap_b):
        if matches.agree(gap_a[r], gap_b[c]):
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
        if matches.free(i, j) and matches.agree(i, j):
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
            matches.free(p, q) and matches.agree(p, q) for p, q in ((x, y), (x + step, y + step))
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
