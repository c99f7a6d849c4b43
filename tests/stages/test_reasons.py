"""Why a line is taken for what it is: the verdict of a run, and a reason that fits it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.config import Config
from dupdetect.products.texts import BODY, DOUBTFUL, FURNITURE, WEAK
from dupdetect.settings import BodySettings
from dupdetect.stages.reasons import REASONS, body_settings, explain_lines
from dupdetect.views import wording
from tests.stages.test_furniture import page as status_of_lines
from tests.support.language_pages import PAGES
from tests.support.rules_texts import FERRY, ORCHARD

VERDICTS = {BODY: "body", DOUBTFUL: "doubtful", FURNITURE: "furniture", WEAK: "weak"}
STORY = "\n\n".join(FERRY[:3])
CAPTION = "The night ferry waits in the harbour for the tide to come in"

REASON_OF_FIRST = {
    "prose": FERRY[3],
    "short line": "Ferry aground",
    "open line": "The ferry company says that it will refund all of the tickets it has sold",
    "picture": "The ferry on its sandbank. Photo by Ida Renn.",
    "sharing": "Share on Facebook Copy link",
    "sign-up": "Sign up for our morning letter.",
    "copyright": "© 2025 The Herald. All rights reserved.",
    "video": "Just watched. Replay more videos.",
    "poll": "The margin of sampling error is three points either way.",
    "own": "A randomly selected winner of last week's puzzle gets a mug with a ferry on it.",
    "editors": "The opinions expressed in this commentary are solely those of the author.",
    "label": "Anzeige",
    "address": "Write to ann@herald.example with what you know of it.",
    "credit": "Credit: Ida Renn",
    "caption": "Pictured: the ferry before it left the yard of its builders",
    "twin": f"{CAPTION}\n\n{CAPTION} after noon",
    "player": "Now playing\n\nShips wait\n\nPhoto: Reuters",
}


@pytest.mark.parametrize("reason", REASON_OF_FIRST)
def test_the_reason_for_a_line(reason: str) -> None:
    text = f"{REASON_OF_FIRST[reason]}\n\n{STORY}"
    assert explain_lines(text, config=BodySettings())[0].reason == reason


def test_reasons_for_whole_pages() -> None:
    wall = explain_lines("Page not found", config=BodySettings())
    assert {(line.verdict, line.reason) for line in wall} == {("furniture", "notice")}
    few = explain_lines("Share on Facebook\n\nSubscribe now", config=BodySettings())
    assert {line.verdict for line in few} == {"furniture"}  # of phrases alone
    again = explain_lines(f"{STORY}\n\n{ORCHARD[0]}\n\n{FERRY[0]}", config=BodySettings())
    assert (again[-1].verdict, again[-1].reason) == ("furniture", "printed before")
    assert explain_lines("", config=BodySettings()) == ()


def test_what_a_run_left_out_decides() -> None:
    text = f"{FERRY[0]}\n\nCopy link\n\n{FERRY[1]}"
    lines = explain_lines(text, config=BodySettings(), left_out=[(0, len(FERRY[0]))])
    assert [(line.verdict, line.reason) for line in lines] == [
        ("furniture", "repetition"),
        ("weak", "short page"),
        ("body", "prose"),
    ]


def test_settings_of_a_run() -> None:
    assert body_settings({"company_words": 9, "window": 8}) == BodySettings(company_words=9)
    text = f"Share on Facebook Copy link.\n\n{STORY}"
    lines = explain_lines(text, config=Config(page_lines=False))
    assert lines[0].verdict == "body"


def test_every_code_has_its_wording() -> None:
    assert tuple(wording.REASONS) == REASONS
    reachable = {*REASON_OF_FIRST, "notice", "short page", "printed before", "repetition"}
    assert set(REASONS) - reachable == {"link list"}


def test_the_docs_list_the_reasons() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs" / "outputs.md"
    rows = [f"| {said} | `{code}` |" for code, said in wording.REASONS.items()]
    assert "\n".join(rows) in docs.read_text("utf-8")


@pytest.mark.parametrize("language", PAGES)
def test_pages_of_every_language(language: str) -> None:
    page = PAGES[language]
    lines = explain_lines(page.text(), config=BodySettings())
    reasons: dict[str, str] = {}
    for line in lines:
        shown = page.text()[line.start : line.end]
        names = [name for name, text in page.around.items() if shown in text]
        reasons |= dict.fromkeys(names, line.reason)
    assert reasons["caption"] == ("picture" if language == "german" else "caption")
    assert reasons["dated caption"] == "caption"
    assert reasons["credit"] == "credit"
    for name in ("sign-up", "copyright"):
        assert reasons[name] == name
    assert reasons["share"] == reasons["related"] == "sharing"


PIECES = st.sampled_from(
    [*FERRY[:3], *REASON_OF_FIRST.values(), "\n", "\n\n", "", "\u00a0", "x@y", "Copy link"]
)


@settings(max_examples=60, deadline=None)
@given(text=st.one_of(st.lists(PIECES, max_size=8).map("\n\n".join), st.text(max_size=80)))
def test_verdicts_are_those_of_a_run_and_spans_hold_the_words(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    lines = explain_lines(text, config=BodySettings())
    assert [line.verdict for line in lines] == [VERDICTS[one] for one in status_of_lines(text)]
    ends = [0, *(line.end for line in lines)]
    for line, before in zip(lines, ends, strict=False):
        assert before <= line.start < line.end <= len(text)
        assert line.reason in REASONS
        assert (line.verdict == "furniture") == (
            line.reason not in {"prose", "short line", "open line", "short page"}
        )
    assert np.all(np.diff(ends) >= 0)
