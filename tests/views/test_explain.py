"""How two stories are cut into segments, and how findings are said in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect.products.relation import Passage
from dupdetect.products.schemas import Kind
from dupdetect.products.texts import word_spans
from dupdetect.support.shares import percent
from dupdetect.views.decision import decision_of
from dupdetect.views.pair import Story, pair_of, swapped
from dupdetect.views.passages import compose
from dupdetect.views.wording import count, sentence
from tests.support import report_stories as made
from tests.support.explain_stories import WIRE, passage, relation

words = st.lists(st.sampled_from(["alpha", "beta,", "Łódź", "你好", "«x»", "\n", "it's", "."]))
texts = words.map(" ".join)


@st.composite
def cut_pairs(draw: st.DrawFn) -> tuple[str, str, list[Passage]]:
    """Two texts with shared blocks, printed by the second in any order."""
    blocks = draw(st.lists(texts.filter(lambda t: len(word_spans(t)) > 0), min_size=1, max_size=4))
    order = draw(st.permutations(range(len(blocks))))
    a, places = "", []
    for block in blocks:
        a += draw(texts)
        places.append((len(a), len(a) + len(block)))
        a += block
    a += draw(texts)
    b, passages = "", []
    for index in order:
        b += draw(texts)
        start, end = places[index]
        words_in = len(word_spans(blocks[index]))
        b_end = len(b) + len(blocks[index])
        passages.append(
            Passage(
                a_start=start,
                a_end=end,
                b_start=len(b),
                b_end=b_end,
                words=words_in,
                quoted_words=0,
                changed=(),
            )
        )
        b += blocks[index]
    return a, b + draw(texts), passages


@given(cut_pairs())
def test_no_word_of_either_story_is_missing_from_the_segments(
    drawn: tuple[str, str, list[Passage]],
) -> None:
    a, b, passages = drawn
    pair = pair_of(relation(passages=passages), Story("a", a), Story("b", b))
    for side, text in (("a", a), ("b", b)):
        seen = bytearray(len(text))
        for segment in pair.segments:
            span = segment.a if side == "a" else segment.b
            if span is not None:
                seen[span[0] : span[1]] = b"\1" * (span[1] - span[0])
        hidden = "".join(char for char, at in zip(text, seen, strict=True) if not at)
        assert len(word_spans(hidden)) == 0


@given(cut_pairs())
def test_reading_a_relation_backwards_twice_changes_nothing(
    drawn: tuple[str, str, list[Passage]],
) -> None:
    given_relation = relation(passages=drawn[2])
    assert swapped(swapped(given_relation)) == given_relation


def test_a_passage_past_the_end_of_a_text_is_refused() -> None:
    wrong = relation(passages=[passage(WIRE, WIRE, "fishing boats")])
    with pytest.raises(ValueError, match="past the end"):
        pair_of(wrong, Story("a", WIRE[:40]), Story("b", WIRE))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("identical", "prints the same words"),
        ("near_duplicate", "lightly edited"),
        ("truncation", "keeps the middle"),
        ("abridgement", "shortened in several places"),
        ("overlap", "different stories"),
        ("none", "no relation"),
    ],
)
def test_each_kind_has_its_sentence(kind: Kind, said: str) -> None:
    assert said in sentence(relation(kind))


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_all_or_nothing(share: float) -> None:
    assert (percent(share) == "100%") == (share == 1)
    assert (percent(share) == "0%") == (share == 0)


def test_numbers_go_with_their_nouns() -> None:
    assert [count(n, "copy") for n in (0, 1, 2)] == ["0 copies", "1 copy", "2 copies"]


def test_members_come_in_the_order_of_time_whatever_the_zone() -> None:
    times = {
        "a": "2025-05-14T12:00:00Z",
        "late": "2025-05-14T09:00:00-08:00",
        "early": "2025-05-14T18:00:00+10:00",
        "never": None,
        "odd": "in spring",
    }
    rows = [made.clusters_row(name, "a", published=time) for name, time in times.items()]
    decision = decision_of(*made.tables(rows, []), "late", stories=lambda _: {})
    assert [member.story.id for member in decision.members] == [
        "a",
        "early",
        "late",
        "never",
        "odd",
    ]


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30))
def test_composing_with_the_whole_changes_nothing(start: int, length: int, at: int) -> None:
    inner = [(start, start + length, at, at + length)]
    assert compose([(0, 90, 0, 90)], inner) == inner


def test_composed_passages_lie_inside_both_steps() -> None:
    assert compose([(100, 120, 0, 10)], [(5, 15, 0, 10)]) == [(110, 120, 0, 5)]
    assert compose([(0, 5, 0, 5)], [(5, 9, 0, 4)]) == []


def test_a_copy_of_a_copy_is_drawn_on_the_canonical_story() -> None:
    rows = [
        made.clusters_row("a", "a"),
        made.clusters_row("b", "a"),
        made.clusters_row("c", "a", parent="b"),
        made.clusters_row("d", "a", parent="c"),
        made.clusters_row("lost", "a", parent="gone"),
    ]
    relations = [
        made.relation("a", "b", [[100, 200, 0, 100]]),
        made.relation("c", "b", [[0, 60, 50, 110]]),  # the larger body is `a` of a relation
        made.relation("c", "d", [[0, 10, 5, 15], [55, 60, 20, 25]]),
    ]
    decision = decision_of(*made.tables(rows, relations), "a", stories=lambda _: {})
    spans = {member.story.id: member.spans for member in decision.members}
    assert spans == {
        "a": None,
        "b": ((100, 200),),
        "c": ((150, 200),),
        "d": ((150, 160),),
        "lost": None,
    }
