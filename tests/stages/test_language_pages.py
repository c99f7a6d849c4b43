"""What pages print around a story, in every language: found there, and taken from no other."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

import dupdetect
from dupdetect import kernels
from dupdetect.kernels.codes import PHRASE
from dupdetect.products.texts import BODY, FURNITURE, line_spans
from dupdetect.stages import furniture, languages
from dupdetect.stages.agencies import agency_languages
from dupdetect.stages.credit import credits_of
from tests.stages.test_furniture import page as status_of_lines
from tests.support.language_pages import PAGES

EACH = pytest.mark.parametrize("language", languages.LANGUAGES)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "languages.md"
SHARED = Path(os.environ.get("DUPDETECT_SHARED", Path(__file__).parents[3] / "shared"))
SEMEVAL = SHARED / "data" / "semeval8" / "semeval8_text_sample.jsonl.gz"
CODES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "portuguese": "pt",
    "italian": "it", "polish": "pl", "dutch": "nl", "russian": "ru",
}  # fmt: skip


def test_every_language_has_a_page() -> None:
    assert set(PAGES) == set(languages.LANGUAGES) == set(CODES)


@EACH
def test_what_stands_around_the_story_is_furniture(language: str) -> None:
    page = PAGES[language]
    text = page.text()
    lines = lines_of(text)
    found = dict(zip(lines, status_of_lines(text), strict=True))
    story = "\n".join(page.story)
    assert {line: status for line, status in found.items() if status != FURNITURE} == {
        line: BODY for line in lines if line in story
    }
    assert sum(line in story for line in lines) >= len(page.story)


@EACH
def test_a_share_box_costs_no_coverage(language: str) -> None:
    page = PAGES[language]
    found = dupdetect.compare("\n\n".join(page.story), page.text())
    assert (found.kind, found.a_coverage, found.b_coverage) == ("identical", 1.0, 1.0)


@EACH
def test_the_agency_of_the_dateline(language: str) -> None:
    page = PAGES[language]
    assert [credit.agency for credit in credits_of("\n".join(page.story))] == [page.agency]


@EACH
def test_a_statement_after_its_lead_in_is_no_prose(language: str) -> None:
    page, other = PAGES[language], PAGES["german" if language != "german" else "dutch"]
    a = "\n\n".join((*page.story, page.lead_in, page.statement))
    b = "\n\n".join((*other.story, f"“{page.statement}”"))
    found = dupdetect.compare(a, b)
    assert found.words > 20
    assert found.quoted_words == found.words


@EACH
@pytest.mark.parametrize("number", range(3))
def test_what_stands_in_place_of_a_story(language: str, number: int) -> None:
    assert set(status_of_lines(PAGES[language].walls[number])) == {FURNITURE}


def terms_of(*names: str) -> furniture.Terms:
    """Make the terms of some languages alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(languages, "LANGUAGES", names)
        return furniture.terms.__wrapped__()


def flags_of(text: str, terms: furniture.Terms) -> list[int]:
    data = np.frombuffer(text.encode(), np.uint8)
    scanned = kernels.scan_lines(data, np.array([0, data.size], np.int64), *terms, 1)
    flags: list[int] = np.asarray(scanned[3]).tolist()
    return flags


@EACH
def test_no_phrase_takes_prose_of_another_language(language: str) -> None:
    terms = terms_of(language)
    for name, page in PAGES.items():
        text = "\n\n".join((*page.story, page.statement))
        assert not any(flag & PHRASE for flag in flags_of(text, terms)), name


@pytest.mark.skipif(not SEMEVAL.exists(), reason=f"needs {SEMEVAL}")
@pytest.mark.parametrize("language", [name for name in languages.LANGUAGES if name != "english"])
def test_no_phrase_takes_printed_prose_of_another_language(language: str) -> None:
    """Of thousands of pages in ten languages, few lines of others are taken, and no long one."""
    ours, none = terms_of(language, "english"), terms_of("english")
    long, taken = 0, 0
    for code, text in printed(SEMEVAL):
        if code == CODES[language]:
            continue
        lines = [
            (line, mine & PHRASE)
            for line, mine, other in zip(
                lines_of(text), flags_of(text, ours), flags_of(text, none), strict=True
            )
            if mine & PHRASE != other & PHRASE
        ]
        taken += len(lines)
        long += sum(len(line.split()) > 8 for line, _ in lines)
    assert long == 0
    assert taken <= 10


def printed(path: Path) -> list[tuple[str, str]]:
    """Pages with their language; one in four, so that the test stays short."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        pairs = [json.loads(row) for row in rows][::4]
    return [(pair[f"lang{i}"], pair[f"text{i}"]) for pair in pairs for i in (1, 2)]


def lines_of(text: str) -> list[str]:
    data = text.encode()
    return [data[a:b].decode() for a, b in line_spans(data)]


COLUMNS = ("language", "phrases", "captions", "dates", "notices", "speech", "agencies")


def table() -> str:
    """Make the table of the docs."""
    rows = [COLUMNS, ("---", *["--:"] * (len(COLUMNS) - 1))]
    for language in languages.LANGUAGES:
        phrases, terms = (languages.words_of(part, language) for part in ("phrases", "terms"))
        dates = {"month", "weekday"}
        counts = (
            sum(map(len, phrases.values())),
            sum(len(texts) for kind, texts in terms.items() if kind not in dates),
            sum(len(texts) for kind, texts in terms.items() if kind in dates),
            sum(map(len, languages.words_of("notices", language).values())),
            sum(map(len, languages.words_of("speech", language).values())),
            sum(CODES[language] in of for of in agency_languages()),
        )
        rows.append((language.capitalize(), *map(str, counts)))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_the_docs_say_what_each_language_has() -> None:
    said = DOCS.read_text("utf-8")
    assert table() in said, table()
