"""Bodies, and the exact runs of words that two of them share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import ClassVar, NamedTuple, Protocol

from dupdetect.kernels.numbers import ALIGN
from dupdetect.kernels.reference.bodies import (
    BEGINS,
    FOLLOWS_COLON,
    IN_DOUBT,
    IN_POST,
    IN_QUOTES,
    NEVER_PROSE,
    ONE_CHARACTER,
)

Seed = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignRule:
    """What decides which words are shared; lengths in words, shares above 1 switch a rule off.

    ``FIELDS`` holds the names of all.

    Attributes
    ----------
    seed_words : int
        Alignment begins at runs of so many equal words.
    run_words : int
        Of a run that counts wherever it stands.
    near_words, near_diagonal : int
        A shorter run counts within so many words of another that stands on the same course: so
        many may have been put in or taken out between the two. 0: none counts.
    bridge_words : int
        Gaps of so many words on both sides belong to the passage around them.
    gap_words : int
        Gaps of so many words, 255 at most, are aligned word by word.
    word_dice, sentence_share, shingle_words, overlap_words, contained : float or int
        The settings of these names: see :class:`dupdetect.config.Config`.
    passage_words : int
        Passages of fewer words do not count towards a relation.
    reused_words : int
        Words that one story has in quotation marks and the other as its own: so many count as
        prose, unless they are those of a speech.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()

    seed_words: int
    run_words: int
    near_words: int
    near_diagonal: int
    bridge_words: int
    gap_words: int
    word_dice: float
    sentence_share: float
    shingle_words: int
    passage_words: int
    overlap_words: int
    reused_words: int
    contained: float


AlignRule.FIELDS = tuple(field.name for field in fields(AlignRule))


class Run(NamedTuple):
    """``words`` equal words, from word ``a`` of the one body and word ``b`` of the other on."""

    a: int
    b: int
    words: int

    @property
    def course(self) -> int:
        """How much further on it stands in a than in b."""
        return self.a - self.b


class Words(Protocol):
    """Words in which runs are looked for; see :class:`Body` for each."""

    @property
    def hashes(self) -> list[int]:
        """Of each word."""
        ...

    @property
    def seeds(self) -> list[Seed]:
        """The words' hashes from each word on."""
        ...

    @property
    def places(self) -> dict[Seed, list[int]]:
        """Where each seed stands, ascending."""
        ...


@dataclass(frozen=True, slots=True)
class Body:
    """The words of a story outside furniture."""

    hashes: list[int]  # keyed
    masks: list[int]
    sentences: list[int]  # words of one sentence have one number
    quoted: list[bool]  # inside quotation marks
    in_post: list[bool]  # of a social network
    announced: list[bool]  # a paragraph after a line that ends with a colon
    doubtful: list[bool]  # such words count only where they match
    never_prose: list[bool]
    single: list[bool]  # one character of a script without spaces
    seeds: list[Seed]  # the words' hashes from each word on
    places: dict[Seed, list[int]]  # where each seed stands, ascending


def make_body(
    words: list[int],
    flags: list[int],
    masks: dict[int, int],
    seed_words: int,
) -> Body:
    """Read the flags of a story's words, and index its seeds."""

    def flagged(flag: int) -> list[bool]:
        return [bool(one & flag) for one in flags]

    seeds = [tuple(words[i : i + seed_words]) for i in range(len(words) - seed_words + 1)]
    places = defaultdict(list)
    for i, seed in enumerate(seeds):
        places[seed].append(i)
    return Body(
        hashes=words,
        masks=[masks.get(word, 0) for word in words],
        sentences=list(accumulate(flagged(BEGINS))),
        quoted=flagged(IN_QUOTES),
        in_post=flagged(IN_POST),
        announced=flagged(FOLLOWS_COLON),
        doubtful=flagged(IN_DOUBT),
        never_prose=flagged(NEVER_PROSE),
        single=flagged(ONE_CHARACTER),
        seeds=seeds,
        places=dict(places),
    )


def find_runs(a: Words, b: Words) -> list[Run]:
    """Find the runs that b shares with a: greedily from b's first word on, none twice in b."""
    runs = []
    done = course = j = 0
    while j < len(b.seeds):
        run = _longest_run(a, b, j, j + course)
        if run is None:
            j += 1
            continue
        run = _extend_left(a, b, run, done)
        runs.append(run)
        course = run.course
        j = done = run.b + run.words
    return runs


def _longest_run(a: Words, b: Words, j: int, expected: int) -> Run | None:
    """Return the longest run from b's word j on; of equally long ones the nearest in a."""
    seed = b.seeds[j]
    places = a.places.get(seed, [])
    tried = places[: ALIGN.most_positions]
    if expected in places[ALIGN.most_positions :]:
        tried.append(expected)
    if not tried:
        return None
    runs = [Run(i, j, _common_words(a, i, b, j)) for i in tried]
    return min(runs, key=lambda run: (-run.words, abs(run.a - expected), run.a))


def _common_words(a: Words, i: int, b: Words, j: int) -> int:
    words = 0
    for mine, other in zip(a.hashes[i:], b.hashes[j:], strict=False):
        if mine != other:
            break
        words += 1
    return words


def _extend_left(a: Words, b: Words, run: Run, done: int) -> Run:
    while run.b > done and run.a > 0 and a.hashes[run.a - 1] == b.hashes[run.b - 1]:
        run = Run(run.a - 1, run.b - 1, run.words + 1)
    return run


def drop_stray_runs(runs: list[Run], rule: AlignRule, smaller: int) -> list[Run]:
    """Keep long runs, and short ones that one of two neighbours on either side supports.

    When fewer than 12 words remain, and they are less than a quarter of the smaller body
    (`smaller`, in words), they are a stock phrase in two long texts: nothing is kept.
    """
    kept = [
        run
        for r, run in enumerate(runs)
        if run.words >= rule.run_words
        or any(
            _supports(run, other, rule) for other in runs[max(r - 2, 0) : r] + runs[r + 1 : r + 3]
        )
    ]
    words = sum(run.words for run in kept)
    return [] if words < ALIGN.few_words and words * 4 < smaller else kept


def _supports(run: Run, other: Run, rule: AlignRule) -> bool:
    """Whether another run stands near by on nearly the same course."""
    first, second = sorted([run, other], key=lambda one: one.b)
    gap = second.b - first.b - first.words
    return gap <= rule.near_words and abs(other.course - run.course) <= rule.near_diagonal
