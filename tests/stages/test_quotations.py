"""What is a quotation, and what sharing one says: each rule on a pair that it alone decides."""

from __future__ import annotations

import pytest

import dupdetect
from dupdetect.stages.align import _REUSED_WORDS
from tests.support.rules_texts import FERRY, ORCHARD, SPEECH, TUNNEL, paragraphs
from tests.support.without import without

RULES = {"quotations", "prose with quotations", "quoted reports"}


def quoting(sentences: tuple[str, ...], quotation: str) -> str:
    """A story with a paragraph of quotation in its middle."""
    return paragraphs(*sentences[:3], quotation, *sentences[3:])


MARKS = {
    "curly": f"“{SPEECH}.”",
    "straight": f'"{SPEECH}."',
    "angled": f"«{SPEECH}.»",
    "low": f"„{SPEECH}.“",
    "single": f"‘{SPEECH}.’",
    "single straight": f"'{SPEECH}.'",
}


@pytest.mark.parametrize("marks", MARKS)
def test_quotations(marks: str) -> None:
    """Two stories that quote the same speech are two stories."""
    a, b = (quoting(story, MARKS[marks]) for story in (FERRY, ORCHARD))
    found = dupdetect.compare(a, b)
    assert (found.kind, found.words, found.quoted_words) == ("none", 46, 46)
    assert dupdetect.cluster([a, b]).relations.num_rows == 0
    with without("quotations") as config:
        counted = dupdetect.compare(a, b, config=config)
        assert dupdetect.cluster([a, b], config=config).relations.num_rows == 1
    assert (counted.kind, counted.quoted_words) == ("overlap", 46)


def test_the_same_words_without_quotation_marks_are_an_overlap() -> None:
    a, b = (quoting(story, f"{SPEECH}.") for story in (FERRY, ORCHARD))
    found = dupdetect.compare(a, b)
    assert (found.kind, found.words, found.quoted_words) == ("overlap", 46, 0)


def test_a_paragraph_announced_by_a_colon_is_quoted() -> None:
    stories = [
        paragraphs(
            *story[:3], "The minister's letter, as we received it, says:", f"{SPEECH}.", *story[3:]
        )
        for story in (FERRY, ORCHARD)
    ]
    stories[1] = stories[1].replace("as we received it", "which lies before us")
    found = dupdetect.compare(*stories)
    assert (found.kind, found.quoted_words) == ("none", 46)
    # Inside the line a colon announces nothing.
    plain = [story.replace("says:\n", "says: ") for story in stories]
    assert dupdetect.compare(*plain).kind == "overlap"


def test_a_quotation_ends_with_its_paragraph_and_apostrophes_open_none() -> None:
    words = SPEECH.split()
    mark = f"“{' '.join(words[:36])}."  # nobody closed it
    found = dupdetect.compare(quoting(FERRY, mark), quoting(FERRY[:3] + ORCHARD[3:], mark))
    assert found.quoted_words == 36
    a = f"The farmers' nets, the bees' losses and the '90s: {SPEECH}."
    assert dupdetect.compare(a, a).quoted_words == 0


def test_a_stray_mark_makes_no_quotation_of_a_paragraph() -> None:
    """Unless the next one opens with a mark again, as long quotations are printed."""
    again = [f"“{SPEECH}.", "“It was late, and nobody on the pier had a lamp,” he said."]
    stray = [again[0], again[1].removeprefix("“")]
    for paragraphs_, quoted in ((again, True), (stray, False)):
        a, b = (paragraphs(*story[:3], *paragraphs_, *story[3:]) for story in (FERRY, ORCHARD))
        found = dupdetect.compare(a, b)
        assert (found.kind == "none", found.quoted_words >= 46) == (quoted, quoted)


def test_prose_beside_quotations() -> None:
    """Quotation and the reporter's words around it, copied in one piece, are an overlap."""
    piece = (
        f"“{SPEECH},” the treasurer told a chamber that was emptying quickly on Friday night "
        "while ushers were collecting the cups and the band packed."
    )
    a, b = (quoting(story, piece) for story in (FERRY, ORCHARD))
    found = dupdetect.compare(a, b)
    assert (found.kind, found.words - found.quoted_words) == ("overlap", 22)
    with without("prose with quotations") as config:
        assert dupdetect.compare(a, b, config=config).kind == "none"
    # The words that merely name the speaker are not enough.
    named = f"“{SPEECH},” the treasurer told a chamber that was emptying quickly."
    a, b = (quoting(story, named) for story in (FERRY, ORCHARD))
    assert dupdetect.compare(a, b).kind == "none"


def test_prose_beside_quotations_that_was_cut_short() -> None:
    """A line without a full stop in the piece is prose too; by itself it would be in doubt."""
    cut = (
        "The treasurer left a chamber that was emptying quickly on Friday night while ushers "
        "were collecting the cups and the band packed"
    )
    piece = f"“{SPEECH}.”\n\n{cut}"
    a, b = (paragraphs(*story[:3], piece, *story[3:]) for story in (FERRY, ORCHARD))
    found = dupdetect.compare(a, b)
    assert (found.kind, found.words - found.quoted_words, len(found.passages)) == ("overlap", 22, 1)
    # Elsewhere it is a caption, of which a shared one says nothing.
    a, b = (paragraphs(*story[:1], cut, *story[1:]) for story in (FERRY, ORCHARD))
    assert dupdetect.compare(a, b).kind == "none"


def test_inside_a_cluster_a_shared_quotation_counts() -> None:
    """Two cuts of one story that have only its quotation in common got it from that story."""
    quotation = MARKS["curly"]
    whole = quoting(FERRY, quotation)
    head, tail = paragraphs(*FERRY[:3], quotation), paragraphs(quotation, *FERRY[3:])
    rows = [{"id": name, "text": text} for name, text in [("w", whole), ("h", head), ("t", tail)]]
    found = dupdetect.cluster(rows, relations="all")
    kinds = {(r["a"], r["b"]): (r["kind"], r["quoted_words"]) for r in found.relations.to_pylist()}
    assert kinds == {
        ("w", "h"): ("truncation", 46),
        ("w", "t"): ("truncation", 46),
        ("t", "h"): ("overlap", 46),
    }
    # By themselves, or without the story they came from, nothing tells that.
    assert dupdetect.compare(head, tail).kind == "none"
    assert dupdetect.cluster(rows[1:], relations="all").relations.num_rows == 0


def test_what_follows_a_colon_on_one_side_only_is_no_quotation() -> None:
    """A line that ends with a colon may open a list; where the other side has none, it did."""
    listed = paragraphs(*ORCHARD[:3], "The provisions of the law include:", f"{SPEECH}.")
    found = dupdetect.compare(paragraphs(*FERRY[:3], f"{SPEECH}.", *FERRY[3:]), listed)
    assert (found.kind, found.words, found.quoted_words) == ("overlap", 46, 0)
    marked = dupdetect.compare(quoting(FERRY, MARKS["curly"]), listed)
    assert (marked.kind, marked.quoted_words) == ("none", 46)


def test_a_post_that_two_pages_embed_is_no_prose() -> None:
    post = f"{SPEECH}. — Orla Venn (@orlavenn) March 3, 2019"
    a, b = (paragraphs(*story[:2], post, *story[2:]) for story in (FERRY, ORCHARD))
    found = dupdetect.compare(a, b)
    assert (found.kind, found.words - found.quoted_words) == ("none", 0)
    unsigned = paragraphs(*ORCHARD[:2], f"{SPEECH}.", *ORCHARD[2:])
    assert dupdetect.compare(a, unsigned).kind == "none"
    bare = paragraphs(*FERRY[:2], f"{SPEECH}.", *FERRY[2:])
    assert dupdetect.compare(bare, unsigned).kind == "overlap"


REPORT = " ".join(TUNNEL[:3])


@pytest.mark.parametrize("marks", MARKS)
def test_a_report_that_the_other_quotes_is_prose(marks: str) -> None:
    """Nobody says in it who speaks: a reporter wrote it, and the other story copied it."""
    assert len(REPORT.split()) >= _REUSED_WORDS
    opening, closing = MARKS[marks].split(SPEECH)[0][-1:], MARKS[marks].split(SPEECH)[1][-1:]
    quoting_it = paragraphs(*FERRY[:3], f"{opening}{REPORT}{closing}", *FERRY[3:])
    for first, second in ((TUNNEL, quoting_it), (quoting_it, TUNNEL)):
        texts = [one if isinstance(one, str) else paragraphs(*one) for one in (first, second)]
        assert dupdetect.compare(*texts).kind == "overlap"
        with without("quoted reports") as config:
            assert dupdetect.compare(*texts, config=config).kind == "none"
    # A speech is none, with marks on one side only.
    speech = REPORT.replace("Engineers", "We").replace("Work ", "Our work ")
    bare = paragraphs(*ORCHARD[:3], speech, *ORCHARD[3:])
    quoted = paragraphs(*FERRY[:3], f"{opening}{speech}{closing}", *FERRY[3:])
    assert dupdetect.compare(bare, quoted).kind == "none"
    # Nor is what both have in marks.
    both = paragraphs(*ORCHARD[:3], f"{opening}{REPORT}{closing}", *ORCHARD[3:])
    assert dupdetect.compare(both, quoting_it).kind == "none"


def test_a_speech_that_one_side_announces_is_no_prose() -> None:
    letter = (
        "We write to you as the heads of the three guilds of our harbour. You promised us that "
        "the cranes would stay, and we believed you. Since then you have sold two of them, and "
        "we ask you to keep your word before the month is out."
    )
    assert len(letter.split()) >= _REUSED_WORDS
    announcing = paragraphs(*FERRY[:3], "The letter to the owner reads:", letter, *FERRY[3:])
    bare = paragraphs(*ORCHARD[:3], letter, *ORCHARD[3:])
    found = dupdetect.compare(announcing, bare)
    assert (found.kind, found.words - found.quoted_words) == ("none", 0)
    # Without a word of it, it may be prose that both copied.
    assert dupdetect.compare(paragraphs(*FERRY[:3], letter, *FERRY[3:]), bare).kind == "overlap"
