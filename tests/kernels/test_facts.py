"""Facts opposite each other: native against reference, and what each measurement counts."""

from __future__ import annotations

from random import Random
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.kernels import lexicon, reference
from dupdetect.kernels.reference.facts import Facts
from dupdetect.products.alignments import FACTS
from dupdetect.stages.facts import known_words

NO_TERMS = (np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8))
WORDS, CODES = known_words()
LEXICON: dict[str, Any] = {"lexicon": WORDS, "codes": CODES}
VOCABULARY = (
    *(f"word{n}" for n in range(12)),
    *("Gozo", "Valletta", "GOZO", "Émile", "Иван", "Łódź", "3", "17", "4.5", "1,200", "165 000"),
    *("$5", "million", "dollars", "miles", "km", "north", "-east", "West", "8:10", "2007", "June"),
    *("8th", "1st", "3", "twelve", "Twenty", "-five", "12"),
    *("中国", "二", "〇", "三", "北京市", "ทะเล", "سنة", "é", "😀", "said.", "Mr."),
    *("\n", "end.\n\n"),
)


def pack(texts: list[bytes]) -> tuple[Any, Any]:
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return np.frombuffer(b"".join(texts), np.uint8), offsets


def facts_of(*texts: str, status: int = 0) -> Facts:
    """Measure a pair, both ways round and by both kernels."""
    text, offsets = pack([one.encode() for one in texts])
    line_offsets = native.scan_lines(text, offsets, *NO_TERMS, 1)[0]
    line_status = np.full(int(line_offsets[-1]), status, np.uint8)
    a, b = np.array([0, 1]), np.array([1, 0])
    arrays = (text, offsets, line_status, line_offsets)
    found = native.facts(*arrays, a=a, b=b, **LEXICON, threads=1)
    expected = reference.facts(*arrays, a=a, b=b, **LEXICON, threads=1)
    np.testing.assert_array_equal(found, expected, strict=True)
    assert found[0].tolist() == found[1].tolist()
    return Facts(*found[0].tolist())


def edited(words: list[str], random: Random) -> list[str]:
    """Replace, cut, repeat and insert words of a text."""
    words = list(words)
    for _ in range(random.randrange(8)):
        first, last = sorted(random.choices(range(len(words) + 1), k=2))
        match random.randrange(6):
            case 0:
                words[first : first + random.randrange(5)] = []
            case 1:
                words[last:last] = words[first:last]
            case 2:
                words[first:first] = random.choices(VOCABULARY, k=random.randrange(40))
            case _:
                for k in range(first, min(first + random.randrange(40), len(words))):
                    if random.random() < 0.2:
                        words[k] = random.choice(VOCABULARY)
    return words[:250]


def made(seed: int) -> list[bytes]:
    """A text, two edited copies and an empty text; some with bytes that are not UTF-8."""
    random = Random(seed)
    vocabulary = random.sample(VOCABULARY, random.choice([6, 20, len(VOCABULARY)]))
    base = random.choices(vocabulary, k=random.randrange(random.choice([20, 200])))
    copies = [base, edited(base, random), edited(base, random), []]
    texts = [" ".join(words).encode() for words in copies]
    if random.random() < 0.2:
        texts[1] = texts[1][:20] + random.choice([b"\xff", b"\xe2\x80"]) + texts[1][20:]
    return texts


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**64).map(made), st.data())
def test_native_equals_reference(texts: list[bytes], data: st.DataObject) -> None:
    text, offsets = pack(texts)
    line_offsets = native.scan_lines(text, offsets, *NO_TERMS, 1)[0]
    status = np.array([data.draw(st.sampled_from([0, 0, 1, 2])) for _ in range(line_offsets[-1])])
    a, b = np.divmod(np.arange(16), 4)
    arrays = (text, offsets, status.astype(np.uint8), line_offsets)
    found = native.facts(*arrays, a=a, b=b, **LEXICON, threads=1)
    expected = reference.facts(*arrays, a=a, b=b, **LEXICON, threads=1)
    np.testing.assert_array_equal(found, expected, strict=True)
    several = native.facts(*arrays, a=a, b=b, **LEXICON, threads=8)
    np.testing.assert_array_equal(found, several, strict=True)
    turned = native.facts(*arrays, a=b, b=a, **LEXICON, threads=1)
    np.testing.assert_array_equal(found, turned, strict=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**64))
def test_many_stories_inside_one_large_one(seed: int) -> None:
    """What is kept of the large one for all its pairs is that of no other."""
    random = Random(seed)
    parts = [random.choices(VOCABULARY, k=random.randrange(4, 60)) for _ in range(9)]
    small = [edited(part, random) if random.random() < 0.6 else part for part in parts]
    ends = parts[0] + random.choices(VOCABULARY, k=random.randrange(30)) + parts[-1]
    large = [[w for part in order for w in part] for order in (parts, random.sample(parts, 9))]
    text, offsets = pack([" ".join(words).encode() for words in [*large, *small, ends]])
    line_offsets = native.scan_lines(text, offsets, *NO_TERMS, 1)[0]
    status = np.array(random.choices([0, 0, 0, 1, 2], k=int(line_offsets[-1])), np.uint8)
    b = np.array([*range(1, 12), *range(11, 1, -1), 0])
    a = np.array([0] * 11 + [1] * 10 + [1])
    arrays = (text, offsets, status, line_offsets)
    found = native.facts(*arrays, a=a, b=b, **LEXICON, threads=1)
    expected = reference.facts(*arrays, a=a, b=b, **LEXICON, threads=1)
    np.testing.assert_array_equal(found, expected, strict=True)


def test_the_columns_have_one_order() -> None:
    assert Facts._fields == FACTS


BEFORE, AFTER = "the village choir sang for an hour before", "spoke to the crowd that had come"


def around(filler: str) -> str:
    return f"On the square {BEFORE} {filler} {AFTER}, and nobody left."


def test_a_name_against_another_is_a_slot() -> None:
    found = facts_of(around("the mayor Anna Sorel"), around("the mayor Peter Quist"))
    assert (found.slots, found.name_slots, found.number_slots, found.fillers) == (1, 1, 0, 1)
    assert facts_of(around("the mayor"), around("the priest")).slots == 0


def test_a_number_against_another_is_a_slot() -> None:
    found = facts_of(around("the 340 guests"), around("the 250 guests"))
    assert (found.slots, found.number_slots, found.name_slots) == (1, 1, 0)
    assert (found.numbers_opposite, found.numbers_equal) == (1, 0)


def test_what_the_other_text_knows_is_no_slot() -> None:
    more = " Anna Sorel thanked the 340 guests who had come by ship. " + "They ate and drank. " * 15
    a, b = around("Anna Sorel with 340 guests"), around("Peter Quist with 250 guests")
    assert facts_of(a + more, b + more).slots == 0
    assert facts_of(a, b).slots == 2


@pytest.mark.parametrize(
    ("one", "other"), [("1,250", "1250"), ("165 000", "165,000"), ("4.6", "4.6")]
)
def test_one_number_has_one_form(one: str, other: str) -> None:
    found = facts_of(around(f"all {one} guests"), around(f"all {other} guests"))
    assert (found.words, found.equal) == (found.words, found.words)
    assert (found.numbers_equal, found.numbers_opposite) == (1, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [("10", "101"), ("9", "99"), ("1000", "10000"), ("3222", "32222"), ("12345678", "123456788")],
)
def test_a_longer_number_is_another(one: str, other: str) -> None:
    found = facts_of(around(f"all {one} guests"), around(f"all {other} guests"))
    assert (found.numbers_equal, found.numbers_opposite) == (0, 1)


def test_parts_of_a_number_are_no_numbers() -> None:
    found = facts_of(around("some 4.6 million"), around("some 4.9 million"))
    assert (found.numbers_equal, found.numbers_opposite) == (0, 1)


def test_other_units_are_the_same_fact() -> None:
    found = facts_of(around("80 kilometres on, he"), around("50 miles on, he"))
    assert found.slots == 0
    assert facts_of(around("80 miles on, he"), around("50 miles on, he")).slots == 1


@pytest.mark.parametrize(("code", "words"), [(lexicon.POLE, "north"), (lexicon.SIDE, "east")])
def test_directions_are_facts(code: int, words: str) -> None:
    assert code in CODES
    found = facts_of(around(f"a band from the {words}"), around("a band from the south-west"))
    assert (found.slots, found.name_slots) == (1, 1)


def test_months_and_weekdays_are_no_names() -> None:
    assert facts_of(around("on Monday he"), around("on Friday he")).slots == 0


def test_a_sentence_begins_with_a_capital() -> None:
    a, b = around("midnight. Nobody"), around("midnight. Fireworks")
    assert facts_of(a, b).slots == 0


@pytest.mark.parametrize("size", [8, 63, 64, 65, 128, 129])
def test_spellings_of_long_words(size: int) -> None:
    one = ("abcdefghij" * 13)[:size]
    found = facts_of(around(f"the {one} guests"), around(f"the {one[:-2]}z guests"))
    assert found.spellings == (size <= 128)


def test_spellings_are_counted() -> None:
    found = facts_of(around("Aleksandr Petrov"), around("Alexander Petrow"))
    assert (found.slots, found.spellings) == (0, 1)


def test_a_list_of_other_figures_is_two_slots() -> None:
    def listed(names: str, first: int) -> str:
        return ", ".join(f"{name} {first + k}" for k, name in enumerate(names.split()))

    trees, grains = "elm oak ash fir yew box bay fig may nut sloe", "rye oat rice corn teff spelt"
    found = facts_of(around(listed(trees, 1000)), around(listed(grains, 2000)))
    assert (found.slots, found.number_slots, found.name_slots) == (2, 2, 2)


def test_digits_of_chinese_are_numbers() -> None:
    a = "央视记者今天从北京了解到，二〇二三年全国粮食产量比上一年增长，农业生产形势很好。"
    found = facts_of(a, a.replace("二〇二三年", "二〇二四年"))
    assert (found.slots, found.number_slots, found.name_slots) == (1, 1, 1)
    found = facts_of("共有三艘渔船" + a, "共有五艘渔船" + a)
    assert (found.slots, found.number_slots, found.name_slots) == (1, 1, 0)


@pytest.mark.parametrize(
    ("larger", "smaller", "apart", "own"),
    [
        ("more than $5 million", "$7 million", 1, 1),
        ("just about $5 million", "5,000,000 dollars", 0, 0),
        ("about € 4.5 million", "€4,500,000", 0, 0),
        ("a fortune of sorts", "£20", 0, 1),
        ("as much as 20 yen", "30 yen", 1, 1),
        ("as many as 20 guests", "30 guests", 0, 0),
        ("more than US$5 bn", "$5bn", 0, 0),
        ("$5 and $6", "$6", 0, 0),
        ("$5 and then $6", "$6 and $7", 0, 1),
    ],
)
def test_sums_of_money(larger: str, smaller: str, apart: int, own: int) -> None:
    found = facts_of(around(larger), around(smaller))
    assert (found.money_apart, found.own_sums) == (apart, own)


def test_openings_before_a_block_of_a_site() -> None:
    block = (
        "Our programme is made by Ada Finch and Bo Larkin. Find every part wherever you listen, "
        "and leave us a rating. Join the club and hear each part a day early, without a break. "
        "Write to us, or leave a message on the telephone at any hour of the day or night."
    )
    one = "A lighthouse keeper who never saw the sea tells of forty years on a hill.\n\n"
    other = "How a wrong turn gave the world its most common box, and who got rich.\n\n"
    assert facts_of(one + block, other + block).openings == 1
    assert facts_of(one + block, other + block, status=1).openings == 0
    assert facts_of("Tonight: a keeper.\n\n" + block, "Today: a box.\n\n" + block).openings == 0
    assert facts_of(one + block * 3, other + block * 3).openings == 0


def test_an_ordinal_is_its_number() -> None:
    assert facts_of(around("May 11th"), around("May 11")).slots == 0
    assert facts_of(around("May 11th"), around("May 12th")).number_slots == 1


def test_texts_without_words() -> None:
    found = facts_of("", "Something else.")
    assert found._asdict() == {**dict.fromkeys(FACTS, 0), "words": 2, "caseless": 0, "short": 1}


def test_wrong_arguments() -> None:
    text, offsets = pack([b"one two", b"three"])
    lines, status = np.array([0, 1, 2]), np.zeros(2, np.uint8)
    for kernels in (native, reference):
        with pytest.raises(ValueError, match="pair 0: story numbers are 0 to 1"):
            kernels.facts(
                *(text, offsets, status, lines),
                a=np.array([0]), b=np.array([2]), **LEXICON, threads=1,
            )  # fmt: skip
        with pytest.raises(ValueError, match="codes: 0 values, expected"):
            kernels.facts(
                *(text, offsets, status, lines),
                a=np.array([0]), b=np.array([1]), lexicon=WORDS, codes=CODES[:0], threads=1,
            )  # fmt: skip
        with pytest.raises(ValueError, match="line_status of a story: 1 values, expected 2"):
            kernels.facts(
                *pack([b"one two.\nthree", b"three"]), status, lines,
                a=np.array([0]), b=np.array([1]), **LEXICON, threads=1,
            )  # fmt: skip


def test_codes_changed_where_they_stand_are_others() -> None:
    sides = ("a band from the north", "a band from the south-west")
    text, offsets = pack([around(side).encode() for side in sides])
    arrays = (text, offsets, np.zeros(2, np.uint8), np.array([0, 1, 2]))
    words, codes = WORDS.copy(), CODES.copy()
    counts = []
    for changed in (CODES, np.zeros_like(CODES), CODES):
        codes[:] = changed
        given = {"a": np.array([0]), "b": np.array([1]), "lexicon": words, "codes": codes}
        found = native.facts(*arrays, **given, threads=1)
        expected = reference.facts(*arrays, **given, threads=1)
        np.testing.assert_array_equal(found, expected, strict=True)
        counts.append(found.tolist())
    assert counts[0] == counts[2]
    assert counts[0] != counts[1]
