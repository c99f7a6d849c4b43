"""What is page furniture: each rule on a page that it alone decides."""

from __future__ import annotations

import numpy as np
import pytest

import dupdetect
from dupdetect.config import Config
from dupdetect.products.texts import BODY, DOUBTFUL, FURNITURE, WEAK
from dupdetect.stages import furniture
from tests.support.rules_texts import BAKERY, FERRY, ORCHARD, STORIES, TUNNEL, paragraphs
from tests.support.without import without

RULES = {
    "phrases",
    "doubtful lines",
    "captions",
    "credits and captions",
    "least body",
    "repetition",
}


def line_statuses(
    texts: list[str], *, config: Config, publishers: list[int] | None = None
) -> list[list[int]]:
    """Status of each line of each text."""
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    found = furniture.find_furniture(
        np.frombuffer(b"".join(data), np.uint8),
        offsets,
        np.array(publishers or [-1] * len(texts), np.int32),
        config=config,
    )
    ends = zip(found.offsets[:-1], found.offsets[1:], strict=True)
    return [found.status[a:b].tolist() for a, b in ends]


def page(text: str, *, config: Config | None = None) -> list[int]:
    return line_statuses([text], config=config or Config())[0]


COPYRIGHT = (
    "Copyright by the Northern Press. This material may be read, printed and given to others in "
    "class, but it must not be sold, sent on to agencies, put to music or carved in stone without "
    "a letter from us that bears a stamp and two signatures."
)


def test_phrases() -> None:
    a, b = paragraphs(*FERRY, COPYRIGHT), paragraphs(*ORCHARD, COPYRIGHT)
    assert dupdetect.compare(a, b).kind == "none"
    with without("phrases") as config:
        assert dupdetect.compare(a, b, config=config).kind == "overlap"
    assert page(b)[-1] == FURNITURE


HEADINGS = (
    "Ferry stuck off Gozo",
    "By our correspondent in Mdina",
    "Wind four, sea calm",
    "All on the island",
    "Ticket prices and timetable",
)


def test_doubtful_lines() -> None:
    whole, cut = paragraphs(*FERRY), paragraphs(*HEADINGS, *FERRY[:3])
    found = dupdetect.compare(whole, cut)
    assert (found.kind, found.kept, found.b_coverage) == ("truncation", "head", 1.0)
    with without("doubtful lines") as config:
        strict = dupdetect.compare(whole, cut, config=config)
    assert strict.kind == "overlap"
    # Where they match they count: headlines that both print are shared words.
    twice = dupdetect.compare(paragraphs(*HEADINGS, *FERRY), cut)
    assert twice.words == sum(len(line.split()) for line in (*HEADINGS, *FERRY[:3]))


CAPTION = (
    "Children from the village school wave to the passengers of the stranded ferry from the "
    "sea wall at Mgarr while a band plays and their teachers count them"
)


def test_captions() -> None:
    assert len(CAPTION.split()) >= Config().doubtful_words
    whole, cut = paragraphs(*FERRY), paragraphs(FERRY[0], CAPTION, *FERRY[1:3])
    found = dupdetect.compare(whole, cut)
    assert (found.kind, found.b_coverage) == ("truncation", 1.0)
    assert page(cut) == [BODY, DOUBTFUL, BODY, BODY]
    with without("captions"):
        assert dupdetect.compare(whole, cut).b_coverage < 0.8
        assert page(cut) == [BODY] * 4


def test_what_is_no_caption() -> None:
    prose = list(FERRY[:5])
    # It announces what follows, ends a sentence, or is the last prose of the text.
    assert page(paragraphs(prose[0], CAPTION + ":", *prose[1:])) == [BODY] * 6
    assert page(paragraphs(prose[0], CAPTION + ".", *prose[1:])) == [BODY] * 6
    assert page(paragraphs(*prose, CAPTION)) == [BODY] * 6
    # It is one of many: prose of a site that leaves full stops out.
    three = [f"{number} {CAPTION}" for number in ("One:", "Two:", "Three:")]
    assert page(paragraphs(prose[0], *three, *prose[1:], *FERRY[5:])) == [BODY] * 11
    pair = page(paragraphs(prose[0], *three[:2], *prose[1:], *FERRY[5:]))
    assert pair == [BODY, DOUBTFUL, DOUBTFUL, *[BODY] * 7]


PRINTED_WITH_IT = (
    "FILE - Children wave to the passengers of the night ferry from the sea wall at Mgarr, Gozo, "
    "while a band from the village plays on the roof of the customs house behind them.",
    "Divers come up beside the stranded ferry, March 3, 2020, with lamps and a dented bucket that "
    "the ship's cook, left, had dropped over the rail on the night before.",
    "Media: Harbour TV",
)


def test_credits_and_captions() -> None:
    whole, cut = paragraphs(*FERRY), paragraphs(*PRINTED_WITH_IT, *FERRY[:4])
    found = dupdetect.compare(whole, cut)
    assert (found.kind, found.b_coverage) == ("truncation", 1.0)
    assert page(cut)[:3] == [FURNITURE] * 3
    with without("credits and captions"):
        assert dupdetect.compare(whole, cut).b_coverage < 0.8
        assert page(cut)[:2] == [BODY] * 2


def test_least_body() -> None:
    """Two lists with a third of their items in common are not the same list."""
    stalls = ["Walnuts and dried figs", "Brass lamps from Fez", "Second hand skis", "Quince jam"]
    mine = ["Wooden spoons", "Old maps of the coast", "Sheepskin slippers", "Garden gnomes", "Soap"]
    other = ["Pickled herring", "Accordions, two of them", "Felt hats", "Tin soldiers", "Oil cans"]
    a, b = paragraphs(*stalls, *mine), paragraphs(*stalls, *other)
    assert page(a) == [WEAK] * 9
    assert dupdetect.compare(a, b).kind == "none"
    with without("least body"):
        assert dupdetect.compare(a, b).kind == "near_duplicate"


def test_pages_of_captions_only_share_no_prose() -> None:
    first, second = (paragraphs(*PRINTED_WITH_IT[:2], text) for text in ("Fog.", "Wind."))
    assert page(first) == [WEAK] * 3
    found = dupdetect.compare(paragraphs(*FERRY[:4], *PRINTED_WITH_IT), first)
    assert found.kind == "none"
    assert dupdetect.compare(first, second).kind == "near_duplicate"


SERVICE = (
    "Our readers may write to the letters page at any hour of the day or night, and the editor "
    "answers each of them in person, with a fountain pen, before the week in which the letter "
    "came has ended."
)


def same_publisher(count: int, publisher: str | None, line: str = SERVICE) -> list[dict[str, str]]:
    rows = []
    for number, story in enumerate(STORIES[:count]):
        row = {"id": str(number), "text": paragraphs(*story, line)}
        rows.append(row if publisher is None else {**row, "publisher": publisher})
    return rows


@pytest.mark.parametrize(
    "rows",
    [
        same_publisher(3, "The Northern Press"),
        same_publisher(6, None, " ".join(SERVICE.split()[:23]) + "."),
    ],
)
def test_repetition(rows: list[dict[str, str]]) -> None:
    found = dupdetect.cluster(rows)
    assert (found.summary["kinds"]["overlap"], found.summary["furniture"]["lines"]) == (0, 1)
    with without("repetition") as config:
        missed = dupdetect.cluster(rows, config=config)
    assert missed.summary["furniture"]["lines"] == 0
    # One story fewer is too few to say so.
    assert dupdetect.cluster(rows[1:]).summary["furniture"]["lines"] == 0


def words(count: int) -> list[str]:
    """Sentences of nine words, then one that has what is left."""
    numbered = [f"w{'abcdefghij'[n // 100]}{n % 100}x" for n in range(count)]
    return [" ".join(numbered[n : n + 9]).capitalize() + "." for n in range(0, count, 9)]


@pytest.mark.parametrize(("count", "lines"), [(145, 3), (146, 20)])
def test_a_line_of_more_than_150_words_is_taken_sentence_by_sentence(
    count: int, lines: int
) -> None:
    """A page whose paragraphs ran together still loses the sign-up line inside them."""
    sentences = words(count)
    sentences.insert(7, "Sign up for our newsletter.")
    text = paragraphs(TUNNEL[0], " ".join(sentences), BAKERY[0])
    status = page(text)
    assert len(status) == lines
    assert status.count(FURNITURE) == (lines > 3)


def test_a_gallery_in_one_paragraph_begins_with_its_title() -> None:
    first = (
        "Photos: The regatta Photos: The regatta The boats leave the old harbour of Mgarr on the "
        "first morning of the regatta. The judges had counted ninety sails by then. One of them "
        "had a hole. Nobody knew to whom it belonged. Hide Caption 1 of 12"
    )
    following = [
        f"Photos: The regatta A boat turns at buoy {number} before a crowd that had waited since "
        f"dawn for the wind to come from the north. Hide Caption {number} of 12"
        for number in ("two", "three", "four", "five")
    ]
    gallery = " ".join([first, *following])
    assert set(page(paragraphs(*FERRY[:2], gallery))[2:]) == {FURNITURE}
    # In lines of their own they are prose about photos, up to the picture with its button.
    lines = paragraphs("Photos show that the ferry left late.", *FERRY[:2], "Sails. hide caption")
    assert page(lines) == [BODY, BODY, BODY, FURNITURE]


def test_notes_of_the_editors() -> None:
    notes = (
        "The opinions expressed in this commentary are solely those of its author.",
        "This is a developing story. Check back for updates.",
        "Les propos tenus ici n'engagent que leur auteur.",
        "Мнение автора может не совпадать с позицией редакции.",
    )
    assert page(paragraphs(*FERRY[:3], *notes))[3:] == [FURNITURE] * 4
    said = "The mayor's opinions about the ferry, expressed in this hall, are those of a sailor."
    assert page(paragraphs(*FERRY[:3], said))[3:] == [BODY]


def between(line: str) -> int:
    """Return what a line is taken for that stands in a story."""
    text = paragraphs(FERRY[0], line, *FERRY[1:])
    return line_statuses([text], config=Config())[0][1]


@pytest.mark.parametrize(
    "line",
    [
        "The court ruled on Tuesday that the copyright in the songs of the late singer belongs to "
        "her daughters and not to the label, which must pay damages.",
        "The newsletter of the old party was banned on Tuesday and its editor was shot at dawn.",
        "The union wants more from the company, its leader told the delegates in Denby.",
        "The watchdog fined Acme over its privacy policy on Monday and named two of its officers.",
        "Hundreds had to sign up for the draft before the first train left the town on Sunday.",
    ],
)
def test_news_about_what_pages_print_are_news(line: str) -> None:
    assert between(line) == BODY


@pytest.mark.parametrize(
    "line",
    [
        "Copyright 2026 The Denby Echo",
        "Sign up for the Echo",
        "More from the Denby Echo",
        "See also",
        "Our newsletter brings the news of the day to readers in all towns of the county at dawn.",
    ],
)
def test_what_pages_print_is_none(line: str) -> None:
    assert between(line) == FURNITURE
