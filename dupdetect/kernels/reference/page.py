"""What the lines of one page are by themselves: credits, captions, lines printed twice, players."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile, zip_longest
from typing import NamedTuple

from dupdetect.kernels.codes import (
    CAPTION,
    CREDIT,
    ENDS_COLON,
    ENDS_SENTENCE,
    LINK_LIST,
    PHRASE,
    PLAYER,
    TERMS,
    TWIN,
)
from dupdetect.kernels.numbers import LINES
from dupdetect.kernels.reference.prepare import LOWER, Line, Story

_DIGITS = frozenset(b"0123456789")
_UPPER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_COUNT_DIGITS, _OF_BYTES = 3, 6  # "Image 1 of 4"
_LABEL_WORDS = 3  # "Read more here:"
_ADDRESS = re.compile(rb"[A-Za-z0-9]@[A-Za-z0-9]")

Tokens = tuple[int, ...]


class Term(NamedTuple):
    """A phrase, the words that a line with it may have, and what it says."""

    tokens: Tokens
    most_words: float
    kind: str


class Hit(NamedTuple):
    """A term in a line: what it says, its first word, and the word after its last."""

    kind: str
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class TermTable:
    """Terms by their first word."""

    by_first: dict[int, list[Term]]

    @classmethod
    def of(
        cls, tokens: Sequence[Tokens], most_words: Sequence[int], kinds: Sequence[int]
    ) -> TermTable:
        """Index the terms; empty ones never occur.

        Raises
        ------
        ValueError
            When a number is no kind.
        """
        by_first = defaultdict(list)
        for term, most, kind in zip(tokens, most_words, kinds, strict=True):
            if kind >= len(TERMS):
                raise ValueError(f"term_kinds: {kind} is no kind")
            if term:
                limit = float("inf") if most < 0 else most
                by_first[term[0]].append(Term(term, limit, TERMS[kind]))
        return cls(dict(by_first))

    def search(self, line: Tokens) -> list[Hit]:
        """Find the terms in the words of a line."""
        return [
            Hit(term.kind, at, at + len(term.tokens))
            for at, token in enumerate(line)
            for term in self.by_first.get(token, ())
            if len(line) <= term.most_words and line[at : at + len(term.tokens)] == term.tokens
        ]


class _Counted(NamedTuple):
    """Which of how many pictures, "Image 1 of 4", and whether the line says nothing else."""

    number: int
    of: int
    alone: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a line says of itself; ``words`` in words."""

    words: int
    open: bool  # it ends no sentence
    phrase: bool
    credit: bool
    caption: bool
    hint: bool  # it may be a caption
    player: bool
    source: bool  # it ends like what a player says of its film: "Ships wait. (March 3) AP"
    captioned: bool  # no caption before: it is in it, "Ships wait (AP)", or there is no picture
    signed: bool  # it ends "(Ann Lee / Reuters)"
    cut_short: bool
    gallery: bool
    titled: bool  # it begins with the title of a gallery: "Photos: The regatta"
    counted: _Counted | None  # it begins with the number of a picture
    headlines: bool  # it lists them: "Related: Bridge shut for a year | Otter caught at last"

    @property
    def is_prose(self) -> bool:
        return self.words >= LINES.prose_words and self.is_running

    @property
    def is_running(self) -> bool:
        return not self.open and not self.phrase


def page_flags(text: bytes, story: Story, terms: TermTable) -> list[int]:
    """Return the flags of every line of a story."""
    facts = [_Reader(text, story, line, terms).facts() for line in story.lines]
    flags = [
        ENDS_SENTENCE * line.ends_sentence
        | ENDS_COLON * line.ends_colon
        | PHRASE * one.phrase
        | CREDIT * one.credit
        | CAPTION * one.caption
        | LINK_LIST * (line.link_list or one.headlines)
        for line, one in zip(story.lines, facts, strict=True)
    ]
    _mark_credits(facts, flags)
    _mark_twins([story.hashes[line.begin : line.end] for line in story.lines], facts, flags)
    _mark_players(facts, flags)
    _mark_galleries(text, story, facts, flags)
    _mark_counted(facts, flags)
    return flags


class _Reader:
    """One line and the terms in it."""

    def __init__(self, text: bytes, story: Story, line: Line, terms: TermTable) -> None:
        self.text, self.story, self.line, self.terms = text, story, line, terms
        self.words = line.end - line.begin
        hits = terms.search(story.hashes[line.begin : line.end])
        self.hits = [
            hit for hit in hits if hit.kind != "player" or (hit.at, hit.end) == (0, self.words)
        ]

    def facts(self) -> _Facts:
        is_open = not self.line.ends_sentence
        date = self.date()
        sure = self.is_caption() or (self.hints_caption() and date == 2)
        likely = self.hints_caption() and date == 1 and self.words <= LINES.caption_usual
        in_range = LINES.caption_least <= self.words <= LINES.caption_most
        return _Facts(
            words=self.words,
            open=is_open,
            phrase=self.has("furniture")
            or (self.words <= LINES.contact_words and self.names_address()),
            credit=self.is_credit() and (is_open or self.is_all()),
            caption=in_range and (sure or likely),
            hint=in_range and (sure or self.hints_caption() or date > 0),
            player=self.has("player"),
            source=self.has_before_agency(b")"),
            captioned=self.has_caption()
            or self.starts("sign-off")
            or (self.starts("gallery title") and not self.has("agency")),
            signed=is_open and self.is_signed(),
            cut_short=self.words >= LINES.twin_words and self.is_cut_short(),
            gallery=self.has("gallery"),
            titled=self.starts("gallery title"),
            counted=self.counted(),
            headlines=is_open and self.words >= LINES.listed_words and self.lists_headlines(),
        )

    def has(self, kind: str) -> bool:
        return any(hit.kind == kind for hit in self.hits)

    def starts(self, kind: str) -> bool:
        return any(hit.kind == kind and hit.at == 0 for hit in self.hits)

    def ends(self, kind: str) -> bool:
        return any(hit.kind == kind and hit.end == self.words for hit in self.hits)

    def is_term(self, at: int, kind: str) -> bool:
        """Whether one word of the line, by itself, is such a term."""
        word = self.story.hashes[self.line.begin + at]
        return any(hit.kind == kind for hit in self.terms.search((word,)))

    def is_credit(self) -> bool:
        if self.words > LINES.credit_words or self.starts("byline"):
            return False
        brief = self.words <= LINES.short_credit_words
        return (
            self.ends("agency")
            or (self.starts("credit opening") and (brief or self.has("agency")))
            or (self.starts("agency") and brief)
        )

    def is_all(self) -> bool:
        """Whether it is a short text of its own that ends without a stop."""
        alone = len(self.story.lines) == 1 and self.words <= LINES.short_credit_words
        return alone and not self.text.rstrip(b" \n").endswith((b".", b"!", b"?"))

    def counted(self) -> _Counted | None:
        """Return what "1 of 4", "Image 1 of 4" or "1/4" at its start says."""
        if self.words > LINES.caption_most:
            return None
        named = any(map(self.starts, ("picture opening", "credit opening", "gallery title")))
        first = 0 if self.is_count(0) else 1
        if not self.is_count(first) or (first == 1 and not (named or self.is_term(0, "picture"))):
            return None
        last = first + 1 if self.is_count(first + 1) else first + 2
        if not self.is_count(last):
            return None
        alone = self.words == last + 1
        if last == first + 1:
            fits = alone and self.text[self.end(first) : self.start(last)] == b"/"
        else:
            letter = self.text[self.start(first + 1)]
            fits = len(self.folded(first + 1)) <= _OF_BYTES and (letter in LOWER or letter >= 0x80)
        number, of = int(self.folded(first)), int(self.folded(last))
        return _Counted(number, of, alone) if fits and 1 <= number <= of else None

    def is_count(self, at: int) -> bool:
        word = self.folded(at)
        return 1 <= len(word) <= _COUNT_DIGITS and _DIGITS.issuperset(word)

    def lists_headlines(self) -> bool:
        """Whether bars part it in headlines: three, or two behind a label.

        Where each has a figure it is a table.
        """
        gaps = [self.text[self.end(at) : self.start(at + 1)] for at in range(self.words - 1)]
        bars = [at + 1 for at, gap in enumerate(gaps) if b"|" in gap]
        parts = list(pairwise([0, *bars, self.words]))
        labelled = any(b":" in gap for gap in gaps[:_LABEL_WORDS])
        long = all(3 * (end - begin) >= LINES.listed_words for begin, end in parts)
        figures = all(any(map(self.is_figure, range(*part))) for part in parts)
        return len(parts) >= (2 if labelled else 3) and long and not figures

    def is_figure(self, at: int) -> bool:
        return _DIGITS.issuperset(self.folded(at))

    def is_caption(self) -> bool:
        picture = any(hit.kind == "picture" and hit.at < LINES.picture_within for hit in self.hits)
        return (
            self.has("caption")
            or self.starts("opening")
            or (self.starts("picture opening") and picture)
        )

    def hints_caption(self) -> bool:
        sides = [hit.at for hit in self.hits if hit.kind == "side"]
        return self.has("caption hint") or any(self.stands_apart(side) for side in sides)

    def stands_apart(self, side: int) -> bool:
        """Whether ", left," or "(second from right)" stands between commas or brackets."""
        first = side
        while (
            first > 0 and side - first < LINES.side_words and self.is_term(first - 1, "before side")
        ):
            first -= 1
        before = self.text[: self.start(first)].removesuffix(b" ")
        if not before.endswith((b",", b"(")):
            return False
        after = self.text[self.end(side) :].startswith((b",", b")", b"."))
        return after or (side + 1 < self.words and self.is_term(side + 1, "and"))

    def date(self) -> int:
        """Return 2 for a full date with the day of the week, 1 for one without, 0 for none."""
        found = [0]
        for hit in (hit for hit in self.hits if hit.kind == "month"):
            if self.is_day(hit.end) and self.is_year(hit.end + 1):
                before = hit.at - 1
            elif self.is_day(hit.at - 1) and self.is_year(hit.end):
                before = hit.at - 2
            else:
                continue
            found.append(2 if before >= 0 and self.is_term(before, "weekday") else 1)
        return max(found)

    def is_day(self, at: int) -> bool:
        """Whether a word is like "3", "31", "3rd" or "1er"."""
        word = self.folded(at)
        digits = len(list(takewhile(_DIGITS.__contains__, word)))
        return 1 <= digits <= 2 and len(word) - digits <= 2 and LOWER.issuperset(word[digits:])

    def is_year(self, at: int) -> bool:
        word = self.folded(at)
        return len(word) == 4 and _DIGITS.issuperset(word) and word[:2] in (b"19", b"20")

    def is_cut_short(self) -> bool:
        rest = self.text[self.end(self.words - 1) :].lstrip(b" ")
        return rest.startswith((b"...", "…".encode())) or self.ends("cut short")

    def names_address(self) -> bool:
        """Whether it has an address to write to: "desk@echo.example"."""
        return _ADDRESS.search(self.text, self.start(0), self.end(self.words - 1)) is not None

    def has_before_agency(self, mark: bytes) -> bool:
        """Whether such a mark stands before the agency at the end, the last one found there."""
        agencies = [hit.at for hit in self.hits if hit.kind == "agency" and hit.end == self.words]
        at = agencies[-1] if agencies else 0
        return at > 0 and mark in self.text[self.end(at - 1) : self.start(at)]

    def has_caption(self) -> bool:
        """Whether the agency at the end stands in a bracket that opens inside the line."""
        agencies = [hit.at for hit in self.hits if hit.kind == "agency" and hit.end == self.words]
        at = agencies[-1] if agencies else 0
        before = self.text[self.end(0) : self.start(at)] if at > 0 else b""
        return b"(" in before and before.rfind(b"(") > before.rfind(b")")

    def is_signed(self) -> bool:
        """Whether it ends with a name in two words, a slash, and an agency, apart from the rest."""
        agencies = [hit.at for hit in self.hits if hit.kind == "agency" and hit.end == self.words]
        at = agencies[-1] if agencies else 0
        if at < 3 or not self.has_before_agency(b"/"):
            return False
        initials = [self.text[self.start(at - back)] for back in (1, 2)]
        apart = self.text[self.end(at - 3) : self.start(at - 2)] != b" "
        return apart and all(letter in _UPPER or letter >= 0x80 for letter in initials)

    def folded(self, at: int) -> bytes:
        inside = 0 <= at < self.words
        return self.story.folded[self.line.begin + at] if inside else b""

    def start(self, at: int) -> int:
        return self.story.starts[self.line.begin + at]

    def end(self, at: int) -> int:
        return self.story.ends[self.line.begin + at]


def _mark_credits(facts: list[_Facts], flags: list[int]) -> None:
    """Mark the line before a credit, where it does not continue prose and prose follows.

    And a line that ends with its credit, before prose: behind it a story is signed in that way.
    """
    for line, one in enumerate(facts):
        follows = any(one.is_prose for one in facts[line + 1 : line + LINES.prose_within])
        in_range = LINES.credited_least <= one.words <= LINES.caption_usual
        if one.signed and in_range and follows:
            flags[line] |= CAPTION
        if line == 0:
            continue
        before = facts[line - 1]
        if one.captioned or not one.credit:
            continue
        if not (LINES.credited_least <= before.words <= LINES.caption_usual and follows):
            continue
        alone = line == 1 or not facts[line - 2].is_running or flags[line - 2] & CAPTION
        if alone or before.hint:
            flags[line - 1] |= CAPTION


def _mark_twins(lines: list[Tokens], facts: list[_Facts], flags: list[int]) -> None:
    """Mark captions that are printed twice, or first as a teaser.

    Both go; but of an open line and a sentence the sentence stays, and so does a paragraph that
    goes on for much longer.
    """
    for line, words in enumerate(lines):
        if len(words) < LINES.twin_words:
            continue
        others = range(line + 1, min(len(lines), line + LINES.twin_lines + 1))
        group = [line, *(other for other in others if _are_twins(words, lines[other]))]
        if len(group) == 1:
            continue
        mixed = len({facts[one].open for one in group}) == 2
        longest = max(group, key=lambda one: facts[one].words)
        shortest = min(facts[one].words for one in group)
        goes_on = 2 * facts[longest].words >= 3 * shortest
        goes_on = goes_on and not any(facts[one].cut_short for one in group)
        for one in group:
            if facts[one].open if mixed else not (goes_on and one == longest):
                flags[one] |= TWIN


def _are_twins(a: Tokens, b: Tokens) -> bool:
    """Whether a line begins as the other does, to most of the shorter one's length."""
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))))
    return same >= LINES.twin_words and 5 * same >= 4 * min(len(a), len(b))


def _mark_players(facts: list[_Facts], flags: list[int]) -> None:
    """Mark what stands from a player's button to the next credit."""
    for line in (number for number, one in enumerate(facts) if one.player):
        following = range(line + 1, min(len(facts), line + LINES.player_lines + 1))
        end = next((other for other in following if facts[other].credit or facts[other].source), -1)
        for one in range(line, end + 1):
            flags[one] |= PLAYER


def _mark_galleries(text: bytes, story: Story, facts: list[_Facts], flags: list[int]) -> None:
    """Mark captions between the buttons of a gallery, with one, or with its title, several.

    With its title is also what stands before a button in one paragraph.
    """

    def together(first: int, last: int) -> bool:
        begins = [story.starts[story.lines[line].begin] for line in (first, last)]
        return b"\n" not in text[slice(*begins)]

    before = title = None
    for line, facts_of_line in enumerate(facts):
        if facts_of_line.titled:
            title = line
        if not facts_of_line.gallery:
            continue
        first = line
        if before is not None and line - before <= LINES.gallery_lines:
            first = before
        if title is not None and title < first and together(title, line):
            first = title
        for one in range(first, line + 1):
            flags[one] |= CAPTION
        before = line
    titled = [line for line, one in enumerate(facts) if one.titled]
    for line in titled if len(titled) >= LINES.titled_lines else ():
        flags[line] |= CAPTION


def _mark_counted(facts: list[_Facts], flags: list[int]) -> None:
    """Mark captions that are counted: "Image 1 of 4: ...", or the count, and the caption below.

    What stands below the last one is taken for its caption where nothing long stands above the
    first: else captions may stand above their counts.
    """
    known = {(one.counted.number, one.counted.of) for one in facts if one.counted}
    lines = [
        line
        for line, one in enumerate(facts)
        if one.counted
        and any((one.counted.number + step, one.counted.of) in known for step in (-1, 1))
    ]
    for line, following in zip_longest(lines, lines[1:]):
        flags[line] |= CAPTION
        counted = facts[line].counted
        if not (counted and counted.alone):
            continue
        if following is None:
            first = lines[0]
            below = first == 0 or facts[first - 1].words < LINES.caption_least
            end, most = (line + 2 if below else line + 1), LINES.caption_usual // 3
        else:
            end, most = following, LINES.caption_usual
        if end - line > LINES.gallery_lines:
            continue
        for one in range(line + 1, min(end, len(facts))):
            if facts[one].words <= most:
                flags[one] |= CAPTION
