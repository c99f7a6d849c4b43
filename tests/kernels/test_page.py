"""What lines are by themselves, by example: credits, captions, lines printed twice, players."""

from __future__ import annotations

from typing import Any

import _dupdetect as native
import numpy as np
import pytest

from dupdetect.kernels import reference
from dupdetect.kernels.codes import CAPTION, CREDIT, LINK_LIST, PHRASE, PLAYER, TWIN
from dupdetect.stages.furniture import terms

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
PROSE = "The boat left the quay at nine with forty sacks of flour and one goat on board."
OTHER = "Its owner, a widow from the upper valley, had not been to the coast for eleven years."
SCENE = "Sailors carry a goat down the gangway of the mail boat in the harbour of Lower Quay"


def flags_of(kernels: Any, *lines: str) -> list[int]:
    """Flags of the lines of one page, but for how they end and for phrases."""
    text = np.frombuffer("\n\n".join(lines).encode(), np.uint8)
    offsets, _, _, flags = kernels.scan_lines(text, np.array([0, text.size]), *terms(), 1)
    assert offsets.tolist() == [0, len(lines)]
    return [int(flag) & (CREDIT | CAPTION | TWIN | PLAYER | LINK_LIST) for flag in flags]


@BOTH
@pytest.mark.parametrize(
    "line",
    [
        "Photo: Ann Lee",
        "Image / Tom Reed",
        "Credit: The Lower Quay Echo",
        "Ann Lee | Reuters",
        "Ann Lee, Associated Press",
        "REUTERS",
        "AP Ann Lee",
        "Media: Harbour TV",
        "Pictures Ann Lee for the Echo at Reuters",
    ],
)
def test_credits(kernels: Any, line: str) -> None:
    assert flags_of(kernels, PROSE, line, OTHER)[1] & CREDIT


@BOTH
@pytest.mark.parametrize(
    "line",
    [
        "By Ann Lee, Associated Press",
        "She wrote to the AP.",
        "Ann Lee of the Echo",
        "The four of them had read about it in a report by Reuters",
        "Photo albums of the last war are dear",
    ],
)
def test_what_is_no_credit(kernels: Any, line: str) -> None:
    assert not flags_of(kernels, PROSE, line, OTHER)[1] & CREDIT


@BOTH
def test_a_credit_takes_the_caption_before_it(kernels: Any) -> None:
    credit = "Ann Lee / AP"
    assert flags_of(kernels, SCENE, credit, PROSE) == [CAPTION, CREDIT, 0]
    assert flags_of(kernels, "Goat comes home", SCENE, credit, PROSE)[1:] == [CAPTION, CREDIT, 0]
    # It continues prose, or none follows, or it is a caption that has its credit with it.
    assert flags_of(kernels, OTHER, SCENE, credit, PROSE) == [0, 0, CREDIT, 0]
    assert flags_of(kernels, PROSE, credit, "Read it here") == [0, CREDIT, 0]
    assert flags_of(kernels, PROSE, "Sailors carry a goat (AP)", OTHER) == [0, CREDIT, 0]
    assert flags_of(kernels, PROSE, "Goat home (Photo: Ann Lee, AP)", OTHER) == [0, CREDIT, 0]
    # A short sentence is running prose, too.
    assert flags_of(kernels, OTHER, "It barked.", SCENE, credit, PROSE) == [0, 0, 0, CREDIT, 0]
    # A date says that it is a caption all the same.
    dated = SCENE + ", March 3, 2020"
    assert flags_of(kernels, OTHER, dated, credit, PROSE) == [0, CAPTION, CREDIT, 0]
    # So does another caption before it.
    filed = "FILE - The mail boat lies in the harbour of Lower Quay with its lamps lit."
    assert flags_of(kernels, filed, SCENE + ".", credit, PROSE) == [CAPTION, CAPTION, CREDIT, 0]


@BOTH
@pytest.mark.parametrize(
    "line",
    [
        "With files from Associated Press and Reuters",
        "Avec AFP",
        "Mit Material von dpa",
        "PHOTOS: 10 goats at sea",
    ],
)
def test_a_sign_off_or_a_link_to_a_gallery_takes_no_caption(kernels: Any, line: str) -> None:
    assert flags_of(kernels, "Goat comes home", PROSE, line, OTHER)[1:3] == [0, CREDIT]


@BOTH
@pytest.mark.parametrize(
    "line",
    [
        "FILE - The mail boat lies in the harbour of Lower Quay.",
        "In this undated handout photo a goat looks over the rail.",
        "Pictured: a goat that looks over the rail of the boat.",
        "A goat looks over the rail of the boat. AP Photo taken by Ann Lee",
        "A goat, left, looks over the rail, Tuesday, March 3, 2020.",
        "A goat (second from left) looks over the rail, Tuesday, 3 March 2020.",
        "File photo of a goat that looked over the rail on March 3, 2020.",
        "A goat, left and a sheep look over the rail, 3 March 2020.",
    ],
)
def test_captions_by_their_words(kernels: Any, line: str) -> None:
    assert flags_of(kernels, PROSE, line, OTHER) == [0, CAPTION, 0]


@BOTH
@pytest.mark.parametrize(
    "line",
    [
        "The file that the clerk had lost lay on the boat.",
        "In this valley a goat is worth more than a boat.",
        "A goat, left alone on deck, ate the list of passengers.",
        "The boat left the quay on Tuesday, March 3, 2020, with a goat.",
        "A file photo of the goat hangs in the office of the harbour.",
        "They met in March 2020, left, right, and never again.",
        "Pictured: a goat",
    ],
)
def test_what_is_no_caption(kernels: Any, line: str) -> None:
    assert flags_of(kernels, PROSE, line, OTHER) == [0, 0, 0]


@BOTH
def test_lines_printed_twice(kernels: Any) -> None:
    assert flags_of(kernels, SCENE, SCENE, PROSE) == [TWIN, TWIN, 0]
    assert flags_of(kernels, SCENE, "Echo", SCENE, PROSE) == [TWIN, 0, TWIN, 0]
    assert flags_of(kernels, SCENE, "Echo", "Quay", SCENE, PROSE) == [0] * 5
    assert flags_of(kernels, SCENE + " on", SCENE + " off", PROSE) == [TWIN, TWIN, 0]
    assert flags_of(kernels, "Seven words that stand here twice over", PROSE) == [0, 0]
    # A teaser of an open line goes, the sentence stays.
    assert flags_of(kernels, PROSE[:-1], PROSE, OTHER) == [TWIN, 0, 0]
    # A teaser of a paragraph goes, the paragraph stays; but not when it asks for more.
    longer = PROSE[:-1] + ", which its owner had sold to a hotel in the hills."
    assert flags_of(kernels, PROSE, longer, OTHER) == [TWIN, 0, 0]
    asks = "The boat left the quay at nine with forty sacks of flour … "
    assert flags_of(kernels, asks, longer, OTHER) == [TWIN, TWIN, 0]


@BOTH
def test_players(kernels: Any) -> None:
    page = (PROSE, "Now playing", SCENE + ".", "Media: Harbour TV", OTHER)
    assert flags_of(kernels, *page) == [0, PLAYER, PLAYER | CAPTION, PLAYER | CREDIT, 0]
    source = "Sailors carry a goat down the gangway of the boat. (March 3) AP"
    assert flags_of(kernels, PROSE, "Watch", source, OTHER) == [0, PLAYER, PLAYER, 0]
    # No credit follows within twelve lines, or the button is part of a line.
    assert flags_of(kernels, PROSE, "Now playing", *["Echo"] * 12, "REUTERS")[1] == 0
    assert flags_of(kernels, PROSE, "Now playing", *["Echo"] * 11, "REUTERS")[1] == PLAYER
    assert flags_of(kernels, PROSE, "Now playing chess", SCENE + ".", "REUTERS", OTHER)[1] == 0


@BOTH
def test_a_line_with_an_address_is_a_note_about_its_author(kernels: Any) -> None:
    def is_note(line: str) -> bool:
        text = np.frombuffer(f"{PROSE}\n\n{line}".encode(), np.uint8)
        flags = kernels.scan_lines(text, np.array([0, text.size]), *terms(), 1)[3]
        return bool(flags[1] & PHRASE)

    assert is_note("Ann Lee writes about goats. Write to her: lee@echo.example or call.")
    assert not is_note("Ann Lee writes about goats. She posts as @annlee and asks for 3 @ 4.")
    assert not is_note("word " * 79 + "lee@echo.example")


@BOTH
def test_galleries(kernels: Any) -> None:
    button = "Hide Caption 1 of 9 A goat looks over the rail."
    assert flags_of(kernels, PROSE, button, OTHER) == [0, CAPTION, 0]
    other = "A sheep looks over the rail, too. Hide Caption 2 of 9"
    assert flags_of(kernels, PROSE, button, OTHER, other, PROSE) == [0, *[CAPTION] * 3, 0]
    far = ["Echo"] * 8
    assert flags_of(kernels, PROSE, button, *far, other, PROSE)[1:10] == [CAPTION, *[0] * 8]


@BOTH
def test_a_gallery_under_one_title(kernels: Any) -> None:
    titled = [f"Photos: The regatta – Boat number {n} turns at the last buoy." for n in "123"]
    prose = "The regatta went on for a third day, and nobody was seen to win it."
    flags = flags_of(kernels, prose, *titled)
    assert [flag & CAPTION for flag in flags] == [0, CAPTION, CAPTION, CAPTION]
    assert not any(flag & CAPTION for flag in flags_of(kernels, prose, *titled[:2], prose))


@BOTH
@pytest.mark.parametrize(
    "counts",
    [
        ("1 of 3", "2 of 3", "3 of 3"),
        ("1 of 3: ", "2 of 3: ", "3 of 3: "),
        ("Image 1 of 3: ", "Image 2 of 3: ", "Image 3 of 3: "),
        ("Bild 1 von 9 |", "Bild 2 von 9 |", "Bild 3 von 9 |"),
    ],
)
def test_captions_that_are_counted(kernels: Any, counts: tuple[str, ...]) -> None:
    captions = [f"{count} {SCENE}." for count in counts]
    assert flags_of(kernels, PROSE, *captions, OTHER) == [0, CAPTION, CAPTION, CAPTION, 0]
    # One alone says nothing.
    assert flags_of(kernels, PROSE, captions[0], OTHER) == [0, 0, 0]


@BOTH
@pytest.mark.parametrize("word", ["Photo 1 of 2", "1/2", "1 de 2"])
def test_captions_above_or_below_their_counts(kernels: Any, word: str) -> None:
    first, second = word, word.replace("1", "2")
    caption, other = SCENE + ".", "A goat looks over the rail of the boat at noon."
    below = flags_of(kernels, "Goat", first, caption, second, other, OTHER)
    assert [bool(flag) for flag in below] == [False, True, True, True, True, False]
    above = flags_of(kernels, PROSE, caption, first, other, second, OTHER)
    assert [bool(flag) for flag in above] == [False, False, True, True, True, False]


@BOTH
@pytest.mark.parametrize(
    "lines",
    [
        ("1 of 4 boats has a goat on board.", "3 of 4 have a sheep, the harbour master said."),
        ("Ashton 1 Weir 3", "Lomax 2 Orrin 3"),
        ("1 Lee 24", "2 Orr 24"),
        ("Goats 1 of 2", "Goats 2 of 2"),
        ("1/3 of the flour was wet on Monday.", "2/3 of the flour was wet on Tuesday."),
    ],
)
def test_what_is_no_count_of_pictures(kernels: Any, lines: tuple[str, str]) -> None:
    assert flags_of(kernels, PROSE, *lines, OTHER) == [0, 0, 0, 0]


@BOTH
def test_headlines_between_bars(kernels: Any) -> None:
    headlines = "Goat comes home | Widow sees the coast again | Flour gets dearer in Lower Quay"
    three = headlines.replace("Goat comes home", "Goat comes home by boat")
    two = "Related: Goat comes home by boat | Widow sees the coast for the first time"
    for line in (three, two):
        assert flags_of(kernels, PROSE, line, OTHER) == [0, LINK_LIST, 0]
    table = "Ann Lee Echo 12.4 | Tom Reed Quay 12.9 | Ida Moss Quay 13.1"
    for line in (headlines, two.removeprefix("Related: "), table, three + "."):
        assert flags_of(kernels, PROSE, line, OTHER) == [0, 0, 0]


@BOTH
def test_a_row_that_is_a_credit(kernels: Any) -> None:
    for credit in ("Photo: Ann Lee / Reuters", "(Ann Lee / AP)", "Ann Lee/Getty"):
        assert flags_of(kernels, credit) == [CREDIT]
    for story in ("Goat comes home to Lower Quay, says AP", "Photo of goat stolen."):
        assert flags_of(kernels, story) == [0]


@BOTH
def test_a_caption_that_ends_with_a_name_and_an_agency(kernels: Any) -> None:
    for end in (". (Ann Lee / Reuters)", " (Ann Lee/AFP)", " — Ann Lee / EPA"):
        assert flags_of(kernels, SCENE + end, PROSE, OTHER) == [CAPTION, 0, 0]
        assert flags_of(kernels, PROSE, SCENE + end, OTHER) == [0, CAPTION, 0]
        assert flags_of(kernels, PROSE, OTHER, SCENE + end) == [0, 0, 0]  # a story is signed so
    for end in (". (Belga/AFP)", ". Echo/Reuters", " with Ann Lee and Tom Reed/AFP", ". (Reuters)"):
        assert flags_of(kernels, SCENE + end, PROSE, OTHER) == [0, 0, 0]
