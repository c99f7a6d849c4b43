"""Alignment of bodies: native against reference, and what must hold of any pair."""

from __future__ import annotations

from random import Random
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect.config import Config
from dupdetect.kernels import reference
from dupdetect.products.alignments import COLUMNS
from dupdetect.stages.align import align_rule
from dupdetect.stages.bodies import numbered
from tests.support.vector_levels import each_level

BOTH = pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
NO_TERMS = (
    np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8)
)  # fmt: skip
RULE: dict[str, Any] = {
    name: getattr(align_rule(Config()), name) for name in native.AlignRule.FIELDS
}
KEY = 0x0123456789ABCDEF
SPEECH = native.split_bodies(
    np.frombuffer(b"word3 said", np.uint8),
    *(np.array([0, 10]), np.zeros(1, np.uint8), np.array([0, 1])),
    key=KEY,
    threads=1,
)[0]
BODY, DOUBTFUL, FURNITURE, STANDING, WEAK = range(5)
VOCABULARY = (
    *(f"word{n}" for n in range(25)),
    *("the", "of", "said", "minister", "ministers", "Mr.", "a.m.", "é", "中国", "😀"),
    *("“open", "close”", '"', "end.", "Stop!\n", "line\n", "\n\n"),
)


def pack(texts: list[bytes]) -> tuple[Any, Any]:
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return np.frombuffer(b"".join(texts), np.uint8), offsets


def lines_of(text: Any, offsets: Any) -> Any:
    return native.scan_lines(text, offsets, *NO_TERMS, 1)[0]


def assert_same(ours: Any, theirs: Any) -> None:
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


def align(kernels: Any, *arrays: Any, **changed: Any) -> Any:
    """Call the kernels; the last two arrays are the pairs, and spans come in characters."""
    texts, a, b = arrays[:4], arrays[4], arrays[5]
    rule = kernels.AlignRule(**changed.pop("rule", RULE))
    *bodies, distinct, masks = kernels.split_bodies(*texts, key=KEY, threads=1)
    wanted = {
        **{"passages": True, "changed": True},
        **{"skip_unrelated": False, "threads": 1},
        **changed,
    }
    found = kernels.align(
        *bodies,
        *kernels.mask_table(numbered(distinct)[0], masks),
        **{"a": a, "b": b, "rule": rule, "speech_words": SPEECH},
        **wanted,
    )
    measures, passage_offsets, passages, changed_offsets, differing = found
    return (
        measures,
        *(passage_offsets, in_characters(kernels, texts, passage_offsets, passages, a, b)),
        *(changed_offsets, in_characters(kernels, texts, changed_offsets, differing, a, b)),
    )


def in_characters(kernels: Any, texts: Any, offsets: Any, spans: Any, a: Any, b: Any) -> Any:
    pairs = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    sides = [
        kernels.character_spans(
            *texts,
            stories=stories[pairs],
            first=np.ascontiguousarray(spans[:, first]),
            end=np.ascontiguousarray(spans[:, first + 1]),
            threads=1,
        )
        for stories, first in ((a, 0), (b, 2))
    ]
    return np.column_stack([*sides, spans[:, 4:]])


def compared(a: str, b: str, *, status: list[int] | None = None) -> tuple[dict[str, int], Any, Any]:
    """Align two texts; return the measures by name, the passages and the changes."""
    text, offsets = pack([a.encode(), b.encode()])
    line_offsets = lines_of(text, offsets)
    line_status = np.array(status or [BODY] * int(line_offsets[-1]), np.uint8)
    arrays, pair = (text, offsets, line_status, line_offsets), (np.array([0]), np.array([1]))
    found = align(native, *arrays, *pair)
    assert_same(found, align(reference, *arrays, *pair))
    return dict(zip(COLUMNS, found[0][0].tolist(), strict=True)), found[2], found[4]


def edited(words: list[str], random: Random) -> list[str]:
    """Cut, replace, insert, misspell and repeat words of a text."""
    words = list(words)
    for _ in range(random.randrange(10)):
        first, last = sorted(random.choices(range(len(words) + 1), k=2))
        match random.randrange(8):
            case 0:
                words = words[:first] + words[last:]
            case 1:
                words[last:last] = words[first:last]
            case 2:
                words[first:first] = random.choices(VOCABULARY, k=random.randrange(9))
            case 3:
                words[first : first + random.randrange(9)] = []
            case 4:
                words[first : first + 1] = [word[:-1] + "x" for word in words[first : first + 1]]
            case _:  # a stretch most of whose words stay
                for k in range(first, min(first + random.randrange(30), len(words))):
                    if random.random() < 0.3:
                        words[k] = random.choice(VOCABULARY)
    return words[:200]


def made(seed: int) -> list[bytes]:
    """A text, two edited copies and an unrelated text; some with bytes that are not UTF-8."""
    random = Random(seed)
    vocabulary = VOCABULARY[: random.choice([3, 12, *[len(VOCABULARY)] * 4])]
    base = random.choices(vocabulary, k=random.randrange(random.choice([20, 120])))
    copies = [base, edited(base, random), edited(base, random), list(VOCABULARY)]
    texts = [" ".join(words).encode() for words in copies]
    if random.random() < 0.2:
        texts[1] = texts[1][:20] + random.choice([b"\xff", b"\xe2\x80"]) + texts[1][20:]
    return texts


families = st.integers(0, 2**64).map(made)
rules = st.tuples(
    *(st.integers(2, 6), st.integers(2, 10), st.integers(0, 12), st.integers(0, 14)),
    *(st.integers(0, 4), st.sampled_from([0, 3, 64, 300]), st.sampled_from([0.3, 0.6, 2.0])),
    *(st.sampled_from([0.0, 0.5, 2.0]), st.integers(1, 7), st.integers(2, 9)),
    *(st.integers(1, 12), st.integers(1, 60)),
    st.sampled_from([0.0, 0.5, 0.8, 1.0]),
).map(lambda values: dict(zip(native.AlignRule.FIELDS, values, strict=True)))


@settings(max_examples=250, deadline=None)
@given(families, st.one_of(st.just(RULE), rules), st.data())
def test_native_equals_reference(texts: list[bytes], rule: Any, data: st.DataObject) -> None:
    text, offsets = pack(texts)
    line_offsets = lines_of(text, offsets)
    status = np.array(
        [data.draw(st.sampled_from([0, 0, 1, 2, 3, 4])) for _ in range(line_offsets[-1])]
    )
    a, b = np.divmod(np.arange(16), 4)
    arrays = (text, offsets, status.astype(np.uint8), line_offsets, a, b)
    wanted = {name: data.draw(st.booleans()) for name in ("passages", "changed", "skip_unrelated")}
    found = align(native, *arrays, rule=rule, **wanted)
    assert_same(found, align(reference, *arrays, rule=rule, **wanted))
    assert_same(found, align(native, *arrays, rule=rule, **wanted, threads=8))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**64), st.one_of(st.just(RULE), rules), st.booleans())
def test_many_stories_inside_one_large_one(seed: int, rule: Any, skip: bool) -> None:
    """What was matched of the large one is forgotten before its next pair."""
    random = Random(seed)
    parts = [random.choices(VOCABULARY, k=random.randrange(4, 60)) for _ in range(9)]
    small = [edited(part, random) if random.random() < 0.6 else part for part in parts]
    ends = parts[0] + random.choices(VOCABULARY, k=random.randrange(30)) + parts[-1]
    large = [[w for part in order for w in part] for order in (parts, random.sample(parts, 9))]
    text, offsets = pack([" ".join(words).encode() for words in [*large, *small, ends]])
    line_offsets = lines_of(text, offsets)
    status = np.array(random.choices([0, 0, 0, 1, 2, 3], k=int(line_offsets[-1])), np.uint8)
    b = np.array([*range(1, 12), *range(11, 1, -1), 0])
    a = np.array([0] * 11 + [1] * 10 + [1])
    arrays = (text, offsets, status, line_offsets, a, b)
    found = align(native, *arrays, rule=rule, skip_unrelated=skip)
    assert_same(found, align(reference, *arrays, rule=rule, skip_unrelated=skip))


@settings(max_examples=150, deadline=None)
@given(families)
def test_spans_lie_inside_the_texts(texts: list[bytes]) -> None:
    """Half open, in characters, passages apart in b; changes within passages."""
    decoded = [one.decode(errors="ignore") for one in texts]
    text, offsets = pack([one.encode() for one in decoded])
    line_offsets = lines_of(text, offsets)
    status = np.zeros(line_offsets[-1], np.uint8)
    a, b = np.divmod(np.arange(16), 4)
    found = align(native, text, offsets, status, line_offsets, a, b)
    measures, passage_offsets, passages, changed_offsets, changed = found
    for pair, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        row = dict(zip(COLUMNS, measures[pair].tolist(), strict=True))
        of_pair = passages[passage_offsets[pair] : passage_offsets[pair + 1]].tolist()
        for a_start, a_end, b_start, b_end, words, quoted in of_pair:
            assert 0 <= a_start < a_end <= len(decoded[x])
            assert 0 <= b_start < b_end <= len(decoded[y])
            assert 0 <= quoted <= words
        starts, ends = [p[2] for p in of_pair], [p[3] for p in of_pair]
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        for change in changed[changed_offsets[pair] : changed_offsets[pair + 1]].tolist():
            assert any(
                p[0] <= change[0] <= change[1] <= p[1] and p[2] <= change[2] <= change[3] <= p[3]
                for p in of_pair
            )
        assert 0 <= row["a_covered"] <= row["a_words"]
        assert 0 <= row["b_covered"] <= row["b_words"]
        # Edited words before the first hit and after the last one count as kept.
        assert row["a_hits"] <= min(row["a_end"] - row["a_first"], row["a_reach"])
        assert 0 <= row["a_first"] <= row["a_end"] <= row["a_words"]
        assert 0 <= row["a_first"] <= row["a_end"] <= row["a_words"]
        assert row["long_prose"] <= row["long_words"] <= row["shared"]
        assert row["shared_shingles"] <= min(row["b_shingles"], row["shared"])
        assert max(row["quoted"], row["doubtful"]) <= row["shared"]


@settings(max_examples=100, deadline=None)
@given(families)
def test_a_story_covers_itself(texts: list[bytes]) -> None:
    text, offsets = pack(texts)
    line_offsets = lines_of(text, offsets)
    status = np.zeros(line_offsets[-1], np.uint8)
    every = np.arange(4)
    found = align(native, text, offsets, status, line_offsets, every, every)
    for values in found[0].tolist():
        row = dict(zip(COLUMNS, values, strict=True))
        assert row["a_words"] == row["b_words"]
        if row["a_words"] >= RULE["run_words"]:  # one run, long enough to count by itself
            assert row["a_covered"] == row["b_covered"] == row["shared"] == row["a_words"]
            assert row["shared_shingles"] == row["a_shingles"] == row["b_shingles"]
        assert row["identical"] == (row["a_words"] > 0)
    assert not found[4].size


@settings(max_examples=150, deadline=None)
@given(st.integers(12, 150), st.data())
def test_a_slice_of_a_story_is_covered(size: int, data: st.DataObject) -> None:
    """Twelve words in a row, none twice, are found wherever they stand."""
    words = [f"w{n}" for n in data.draw(st.permutations(range(size)))]
    first = data.draw(st.integers(0, size - 12))
    last = data.draw(st.integers(first + 12, size))
    whole, part = " ".join(words), " ".join(words[first:last])
    row, passages, changed = compared(whole, part)
    assert row["b_covered"] == row["b_words"] == row["shared"] == last - first
    assert (row["a_first"], row["a_end"], row["a_hits"]) == (first, last, last - first)
    assert (
        [whole[a:b] for a, b, *_ in passages]
        == [part]
        == [part[c:d] for _, _, c, d, *_ in passages]
    )
    assert not len(changed)
    assert row["identical"] == (part == whole)


WIRE = (
    "The finance minister resigned on Monday after a week of talks with the leaders of her party. "
    "She said that the budget could not be carried through parliament before the summer recess. "
    "A successor will be named on Friday, her office wrote in a short statement to reporters."
)


def test_changes_are_separate() -> None:
    copy = WIRE.replace("Monday", "Tuesday").replace(" short", "").replace("Friday", "Friday night")
    row, passages, changed = compared(WIRE, copy)
    assert len(passages) == 1
    assert [(WIRE[a:b], copy[c:d]) for a, b, c, d in changed.tolist()] == [
        *(("Monday", "Tuesday"), ("", "night"), ("short", ""))
    ]
    assert row["identical"] == 0
    assert (row["a_words"], row["b_words"]) == (48, 48)
    assert row["a_covered"] == row["b_covered"] == 48  # the sentences are edited, not added


def test_misspelt_words_are_alike() -> None:
    noisy = WIRE.replace("resigned", "reslgned").replace("parliament", "parl1ament")
    row, passages, _ = compared(WIRE, noisy)
    assert row["shared"] == row["a_words"] == row["b_words"]
    assert len(passages) == 1


def test_growth_skips_evenly_and_in_a_first() -> None:
    run = "The minister resigned on Monday after a week of talks"
    a, b = f"{run} pear quince pear walnut", f"{run} quince pear quince cherry"
    _, passages, changed = compared(a, b)
    assert [(a[i:j], b[k:m]) for i, j, k, m, *_ in passages] == [
        (f"{run} pear quince pear", f"{run} quince pear")
    ]
    assert [(a[i:j], b[k:m]) for i, j, k, m in changed] == [("pear", "")]


def test_short_coincidences_are_no_passages() -> None:
    other = "Shares fell on Monday after a week of talks between the carmaker and its main lenders."
    row, passages, _ = compared(WIRE, other)
    assert not len(passages)
    assert row["shared"] == row["b_covered"] == 0


def test_characters_not_bytes() -> None:
    before = "Ünïcödé — 中文 😀 "
    row, passages, _ = compared(WIRE, before + WIRE)
    assert passages[:, :4].tolist() == [[0, len(WIRE) - 1, len(before), len(before + WIRE) - 1]]
    assert row["b_words"] - row["a_words"] == 3


def test_doubtful_lines_count_only_where_they_match() -> None:
    a, b = f"Minister gone at last\n\n{WIRE}", f"By our own reporter\n\n{WIRE}"
    row, _, _ = compared(a, b, status=[DOUBTFUL, BODY, DOUBTFUL, BODY])
    assert row["a_words"] == row["b_words"] == row["b_covered"] == row["shared"] == 48
    assert (row["doubtful"], row["identical"]) == (0, 0)
    row, _, _ = compared(a, a, status=[DOUBTFUL, BODY, DOUBTFUL, BODY])
    assert (row["a_words"], row["doubtful"], row["identical"]) == (52, 4, 1)
    row, _, _ = compared(a, b, status=[FURNITURE, BODY, BODY, BODY])
    assert (row["a_words"], row["b_words"], row["identical"]) == (48, 52, 0)


def test_quoted_words_are_counted() -> None:
    quote = "“we will not be moved by any threat from anyone in this town or the next”"
    _, passages, _ = compared(f"He said {quote} and left.", f"Later came {quote} on air.")
    words = len(quote.split())
    assert passages[:, 4:].tolist() == [[words, words]]
    row, _, _ = compared(f"He said {quote} and left.", f"Later came {quote} on air.")
    assert (row["quoted"], row["long_words"], row["long_prose"]) == (words, words, 0)


def test_many_pairs_in_threads() -> None:
    """More pairs than a chunk; stories as far apart as any number the native kernel keeps."""
    rng = np.random.default_rng(8)
    base = rng.choice(VOCABULARY, 150).tolist()
    texts = [" ".join(base[cut : cut + 50]).encode() for cut in rng.integers(0, 100, 2200).tolist()]
    text, offsets = pack(texts)
    line_offsets = lines_of(text, offsets)
    status = rng.choice([BODY, BODY, DOUBTFUL, FURNITURE, STANDING, WEAK], line_offsets[-1]).astype(
        np.uint8
    )
    a, b = np.zeros(2199, np.int64), np.arange(1, 2200)
    arrays = (text, offsets, status, line_offsets, a, b)
    once = align(native, *arrays)
    assert once[1][-1] > 500
    assert_same(once, align(native, *arrays, threads=2))
    assert_same(once, align(native, *arrays, threads=8))
    first = status[: line_offsets[1]]
    for number in b.tolist():
        second = status[line_offsets[number] : line_offsets[number + 1]]
        alone = align(
            native,
            *pack([texts[0], texts[number]]),
            np.concatenate([first, second]),
            np.cumsum([0, first.size, second.size]),
            *(np.array([0]), np.array([1])),
        )
        assert alone[0][0].tolist() == once[0][number - 1].tolist()


def test_of_a_frequent_seed_the_first_64_places_are_tried() -> None:
    places = [f"one two three four w{n}" for n in range(90)]
    for n in (0, 1, 62, 63, 64, 65, 88):
        part = f"{places[n]} one two three and not much else"
        row, _, _ = compared(" ".join(places), part)
        assert row["shared"] == (8 if n < 64 else 0)


def test_columns_have_the_names_that_relations_use() -> None:
    assert native.MEASURES == reference.MEASURES == COLUMNS


def test_settings_have_the_names_of_the_configuration() -> None:
    assert native.AlignRule.FIELDS == reference.AlignRule.FIELDS
    ours, theirs = native.AlignRule(**RULE), reference.AlignRule(**RULE)
    for name in native.AlignRule.FIELDS:
        assert getattr(ours, name) == getattr(theirs, name) == RULE[name]


@BOTH
def test_settings_are_passed_by_name_and_all_of_them(kernels: Any) -> None:
    with pytest.raises(TypeError):
        kernels.AlignRule(*RULE.values())
    with pytest.raises(TypeError, match="gap_words"):
        kernels.AlignRule(**{name: value for name, value in RULE.items() if name != "gap_words"})
    with pytest.raises(TypeError, match=r"gap_word\b"):
        kernels.AlignRule(**RULE, gap_word=1)


def test_a_setting_of_another_type_is_no_setting() -> None:
    with pytest.raises(TypeError, match="gap_words"):
        native.AlignRule(**{**RULE, "gap_words": 0.5})


@BOTH
def test_arrays_are_checked(kernels: Any) -> None:
    text, offsets = pack([b"One.\nTwo.", b"Three."])
    lines, status = np.array([0, 2, 3]), np.zeros(3, np.uint8)
    one, two = np.array([0]), np.array([1])
    for arguments, message in (
        ((text, offsets, status, lines, one, np.array([2])), "pair 0: story numbers are 0"),
        ((text, offsets, status, lines, np.array([-1]), two), "pair 0: story numbers are 0"),
        ((text, offsets, status, lines, one, lines), "b: 3 values, expected 1"),
        ((text, offsets, status, lines[:2], one, two), "line_offsets: 2 values, expected 3"),
        ((text, offsets, status, np.array([0, 1, 3]), one, two), "line_status of a story"),
        ((text, np.array([0, 9, 99]), status, lines, one, two), "offset 99 is not between"),
    ):
        with pytest.raises(ValueError, match=message):
            align(kernels, *arguments)


def test_positions_in_a_long_text_are_in_characters() -> None:
    """Of one byte to four, thousands in a row, with what is shared at the end."""
    before = "é" * 2100 + " " + "雨" * 3000 + " 𝄞 " + "ж" * 700 + ". "
    shared = "The last tram left the depot at noon and nobody was on board."
    text, offsets = pack([(before + shared).encode(), shared.encode()])
    lines, status = lines_of(text, offsets), np.zeros(lines_of(text, offsets)[-1], np.uint8)
    _, _, passages, *_ = align(
        native, text, offsets, status, lines, np.array([0]), np.array([1]), changed=False
    )
    start, end = passages[0][:2].tolist()
    assert (before + shared)[start:end] == shared.removesuffix(".")


def test_all_vector_instructions_find_the_same() -> None:
    """Of texts with gaps of all lengths, and of more words than a vector or a filter's word."""
    random = Random(11)
    base = random.choices([f"w{n}" for n in range(400)], k=900)
    copies = [base, edited(base, random), base[::-1], edited(base[300:], random), base[:17]]
    texts = [" ".join(words).encode() for words in (*copies, *(c[::2] for c in copies))]
    text, offsets = pack(texts)
    lines = lines_of(text, offsets)
    a, b = np.divmod(np.arange(len(texts) ** 2), len(texts))
    arrays = (text, offsets, np.zeros(lines[-1], np.uint8), lines, a, b)
    rule = {**RULE, "gap_words": 255}
    expected = align(reference, *arrays, rule=rule)
    for level in each_level():
        np.testing.assert_equal(align(native, *arrays, rule=rule)[0], expected[0], level)
        assert_same(align(native, *arrays, rule=rule), expected)
