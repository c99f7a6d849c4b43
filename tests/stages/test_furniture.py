"""What is page furniture: each rule on a page that it alone decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import dupdetect
from benchmarks.quality import ablate
from dupdetect.config import Config
from dupdetect.kernels import reference
from dupdetect.kernels.reference import lines as reference_lines
from dupdetect.products.texts import BODY, DOUBTFUL, FURNITURE
from dupdetect.stages import furniture
from tests.support.rules_texts import BAKERY, FERRY, LIBRARY, ORCHARD, STORIES, TUNNEL, paragraphs

RULES = {
    "phrases",
    "doubtful lines",
    "captions",
    "least prose",
    "repetition, one publisher",
    "repetition, all publishers",
    "versions of one story",
}


def without(rule: str) -> Config:
    assert rule in RULES
    return replace(Config(), **ablate.rules()[rule])


def judged(
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
    return judged([text], config=config or Config())[0]


COPYRIGHT = (
    "Copyright by the Northern Press. This material may be read, printed and given to others in "
    "class, but it must not be sold, sent on to agencies, put to music or carved in stone without "
    "a letter from us that bears a stamp and two signatures."
)


def test_phrases() -> None:
    a, b = paragraphs(*FERRY, COPYRIGHT), paragraphs(*ORCHARD, COPYRIGHT)
    assert dupdetect.compare(a, b).kind == "none"
    assert dupdetect.compare(a, b, config=without("phrases")).kind == "overlap"
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
    strict = dupdetect.compare(whole, cut, config=without("doubtful lines"))
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
    assert dupdetect.compare(whole, cut, config=without("captions")).b_coverage < 0.8
    assert page(cut) == [BODY, DOUBTFUL, BODY, BODY]
    assert page(cut, config=without("captions")) == [BODY] * 4


def test_what_is_no_caption() -> None:
    prose = list(FERRY[:5])
    # It announces what follows, ends a sentence, or is the last prose of the text.
    assert page(paragraphs(prose[0], CAPTION + ":", *prose[1:])) == [BODY] * 6
    assert page(paragraphs(prose[0], CAPTION + ".", *prose[1:])) == [BODY] * 6
    assert page(paragraphs(*prose, CAPTION)) == [BODY] * 6
    # It is one of many: prose of a site that leaves full stops out.
    three = [f"{CAPTION} {number}" for number in ("one", "two", "three")]
    assert page(paragraphs(prose[0], *three, *prose[1:], *FERRY[5:])) == [BODY] * 11
    pair = page(paragraphs(prose[0], *three[:2], *prose[1:], *FERRY[5:]))
    assert pair == [BODY, DOUBTFUL, DOUBTFUL, *[BODY] * 7]


def test_least_prose() -> None:
    """Two lists with a third of their items in common are not the same list."""
    stalls = ["Walnuts and dried figs", "Brass lamps from Fez", "Second hand skis", "Quince jam"]
    mine = ["Wooden spoons", "Old maps of the coast", "Sheepskin slippers", "Garden gnomes", "Soap"]
    other = ["Pickled herring", "Accordions, two of them", "Felt hats", "Tin soldiers", "Oil cans"]
    a, b = paragraphs(*stalls, *mine), paragraphs(*stalls, *other)
    assert dupdetect.compare(a, b).kind == "none"
    assert dupdetect.compare(a, b, config=without("least prose")).kind == "near_duplicate"


SERVICE = (
    "Our readers may write to the letters page at any hour of the day or night, and the editor "
    "answers each of them in person, with a fountain pen, before the week in which the letter "
    "came has ended."
)


def same_publisher(count: int, publisher: str | None) -> list[dict[str, str]]:
    rows = []
    for number, story in enumerate(STORIES[:count]):
        row = {"id": str(number), "text": paragraphs(*story, SERVICE)}
        rows.append(row if publisher is None else {**row, "publisher": publisher})
    return rows


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("repetition, one publisher", same_publisher(3, "The Northern Press")),
        ("repetition, all publishers", same_publisher(6, None)),
    ],
)
def test_repetition(rule: str, rows: list[dict[str, str]]) -> None:
    pairs = len(rows) * (len(rows) - 1) // 2
    found = dupdetect.cluster(rows)
    assert (found.summary["kinds"]["overlap"], found.summary["furniture"]["lines"]) == (0, 1)
    missed = dupdetect.cluster(rows, config=without(rule))
    assert (missed.summary["kinds"]["overlap"], missed.summary["furniture"]["lines"]) == (pairs, 0)
    # One story fewer is too few to say so.
    assert dupdetect.cluster(rows[1:]).summary["furniture"]["lines"] == 0


@pytest.mark.parametrize(("versions", "publisher"), [(3, 7), (6, -1)])
def test_versions_of_one_story_do_not_testify_against_it(versions: int, publisher: int) -> None:
    """Each has a paragraph of its own; these are unrelated, the stories are not."""
    added = [*(story[:2] for story in STORIES[1:]), STORIES[1][4:6]]
    texts = [paragraphs(*FERRY, *own) for own in added[:versions]]
    publishers = [publisher] * versions
    assert repeated(texts, publishers) == []
    rows = [{"id": str(n), "text": text} for n, text in enumerate(texts)]
    if publisher >= 0:
        rows = [{**row, "publisher": "The Northern Press"} for row in rows]
    assert dupdetect.cluster(rows).summary["clusters"] == 1
    off = dupdetect.cluster(rows, config=without("versions of one story"))
    assert off.summary["furniture"]["lines"] == len(FERRY)
    assert off.summary["clusters"] == versions


def repeated(texts: list[str], publishers: list[int]) -> list[int]:
    return [
        line
        for status in judged(texts, config=Config(), publishers=publishers)
        for line, found in enumerate(status)
        if found == FURNITURE
    ]


def test_head_and_tail_of_one_story_do_not_testify_against_its_middle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    middle = FERRY[3]
    texts = [
        paragraphs(*FERRY[:3], middle),
        paragraphs(middle, *FERRY[4:]),
        paragraphs(*LIBRARY[:3], middle),
        paragraphs(*FERRY),
    ]
    assert repeated(texts, [0, 0, 0, 1]) == []
    # Without the whole story nothing shows that head and tail belong together.
    assert repeated(texts[:3], [0, 0, 0]) == [3, 0, 3]

    assert marked(texts, [0, 0, 0, 1]) == 0
    keep: Callable[..., object] = lambda chosen, *_: chosen  # noqa: E731
    monkeypatch.setattr(reference_lines, "_drop_bridged", keep)
    assert marked(texts, [0, 0, 0, 1]) == 3


def marked(texts: list[str], publishers: list[int]) -> int:
    """Count the lines that the plain kernel finds to be repeated."""
    data = [text.encode() for text in texts]
    text = np.frombuffer(b"".join(data), np.uint8)
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    none = (np.empty(0, np.uint64), np.zeros(1, np.int64), np.empty(0, np.int32))
    line_offsets, keys, words, _ = reference.scan_lines(text, offsets, *none, 1)
    numbers = np.array(publishers, np.int32)
    found = reference.repeated_lines(
        text, offsets, keys, line_offsets, words, numbers, 3, 6, 25, 0.33, 0.15, 16, 1
    )
    return int(found.sum())


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
