"""Rows without a story of their own, and lines that a text holds twice."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect import kernels
from dupdetect.products.texts import FURNITURE
from dupdetect.stages.notices import printed_before, set_aside

WALL = (
    "To continue reading this story, become a member of the Delta Echo. Members get every column, "
    "the puzzles and a letter each week. Already a member? Sign in."
)
COOKIES = (
    "We use cookies and similar techniques so that our partners can show you personalised ads. "
    "You may manage your preferences or withdraw your consent at any time."
)


def status_of(text: str) -> list[int]:
    data = np.frombuffer(text.encode(), np.uint8)
    lines = len(kernels.prepare(data)[6])
    status = np.zeros(lines, np.uint8)
    set_aside(data, np.array([0, data.size]), np.array([0, lines]), status)
    return [int(one) for one in status == FURNITURE]


@pytest.mark.parametrize(
    ("text", "furniture"),
    [
        ("https://example.org/a/2023/10/24/story.html", [1]),
        ("[full text](https://tv.example.org/24/VIDEabc.shtml)", [1]),
        ("Watch: www.example.org/video/7", [1]),
        ("The mayor said at https://example.org that the bridge would open again soon.", [0]),
        ("Nothing here", [0]),
        (WALL, [1, 1, 1]),
        (f"Five clocks and a stuffed pike were saved.\n\n{WALL}", [0, 1]),
        (COOKIES, [1, 1]),
        ("This article has been removed at the request of its author.", [1]),
        ("Page not found", [1]),
        ("[Removed]", [1]),
        ("(Gelöscht)", [1]),
        ("Tree removed", [0]),
        ("undefined", [1]),
        ("[object Object]", [1]),
        ("N/A", [1]),
        ("None of the above", [0]),
        ("Removed\nThe mayor was removed from office by the council.", [0, 0]),
        ("undefined\n\nfull text" + 40 * " ", [1, 1]),  # of a link whose target was marked up
        ("河水今天上涨，各地组织抢险，没有人受伤。\n\n[全文](https://example.org/1)", [0, 0]),
        ("Unfortunately, our website is currently unavailable in most European countries.", [1]),
        ("404 Not Found\n\nnginx", [1, 1]),
        ("Subscribe to read the full story.", [1]),
        ("This site uses cookies to offer you a better experience.", [1]),
        ("[Read the full story on our site](https://example.org/2023/a1.html)", [1]),
        ("Please enable JavaScript to use this site. If you see this page again and again, write "
         "to our staff and name the reference below.", [1, 1]),
        ("He had to sign in before he could vote, a clerk said, and so did the others who had come "
         "to the town hall by bus that day.", [0]),
        ("The court ruled that the paper must say why this article has been removed, and gave it "
         "ten days; its lawyers, who had argued that nobody could be made to explain what is not "
         "there, said on the steps that they would appeal to the higher court in spring.", [0]),
    ],
)  # fmt: skip
def test_what_stands_in_place_of_a_story(text: str, furniture: list[int]) -> None:
    assert status_of(text) == furniture


def test_rows_of_a_placeholder_and_a_link_are_copies_of_nothing() -> None:
    rows = [f"undefined\n\n[full text](https://tv.example.org/24/VIDE{k}.shtml)" for k in range(5)]
    found = dupdetect.cluster(rows)
    assert found.summary["removed"] == 0
    assert found.summary["without_body"] == 5


def test_teasers_before_one_wall_are_no_copies() -> None:
    teasers = [
        "A flooded museum shows what it could rescue: two clocks and a canoe.",
        "Rovers sack their coach eleven minutes after a defeat at home.",
        "Petrol will cost a third as much again, a minister explains.",
    ]
    found = dupdetect.cluster([f"{teaser}\n\n{WALL}" for teaser in teasers] + [WALL, WALL])
    assert found.clusters["canonical"].to_pylist() == [True] * 5
    assert found.relations.num_rows == 0
    assert found.summary["without_body"] == 2


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 30))
def test_lines_that_stand_in_the_same_text_before(seed: int, count: int) -> None:
    rng = random.Random(seed)
    kinds = [f"The {n} boats came home from the {n + 1} islands at noon." for n in range(5)]
    kinds.append("Too short a line.")
    stories = [[rng.choice(kinds) for _ in range(rng.randint(0, 8))] for _ in range(count)]
    data = ["\n\n".join(lines).encode() for lines in stories]
    text = np.frombuffer(b"".join(data), np.uint8)
    offsets = np.cumsum([0, *map(len, data)])
    keys, words, wanted = [], [], []
    for lines in stories:
        keys += [7 if "boats" in line else 8 for line in lines]  # digits make no difference
        words += [len(line.split()) for line in lines]
        wanted += [line in lines[:k] and "boats" in line for k, line in enumerate(lines)]
    found = printed_before(
        text,
        offsets,
        np.cumsum([0, *map(len, stories)]),
        np.array(keys, np.uint64),
        np.array(words, np.int32),
    )
    assert found.tolist() == wanted


def test_a_text_that_holds_itself_twice_counts_once() -> None:
    rng = random.Random(5)
    syllables = ("ba", "ko", "mi", "ren", "tal", "su")
    words = ["".join(rng.choices(syllables, k=4)) for _ in range(90)]
    paragraphs = [" ".join(words[k : k + 30]) + "." for k in range(0, 90, 30)]
    once, twice = "\n\n".join(paragraphs), "\n\n".join(paragraphs * 2)
    assert dupdetect.compare(once, twice).kind == "identical"
    found = dupdetect.cluster([once, twice])
    assert found.clusters["kind"].to_pylist() in ([None, "identical"], ["identical", None])
