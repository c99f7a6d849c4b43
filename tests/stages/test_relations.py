"""What pairs are called, and which are compared: each rule on a pair that it alone decides."""

from __future__ import annotations

import random
import textwrap
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
import pytest

import dupdetect
from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.kernels.codes import ANYWHERE
from dupdetect.products.schemas import TRUNCATION
from dupdetect.stages import propose, relate, roundups
from tests.support.rules_texts import BAKERY, FERRY, LIBRARY, ORCHARD, SKATER, TUNNEL, paragraphs
from tests.support.without import without

RULES = {"short stories", "edited near-duplicates", "round-ups", "extended stories"}


def test_short_stories() -> None:
    """Two copied sentences, apart, are much of a short story and little of a long one."""
    copied = (TUNNEL[0], TUNNEL[2])
    a, b = (
        paragraphs(*story[:3], copied[0], *story[3:5], copied[1], *story[5:])
        for story in (FERRY, ORCHARD)
    )
    found = dupdetect.compare(a, b)
    assert (found.kind, found.words, len(found.passages)) == ("overlap", 31, 2)
    with without("short stories") as config:
        assert dupdetect.compare(a, b, config=config).kind == "none"
    longer = paragraphs(a, *LIBRARY, *SKATER[:2]), paragraphs(b, *BAKERY, *SKATER[2:])
    assert min(len(text.split()) for text in longer) > 35 / relate._PROSE_SHARE
    assert dupdetect.compare(*longer).kind == "none"
    # Five words less are not enough, however short the stories.
    fewer = f"{copied[0].removesuffix(' nobody knew was there.')}."
    a, b = (paragraphs(*story[:2], fewer, *story[2:4], copied[1]) for story in (FERRY, ORCHARD))
    found = dupdetect.compare(a, b)
    assert (found.kind, found.words) == ("none", 27)
    with without("overlaps: least prose") as config:
        assert dupdetect.compare(a, b, config=config).kind == "overlap"


REWRITTEN = (
    "Nobody was hurt, except one man who bruised a knee.",
    "A helicopter circled twice and left again.",
    "Insurers shrug: it is the weather, they say, and not us.",
)


def test_edited_near_duplicates() -> None:
    """A quarter rewritten here and there: edited. The same quarter missing in one piece: cut."""
    a = paragraphs(*FERRY, *ORCHARD[:4])
    b = paragraphs(
        FERRY[0], REWRITTEN[0], *FERRY[2:5], REWRITTEN[1], *FERRY[6:], REWRITTEN[2], *ORCHARD[1:4]
    )
    found = dupdetect.compare(a, b)
    low, high = sorted((found.a_coverage, found.b_coverage))
    assert found.kind == "near_duplicate", (low, high)
    assert 0.7 <= low < 0.8 <= high
    with without("edited near-duplicates") as config:
        assert dupdetect.compare(a, b, config=config).kind != "near_duplicate"


def test_what_is_cut_in_one_piece_is_a_truncation_however_alike_the_lengths() -> None:
    a = paragraphs(*FERRY, *ORCHARD[:4])
    b = paragraphs(*FERRY, ORCHARD[0], LIBRARY[0])
    found = dupdetect.compare(a, b)
    assert (found.kind, found.kept) == ("truncation", "head")
    assert found.a_coverage >= Config().near_coverage


def test_parts_of_the_most_printed_story_belong_to_it_and_not_to_a_longer_round_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = {f"part {n}": paragraphs(*FERRY[n : n + 3]) for n in (1, 2, 3)}
    texts = {
        "round-up": paragraphs(*ORCHARD, *FERRY[1:6], *LIBRARY, *TUNNEL),
        **{f"story {n}": paragraphs(*FERRY, f"Printed in town {n}.") for n in range(4)},
        "quoting": paragraphs(*SKATER, *FERRY[1:6], *BAKERY),
        **parts,
    }
    rows = [{"id": name, "text": text} for name, text in texts.items()]
    # A fingerprint in more than two classes pairs its stories with the longest of them only.
    config = replace(Config(), max_classes=2)

    def homes() -> set[str]:
        found = dupdetect.cluster(rows, config=config).clusters.to_pylist()
        return {row["cluster"].split()[0] for row in found if row["id"] in parts}

    assert homes() == {"story"}
    nothing = np.empty(0, dtype=np.int64)
    monkeypatch.setattr(propose, "_with_most_printed", lambda *_: nothing)
    assert homes() == {"round-up"}


def homes_of(
    texts: dict[str, str], sites: dict[str, str] | None = None, config: Config | None = None
) -> dict[str, str]:
    """Cluster texts by name; publishers by name, unknown where none is given."""
    rows = [
        {"id": name, "text": text, "publisher": (sites or {}).get(name)}
        for name, text in texts.items()
    ]
    found = dupdetect.cluster(rows, config=config).clusters.to_pylist()
    return {row["id"]: row["cluster"] for row in found}


def test_round_ups() -> None:
    """A digest of three stories is none of them; its relations stay."""
    stories = {"ferry": FERRY, "orchard": ORCHARD, "tunnel": TUNNEL}
    texts = {name: paragraphs(*story) for name, story in stories.items()}
    texts["cut"] = paragraphs(*ORCHARD[:4])
    texts["digest"] = paragraphs(*FERRY, *ORCHARD, *TUNNEL)
    alone = {name: name for name in texts} | {"cut": "orchard"}
    assert homes_of(texts) == alone
    with without("round-ups"):
        assert set(homes_of(texts).values()) == {"digest"}
    rows = [{"id": name, "text": text} for name, text in texts.items()]
    relations = dupdetect.cluster(rows).relations.to_pylist()
    kinds = {(row["a"], row["b"]): row["kind"] for row in relations}
    assert kinds == {("digest", name): "truncation" for name in (*stories, "cut")} | {
        ("orchard", "cut"): "truncation",
    }
    # The morning's digest joins the evening's.
    texts["later"] = paragraphs(*SKATER, *FERRY, *ORCHARD, *TUNNEL)
    assert homes_of(texts, {"digest": "Site", "later": "Site"}) == alone | {
        "digest": "later",
        "later": "later",
    }
    # Printed by more than its parts it is a story that was cut in three ways.
    papers = {f"paper {n}": texts["digest"] for n in range(2)}
    assert len(set(homes_of(texts | papers).values())) == 1


def test_two_long_stories_in_one_page_are_known_by_their_words() -> None:
    """Without a publisher, a title or a second print: they share hardly a longer word."""
    rng = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def story(words: list[str]) -> str:
        return paragraphs(
            *(" ".join(rng.choices(words, k=12)).capitalize() + "." for _ in "x" * 12)
        )

    first, second = ([f"{''.join(rng.choices(letters, k=8))}" for _ in range(90)] for _ in "ab")
    one, other = story(first), story(second)
    page = f"{one}\n\nShare this\n\nAdvertisement\n\n{other}"
    alone = {"page": "page", "one": "one", "other": "other"}
    assert homes_of({"page": page, "one": one, "other": other}) == alone
    # Head and tail of one story have names in common.
    head, tail = story(first[:60]), story(first[30:])
    assert set(homes_of({"page": f"{head}\n\n{tail}", "a": head, "b": tail}).values()) == {"page"}


def test_two_stories_in_one_are_known_by_how_often_they_are_printed() -> None:
    texts = {"both": paragraphs(*FERRY, *ORCHARD)}
    texts |= {f"ferry {n}": paragraphs(*FERRY) for n in range(2)}
    texts |= {f"orchard {n}": paragraphs(*ORCHARD) for n in range(2)}
    assert set(homes_of(texts).values()) == {"both", "ferry 0", "orchard 0"}
    # Two versions on one site, or one print each, may be head and tail of a story.
    site = {"orchard 0": "Site", "orchard 1": "Site"}
    assert set(homes_of(texts, site).values()) == {"both"}
    once = {name: text for name, text in texts.items() if not name.endswith("1")}
    assert set(homes_of(once).values()) == {"both"}


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([(50, 130), (137, 200), (200, 290)], True),
        ([(0, 90), (80, 170), (160, 250)], True),  # a few words in common
        ([(0, 90), (60, 170), (170, 290)], False),  # more: two are cuts of one story
        ([(0, 150), (150, 300)], False),  # two
        ([(0, 160), (160, 210), (210, 300)], False),  # one is most of it
        ([(0, 90), (90, 190), (198, 290)], False),  # with a passage between them
    ],
)
def test_parts_of_a_round_up(stretches: list[tuple[int, int]], expected: bool) -> None:
    """Of a text of 300 words, each part and the text printed once."""
    parts = len(stretches)
    found = roundups.find_round_ups(
        np.arange(parts + 1),
        np.zeros(parts, dtype=np.int64),
        np.arange(1, parts + 1),
        np.full(parts, TRUNCATION, dtype=np.int8),
        np.array([(*stretch, 300) for stretch in stretches], dtype=np.int32),
        body_words=np.array([300, *(end - first for first, end in stretches)], np.uint32),
        prints=np.ones(parts + 1, dtype=np.int64),
        text_of=lambda _: "",
        title_of=lambda _: "",
        config=Config(),
    )
    assert found.tolist() == [expected] + [False] * parts


@pytest.mark.parametrize("dateline", ["LINDPORT (Echo) - ", "Lindport, 3 mar (echo).- "])
def test_two_short_stories_on_a_page_that_begin_as_stories_do(dateline: str) -> None:
    ferry, library = paragraphs(*FERRY[:2]), paragraphs(*LIBRARY[:2])
    texts = {"ferry": ferry, "library": library}
    parted = {name: name for name in ("ferry", "library", "page")}
    texts["page"] = f"{ferry}\n\n{dateline}{library}"
    assert homes_of(texts) == parted
    # Without a sign of their own they are taken for a story and two cuts of it.
    texts["page"] = f"{ferry}\n\n{library}"
    assert set(homes_of(texts).values()) == {"page"}


def test_two_columns_line_by_line() -> None:
    """A scan that reads across the page holds two stories, and is a copy of neither."""
    columns = [textwrap.wrap(" ".join(story), 60) for story in (FERRY, ORCHARD)]
    lines = [line for pair in zip_longest(*columns, fillvalue="") for line in pair if line]
    texts = {"ferry": paragraphs(*FERRY), "orchard": paragraphs(*ORCHARD)}
    texts["page"] = "\n".join(lines)
    assert homes_of(texts) == {name: name for name in texts}
    for name in ("ferry", "orchard"):
        kind = dupdetect.compare(texts[name], texts["page"]).kind
        assert kind in {"abridgement", "truncation", "overlap"}


def test_what_many_print_whole_is_no_round_up_of_its_cuts() -> None:
    cuts = {"head": FERRY[:3], "middle": FERRY[3:5], "tail": FERRY[5:]}
    texts = {name: paragraphs(*cut) for name, cut in cuts.items()}
    texts |= {f"whole {n}": paragraphs(*FERRY) for n in range(2)}
    assert set(homes_of(texts).values()) == {"whole 0"}


def test_abridgements_that_share_nothing_are_of_one_story() -> None:
    texts = {"odd": paragraphs(*FERRY[::2]), "even": paragraphs(*FERRY[1::2])}
    texts |= {f"whole {n}": paragraphs(*FERRY) for n in range(2)}
    assert set(homes_of(texts).values()) == {"whole 0"}
    # Nor is a fuller cut of it, though no two print it.
    texts["more"] = paragraphs(*FERRY[:5], "The mayor waved.", *FERRY[5:], *LIBRARY[:3])
    texts |= {f"whole {n}": f"{paragraphs(*FERRY, *LIBRARY, *SKATER)}" for n in range(2)}
    assert set(homes_of(texts).values()) == {"whole 0"}


def test_a_cut_goes_where_the_story_went_that_it_was_cut_from() -> None:
    """Two papers add to a story what the other has not: it joins one of them, and its cut too."""
    texts = {
        "morning": (paragraphs(*FERRY, *ORCHARD[:4]), "2024-03-01"),
        "evening": (paragraphs(*FERRY, *TUNNEL[:4]), "2024-03-03"),
        "story": (paragraphs(*FERRY), "2024-03-03"),
        "cut": (paragraphs(*FERRY[:3]), "2024-03-01"),
    }
    rows = [{"id": name, "text": text, "date": date} for name, (text, date) in texts.items()]
    home = {row["id"]: row["cluster"] for row in dupdetect.cluster(rows).clusters.to_pylist()}
    assert home == dict.fromkeys(texts, "evening") | {"morning": "morning"}
    # By itself it is nearer to the paper of its day.
    del rows[2]
    home = {row["id"]: row["cluster"] for row in dupdetect.cluster(rows).clusters.to_pylist()}
    assert home["cut"] == "morning"


def test_extended_stories() -> None:
    """Papers that each add a paragraph to a story print versions of it."""
    texts = {
        "north": paragraphs(*FERRY, *ORCHARD[:3]),
        "south": paragraphs(*TUNNEL[:3], *FERRY),
        "story": paragraphs(*FERRY),
        "feature": paragraphs(*FERRY, *LIBRARY[:5]),  # much of its own: no version
    }
    alone = {"feature": "feature"}
    with without("extended stories"):
        assert homes_of(texts) == alone | {
            "north": "north", "south": "south", "story": "feature",
        }  # fmt: skip
    assert homes_of(texts) == dict.fromkeys(texts, "feature")
    # The root is the longest story of all, wherever the story itself went.
    rows = [{"id": name, "text": text, "date": "2024"} for name, text in texts.items()]
    del rows[3]
    rows[1]["date"] = rows[2]["date"] = "2024-05-01"
    found = {row["id"]: row for row in dupdetect.cluster(rows).clusters.to_pylist()}
    assert {row["cluster"] for row in found.values()} == {"north"}
    assert [found[name]["parent"] for name in ("north", "story", "south")] == [
        None, "north", "story",
    ]  # fmt: skip


def test_a_phrase_of_fewer_words_hardly_proposes_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight equal words often have a fingerprint in common, but not the words around it."""
    phrase = "at a press conference in the capital on"
    names = ("Abel", "Bruno", "Carla", "Dora", "Emil", "Frida")
    rows = []
    for name in names:
        own = [f"{name}{n}" for n in range(200)]
        rows.append(" ".join([*own[:100], phrase, *own[100:]]) + ".")
    assert dupdetect.cluster(rows).summary["compared_pairs"] <= 1  # of 15, by chance

    postings = kernels.postings

    def in_any_surroundings(keys: np.ndarray, offsets: np.ndarray, **rule: Any) -> Any:
        return postings(keys | np.uint64(ANYWHERE), offsets, **rule)

    monkeypatch.setattr(kernels, "postings", in_any_surroundings)
    assert dupdetect.cluster(rows).summary["compared_pairs"] == 15


def test_what_one_page_prints_as_furniture_and_the_other_inside_a_paragraph_is_the_same() -> None:
    page = paragraphs(*FERRY[:3], "Story continues below", *FERRY[3:])
    joined = page.replace("\n\n", " ")
    assert dupdetect.compare(page, joined).kind == "identical"
    assert dupdetect.compare(joined, page).kind == "identical"
    other = joined.replace("Story continues below", "The mayor stood below")
    assert dupdetect.compare(page, other).kind == "near_duplicate"
