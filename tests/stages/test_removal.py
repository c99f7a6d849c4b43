"""Which rows go: held to the promise on random collections, and case by case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect.config import Config
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers, pair_ends
from dupdetect.products.schemas import OVERLAP, TRUNCATION
from dupdetect.stages.heads import find_heads
from dupdetect.stages.removal import (
    Removal,
    Shared,
    choose_removed,
    edges_left,
    may_go,
    pairs_to_compare,
)
from tests.support.rules_texts import FERRY, ORCHARD, paragraphs

DAY = 86_400_000_000
UNKNOWN = np.iinfo(np.int64).min
CONFIG = Config()
SHARE = CONFIG.removed_share


def shared(
    share: np.ndarray,
    *,
    facts_apart: bool = False,
    own_story: bool = False,
    characters: bool = False,
    short: bool = False,
    own_words: int = 0,
) -> Shared:
    flags = (facts_apart, own_story, characters, short, own_words)
    return Shared(share, *(np.full(share.size, flag) for flag in flags))


def removal(
    table: np.ndarray,
    canonical: list[int],
    *,
    publishers: list[int] | None = None,
    days: list[float] | None = None,
    edges: list[tuple[int, int]] | None = None,
    apart: bool = False,
    gone: list[int] | None = None,
) -> Removal:
    """Decide where ``table[row, kept]`` is the share of a row that stands in another."""
    count = len(canonical)
    ends = np.array(edges or [], np.int64).reshape(-1, 2)
    shares = np.ones(len(ends))
    kinds = np.full(len(ends), TRUNCATION, np.int8)
    stretches = np.zeros((len(ends), 3), np.int32)
    us = [UNKNOWN if day is None else int(day * DAY) for day in days or ()] or [UNKNOWN] * count
    return choose_removed(
        np.array(canonical),
        lambda rows, kept: shared(table[rows, kept], facts_apart=apart),
        Edges(ends[:, 0], ends[:, 1], kinds, shares, shares, shares, stretches),
        order=np.arange(count),
        publishers=np.array(publishers or range(count), np.int32),
        published_us=np.array(us),
        config=CONFIG,
        gone=None if gone is None else np.array(gone),
    )


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 40), clusters=st.integers(1, 4))
def test_what_goes_stands_in_a_row_that_stays(seed: int, count: int, clusters: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.random((count, count))
    label = rng.integers(0, clusters, count)
    canonical = [int(rng.choice(np.flatnonzero(label == label[k]))) for k in range(count)]
    first = {int(one): canonical[int(np.argmax(label == one))] for one in np.unique(label)}
    canonical = [first[int(one)] for one in label]
    publishers = rng.integers(-1, 3, count).tolist()
    edges = [tuple(sorted(rng.choice(count, 2, replace=False))) for _ in range(count)]
    found = removal(table, canonical, publishers=publishers, edges=edges)
    asked = {(int(row), int(kept)) for row, kept in found.pairs}
    for row, kept in enumerate(found.keeper.tolist()):
        if kept < 0:
            assert np.isnan(found.share[row])
            continue
        assert found.keeper[kept] < 0, "what it stands in stays"
        assert (row, kept) in asked, "the two were aligned"
        assert found.share[row] == table[row, kept] >= SHARE
    for one in set(canonical):
        assert found.keeper[one] < 0


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 30))
def test_what_stays_of_a_cluster_holds_none_of_the_others(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.random((count, count))
    kept = np.flatnonzero(removal(table, [0] * count).keeper < 0)
    for k, row in enumerate(kept.tolist()):
        assert all(table[row, other] < SHARE for other in kept[:k])


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 30), clusters=st.integers(1, 5))
def test_no_row_that_stays_holds_another_but_canonical_ones(
    seed: int, count: int, clusters: int
) -> None:
    rng = np.random.default_rng(seed)
    table = rng.random((count, count))
    label = rng.integers(0, clusters, count)
    canonical = [int(np.argmax(label == one)) for one in label]
    pairs = [tuple(sorted(rng.choice(count, 2, replace=False))) for _ in range(2 * count)]
    found = removal(table, canonical, edges=pairs)
    first = [(canonical[row] != row, row) for row in range(count)]
    for a, b in pairs:
        row, kept = sorted((a, b), key=first.__getitem__, reverse=True)
        stay = (found.keeper[[row, kept]] < 0).all()
        assert not (stay and canonical[row] != row and table[row, kept] >= SHARE)


def test_a_row_goes_with_the_one_that_it_went_for() -> None:
    # 3 goes for 2, which then goes for 1; where 1 does not hold 3, 3 stays.
    table = np.zeros((5, 5))
    table[2, 1] = table[3, 2] = 0.9
    found = removal(table, [0, 1, 0, 0, 4], edges=[(1, 2)])
    assert found.keeper.tolist() == [-1, -1, 1, -1, -1]
    table[3, 1] = 0.9
    found = removal(table, [0, 1, 0, 0, 4], edges=[(1, 2)])
    assert found.keeper.tolist() == [-1, -1, 1, 1, -1]


def test_a_chain_keeps_what_the_first_does_not_hold() -> None:
    links = np.arange(6)
    table = np.clip(1 - 0.06 * np.abs(links[:, None] - links), 0, 1)
    found = removal(table, [0] * 6)
    assert found.keeper.tolist() == [-1, 0, 0, -1, 3, 3]


def test_a_row_may_go_because_of_another_cluster() -> None:
    table = np.array([[1, 0, 0], [0, 1, 0], [0.4, 0.9, 1]])
    assert removal(table, [0, 1, 0]).keeper.tolist() == [-1, -1, -1]
    assert removal(table, [0, 1, 0], edges=[(1, 2)]).keeper.tolist() == [-1, -1, 1]


@pytest.mark.parametrize(
    ("share", "one", "known", "days", "goes"),
    [
        (SHARE, False, True, np.nan, True),
        (SHARE - 0.01, False, True, np.nan, False),
        (SHARE - 0.01, True, True, np.nan, False),
        (SHARE, True, True, 1, True),
        (0.999, True, True, 1.1, False),
        (1.0, True, True, 400, True),
        (SHARE, False, False, np.nan, True),
        (SHARE - 0.01, False, False, np.nan, False),
        (0.999, False, False, 1.1, False),
        (SHARE, False, True, 1, True),
        (0.94, False, True, 1.1, False),
        (0.95, False, True, 7, True),
        (0.999, False, True, 7.1, False),
        (1.0, False, True, 400, True),
        (-1.0, False, True, 0, False),
    ],
)
def test_how_much_of_a_row_must_stand_in_the_other(
    share: float, one: bool, known: bool, days: float, goes: bool
) -> None:
    found = may_go(
        shared(np.array([share])),
        np.array([one]),
        np.array([known]),
        np.array([days * DAY]),
        config=CONFIG,
    )
    assert found.tolist() == [goes]


def test_settings_let_later_versions_go() -> None:
    pair = np.array([False]), np.array([True]), np.array([400.0 * DAY])
    loose = replace(CONFIG, version_share=0.0)
    assert may_go(shared(np.array([SHARE])), *pair, config=loose).tolist() == [True]
    assert may_go(shared(np.array([SHARE])), *pair, config=CONFIG).tolist() == [False]


@pytest.mark.parametrize(
    ("words", "one", "known", "goes"),
    [(12, True, True, True), (13, True, True, False), (13, False, True, True),
     (13, False, False, True)],
)  # fmt: skip
def test_how_many_words_of_its_own_a_row_of_one_publisher_may_have(
    words: int, one: bool, known: bool, goes: bool
) -> None:
    found = shared(np.array([0.99]), own_words=words)
    pair = np.array([one]), np.array([known]), np.array([np.nan])
    assert may_go(found, *pair, config=CONFIG).tolist() == [goes]


def test_words_that_only_the_row_has_are_counted() -> None:
    lead = "The harbour office opened its doors again on Friday after the storm."
    more = f"{lead} Nobody was hurt when the old pier broke away and drifted past the lighthouse."
    prose = paragraphs(*FERRY, MINE)
    for first, stay in ((lead, 1), (more, 2)):
        texts = paragraphs(prose, *ORCHARD[3:5]), paragraphs(prose, first)
        stories = [{"text": text, "publisher": "A"} for text in texts]
        assert dupdetect.cluster(stories).keep.sum() == stay


@pytest.mark.parametrize(
    ("what", "one", "known", "least"),
    [
        ("characters", False, True, 0.95),
        ("characters", True, True, 1.0),
        ("characters", False, False, 1.0),
        ("short", False, True, 1.0),
    ],
)
def test_of_characters_nearly_all_must_stand_and_of_a_short_text_all(
    what: str, one: bool, known: bool, least: float
) -> None:
    def goes(share: float) -> bool:
        found = shared(np.array([share]), characters=what == "characters", short=what == "short")
        apart = np.array([np.nan])
        return bool(may_go(found, np.array([one]), np.array([known]), apart, config=CONFIG)[0])

    assert goes(least)
    assert not goes(least - 0.01)


MINE = (
    "The mine near Senn had been closed for repairs since spring, and the owners said that no work "
    "was planned there before the end of the month. Rescue teams from three towns worked through "
    "the night with pumps and lamps, while families waited at the gate. The council has asked for "
    "an inquiry into the pumps, which were last checked two years ago. A spokeswoman for the "
    "ministry said that the state would pay for the funerals and that a report was due by summer."
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"12 miners died on Monday. {MINE}", f"15 miners died on Monday. {MINE}"),
        (f"Twelve miners died on Monday. {MINE}", f"Fifteen miners died on Monday. {MINE}"),
        (f"Twelve miners died on Monday. {MINE}", f"15 miners died on Monday. {MINE}"),
        (f"{MINE} The toll stood at 12.", f"{MINE} The toll stood at 15."),
        (
            "Shares of the bank of Senn rose on Monday after it said that it would keep its rates",
            "Shares of the bank of Senn fell on Monday after it said that it would keep its rates",
        ),
    ],
)
def test_other_figures_at_either_end_and_other_words_of_a_flash_keep_a_row(
    one: str, other: str
) -> None:
    assert dupdetect.cluster([one, other]).keep.tolist() == [True, True]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The board expects to pay the owners.", "The board does not expect to pay the owners."),
        ("The board voted to close it.", "The board did not vote to close it."),
        ("It had been a mistake to wait.", "It was not a mistake to wait."),
        ("All members voted yes on it.", "All members voted no on it."),
        ("They went down with lamps.", "They went down without lamps."),
        ("The pumps are safe again.", "The pumps aren't safe again."),
    ],
)
def test_one_sense_opposite_another_keeps_a_row_of_any_publisher(one: str, other: str) -> None:
    rows = [paragraphs(FERRY[0], sentence, MINE) for sentence in (one, other)]
    stories = [{"text": t, "publisher": p} for t, p in zip(rows, "AB", strict=True)]
    assert dupdetect.cluster(stories).keep.tolist() == [True, True]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The owners don't know when.", "The owners don t know when."),
        ("The owners cannot say when.", "The owners can not say when."),
        ("The owners do not say when.", "The owners don't say when."),
    ],
)
def test_a_negation_in_other_letters_is_the_same(one: str, other: str) -> None:
    rows = [paragraphs(FERRY[0], sentence, MINE, *ORCHARD[3:5]) for sentence in (one, other)]
    stories = [{"text": t, "publisher": p} for t, p in zip(rows, "AB", strict=True)]
    assert dupdetect.cluster(stories).keep.sum() == 1


def test_a_figure_opposite_one_that_stands_elsewhere_keeps_a_row_of_one_publisher() -> None:
    vote = "The council of Senn closed the mine with {} votes to {} late on Monday evening."
    rows = [paragraphs(FERRY[0], vote.format(*each), MINE) for each in ((5, 4), (4, 5))]
    for publishers, stay in (("AA", 2), ("AB", 1)):
        stories = [{"text": t, "publisher": p} for t, p in zip(rows, publishers, strict=True)]
        assert dupdetect.cluster(stories).keep.sum() == stay


def test_a_sum_of_its_own_keeps_a_row_of_one_publisher() -> None:
    prose = paragraphs(*FERRY, MINE)
    rows = [
        paragraphs(prose, *ORCHARD[3:5], ORCHARD[6]),
        paragraphs(prose, "The county will pay $16,625 for it."),
    ]
    for publishers, stay in (("AA", 2), ("AB", 1)):
        stories = [{"text": t, "publisher": p} for t, p in zip(rows, publishers, strict=True)]
        assert sum(dupdetect.cluster(stories).keep) == stay


PUPILS = "Ann Bell, Senn High School\nTom Carr, Lund Academy\nIda Moss, Velm College"
OTHERS = "Jan Pohl, Aske Grammar School\nEva Tran, Oster High School\nMax Renn, Tarn College"
LINKS = "Mayor of Lund quits the race\nStorm nears the coast\nWhat to watch tonight"


def stay(one: str, other: str, publishers: str) -> int:
    rows = [{"text": t, "publisher": p} for t, p in zip((one, other), publishers, strict=True)]
    return sum(dupdetect.cluster(rows).keep)


@pytest.mark.parametrize("publishers", ["AA", "AB"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{MINE}\n\n{PUPILS}", f"{MINE}\n\n{OTHERS}"),
        (
            f"Acme was fined $5 million on Monday over its privacy policy.\n\n{MINE}",
            f"Zenit was fined $9 million on Friday over its privacy policy.\n\n{MINE}",
        ),
        (f"{MINE} Bonds closed at +3 points.", f"{MINE} Bonds closed at -3 points."),
        (f"{MINE} The firm paid $5 for it.", f"{MINE} The firm paid €5 for it."),
        (f"{MINE} The vote was won by the owners.", f"{MINE} The vote was lost by the owners."),
        (f"They will sell the pits. {MINE}", f"They will not sell the pits. {MINE}"),
    ],
)
def test_a_list_a_sentence_and_the_opposite_keep_a_row(
    one: str, other: str, publishers: str
) -> None:
    assert stay(one, other, publishers) == 2


@pytest.mark.parametrize("publishers", ["AA", "AB"])
def test_a_list_in_the_kept_row_alone_keeps_no_other(publishers: str) -> None:
    assert stay(MINE, f"{MINE}\n\n{PUPILS}", publishers) == 1


def test_links_around_a_copy_keep_no_row() -> None:
    assert stay(MINE, f"{MINE}\n\n{LINKS}", "AB") == 1


def test_names_throughout_keep_a_row_of_one_publisher() -> None:
    prose = paragraphs(*FERRY, MINE)
    names = (
        "Ann Bell of Lund, Tom Carr of Aske, Ida Moss of Velm and Jan Pohl of Tarn",
        "Eva Holt of Brack, Max Renn of Coombe, Lia Horn of Oster and Kay Dow of Pask",
    )
    one, other = (f"{prose}\n\nThose honoured by the county were {some}." for some in names)
    assert stay(one, other, "AA") == 2
    assert stay(one, f"{prose}\n\nMore is to follow, the county said.", "AB") == 1


def test_a_number_spelled_out_is_the_same_number() -> None:
    texts = [f"Twelve miners died on Monday. {MINE}", f"12 miners died on Monday. {MINE}"]
    assert sum(dupdetect.cluster(texts).keep) == 1


def test_later_stages_with_other_sums_stay() -> None:
    table = np.ones((2, 2))
    days = [0.0, 30.0]
    assert removal(table, [0, 0], publishers=[1, 1], days=days).keeper.tolist() == [-1, 0]
    stays = removal(table, [0, 0], publishers=[1, 1], days=days, apart=True)
    assert stays.keeper.tolist() == [-1, -1]


def test_a_cluster_that_keeps_very_many_rows_is_given_up() -> None:
    found = removal(np.eye(60), [0] * 60)
    assert (found.keeper < 0).all()
    assert len(found.pairs) < 32 * 60
    assert found.untried > 0


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 30))
def test_heads_take_what_the_heads_before_them_do_not(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    takes = rng.random((count, count)) < 0.3
    order = rng.permutation(count)
    group = np.full(count, rng.integers(count))
    heads: list[int] = [int(group[0])]
    wanted = {heads[0]: heads[0]}
    for story in sorted(set(range(count)) - set(heads), key=lambda k: order[k]):
        taken = next((head for head in heads if takes[story, head]), story)
        wanted[story] = taken
        heads += [story] if taken == story else []

    def asked(stories: Numbers, by: Numbers) -> np.ndarray:
        return takes[stories, by]

    assert find_heads(group, order, asked).head.tolist() == [wanted[k] for k in range(count)]


@pytest.mark.parametrize(("held", "keeper"), [(0.9, 0), (0.1, -1)])
def test_a_row_stays_again_where_its_keeper_goes_for_one_that_does_not_hold_it(
    held: float, keeper: int
) -> None:
    table = np.zeros((3, 3))
    table[1, 0], table[2, 0] = 1.0, held
    found = removal(table, [0, 0, 2], gone=[-1, -1, 1])
    assert found.keeper.tolist() == [-1, 0, keeper]


def pairs(*ends: tuple[int, int, int]) -> Edges:
    a, b, kind = np.array(ends, np.int64).T
    shares, stretches = np.ones(len(ends)), np.zeros((len(ends), 3), np.int32)
    return Edges(a, b, kind.astype(np.int8), shares, shares, shares, stretches)


def test_what_was_compared_with_a_row_that_goes_is_compared_with_its_copies() -> None:
    edges = pairs(
        (0, 1, TRUNCATION), (1, 2, TRUNCATION), (1, 3, TRUNCATION), (2, 4, TRUNCATION),
        (1, 4, OVERLAP), (1, 5, OVERLAP), (6, 7, TRUNCATION), (2, 3, OVERLAP),
    )  # fmt: skip
    keeper = np.array([-1, 0, -1, -1, -1, -1, -1, -1])
    asked = pairs_to_compare(edges, keeper, keeper >= 0)
    # 5 only overlaps, so that another component may be decided elsewhere; 6 and 7 lose nothing.
    assert list(zip(*(end.tolist() for end in pair_ends(asked)), strict=True)) == [
        (0, 2), (0, 3), (0, 4), (3, 4)
    ]  # fmt: skip
    left = edges_left(edges, keeper, keeper >= 0)
    assert list(zip(left.a.tolist(), left.b.tolist(), strict=True)) == [(2, 3), (2, 4)]
    nothing = np.zeros(8, bool)
    assert pairs_to_compare(edges, keeper, nothing).size == 0
    assert edges_left(edges, keeper, nothing).a.size == 0


def test_a_row_that_goes_and_has_no_copy_asks_nothing() -> None:
    edges = pairs((0, 1, TRUNCATION), (1, 2, OVERLAP), (0, 2, TRUNCATION))
    keeper = np.array([1, -1, 1])
    assert pairs_to_compare(edges, keeper, keeper >= 0).size == 0
