"""What a person sees: golden views in plain text, and promises that hold for any text."""

from __future__ import annotations

import io
import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from dupdetect.explain.findings import Example, Findings, Leader
from dupdetect.explain.pair import Story, count, pair_of, percent, sentence, swapped, word_count
from dupdetect.explain.story import Decision, Member, Neighbour
from dupdetect.records import Kept, Kind, Passage, Relation
from dupdetect.terminal import Outcome, decision_lines, legend, pair_lines, summary_lines
from dupdetect.terminal.pair import excerpt
from dupdetect.terminal.progress import progress
from dupdetect.terminal.style import bar, clean, shortened, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIRE = (
    "LISBON (Lusa) - The last ferry of the evening ran aground on a sandbank off Cacilhas. "
    "All ninety passengers were taken ashore in fishing boats, and nobody was hurt. "
    "The harbour master blamed a buoy that had drifted in the storm."
)
CUT = (
    "Every passenger was saved. "
    "All ninety passengers were brought ashore in fishing boats, and nobody was hurt."
)


def target(width: int = 80, *, colour: bool = False) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        highlight=False,
        markup=False,
    )


def shown(lines: Iterable[Text], on: Console | None = None) -> str:
    console = on or target()
    for line in lines:
        console.print(line, overflow="ignore", no_wrap=True, crop=False)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def passage(
    a: str, b: str, said: str, said_b: str | None = None, changed: tuple[str, str] | None = None
) -> Passage:
    a_start, b_start = a.index(said), b.index(said_b or said)
    spans: tuple[tuple[int, int, int, int], ...] = ()
    if changed is not None:
        at, in_b = a.index(changed[0]), b.index(changed[1])
        spans = ((at, at + len(changed[0]), in_b, in_b + len(changed[1])),)
    return Passage(
        a_start=a_start,
        a_end=a_start + len(said),
        b_start=b_start,
        b_end=b_start + len(said_b or said),
        words=word_count(said),
        quoted_words=0,
        changed=spans,
    )


def relation(
    kind: Kind = "truncation", passages: Sequence[Passage] = (), kept: Kept | None = "middle"
) -> Relation:
    return Relation(
        a="wire",
        b="cut",
        kind=kind,
        kept=kept,
        a_coverage=0.31,
        b_coverage=0.8,
        resemblance=0.2,
        words=sum(p.words for p in passages),
        quoted_words=0,
        cut_before=15,
        cut_after=12,
        passages=tuple(passages),
    )


@pytest.fixture
def ferry() -> Relation:
    said = "All ninety passengers were taken ashore in fishing boats, and nobody was hurt"
    return relation(
        passages=[passage(WIRE, CUT, said, said.replace("taken", "brought"), ("taken", "brought"))]
    )


def test_the_comparison_as_plain_text(ferry: Relation) -> None:
    pair = pair_of(
        ferry,
        Story("wire", WIRE, "Ferry aground", "Lusa", "2025-03-01T20:00:00Z"),
        Story("cut", CUT, "All saved", "The Quay", None),
    )
    console = target(72)
    assert (
        shown([*pair_lines(console, pair), *legend(console)], console)
        == """\
truncation: B is cut from A: it keeps the middle, 13 words or 31% of A;
cut: 15 words before and 12 words after what it kept

A  wire · Lusa · 2025-03-01T20:00:00Z · “Ferry aground” · 31% shared
B  cut · The Quay · “All saved” · 80% shared

A  ░░░░░░░░░░░░░░░░░░░░░░░▓█████████████████████▓░░░░░░░░░░░░░░░░░
B  ░░░░░░░▓█████████████████████▓

+ 4 words, only in B
  Every passenger was saved.
- 15 words, only in A
  LISBON (Lusa) - The last ferry of the evening ran aground on a
  sandbank off Cacilhas.
= 13 words, 1 place changed, in both
  All ninety passengers were [-taken-]{+brought+} ashore in fishing
  boats, and nobody was hurt
- 12 words, only in A
  The harbour master blamed a buoy that had drifted in the storm.

= shared   - only in A   + only in B   [-A-]{+B+} changed   … left out
(--full)
"""
    )


def test_the_decision_as_plain_text(ferry: Relation) -> None:
    wire, cut = Story("wire", WIRE, "Ferry aground", "Lusa"), Story("cut", CUT, None, "The Quay")
    spans = tuple((p.a_start, p.a_end) for p in ferry.passages)
    kept = Member(
        Story("wire", WIRE, "Ferry aground", "Lusa", "2025-03-01T20:00:00Z"),
        *(True, None, None, None, None, None, "Lusa", None),
    )
    copy = Member(
        Story("cut", CUT, None, "The Quay", "spring"),
        *(False, "wire", "truncation", "middle", 0.8, 0.31, None, spans),
    )
    other = Neighbour(cut, Story("log", None, "A week afloat", "Tide"), relation("overlap"))
    decision = Decision(copy, kept, (kept, copy), pair_of(ferry, wire, cut), (other,))
    lines = shown(decision_lines(target(76), decision), target(76)).splitlines()
    assert lines[0] == "cut is a copy of wire; 2 stories in the cluster."
    assert lines[-8:] == [
        "the cluster: 2 stories, canonical first, then by time",
        "each bar is the canonical story; full cells are the parts that copy shares",
        "  █████████████████████████  wire · canonical · Lusa · 2025-03-01 20:00 · c…",
        "> ░░░░░░░░░▓███████▓░░░░░░░  cut · truncation (middle) · 31% · The Quay · s…",
        "",
        "passages shared with 1 story outside the cluster, kept apart",
        "  log · Tide · “A week afloat”: 0 words, 31% of cut",
        "",
    ]


def test_a_view_for_eyes_has_colours_and_a_piped_one_has_none(ferry: Relation) -> None:
    pair = pair_of(ferry, Story("wire", WIRE), Story("cut", CUT))
    plain, coloured = target(), target(colour=True)
    text = shown(pair_lines(plain, pair), plain)
    assert "\x1b" not in text
    drawn = shown(pair_lines(coloured, pair), coloured)
    assert "\x1b[" in drawn
    assert re.sub(r"\x1b\[[0-9;]*m", "", drawn) == text


def test_the_summary_fits_a_screen_and_says_what_to_do_next() -> None:
    findings = Findings(
        stories=41,
        copies=24,
        kinds={"identical": 3, "near_duplicate": 9, "truncation": 10, "abridgement": 2},
        parts={"head": 3, "middle": 2, "tail": 5},
        overlaps=4,
        leaders=(Leader("wire", 6, 5), Leader("map", 4, 4), Leader("bus", 2, 1)),
        example=Example("cut", "The Quay", "wire", "Lusa", "truncation", "tail", 1.0, 0.16),
    )
    outcome = Outcome(
        written=(("unique.jsonl", "17 stories, rows unchanged"),),
        seconds=0.41,
        left_out=True,
        titles={"wire": "Ferry aground \x1b[31mred", "map": "A map " * 30},
        hints=((("dupdetect", "compare", "my dump.jsonl", "wire", "cut"), "the example above"),),
    )
    found = {"text": "Sign up to our newsletter", "publisher": "The Quay", "stories": 6}
    summary = {
        "inputs": [{"path": "dump.jsonl"}],
        "config": {"overlap_words": 25},
        "furniture": {"lines": 12, "examples": [found]},
        "stock_phrases": {"fingerprints": 0, "examples": []},
        "rejected": 0,
    }
    text = shown(summary_lines(target(), summary, findings, outcome))
    assert (
        text
        == """\
41 stories in dump.jsonl, 0.4 s: 17 kept, one for each story told; 24 copies
left out (59%).

Copies, each aligned word by word with the story it was made from
  identical            3  the same words, page furniture aside
  near-duplicate       9  light edits: most of both texts is shared
  truncation          10  cut from a fuller story; kept: head 3, middle 2, tail 5
  abridgement          2  a fuller story shortened in several places
  e.g.  cut (The Quay) of wire (Lusa): truncation, tail kept; 100% of the copy
        stands in the fuller story, 16% of the fuller story in the copy
Different stories with a passage in common
  overlap              4  pairs share 25 words or more: kept apart

Printed most often
     6 ×  5 publishers  wire  Ferry aground [31mred
     4 ×  4 publishers  map  A map A map A map A map A map A map A map A map A …
     2 ×  bus

ignored  12 lines of page furniture, such as “Sign up to our newsletter” (The
         Quay)
written  unique.jsonl  17 stories, rows unchanged
next     dupdetect compare 'my dump.jsonl' wire cut
           the example above
"""
    )


words = st.lists(st.sampled_from(["alpha", "beta,", "Łódź", "你好", "«x»", "\n", "it's", "."]))
texts = words.map(" ".join)


@st.composite
def cut_pairs(draw: st.DrawFn) -> tuple[str, str, list[Passage]]:
    """Two texts with shared blocks, printed by the second in any order."""
    blocks = draw(st.lists(texts.filter(lambda t: word_count(t) > 0), min_size=1, max_size=4))
    order = draw(st.permutations(range(len(blocks))))
    a, places = "", []
    for block in blocks:
        a += draw(texts)
        places.append((len(a), len(a) + len(block)))
        a += block
    a += draw(texts)
    b, passages = "", []
    for index in order:
        b += draw(texts)
        start, end = places[index]
        words_in = word_count(blocks[index])
        b_end = len(b) + len(blocks[index])
        passages.append(
            Passage(
                a_start=start,
                a_end=end,
                b_start=len(b),
                b_end=b_end,
                words=words_in,
                quoted_words=0,
                changed=(),
            )
        )
        b += blocks[index]
    return a, b + draw(texts), passages


@given(cut_pairs())
def test_no_word_of_either_story_is_missing_from_the_segments(
    drawn: tuple[str, str, list[Passage]],
) -> None:
    a, b, passages = drawn
    pair = pair_of(relation(passages=passages), Story("a", a), Story("b", b))
    for side, text in (("a", a), ("b", b)):
        seen = bytearray(len(text))
        for segment in pair.segments:
            span = segment.a if side == "a" else segment.b
            if span is not None:
                seen[span[0] : span[1]] = b"\1" * (span[1] - span[0])
        hidden = "".join(char for char, at in zip(text, seen, strict=True) if not at)
        assert word_count(hidden) == 0


@given(cut_pairs())
def test_reading_a_relation_backwards_twice_changes_nothing(
    drawn: tuple[str, str, list[Passage]],
) -> None:
    given_relation = relation(passages=drawn[2])
    assert swapped(swapped(given_relation)) == given_relation


def test_a_passage_past_the_end_of_a_text_is_refused() -> None:
    wrong = relation(passages=[passage(WIRE, WIRE, "fishing boats")])
    with pytest.raises(ValueError, match="past the end"):
        pair_of(wrong, Story("a", WIRE[:40]), Story("b", WIRE))


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_text_of_others_cannot_drive_the_terminal(text: str, cells: int) -> None:
    for line in (clean(text), shortened(text, cells)):
        assert not [char for char in line if unicodedata.category(char) == "Cc"]
        assert not set(line) & set("\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    assert Text(shortened(text, cells)).cell_len <= cells


spans = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda s: (min(s), max(s) + 1)),
    max_size=6,
)


@given(st.integers(401, 2000), spans, st.integers(1, 90))
def test_a_bar_shows_every_passage_and_nothing_else(
    length: int, covered: list[tuple[int, int]], cells: int
) -> None:
    drawn = bar(target(), length, covered, cells, "cyan").plain
    assert len(drawn) == cells
    touched = {
        cell
        for start, end in covered
        for cell in range(start * cells // length, (end * cells - 1) // length + 1)
    }
    assert {at for at, mark in enumerate(drawn) if mark != "░"} == touched


@given(spans)
def test_united_spans_cover_the_same_characters_and_stand_apart(
    covered: list[tuple[int, int]],
) -> None:
    merged = union(covered)
    assert {at for s, e in merged for at in range(s, e)} == {
        at for s, e in covered for at in range(s, e)
    }
    assert all(first[1] < second[0] for first, second in pairwise(merged))


@given(st.lists(st.sampled_from(["word", "Wörter", "字", "a"]), max_size=400).map(" ".join), spans)
def test_an_excerpt_keeps_both_ends_and_counts_what_it_leaves_out(
    text: str, keep: list[tuple[int, int]]
) -> None:
    whole = (0, len(text))
    pieces = excerpt(text, whole, [s for s in keep if s[1] <= len(text)])
    cut = [piece for piece in pieces if isinstance(piece, tuple)]
    assert cut[0][0] == 0
    assert cut[-1][1] == len(text)
    told = sum(piece for piece in pieces if isinstance(piece, int))
    assert told + sum(word_count(text[s:e]) for s, e in cut) == word_count(text)
    assert excerpt(text, whole, full=True) == [whole]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("identical", "prints the same words"),
        ("near_duplicate", "lightly edited"),
        ("truncation", "keeps the middle"),
        ("abridgement", "shortened in several places"),
        ("overlap", "different stories"),
        ("none", "no relation"),
    ],
)
def test_each_kind_has_its_sentence(kind: Kind, said: str) -> None:
    assert said in sentence(relation(kind))


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_all_or_nothing(share: float) -> None:
    assert (percent(share) == "100%") == (share == 1)
    assert (percent(share) == "0%") == (share == 0)


def test_numbers_go_with_their_nouns() -> None:
    assert [count(n, "copy") for n in (0, 1, 2)] == ["0 copies", "1 copy", "2 copies"]


def test_no_progress_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=False) as told:
        assert told is None
    assert capsys.readouterr() == ("", "")
