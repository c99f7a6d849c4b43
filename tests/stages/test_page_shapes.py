"""Pages of unusual shape: by themselves through `compare`, among others through `cluster`."""

from __future__ import annotations

import random
from typing import Any

import pytest

import dupdetect
from tests.support.rules_texts import (
    BAKERY,
    FERRY,
    LIBRARY,
    ORCHARD,
    SKATER,
    STORIES,
    TUNNEL,
    paragraphs,
)

SYLLABLES = ("ba", "ko", "mi", "ren", "tal", "su", "vor", "ne", "lid", "quo", "pha", "zet")


def clustered(
    texts: dict[str, str], **more: dict[str, str]
) -> tuple[dict[str, Any], dict[Any, Any]]:
    """Cluster named texts; return the rows of the clusters and the relations by pair of names."""
    rows = [
        {"id": name, "text": text, **{field: of[name] for field, of in more.items() if name in of}}
        for name, text in texts.items()
    ]
    found = dupdetect.cluster(rows, relations="all")
    pairs = {(row["a"], row["b"]): row for row in found.relations.to_pylist()}
    return {row["id"]: row for row in found.clusters.to_pylist()}, pairs


def passages_of(row: dict[str, Any], texts: dict[str, str]) -> list[tuple[str, str]]:
    a, b = texts[row["a"]], texts[row["b"]]
    return [(a[i:j], b[k:m]) for i, j, k, m, *_ in row["passages"]]


def same_everywhere(texts: dict[str, str], pair: tuple[str, str]) -> dict[str, Any]:
    """Check that `compare` says of a pair what `cluster` says of it; return that."""
    _, pairs = clustered(texts)
    row: dict[str, Any] = pairs[pair]
    alone = dupdetect.compare(texts[pair[0]], texts[pair[1]])
    assert alone.a == "a"
    assert (alone.kind, alone.kept, alone.words) == (row["kind"], row["kept"], row["words"])
    shares = (row["a_coverage"], row["b_coverage"])  # written with four decimals
    assert (alone.a_coverage, alone.b_coverage) == pytest.approx(shares, abs=1.1e-4)
    assert row["passages"] == [
        [p.a_start, p.a_end, p.b_start, p.b_end, p.words, p.quoted_words] for p in alone.passages
    ]
    assert row["changed"] == [list(span) for p in alone.passages for span in p.changed]
    return row


FOOTER = (
    "The Evening Lantern is printed on Tuesdays and Fridays and costs two crowns; those who bring "
    "back ten old copies get a biscuit."
)


def test_no_publisher_field() -> None:
    """Six unrelated stories show a short line to be the site's, whoever prints it."""
    texts = {str(n): paragraphs(*story, FOOTER) for n, story in enumerate(STORIES)}
    texts["tail"] = paragraphs(*FERRY[5:], FOOTER)
    rows, pairs = clustered(texts)
    assert list(pairs) == [("0", "tail")]
    relation = pairs["0", "tail"]
    assert (relation["kind"], relation["kept"], relation["cut_after"]) == ("truncation", "tail", 0)
    assert relation["b_coverage"] == 1.0
    assert passages_of(relation, texts) == [(paragraphs(*FERRY[5:])[:-1],) * 2]
    assert rows["tail"]["publisher"] is None
    assert rows["tail"]["parent"] == "0"


def test_no_line_breaks() -> None:
    """A page whose lines ran together: sentences stand in for them."""
    texts = {
        "whole": " ".join(FERRY),
        "tail": f"{' '.join(FERRY[3:])} Sign up for our newsletter. {LIBRARY[3]}",
        "lines": paragraphs(*FERRY),
        "other": " ".join(ORCHARD),
    }
    row = same_everywhere(texts, ("whole", "tail"))
    assert (row["kind"], row["kept"], row["cut_before"]) == ("truncation", "tail", 56)
    # The sign-up sentence does not count, what was added does.
    assert row["b_coverage"] == pytest.approx(87 / (87 + 18), abs=5.1e-5)
    assert passages_of(row, texts) == [(" ".join(FERRY[3:])[:-1],) * 2]
    rows, pairs = clustered(texts)
    kinds = {frozenset(pair): relation["kind"] for pair, relation in pairs.items()}
    assert kinds == {
        frozenset(("whole", "lines")): "identical",
        frozenset(("whole", "tail")): "truncation",
        frozenset(("lines", "tail")): "truncation",
    }
    assert rows["other"]["canonical"]


def test_very_short_stories() -> None:
    texts = {
        "whole": paragraphs(*FERRY[:2]),
        "same": paragraphs(*FERRY[:2]).upper(),
        "edited": paragraphs(FERRY[0].replace("ninety", "90"), FERRY[1]),
        "first": FERRY[0],
        "few": "The night ferry to Gozo ran aground on a sandbank.",
        "seven": "The night ferry to Gozo ran aground.",
        "other": paragraphs(*ORCHARD[:2]),
        "empty": "",
    }
    assert len(texts["whole"].split()) < 40
    found = {name: dupdetect.compare(texts["whole"], texts[name]) for name in texts}
    assert {name: (f.kind, f.kept) for name, f in found.items()} == {
        "whole": ("identical", None),
        "same": ("identical", None),
        "edited": ("near_duplicate", None),
        "first": ("truncation", "head"),
        "few": ("truncation", "head"),
        "seven": ("none", None),
        "other": ("none", None),
        "empty": ("none", None),
    }
    assert found["first"].b_coverage == 1.0
    assert found["first"].a_coverage == pytest.approx(18 / 36)
    rows, _ = clustered(texts)
    home = {name: row["cluster"] for name, row in rows.items()}
    assert len({home[name] for name in ("whole", "same", "edited", "first")}) == 1
    assert [home[name] for name in ("seven", "other", "empty")] == ["seven", "other", "empty"]


def invented(rng: random.Random, count: int) -> list[str]:
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(count)]


def prose(tokens: list[str]) -> str:
    """Sentences of twelve words, four to a paragraph."""
    sentences = [" ".join(tokens[n : n + 12]).capitalize() + "." for n in range(0, len(tokens), 12)]
    return "\n".join(" ".join(sentences[n : n + 4]) for n in range(0, len(sentences), 4))


def test_very_long_stories() -> None:
    """50,000 words: copies, cuts of any length and a paragraph in another long text."""
    rng = random.Random(50)
    long = invented(rng, 50_000)
    texts = {
        "whole": prose(long),
        "edited": prose([w if rng.random() > 0.02 else "edited" for w in long]),
        "half": prose(long[24_000:]),
        "piece": prose(long[30_000:30_120]),
        "weaving": prose(invented(rng, 20_400) + long[9_600:9_660] + invented(rng, 19_200)),
        "other": prose(invented(rng, 50_000)),
    }
    rows, pairs = clustered(texts)
    found = {
        name: (row["kind"], row["kept"])
        for pair, row in pairs.items()
        if "whole" in pair
        for name in pair
    }
    del found["whole"]
    assert found == {
        "edited": ("near_duplicate", None),
        "half": ("truncation", "tail"),
        "piece": ("truncation", "middle"),
        "weaving": ("overlap", None),
    }
    assert pairs["whole", "half"]["cut_before"] == 24_000
    assert (pairs["whole", "piece"]["cut_before"], pairs["whole", "piece"]["cut_after"]) == (
        30_000, 50_000 - 30_120,
    )  # fmt: skip
    assert pairs["whole", "weaving"]["words"] == 60
    ((a, b),) = passages_of(pairs["whole", "weaving"], texts)
    assert a == b == prose(long[9_600:9_660])[:-1]
    home = {name: row["cluster"] for name, row in rows.items()}
    assert len({home[name] for name in ("whole", "edited", "half", "piece")}) == 1
    assert [home[name] for name in ("weaving", "other")] == ["weaving", "other"]


ITEMS = (
    "Boiled beetroot with horseradish", "Two kinds of rye bread", "Smoked eel from the lagoon",
    "Cabbage rolls in sour cream", "Plum dumplings", "Cold cherry soup", "Poppy seed cake",
    "Goat cheese with thyme", "Pickled mushrooms", "A jug of cider", "Walnut liqueur",
    "Coffee with cardamom",
)  # fmt: skip
TOOLS = (
    "Claw hammer", "Spirit level, brass", "Two chisels", "Hand drill with nine bits",
    "Folding rule", "Tin of nails", "Plumb line", "Smoothing plane", "Rasp", "Vice",
    "Marking gauge", "Glue pot",
)  # fmt: skip


def test_lists() -> None:
    """Lists have no sentences; they are compared by all their words."""
    texts = {
        "menu": paragraphs(*(f"• {item}" for item in ITEMS)),
        "numbered": paragraphs(*(f"- {item}" for item in ITEMS)),
        "starters": paragraphs(*(f"* {item}" for item in ITEMS[:7])),
        "tools": paragraphs(*(f"• {item}" for item in TOOLS)),
        "story": paragraphs(*LIBRARY),
    }
    row = same_everywhere(texts, ("menu", "starters"))
    assert (row["kind"], row["kept"], row["b_coverage"]) == ("truncation", "head", 1.0)
    assert passages_of(row, texts)[0][1] == texts["starters"][2:]
    rows, pairs = clustered(texts)
    assert {row["cluster"] for row in rows.values()} == {"menu", "tools", "story"}
    assert {frozenset(pair) for pair in pairs} == {
        frozenset(("menu", "numbered")), frozenset(("menu", "starters")),
        frozenset(("numbered", "starters")),
    }  # fmt: skip


def test_a_list_inside_a_story_counts_where_it_matches() -> None:
    a = paragraphs(*LIBRARY[:3], *ITEMS, *LIBRARY[3:])
    b = paragraphs(*LIBRARY[:3], *TOOLS, *LIBRARY[3:])
    found = dupdetect.compare(a, b)
    assert (found.kind, found.a_coverage, found.b_coverage) == ("near_duplicate", 1.0, 1.0)
    assert dupdetect.compare(a, a).words == len(" ".join((*LIBRARY, *ITEMS)).split())


def transcript(sentences: tuple[str, ...], labels: tuple[str, ...]) -> str:
    return "\n".join(f"{labels[n % len(labels)]}: {s}" for n, s in enumerate(sentences))


def test_transcripts() -> None:
    """Speaker labels in another style are no other text; the same labels are no relation."""
    full, short = ("ANNA BERGER, HOST", "TOM OKELLO"), ("BERGER", "OKELLO")
    talk = FERRY + LIBRARY
    texts = {
        "full": transcript(talk, full),
        "short": transcript(talk, short),
        "part": transcript(talk[4:9], full),
        "other": transcript(ORCHARD + TUNNEL, full),
    }
    row = same_everywhere(texts, ("full", "short"))
    assert row["kind"] == "near_duplicate"
    assert row["b_coverage"] >= 0.95
    row = same_everywhere(texts, ("full", "part"))
    assert (row["kind"], row["kept"], row["b_coverage"]) == ("truncation", "middle", 1.0)
    rows, _ = clustered(texts)
    assert rows["other"]["canonical"]
    assert {row["cluster"] for row in rows.values()} == {"full", "other"}


def test_live_blogs() -> None:
    """A live blog holds earlier stories whole: each stands in it, none belongs to it."""
    entries = [FERRY, ORCHARD, TUNNEL, BAKERY]
    blog = "\n".join(
        f"{9 + n}.{n}5am\n{paragraphs(*entry)}\nKey event\nShare" for n, entry in enumerate(entries)
    )
    texts = {
        "blog": blog,
        **{f"story {n}": paragraphs(*entry) for n, entry in enumerate(entries)},
        "later blog": f"2.30pm\n{paragraphs(*SKATER)}\n{blog}",
        "other": paragraphs(*LIBRARY),
    }
    blogs = {"blog": "The Lantern", "later blog": "The Lantern"}
    rows, pairs = clustered(texts, publisher=blogs)
    for n, entry in enumerate(entries):
        row = pairs["blog", f"story {n}"]
        kept = ("head", "middle", "middle", "tail")[n]
        assert (row["kind"], row["kept"], row["b_coverage"]) == ("truncation", kept, 1.0)
        assert passages_of(row, texts) == [(paragraphs(*entry)[:-1],) * 2]
        assert frozenset((f"story {n}", f"story {n - 1}")) not in map(frozenset, pairs)
    home = {name: row["cluster"] for name, row in rows.items()}
    assert home == {name: name for name in texts} | {"blog": "later blog"}
    assert pairs["later blog", "blog"]["kind"] in ("near_duplicate", "truncation")


def test_a_live_blog_that_grew_apart_from_a_story_only_overlaps_with_it() -> None:
    blog = paragraphs(*ORCHARD, *FERRY[:3], *BAKERY)
    found = dupdetect.compare(blog, paragraphs(*FERRY))
    assert (found.kind, found.words) == ("overlap", 56)


def test_same_headline_and_contained_body() -> None:
    """Of two stories that hold the body, the one of the same headline is the parent."""
    part = paragraphs(*FERRY[2:5])
    texts = {
        "first": paragraphs(*FERRY, *LIBRARY[:3]),
        "second": paragraphs(*ORCHARD, *FERRY[2:5], *TUNNEL[:1]),
        "part": part,
    }
    plain, _ = clustered(texts)
    for parent in ("first", "second"):
        titles = {parent: "Ferry stuck on a sandbank", "part": "Ferry stuck on a sandbank"}
        rows, pairs = clustered(texts, title=titles)
        assert rows["part"]["parent"] == parent
        assert pairs[parent, "part"]["kind"] == "truncation"
    assert plain["part"]["parent"] in ("first", "second")


def test_same_headline_and_different_body() -> None:
    texts = {str(n): paragraphs(*story) for n, story in enumerate(STORIES)}
    titles = dict.fromkeys(texts, "Morning briefing")
    rows, pairs = clustered(texts, title=titles)
    assert pairs == {}
    assert all(row["canonical"] for row in rows.values())
    # Nor when the headline is a line of the text, too.
    texts = {name: f"Morning briefing for the north\n{text}" for name, text in texts.items()}
    rows, pairs = clustered(texts, title=titles)
    assert pairs == {}
