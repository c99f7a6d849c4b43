"""What counts as shared: each rule of the alignment on a pair that it alone decides."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import dupdetect
from dupdetect.config import Config
from tests.support.rules_texts import FERRY, ORCHARD, SKATER, STORIES, TUNNEL, paragraphs
from tests.support.without import without

RULES = {"short runs", "bridges", "gaps", "words alike", "sentences"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def stretches(found: dupdetect.Relation, texts: dict[str, str]) -> list[tuple[str, str]]:
    """Give the passages as both stories have them, the fuller one first."""
    a, b = texts[found.a], texts[found.b]
    return [(a[p.a_start : p.a_end], b[p.b_start : p.b_end]) for p in found.passages]


def test_short_runs() -> None:
    """Four to seven equal words count with another run, on the same course."""
    edited = (
        "Late on Tuesday evening several witnesses claimed that a piano on the car deck slid down "
        "a flight of stairs into the harbour."
    )
    a, b = paragraphs(*FERRY[:3]), paragraphs(FERRY[0], edited, ORCHARD[0])
    on = dupdetect.compare(a, b)
    with without("short runs") as config:
        off = dupdetect.compare(a, b, config=config)
    assert (on.words, off.words) == (18 + 6, 18)
    assert stretches(on, {"a": a, "b": b})[1] == ("a piano on the car deck",) * 2


def test_a_short_run_by_itself_is_a_phrase() -> None:
    """The same words where nothing else is shared are no passage."""
    a = paragraphs(*FERRY[:4])
    b = paragraphs(*ORCHARD[:3], "The coastguard said, although a piano is heavy, that it sank.")
    assert dupdetect.compare(a, b).passages == ()


def test_bridges() -> None:
    """Up to three words on both sides belong to the passage, and four do not."""
    a = FERRY[1]
    three, four = (
        a.replace("although a piano", new) for new in ("and her harp", "and her old harp")
    )
    on = dupdetect.compare(a, three)
    with without("bridges") as config:
        off = dupdetect.compare(a, three, config=config)
    [passage] = stretches(on, {"a": a, "b": three})
    assert set(passage) == {a[:-1], three[:-1]}
    assert len(off.passages) == len(dupdetect.compare(a, four).passages) == 2
    assert on.words == off.words


def test_gaps() -> None:
    """Between two runs words are aligned one by one, whatever stands between them."""
    a = (
        "The committee approved the plan for the harbour after nine hours of debate. Fees rise by "
        "four per cent, ships over eighty metres pay a surcharge, and fishermen remain exempt. "
        "The vote on the lighthouse was put off until the autumn session of the council."
    )
    b = (
        "The committee approved the plan for the harbour after nine hours of debate. Under it fees "
        "will rise soon by about four full per cent, big ships longer than eighty odd metres must "
        "pay some surcharge, and all fishermen would still remain quite exempt. "
        "The vote on the lighthouse was put off until the autumn session of the council."
    )
    on = dupdetect.compare(a, b)
    with without("gaps") as config:
        off = dupdetect.compare(a, b, config=config)
    aligned = "by four per cent ships eighty metres pay surcharge and fishermen remain exempt"
    assert on.words >= off.words + len(aligned.split())
    assert (on.kind, on.a_coverage, on.b_coverage) == ("near_duplicate", 1.0, 1.0)
    assert off.kind != "near_duplicate"


def noisy(text: str, *, share: float, seed: int) -> str:
    """Replace a share of the letters by others, as a bad scan does."""
    rng = random.Random(seed)
    letters = [n for n, c in enumerate(text) if c.isalpha()]
    wrong = list(text)
    for n in rng.sample(letters, round(share * len(text))):
        wrong[n] = rng.choice(LETTERS.replace(text[n].lower(), ""))
    return "".join(wrong)


def test_words_alike() -> None:
    """Misread words are the same words; nothing else would hold together a scan as bad as this."""
    a = paragraphs(*FERRY)
    b = noisy(a, share=0.1, seed=1)
    config = replace(Config(), sentence_share=2.0)
    on = dupdetect.compare(a, b, config=config)
    with without("words alike") as strict:
        off = dupdetect.compare(a, b, config=replace(strict, sentence_share=2.0))
    assert on.kind == "near_duplicate"
    assert on.b_coverage > off.b_coverage + 0.2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("parliament", "parl1ament", True),
        ("ministers", "minister", True),
        ("resigned", "reassigned", True),
        ("Monday", "Tuesday", False),
        ("cat", "cut", False),
    ],
)
def test_which_words_are_alike(one: str, other: str, same: bool) -> None:
    text = "The long report on the harbour was read aloud to {} before the bell rang for dinner."
    found = dupdetect.compare(text.format(one), text.format(other))
    assert found.words == 17 - (not same)
    assert len(found.passages[0].changed) == 1


def test_sentences() -> None:
    """Names, tenses and numbers changed, half of the words stand: the sentence is covered."""
    a = paragraphs(*FERRY[:2])
    edited = (
        "The night ferry to Comino ran aground on a reef early on Monday with eleven scouts and a "
        "cook on board."
    )
    b = paragraphs(edited, FERRY[1])
    on = dupdetect.compare(a, b)
    with without("sentences") as config:
        off = dupdetect.compare(a, b, config=config)
    assert (on.a_coverage, on.b_coverage) == (1.0, 1.0)
    assert off.a_coverage < 0.8


def test_passages_say_which_words_differ() -> None:
    a = paragraphs(*FERRY[:2])
    b = a.replace("Tuesday", "Wednesday").replace("ninety", "many").replace("fell over", "fell")
    found = dupdetect.compare(a, b)
    assert (found.kind, found.a) == ("near_duplicate", "a")
    assert found.a_coverage == found.b_coverage == 1.0
    (passage,) = found.passages
    changed = [(a[w:x], b[y:z]) for w, x, y, z in passage.changed]
    assert changed == [("Tuesday", "Wednesday"), ("ninety", "many")]
    assert a[passage.a_end :] == " over."


@pytest.mark.parametrize("first", range(len(STORIES)))
def test_copies_are_found_aligned_and_named_at_five_per_cent_noise(first: int) -> None:
    stories = [STORIES[(first + n) % len(STORIES)] for n in range(5)]
    whole = paragraphs(*stories[0], *stories[1], *stories[2])
    copies = {
        "whole": (whole, "near_duplicate", None),
        "head": (paragraphs(*stories[0], *stories[1]), "truncation", "head"),
        "tail": (paragraphs(*stories[1], *stories[2]), "truncation", "tail"),
    }
    wrong = []
    for seed in range(8):
        texts = {name: noisy(c[0], share=0.05, seed=seed) for name, c in copies.items()}
        texts |= {"original": whole, "other": paragraphs(*stories[3], *stories[4])}
        rows = [{"id": name, "text": text} for name, text in texts.items()]
        found = dupdetect.cluster(rows, relations="all")
        home = {row["id"]: row["cluster"] for row in found.clusters.to_pylist()}
        assert len({home[name] for name in ("original", *copies)}) == 1
        assert home["other"] == "other"
        relations = {frozenset((r["a"], r["b"])): r for r in found.relations.to_pylist()}
        for name, (text, kind, kept) in copies.items():
            row = relations[frozenset(("original", name))]
            if (row["kind"], row["kept"]) != (kind, kept):
                wrong.append((seed, name, row["kind"], row["kept"]))
            spans = [p[:4] if row["b"] == name else p[2:4] + p[:2] for p in row["passages"]]
            assert row["b_coverage" if row["b"] == name else "a_coverage"] > 0.95
            # Nine tenths of the copy lie in passages that point to where they came from.
            assert sum(end - start for *_, start, end in spans) > 0.9 * len(text)
            at = whole.index(text)
            assert all(abs(there - at - start) <= 8 for there, _, start, _ in spans)
    assert len(wrong) <= 1, wrong  # of 24: where the first words are misread


def test_a_passage_ends_where_the_texts_part() -> None:
    a = f"{ORCHARD[0]} {FERRY[1]} {TUNNEL[0]}"
    b = f"{TUNNEL[3]} {FERRY[1]} {ORCHARD[4]}"
    found = dupdetect.compare(a, b)
    texts = {"a": a, "b": b}
    (passage,) = found.passages
    assert texts[found.a][passage.a_start : passage.a_end] == FERRY[1][:-1]
    assert texts[found.b][passage.b_start : passage.b_end] == FERRY[1][:-1]


def test_text_without_full_stops_is_no_sentence() -> None:
    """Sentences count whole; a page that lost its punctuation is not one of them."""
    words = [f"word{n}" for n in range(200)]
    whole = " ".join(words) + "."
    half_new = [*words[:60], *(f"other{n}" for n in range(60))]
    relation = dupdetect.compare(whole, " ".join(half_new) + ".")
    assert relation.kind == "overlap"
    assert max(relation.a_coverage, relation.b_coverage) < 0.6
    short = [*words[:30], *(f"other{n}" for n in range(20))]
    relation = dupdetect.compare(whole, " ".join(short) + ".")
    assert relation.b_coverage == 1.0


def test_an_edited_end_was_not_cut() -> None:
    """Edited words at either end are no words cut; the same words left out are."""
    edited = FERRY[7].replace(
        "and is expected to last a month", "but nobody knows how long it takes"
    )
    assert edited != FERRY[7]
    tail = dupdetect.compare(paragraphs(*FERRY), paragraphs(*FERRY[4:7], edited))
    assert (tail.kind, tail.kept, tail.cut_after) == ("truncation", "tail", 0)
    cut = FERRY[7].replace(" and is expected to last a month", "")
    middle = dupdetect.compare(paragraphs(*FERRY), paragraphs(*FERRY[4:7], cut))
    assert (middle.kind, middle.kept, middle.cut_after) == ("truncation", "middle", 7)
    edited = FERRY[0].replace("The night ferry to Gozo", "Many holidays are spoiled: a ship")
    assert edited != FERRY[0]
    head = dupdetect.compare(paragraphs(*FERRY), paragraphs(edited, *FERRY[1:4]))
    assert (head.kind, head.kept, head.cut_before) == ("truncation", "head", 0)
    # A sentence of its own instead is no edit of what was cut.
    own = dupdetect.compare(paragraphs(*FERRY), paragraphs(*FERRY[2:7], cut, SKATER[0]))
    assert (own.kind, own.kept, own.cut_after) == ("truncation", "middle", 7)
