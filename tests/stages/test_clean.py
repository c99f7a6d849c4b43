"""Which copy stays: the fullest undamaged one, then the earliest."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import dupdetect
from dupdetect.products.texts import Texts
from dupdetect.stages.clean import find_signs, with_doubled

SENTENCES = [
    "The old mill at Senn was sold on Friday for the price of a cow.",
    "Its wheel has not turned since the flood, and owls live above the stones.",
    "Anneke Faraday, who bought it, wants to bake bread there by spring.",
    "The parish asked her to keep the owls, which she said she had planned.",
    "A café will open beside the weir, and the path behind it stays free.",
    "Nobody knows where the second millstone went; some say it is a table in Wend.",
    "The seller, aged ninety, kept the key and will visit on Sundays.",
    "Swifts nest in the loft and will have it to themselves until August.",
]


def damage_of(*texts: str) -> Any:
    data = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    none = np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    texts_ = Texts(np.frombuffer(b"".join(data), np.uint8), offsets, *none)
    plain = np.zeros(len(texts), np.bool_)
    stories = np.arange(len(texts))
    return with_doubled(find_signs(texts_, stories, plain), texts_, stories, stories)


@pytest.mark.parametrize(
    ("text", "damaged", "held"),
    [
        ("A plain text, with a question? Yes, <3 and AT&T; at 10:30 on Monday.", False, 1.0),
        ("A caf\ufffd opened.", True, 1.0),
        ("A caf?e opened.", True, 0.75),
        ("A cafÃ© opened, she saidâ€™s.", True, 1.0),
        ("<p class='x'>A mill</p>", True, 1 / 3),
        ("A mill &amp; a cow &#39;sold&#39;", True, 5 / 8),
        ("[00:10] A mill\n[00:20] was sold", True, 0.5),
    ],
)
def test_signs_of_damage(text: str, damaged: bool, held: float) -> None:
    found = damage_of(text)
    assert bool(found.damaged[0]) == damaged
    assert found.held[0] == pytest.approx(held, abs=0.35 if "Ã" in text else 0.01)


SIGNS = [
    "\ufffd", "caf?s", "Z?é", "中?中", "Â©", "Ã©", "â€", "<p>", "</P class>", "<!--", "&amp;",
    "&#39;", "&#x2F;", "\n00:10]", "\n[1:22:03.5)",
]  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_of_damage_is_seen(sign: str) -> None:
    assert damage_of(f"A mill {sign} stands.").damaged.all()
    assert not sign.startswith("\n") or damage_of(sign[1:]).damaged.all()


def homes(copies: dict[str, str], dates: dict[str, str] | None = None) -> set[str]:
    rows = [
        {"id": name, "text": text, "publisher": name, "date": (dates or {}).get(name)}
        for name, text in copies.items()
    ]
    random.Random(1).shuffle(rows)
    return set(dupdetect.cluster(rows).clusters["cluster"].to_pylist())


CLEAN = "\n\n".join(SENTENCES)
BROKEN = {
    "replaced": CLEAN.replace("é", "\ufffd"),
    "read twice": CLEAN.replace("é", "Ã©"),
    "lost": CLEAN.replace("é", "?").replace("caf?", "caf?s"),
    "markup": "\n".join(f'<p class="body"><a href="#">{s}</a></p>' for s in SENTENCES),
    "entities": CLEAN.replace(",", "&#44;"),
    "doubled": f"{CLEAN}\n\n{CLEAN}",
    "timed": "\n".join(f"[00:{k:02}] {s}" for k, s in enumerate(SENTENCES)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_undamaged_copy_stays(name: str) -> None:
    early = {"broken": "2026-01-01", "clean": "2026-01-02"}
    assert homes({"broken": BROKEN[name], "clean": CLEAN}, early) == {"clean"}


def test_of_equal_copies_the_earliest_stays() -> None:
    dates = {"a": "2026-01-03", "b": "2026-01-01", "c": "2026-01-02"}
    assert homes(dict.fromkeys(dates, CLEAN), dates) == {"b"}


def test_a_cut_that_is_clean_does_not_stand_for_a_damaged_whole() -> None:
    cut = "\n\n".join(SENTENCES[:4])
    assert homes({"whole": BROKEN["replaced"], "cut": cut}) == {"whole"}
