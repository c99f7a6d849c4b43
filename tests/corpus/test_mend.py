"""Marked-up and damaged texts: what is seen of them, in place, and how they relate."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect.cli import main
from dupdetect.corpus.mend import mend, mend_pair
from tests.support.disguises import DISGUISES, made_story, plain, seen


def words(text: str) -> list[str]:
    return [word.replace("\u2060", "") for word in dupdetect.shingles(text).words]


PIECES = st.sampled_from(
    (
        *("<p>", "</p>", "<b>", "</b>", "<br/>", "<!--", "-->", "<script>", "</script>", "<", ">"),
        *('<a href="x">', "</a>", "&lt;p&gt;", "&lt;/p&gt;", "&amp;", "&", ";", "#", "&eacute"),
        *(
            "&amp;amp;lt;",
            "&#8217;",
            "&nbsp;",
            "Ä",
            "İ",
            "word",
            "Word.",
            " ",
            "\n",
            "\r\n",
            "\n\n",
        ),
        *("Ã©", "Ã ", "â€™", "Â", "ÃƒÂ©", "\x92", "\x85", "=\n", "=C3=A9", "\ufffd", "\U0001f600"),
        *("[word](http://a.example)", "![", "](", "[", "«", "“", "’", "'", '"', "é", "É", "»"),
        "Forty letters and more of a line that is one\nof many ",
    )
)


@settings(deadline=None)  # what is seldom needed is imported late
@given(st.lists(PIECES, max_size=40).map("".join))
def test_every_character_keeps_its_place(raw: str) -> None:
    assert len(mend(raw)) == len(raw)


@settings(deadline=None)  # what is seldom needed is imported late
@given(st.lists(PIECES, max_size=40).map("".join))
def test_what_was_mended_is_plain(raw: str) -> None:
    raw = raw.replace("lt;", "")  # a tag that was escaped is one to be read, and looks like one
    once = mend(raw).replace("\u2060", "")  # the fill inside words, which nobody writes
    assert words(mend(once)) == words(once)


@pytest.mark.parametrize(
    "text",
    [
        "I <3 Senn; a < b and c > d, x<y>z, if a <b and c> d, List<String>, <name@mail.example>",
        "AT&T and R&D, Q&A; see http://a.example/?a=1&copy=2&lang=en, Barnes & Noble",
        "CAFÉ» is shut. JOSÉ” said À…, Ñ“, “ÎLE”, «Ã» and ß– too.",
        "Fish\nSoup with bread\nLamb of the valley with beans\nA pear\nCheese\nCoffee or tea\n",
        "A sum = 3\nB sum = 4, x=3D",
        "Roses grow by the mill\n\nOwls live above the stones\n\nSwifts nest in the loft of it",
        "See [1], [the note] (below) and f[0](x).",
        "\n".join(
            f"{place}. Team of the {place}th town won by {place} points" for place in range(9)
        ),
    ],
)
def test_what_only_looks_marked_up_stays(text: str) -> None:
    assert mend(text) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<P>re<b><i>mark</i></b>s of the <i>Times</i>’s</P>", "remarks of the Times’s"),
        ("caf&eacute owner&#39;s &lsquo;bar&rsquo r&eacutesum&eacute", "café owner's ‘bar’ résumé"),
        ("&amp;lt;3 &amp;#8217;s &amp;amp; more", "<3 ’s & more"),
        ("<td>one</td><td>two</td><tr>three", "one two three"),
        ("a<script>x = '<p>'</script>b<style>c</style>d<!-- e <p> -->f<svg>g</svg>", "a b d f"),
        ('<a title="x > y" href=z>one</a>,two', "one two"),
        ("voilÃ la cÃ´te dâ€™Azur, ÃƒÂ©tÃƒÂ©", "voilà la côte d’Azur, été"),
        ("dâ€™Azur â€œouiâ€�", "d’Azur “oui”"),
        ("It\x92s \x93so\x94", "It’s “so”"),
        ("<p>Senn Bank <TD.TO> and <A.N> rose <y> here", "Senn Bank TD TO and A N rose y here"),
        ("<![CDATA[Fog & rain]]> <br>", "Fog & rain"),
        ("The [ferry](https://a.example/b_(c)) ![map](http://a.example/m) sank", "The ferry sank"),
    ],
)  # fmt: skip
def test_words_are_those_a_reader_sees(raw: str, expected: str) -> None:
    assert words(mend(raw)) == words(expected)


def test_words_hyphenated_by_the_typesetter_are_whole() -> None:
    lines = ["The old mill at Senn was sold on Fri-", "day for the price of a cow, and inter-"]
    lines += ["national guests want to bake there", "by spring, as the well-known ow-"]
    lines += ["ner of it said to the council of", "the valley before noon on Monday"]
    seen_words = words(mend("\n".join(lines)))
    assert {"Friday", "international", "owner"} <= set(seen_words)
    assert "well" in seen_words


@pytest.mark.parametrize("name", DISGUISES)
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_disguised_copies_relate_as_plain_ones(name: str, seed: int) -> None:
    story = made_story(seed)
    disguised = DISGUISES[name](story)
    for other in (story, story[:2], story[1:], [*story[:2], *made_story(seed + 1)]):
        found = dupdetect.compare(disguised, plain(other))
        expected = dupdetect.compare(plain(story), plain(other))
        assert (found.kind, found.kept) == (expected.kind, expected.kept)
        assert found.a_coverage == pytest.approx(expected.a_coverage, abs=0.05)


@pytest.mark.parametrize("name", [name for name in DISGUISES if not re.search("lost|semi", name)])
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_spans_are_places_in_the_raw_text(name: str, seed: int) -> None:
    story = made_story(seed)
    disguised, other = DISGUISES[name](story), plain(story[1:3])
    found = dupdetect.compare(disguised, other)
    assert found.passages
    for passage in found.passages:
        ours = (passage.a_start, passage.a_end), (passage.b_start, passage.b_end)
        (start, end), (from_, to) = ours if found.a == "a" else ours[::-1]
        assert seen(disguised[start:end], name) == seen(other[from_:to], "")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_lost_letters_come_back_from_the_other_text(seed: int) -> None:
    story = plain(made_story(seed))
    damaged = DISGUISES["lost"](made_story(seed))
    mended, _ = mend_pair(damaged, story)
    letters = [(a, b) for a, b in zip(mended, story, strict=True) if b.isalpha()]
    assert sum(a == b for a, b in letters) > 0.99 * len(letters)


@pytest.mark.parametrize("field", ["text", "body", "content_html"])
def test_in_any_field_and_the_clean_copy_stays(field: str, tmp_path: Path) -> None:
    rows = []
    for seed, (name, make) in enumerate(DISGUISES.items()):
        story = made_story(seed)
        for copy, text in ((f"a {name}", make(story)), (f"clean {name}", plain(story))):
            rows.append({"id": copy, field: text, "publisher": copy})
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert main(["cluster", str(path), "-o", str(tmp_path / "out"), "-q"]) == 0
    out = (tmp_path / "out" / "clusters.jsonl").read_text()
    homes = {row["id"]: row["cluster"] for row in map(json.loads, out.splitlines())}
    for name in DISGUISES:
        assert homes[f"a {name}"] == homes[f"clean {name}"]
        if "wrapped" not in name and "soft" not in name:  # which are no damage
            assert homes[f"a {name}"] == f"clean {name}"


@pytest.mark.parametrize(
    "hostile",
    [
        *("<!--", "<script>", "<a", "</", "<p ", '<p "', "<p a='", "<a b=", "&lt;p ", "&a", "&#1"),
        *("&amp;", "[a](", "](/", "Ã", "Ã©", "=\n", "a\n", " \n", "forty letters of it \n"),
        *("\ufffd", "a\ufffd "),
    ],
)
def test_hostile_text_takes_no_more_time_than_other(hostile: str) -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        mend(text)
        return time.process_time() - began

    ordinary = max(seconds("<p>some words &amp; Ã©</p>\n" * 8_000), 0.01)
    assert seconds(hostile * (200_000 // len(hostile))) < 12 * ordinary
