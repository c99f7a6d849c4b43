"""Repetition never eats a story: families of versions and copies, and rows that attack them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import chain, count

import pytest

import dupdetect

Row = dict[str, str]


class Press:
    """Made-up prose: no two sentences are equal, and no two pages share any by chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        syllables = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
        self.words = ["".join(self.random.choices(syllables, k=3)) for _ in range(3000)]

    def story(self, words: int, paragraph: int = 35) -> list[str]:
        """Write paragraphs of two sentences."""
        sizes = [min(paragraph, words - done) for done in range(0, words, paragraph)]
        return [self.paragraph(size) for size in sizes]

    def paragraph(self, words: int) -> str:
        half = words // 2
        return " ".join(self.sentence(size) for size in (half, words - half) if size)

    def sentence(self, words: int) -> str:
        return " ".join(self.random.choices(self.words, k=words)).capitalize() + "."


def row(name: str, publisher: str, lines: Iterable[str], day: int = 0) -> Row:
    date = f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}"
    return {"id": name, "publisher": publisher, "published": date, "text": "\n\n".join(lines)}


def clusters_of(rows: list[Row]) -> dict[str, str]:
    found = dupdetect.cluster(rows, threads=1).clusters
    labels = (found.column(name).to_pylist() for name in ("id", "cluster"))
    return dict(zip(*labels, strict=True))


def furniture_of(rows: list[Row]) -> int:
    lines = dupdetect.cluster(rows, threads=1).summary["furniture"]["lines"]
    assert isinstance(lines, int)
    return lines


def assert_whole(family: list[Row], others: Iterable[Row] = ()) -> None:
    labels = clusters_of([*family, *others])
    assert len({labels[one["id"]] for one in family}) == 1


def versions(press: Press, number: int, *, days: int, own: int = 45) -> list[Row]:
    """Make pages of one publisher that hold one story and a tail of their own."""
    core = press.story(340)
    return [
        row(f"v{n}", "Echo", [*core, press.paragraph(own)], n * days % 300) for n in range(number)
    ]


def copies(press: Press, number: int, core: list[str]) -> list[Row]:
    """Make pages of different publishers that hold one story and a tail of their own."""
    return [row(f"c{n}", f"Echo {n}", [*core, press.paragraph(45)], n % 3) for n in range(number)]


@pytest.mark.parametrize("number", [2, 3, 6, 9, 12, 30, 100])
@pytest.mark.parametrize("days", [0, 1, 12])
def test_versions_of_one_publisher(number: int, days: int) -> None:
    assert_whole(versions(Press(number), number, days=days))


@pytest.mark.parametrize("number", [6, 15, 40, 100])
def test_copies_of_many_publishers(number: int) -> None:
    press = Press(number)
    assert_whole(copies(press, number, press.story(340)))


@pytest.mark.parametrize(("papers", "weaving"), [(15, 1), (15, 5), (40, 10)])
def test_papers_that_weave_the_story_into_their_own(papers: int, weaving: int) -> None:
    press = Press(papers + weaving)
    core = press.story(340)
    woven = [
        row(f"w{n}", f"Post {n}", [*press.story(150), *core, *press.story(150)])
        for n in range(weaving)
    ]
    assert_whole(copies(press, papers, core), woven)


@pytest.mark.parametrize("number", [5, 6, 7, 12, 50, 100])
def test_a_story_woven_into_papers_alone(number: int) -> None:
    """No page is most of another, but every pair of them shares the story."""
    press = Press(number)
    core = press.story(300)
    rows = [
        row(f"w{n}", f"Post {n}", [*press.story(100), *core, *press.story(100)])
        for n in range(number)
    ]
    assert furniture_of(rows) == 0
    found = dupdetect.cluster(rows[:12], relations="all", threads=1).summary["kinds"]["overlap"]
    assert found >= len(rows[:12]) - 1


@pytest.mark.parametrize("paragraph", [1, 2])
def test_paragraphs_that_take_turns_with_others(paragraph: int) -> None:
    press = Press(paragraph)
    core = press.story(300, 35 * paragraph)
    rows = [
        row(f"t{n}", f"Post {n}", chain(*zip(core, press.story(300, 35 * paragraph), strict=True)))
        for n in range(30)
    ]
    assert furniture_of(rows) == 0


@pytest.mark.parametrize("number", [1, 3, 10, 30, 100])
def test_hostile_rows_of_other_publishers(number: int) -> None:
    """They print the whole story, a random third of it, or one line each, amid other text."""
    press = Press(number)
    core = press.story(340)
    family = copies(press, 10, core)
    whole, third, line = (
        [
            row(f"h{n}", f"Foe {n}", [*press.story(100), *part, *press.story(100)])
            for n, part in zip(range(number), parts, strict=False)
        ]
        for parts in (
            ([*core] for _ in count()),
            ([one for one in core if press.random.random() < 1 / 3] for _ in count()),
            ([core[n % len(core)]] for n in count()),
        )
    )
    for rows in (whole, third, line):
        assert_whole(family, rows)


@pytest.mark.parametrize("number", [3, 10, 30])
def test_hostile_rows_that_claim_the_publisher(number: int) -> None:
    """Versions and copies that are more than their pages, in months of such rows."""
    press = Press(number)
    core = press.story(340)
    family = [
        row(f"v{n}", "Echo" if n < 4 else f"Echo {n}", [*core, press.paragraph(45)])
        for n in range(7)
    ]
    rows = [
        row(f"h{n}", "Echo", [*press.story(100), *core, *press.story(100)], n * 11 % 300)
        for n in range(number)
    ]
    assert_whole(family, rows)


def test_a_story_of_short_lines() -> None:
    """A poem: no line of it has eight words."""
    press = Press(7)
    poem = [press.sentence(5) for _ in range(40)]
    for days in (0, 9):
        rows = [
            row(f"p{n}", "Echo", [*poem, *(press.sentence(5) for _ in range(4))], n * days)
            for n in range(30)
        ]
        assert furniture_of(rows) == 0
        assert_whole(rows)
    elsewhere = [{**one, "publisher": f"Echo {n}"} for n, one in enumerate(rows)]
    assert_whole(elsewhere)


@pytest.mark.parametrize("number", [9, 12, 100])
def test_no_publishers(number: int) -> None:
    press = Press(number)
    family = [
        {key: value for key, value in one.items() if key in ("id", "text")}
        for one in versions(press, number, days=0)
    ]
    assert furniture_of(family) == 0
    assert_whole(family)


def pages_with_a_box(press: Press, number: int, publisher: str) -> Iterator[Row]:
    box = "Sign here for the letter of the Echo and get the best of the day in your box at noon."
    for n in range(number):
        yield row(f"b{n}", publisher, [*press.story(200), box], n)


def test_the_box_around_the_stories_goes_all_the_same() -> None:
    press = Press(5)
    family = versions(press, 9, days=1)
    box = next(pages_with_a_box(press, 1, "Echo"))["text"].split("\n\n")[-1]
    family = [{**one, "text": one["text"] + "\n\n" + box} for one in family]
    others = [{**one, "id": f"o{one['id']}"} for one in pages_with_a_box(press, 20, "Echo")]
    found = dupdetect.cluster([*family, *others], threads=1)
    assert found.summary["furniture"]["lines"] == 1
    assert found.summary["furniture"]["examples"][0]["stories"] == 29
    assert_whole(family, others)


def test_an_unrelated_story_changes_nothing() -> None:
    press = Press(6)
    rows = [*versions(press, 9, days=2), *pages_with_a_box(press, 5, "Echo")]
    before = clusters_of(rows)
    for name in ("Echo", "Post"):
        other = row("other", name, press.story(200))
        after = clusters_of([*rows, other])
        assert after.pop("other") == "other"
        assert after == before


def test_what_comes_back_for_weeks_counts_where_it_matches_and_never_as_prose() -> None:
    press = Press(8)
    standing = press.story(120)
    rows = [row(f"s{n}", "Echo", [*press.story(200), *standing], 8 * n) for n in range(4)]
    found = dupdetect.cluster(rows, relations="all", threads=1)
    assert found.summary["furniture"]["lines"] == 0
    assert (found.summary["clusters"], found.relations.num_rows) == (4, 0)
    within_a_week = [{**one, "published": "2026-01-01"} for one in rows]
    found = dupdetect.cluster(within_a_week, relations="all", threads=1)
    assert (found.summary["clusters"], found.summary["kinds"]["overlap"]) == (4, 6)
