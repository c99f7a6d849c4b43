"""Words, sentences, quotations and lines: native against reference, and against examples."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

import _dupdetect as native
import numpy as np
import pytest
import xxhash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dupdetect.kernels import reference
from tests.support.vector_levels import each_level

SENTENCE, QUOTED, LINE = 1, 2, 4

PIECES = (
    *("word", "Word", "x", "X", "Mr", "Sen", "U.S.", "a.m.", "p.", "end.of", "End.Of", "co-op"),
    *("7", "1999", "٣", "²", "½", "é", "e\u0301", "ß", "ﬁ", "Łódź", "Ærø", "İ", "Ｗ", "ﷺ"),
    *("中文", "日本ですが", "ภาษาไทย", "ລາວ", "ខ្មែរ", "မြန်မာ", "한국어"),
    *("हिन्दी", "العربيـة", "עברית", "Ελλάς", "Москва"),
    *("don't", "don’t", "boys’", "'quoted'", "l`a", "`", "'", "’s"),
    *(".", "...", "…", "!", "?!", "。", "？", "؟", "।", ",", ";", ":", "-", "—", "/", "&", "*"),
    *('"', "“", "”", "«", "»", "„", "‟", "「", "」", "‘", "(", ")", "[", "]", "＂"),
    *(" ", "  ", "\t", "\u00a0", "\u3000", "\u200d", "\u00ad", "\ufeff", "\x00"),
    *("\n", "\n\n", "\r\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029", ".\n", ",\n"),
    *("\U0001f600", "\U00020000", "\U0001d400", "\ufffd", "\u0301"),
)
BROKEN = (
    *(b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc2", b"\xe2\x80", b"\xe0\x81\x81"),
    *(b"\xed\xa0\x80", b"\xf0\x80\x80\x8a", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5", b"\xff"),
)

GAPS = (
    " ",
    " ",
    "\n",
    "\n\n",
    "\r\n",
    ". ",
    ".\n",
    ", ",
    " - ",
    "\n- ",
    "“",
    "”",
    '"',
    "。",
    "...",
    "\n\r",
)

news = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.lists(
        st.tuples(st.sampled_from(PIECES[:20]), st.sampled_from(GAPS)).map("".join), max_size=25
    ).map("".join),
)
posts = st.lists(
    st.one_of(
        st.sampled_from(["Sad! ", "word ", "— Ann Lee ", " - Ann ", "-- ", "– ", "\n", ".\n\n"]),
        st.sampled_from(
            ["(@ann_lee)", "(@a) ", "(@a\n)", "(@", " March 3, 2019", " 2019 ", "”", '"']
        ),
        st.integers(55, 110).map("word ".__mul__),
    ),
    max_size=12,
).map("".join)
LINKS = (
    *("Mayor ", "Orla ", "Venn ", "Orla Venn Orla Anne Venn", "VennCrane ", "sold ", "MORE "),
    *("MORE", "MORE’s ", "Ağa AğaBoat ", "\n", ". ", "word " * 60, "Venné "),
    *("Ada van Loon Ada van LoonBoat ", "van ", "beyond "),
)
links = st.lists(st.sampled_from(LINKS), max_size=16).map("".join)
SAID = (
    "VENN: ",
    "MAYOR VENN: ",
    "Venn: ",
    "VENN",
    "We had ships. ",
    "no ",
    "\n",
    "Is it? ",
    "A: ",
    ": ",
)
transcripts = st.lists(st.sampled_from(SAID), max_size=14).map("".join)
broken = st.lists(
    st.one_of(
        st.sampled_from(PIECES).map(str.encode), st.sampled_from(BROKEN), st.binary(max_size=4)
    ),
    max_size=30,
).map(b"".join)
texts = st.one_of(
    news.map(str.encode),
    posts.map(str.encode),
    links.map(str.encode),
    broken,
    st.text().map(str.encode),
    st.binary(),
)


def assert_same(text: bytes) -> None:
    data = np.frombuffer(text, np.uint8)
    expected = reference.prepare(data)
    for level in each_level():
        for ours, theirs in zip(native.prepare(data), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs, strict=True, err_msg=level)


def prepared(text: str | bytes) -> tuple[Any, ...]:
    data = text.encode() if isinstance(text, str) else text
    assert_same(data)
    found: tuple[Any, ...] = native.prepare(np.frombuffer(data, np.uint8))
    return found


def words(text: str) -> list[str]:
    _, starts, ends, *_ = prepared(text)
    data = text.encode()
    return [data[a:b].decode() for a, b in zip(starts, ends, strict=True)]


def marked(text: str, mark: int) -> list[str]:
    """Return the words that bear a mark."""
    marks = prepared(text)[3]
    return [word for word, bits in zip(words(text), marks, strict=True) if bits & mark]


def lines(text: str) -> list[tuple[str, bool]]:
    """Return each line's words and whether it ends a sentence."""
    every = words(text)
    return [(" ".join(every[first:last]), bool(ends)) for first, last, ends in prepared(text)[6]]


@settings(max_examples=400, deadline=None)
@given(texts)
@example(b"")
@example(b"\r\n\r\n")
@example(b".")
@example(b"a.")
@example(b"a.b")
@example(b"\xe4\xb8")
@example(b"one\n\xe2\x80\x9ctwo\xe2\x80\x9d three\nfour")
def test_native_equals_reference(text: bytes) -> None:
    assert_same(text)


@pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
@pytest.mark.parametrize(
    "bad",
    [
        *(b"\xc1\xa1", b"\xe0\x81\xa1", b"\xe0\x9f\xbf", b"\xf0\x80\x81\xa1", b"\xf0\x8f\xbf\xbf"),
        *(b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80", b"\xed\xa1\x8c\xed\xbe\xb4"),
    ],
)
def test_overlong_forms_and_surrogates_are_no_characters(kernels: Any, bad: bytes) -> None:
    text = b"before" + bad + b"after"
    _, starts, ends, *_ = kernels.prepare(np.frombuffer(text, np.uint8))
    assert [text[a:b] for a, b in zip(starts, ends, strict=True)] == [b"before", b"after"]


def test_the_characters_beside_those_are_words() -> None:
    for point in (0x7FF, 0x800, 0xD7FF, 0xFFFF, 0x10000, 0x10FFFF):
        assert_same(f"a{chr(point)}b".encode())
    assert words("a\u0800b 힣 a\U00010000b") == ["a\u0800b", "힣", "a\U00010000b"]


@pytest.mark.parametrize("kernels", [native, reference], ids=["native", "reference"])
def test_a_text_of_4_gib_is_refused(kernels: Any) -> None:
    text = np.zeros(2**32, np.uint8)  # never touched
    with pytest.raises(ValueError, match="4294967296 bytes in one story, expected less than 4 GiB"):
        kernels.prepare(text)


def test_code_points() -> None:
    """Every assigned one but of ideographs and Hangul, and a sample of everything."""

    def many_alike(point: int) -> bool:
        return unicodedata.name(chr(point), "HANGUL").startswith(("CJK UNI", "HANGUL", "TANGUT"))

    points = [p for p in range(0x20000) if not many_alike(p)]
    points += [*range(0xE000, sys.maxunicode, 61), *range(0x3400, 0xD800, 61), sys.maxunicode]
    assert_same("".join(f"a{chr(p)}b " for p in points).encode())


@settings(max_examples=150, deadline=None)
@given(texts)
def test_spans_and_lines_partition_the_text(text: bytes) -> None:
    hashes, starts, ends, marks, zeroed, masks, rows, flowing = prepared(text)
    assert {len(one) for one in (starts, ends, marks, zeroed, masks)} == {len(hashes)}
    assert (starts < ends).all()
    assert (ends[:-1] <= starts[1:]).all()
    assert not len(ends) or ends[-1] <= len(text)
    assert [a for a, _, _ in rows] == [0, *(b for _, b, _ in rows)][: len(rows)]
    assert (rows[-1][1] if len(rows) else 0) == len(hashes)
    assert all(marks[a] & SENTENCE for a, _, _ in rows)
    first_words = [a for a, _, _ in rows]
    lines = np.flatnonzero(marks & LINE).tolist()
    longest = np.diff([*lines, len(hashes)]).max(initial=0)  # of more than 150 words: sentences
    assert flowing or longest > 150 or (rows[:, 2] & 4).any() or first_words == lines


def test_token_hashes_are_those_of_xxhash() -> None:
    rng = np.random.default_rng(1)
    letters = bytes(rng.integers(ord("a"), ord("z") + 1, 2000, dtype=np.uint8))
    assert len(prepared(b"")[0]) == 0
    for length in range(1, 2001):
        word = letters[:length]
        hashes = native.prepare(np.frombuffer(word, np.uint8))[0]
        assert hashes.tolist() == [xxhash.xxh3_64_intdigest(word)]


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("Władysław", "wladyslaw"), ("ÉCOLE", "ecole"), ("Straße", "strasse"), ("ﬁn", "fin"),
        ("Don’t", "dont"), ("Ｗｉｄｅ", "wide"), ("A.M", "a"), ("a.m", "am"), ("٣", "3"),
        ("soft\u00adhyphen", "softhyphen"), ("Ærø", "aero"), ("中", "中"),
    ],
)  # fmt: skip
def test_words_are_hashed_folded(raw: str, folded: str) -> None:
    assert prepared(raw)[0][0] == xxhash.xxh3_64_intdigest(folded.encode())


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(categories=["L", "M", "Nd", "Zs"]), max_size=30))
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    composed = prepared(unicodedata.normalize("NFC", text))
    decomposed = prepared(unicodedata.normalize("NFD", text))
    assert composed[0].tolist() == decomposed[0].tolist()


def test_what_is_a_word() -> None:
    assert words("It’s the U.S. at 9 a.m. — co-op, rock 'n' roll") == [
        *("It’s", "the", "U", "S", "at", "9", "a.m", "co", "op", "rock", "n", "roll")
    ]
    assert words("日本のNHKは") == ["日", "本", "の", "NHK", "は"]
    assert words("caf\u00e9 cafe\u0301s") == ["café", "cafe\u0301s"]
    assert words("") == words(" .\n\u0301") == []


def test_what_ends_a_sentence() -> None:
    said = "Mr. Lee met Sen. Roe in the U.S. capital. “We won!” she said. Why? No. 10"
    assert marked(said, SENTENCE) == ["Mr", "We", "she", "Why", "No"]
    assert marked("He left Iowa. We left Texas. They stayed, e. They did, ok. So", SENTENCE) == [
        *("He", "They", "So")
    ]
    assert marked("他来了。我走了。", SENTENCE) == ["他", "我"]
    assert marked("first\nSecond, and\nstill second\n\nThird", SENTENCE) == [
        *("first", "Second", "Third")
    ]


def test_what_is_quoted() -> None:
    assert marked("He said “we won” and “they\n\nlost the game", QUOTED) == ["we", "won", "they"]
    assert marked('a "b c" d', QUOTED) == ["b", "c"]
    assert marked("«a» b „c” d", QUOTED) == ["a", "c"]
    # A wrapped line goes on inside the quotation.
    assert marked("He said “we won\nthe game” today", QUOTED) == ["we", "won", "the", "game"]


def test_lines() -> None:
    assert lines("Headline here\r\n\r\nIt ended.\nBy Al Roe") == [
        ("Headline here", False), ("It ended", True), ("By Al Roe", False),
    ]  # fmt: skip
    assert lines("A wrapped\nsentence. Next\n“quoted” line") == [
        ("A wrapped sentence Next", False), ("quoted line", False),
    ]  # fmt: skip
    # Only a single line break between plain words wraps.
    for broken in ("one\n\ntwo", "one\n- two", "one —\n\rtwo", "one\nTwo", "one...\ntwo"):
        assert len(lines(broken)) == 2
    wrapped = lines("One -\ntwo\r\nthree)\n four\u2028five\n\nSix")
    assert [text for text, _ in wrapped] == ["One two three four five", "Six"]
    # Without line breaks the sentences stand in for lines.
    assert lines("One two. Three four") == [("One two", True), ("Three four", True)]
    assert [prepared(text)[7] for text in ("One two.", "One.\nTwo.", "")] == [True, False, False]


def test_digits_count_as_zero_for_repetition() -> None:
    plain, first, second = (prepared(text) for text in ("page", "page1of23", "page9of45"))
    assert first[0] != second[0]
    assert first[4] == second[4] == xxhash.xxh3_64_intdigest(b"page0of00")
    assert plain[0] == plain[4]


def test_letter_pairs_of_like_words_differ_from_those_of_unlike_ones() -> None:
    def dice(a: str, b: str) -> float:
        x, y = (int(prepared(word)[5][0]) for word in (a, b))
        return 2 * (x & y).bit_count() / (x.bit_count() + y.bit_count())

    assert dice("resolution", "resolutions") > 0.8
    assert dice("goverment", "government") > 0.6
    assert dice("president", "cathedral") < 0.4
    assert prepared("the")[5].tolist() == prepared("né")[5].tolist() == [0]
    assert prepared("ниже")[5][0] == prepared("НИЖЕ")[5][0] != 0


def quoted_words(text: str) -> str:
    """Return the words of a text that stand in a quotation."""
    data = np.frombuffer(text.encode(), np.uint8)
    _, starts, ends, marks, *_ = native.prepare(data)
    rows = zip(starts, ends, marks, strict=True)
    return " ".join(bytes(data[a:b]).decode() for a, b, mark in rows if mark & QUOTED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "no, never" and left.', "no never"),
        ('A 27" screen that he called "big" and sold.', "big"),
        ('The "old boat. "Nobody is glad," he said. It is late.', "old boat Nobody is glad"),
        ('Late," he said. "So late."', "So late"),
        ("Er sagte: „Nein, nie“ und ging.", "Nein nie"),
        ("Er sagte: »Nein, nie« und ging.", "Nein nie"),
        ("Il a dit « non, jamais » et partit.", "non jamais"),
        ('One ("two") three-"four" five', "two four"),
    ],
)  # fmt: skip
def test_marks_take_their_direction_from_the_spaces_beside_them(text: str, expected: str) -> None:
    assert quoted_words(text) == expected


def test_what_is_too_long_is_no_quotation() -> None:
    text = "word " * 199 + "end"
    assert quoted_words(f'He said "{text}" twice') == text
    assert quoted_words(f'He said "{text} more" twice') == ""
    assert quoted_words(f'"{text}"\n\n"So late."') == f"{text} So late"
    # Fewer where no mark closes it before the line ends.
    text = "word " * 99 + "end"
    assert quoted_words(f'He said "{text}\n\n"So late."') == f"{text} So late"
    assert quoted_words(f'He said "{text} more\n\n"So late."') == "So late"
    assert quoted_words(f'He said "{text} more') == ""
    # Nor is a line broken amid a sentence its end.
    assert quoted_words(f'He said "{text}\nand more" twice') == f"{text} and more"


@pytest.mark.parametrize("dash", ["—", "–", "--", "-"])
def test_posts_are_quotations(dash: str) -> None:
    signed = f"{dash} Orla Venn (@orla_venn) March 3, 2019"
    words = "Orla Venn orla venn March 3 2019"
    assert (
        quoted_words(f"He left.\n\nSad and late! {signed}\n\nHe left.") == f"Sad and late {words}"
    )
    assert (
        quoted_words(f"So sad! {signed} Late! {signed} he wrote") == f"So sad {words} Late {words}"
    )
    assert quoted_words(f"So sad! {dash} Orla Venn (@orla_venn)\n\nHe left.") == (
        "So sad Orla Venn orla venn"
    )
    long = "word " * 70
    assert quoted_words(f"{long}{signed}") == ("word " * 60 + words)


@pytest.mark.parametrize(
    "text",
    [
        "The mayor — Orla Venn (@orla_venn) — did not answer.",
        "It was Orla Venn (@orla_venn) March 3, 2019",
        "She left — Orla Venn (@orla_venn_of_the_harbour_board) March 3, 2019",
        "It was sad —\n\nOrla Venn (@orla_venn) March 3, 2019",
        "It was sad — (@orla_venn) March 3, 2019",
    ],
)
def test_what_is_no_post(text: str) -> None:
    assert quoted_words(text) == ""


def lines_of(text: str) -> list[tuple[str, bool]]:
    """Return the lines of a text, and which are lists of links."""
    data = np.frombuffer(text.encode(), np.uint8)
    _, starts, ends, _, _, _, rows, _ = native.prepare(data)
    return [(bytes(data[starts[a] : ends[b - 1]]).decode(), bool(end & 4)) for a, b, end in rows]


@pytest.mark.parametrize("joint", ["", " "])
def test_lists_of_links_inside_paragraphs(joint: str) -> None:
    listed = f"Orla Anne Venn{joint}Crane sold Board: it's late Five takeaways MORE"
    other = f"Ivo Pell{joint}No MORE"
    text = f"Late.\n\nMayor Orla Venn {listed} opened the market. Ivo Pell {other}.\n\nRain"
    assert lines_of(text) == [
        ("Late", False),
        ("Mayor Orla Venn", False),
        (listed, True),
        ("opened the market. Ivo Pell", False),
        (other, True),
        ("Rain", False),
    ]


@pytest.mark.parametrize("end", ["'s", "\u2019s"])
def test_a_list_of_links_ends_before_what_the_name_has(end: str) -> None:
    listed = f"Orla Anne VennCrane sold Board: it's late MORE{end}"
    lines = lines_of(f"They praised Mayor Orla Venn {listed} market.")
    assert lines == [("They praised Mayor Orla Venn", False), (listed, True), ("market", False)]


@pytest.mark.parametrize(
    "text",
    [
        "Mayor Orla Venn Orla Anne VennCrane sold MOREover",
        "Mayor Orla Venn Orla Anne VennCrane sold more of it",
        "Mayor Orla Venn said that VennCrane sold MORE",
        "Mayor Orla Venn " + "word " * 91 + "VennCrane MORE",
        "Mayor Orla Venn\nOrla VennCrane MORE",
        "She wants MORE. Orla Venn Orla VennCrane",
    ],
)
def test_what_is_no_list_of_links(text: str) -> None:
    assert not any(is_list for _, is_list in lines_of(text))


def test_transcripts_are_quotations() -> None:
    said = "VENN: We had ships. Is it late? PELL: Never. VENN: So it is."
    assert quoted_words(f"He asked.\n\n{said}\n\nThey left.") == (
        "VENN We had ships Is it late PELL Never VENN So it is"
    )
    said = "MAYOR ORLA VENN: We had ships.\n\nPELL: No.\n\nMAYOR ORLA VENN: So it is."
    assert quoted_words(f"He asked.\n\n{said}\n\nThey left.") == (
        "MAYOR ORLA VENN We had ships PELL No MAYOR ORLA VENN So it is"
    )
    # No name comes again: a dateline, an announcement.
    assert quoted_words("NEW QUAY: It rained. WHO: the mayor.\n\nWHEN: at noon.") == ""
    assert quoted_words("He asked VENN: no. They left VENN: no.") == ""
