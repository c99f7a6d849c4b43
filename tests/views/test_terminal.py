"""What a person sees: golden views in plain text, and promises that hold for any text."""

from __future__ import annotations

import io
import re
import time
import unicodedata
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from dupdetect.products.relation import Relation
from dupdetect.products.texts import word_spans
from dupdetect.views.decision import Decision, Member, Neighbour
from dupdetect.views.findings import Example, Findings, Leader, Outcome
from dupdetect.views.pair import Story, pair_of
from dupdetect.views.terminal import decision_lines, legend, pair_lines, summary_lines
from dupdetect.views.terminal.pair import excerpt
from dupdetect.views.terminal.progress import progress
from dupdetect.views.terminal.style import bar, clean, shortened, union
from tests.support.explain_stories import CUT, WIRE, passage, relation

if TYPE_CHECKING:
    from collections.abc import Iterable


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
        Story("wire", WIRE, "Ferry aground", "Lusa", "2025-03-01T20:00:00+02:00"),
        *(True, None, None, None, None, None, ("Lusa",), None),
    )
    copy = Member(
        Story("cut", CUT, None, "The Quay", "spring"),
        *(False, "wire", "truncation", "middle", 0.8, 0.31, (), spans),
    )
    other = Neighbour(cut, Story("log", None, "A week afloat", "Tide"), relation("overlap"))
    decision = Decision(copy, kept, (kept, copy), pair_of(ferry, wire, cut), (other,))
    lines = shown(decision_lines(target(76), decision), target(76)).splitlines()
    assert lines[0] == "cut is a copy of wire; 2 stories in the cluster."
    assert "dedupe" not in " ".join(lines)  # results of format 1 do not say
    for keeper, said in (
        ("wire", "leaves it out, as 97% of its words stand in wire, which stays."),
        (None, "dedupe keeps it, too: no row that stays holds enough of its words"),
    ):
        copy = replace(copy, exact=0.97, keeper=keeper, keeper_exact=0.97 if keeper else None)
        decision = Decision(copy, kept, (kept, copy), pair_of(ferry, wire, cut), (other,))
        assert said in " ".join(shown(decision_lines(target(76), decision), target(76)).split())
    assert lines[-10:] == [
        "the cluster: 2 stories, canonical first, then by time",
        "each bar is the canonical story; full cells are the parts that copy shares",
        "  █████████████████████████  wire · canonical · Lusa · 2025-03-01 18:00 UTC",
        "                             · credits Lusa",
        "> ░░░░░░░░░▓███████▓░░░░░░░  cut · truncation (middle) · 31% · The Quay ·",
        "                             spring",
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


def summary_of_a_run() -> tuple[dict[str, Any], Findings, Outcome]:
    findings = Findings(
        stories=41,
        copies=24,
        kinds={"identical": 3, "near_duplicate": 9, "truncation": 10, "abridgement": 2},
        parts={"head": 3, "middle": 2, "tail": 5},
        apart={"overlap": 4},
        leaders=(Leader("wire", 6, 5), Leader("map", 4, 4), Leader("bus", 2, 1)),
        example=Example(
            "cut", "The Quay", "wire", "Lusa", "truncation", "tail", 1.0, 0.16, 1.0, 0.16
        ),
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
        "kept": 17,
        "removed": 24,
        "inputs": [{"path": "dump.jsonl"}],
        "config": {"overlap_words": 25},
        "furniture": {"lines": 12, "examples": [found]},
        "stock_phrases": {"fingerprints": 0, "examples": []},
        "rejected": 0,
    }
    return summary, findings, outcome


def test_the_summary_counts_templates() -> None:
    summary, findings, outcome = summary_of_a_run()
    apart = {"overlap": 4, "template": 2}
    text = shown(summary_lines(target(), summary, replace(findings, apart=apart), outcome))
    assert "  template            2  " in text


def test_the_summary_fits_a_screen_and_says_what_to_do_next() -> None:
    text = shown(summary_lines(target(), *summary_of_a_run()))
    assert (
        text
        == """\
41 stories in dump.jsonl, 0.4 s: 17 kept, one for each story; 24 copies left out
(59%).

Copies, each aligned word by word with the story it was made from
  identical           3  the same words, page furniture aside
  near-duplicate      9  light edits: most of both texts is shared
  truncation         10  cut from a fuller story; kept: head 3, middle 2, tail 5
  abridgement         2  a fuller story shortened in several places
  e.g.  cut (The Quay) of wire (Lusa): truncation, tail kept; 100% of the copy
        stands in the fuller story, 16% of the fuller story in the copy
Different stories with a passage in common
  overlap             4  pairs share 25 words or more: kept apart

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


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(ferry: Relation, width: int) -> None:
    console = target(width)
    wire, cut = (
        Story("wire", WIRE * 4, "Ferry aground", "Lusa"),
        Story("cut", CUT, "All saved " * 9),
    )
    kept = Member(wire, True, None, None, None, None, None, ("Lusa",), None)
    copy = Member(cut, False, "wire", "truncation", "middle", 0.8, 0.31, ("Lusa",), ((0, 9),))
    pair = pair_of(replace(ferry, quoted_words=13), wire, cut)
    other = Neighbour(cut, Story("log", None, "A week afloat " * 9, "Tide"), relation("overlap"))
    decision = Decision(copy, kept, (kept, copy), pair, (other,) * 2)
    summary = list(summary_lines(console, *summary_of_a_run()))
    lines = [*pair_lines(console, pair), *legend(console), *decision_lines(console, decision)]
    commands = [line for line in summary if line.plain.startswith("next ")]
    lines += [line for line in summary if line not in commands]
    assert len(lines) > 50
    assert [line.plain for line in lines if line.cell_len > width] == []
    assert len(commands) == 1, "a command stays in one line, to be copied"
    assert len(summary) <= 30


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
    story = Story("a", text)
    pieces = excerpt(story, whole, [s for s in keep if s[1] <= len(text)])
    cut = [piece for piece in pieces if isinstance(piece, tuple)]
    assert cut[0][0] == 0
    assert cut[-1][1] == len(text)
    left_out = sum(piece for piece in pieces if isinstance(piece, int))
    shown = sum(len(word_spans(text[start:end])) for start, end in cut)
    assert left_out + shown == len(word_spans(text))
    assert excerpt(story, whole, full=True) == [whole]


def test_no_progress_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=False) as report:
        assert report is None
    assert capsys.readouterr() == ("", "")


def test_progress_names_the_stage_its_rate_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    with progress(quiet=False) as report:
        assert report is not None
        report("reading", 40, 40)
        for done in range(0, 60, 10):
            report("sketch", done, 100)
            time.sleep(0.03)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert re.search(r"sketch .* 50 % [0-9,]+ stories/s 0:00:00 0:00:0\d", drawn), drawn
    with progress(quiet=True) as report:
        assert report is None


def test_what_stands_unchanged_and_the_certainty_are_said_where_they_are_known(
    ferry: Relation,
) -> None:
    wire, cut = Story("wire", WIRE), Story("cut", CUT)
    known = replace(ferry, a_exact=0.3, b_exact=1.0, b_coverage=1.0, certainty=0.704)
    printed = shown(pair_lines(target(200), pair_of(known, wire, cut)))
    assert "31% shared, 30% unchanged" in printed
    assert "100% shared, 100% unchanged" in printed
    assert "(certainty 0.70)" in printed
    before = shown(pair_lines(target(200), pair_of(ferry, wire, cut)))
    assert "unchanged" not in before
    assert "certainty" not in before
    copy = Member(
        cut, False, "wire", "truncation", "middle", 0.8, 0.31, (), ((0, 9),), 0.7, 0.29, 0.5
    )
    kept = Member(wire, True, None, None, None, None, None, (), None)
    other = Neighbour(cut, Story("log", None, "A week"), replace(known, kind="template"))
    decision = Decision(copy, kept, (kept, copy), None, (other,))
    printed = shown(decision_lines(target(200), decision))
    assert "31% · 70% unchanged · certainty 0.50" in printed
    assert "template, 13 words, 31% of cut (30% unchanged) (certainty 0.70)" in printed
