"""What is removed, from texts to rows: nothing of it is lost, and a second run removes nothing."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect import corpus

SHARED = Path(os.environ.get("DUPDETECT_SHARED", Path(__file__).parents[3] / "shared"))
SYLLABLES = ("ba", "ko", "mi", "ren", "tal", "su", "vor", "ne", "lid", "quo", "pha", "zet")


def words(rng: random.Random, count: int) -> list[str]:
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(count)]


def prose(tokens: list[str]) -> str:
    """Sentences of nine words, three to a paragraph."""
    sentences = [" ".join(tokens[i : i + 9]).capitalize() + "." for i in range(0, len(tokens), 9)]
    return "\n".join(" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3))


def collection(seed: int, families: int) -> list[dict[str, Any]]:
    """Cut, edited and woven copies, and chains of versions, of a few publishers over a month."""
    rng = random.Random(seed)
    rows = []
    for family in range(families):
        tokens = words(rng, rng.randint(120, 260))
        for k in range(rng.randint(1, 7)):
            rows.append(
                {
                    "id": f"{family}-{k}",
                    "publisher": f"p{rng.randint(0, 3)}",
                    # No two at one time: of equal texts the id would decide. Of half of the
                    # families all within an hour: what comes later must stand word for word.
                    "date": f"2026-03-{family % 2 * rng.randint(0, 27) + 1:02}"
                    f"T{family:02}:{k:02}:00Z",
                    "text": prose(tokens),
                }
            )
            edit = rng.random()
            at = rng.randrange(len(tokens))
            if edit < 0.3:
                tokens = tokens[: max(len(tokens) // 2, 40)]
            elif edit < 0.6:
                tokens = tokens[:at] + words(rng, 40) + tokens[at + 40 :]
            elif edit < 0.8:
                tokens = tokens + words(rng, 100)
    return rows


def sentence(rng: random.Random) -> str:
    tokens = words(rng, rng.randint(5, 16))
    if rng.random() < 0.3:
        tokens[rng.randrange(len(tokens))] = str(rng.randint(2, 900))
    return " ".join(tokens).capitalize() + "."


def edited(rng: random.Random, story: list[str]) -> list[str]:
    """Cut, lengthen, shuffle or change a story of whole sentences, or fill its form again."""
    count, at = len(story), rng.randrange(len(story))
    cut = max(count * rng.randint(3, 9) // 10, 2)
    tokens = story[at].split()
    tokens[rng.randrange(len(tokens))] = words(rng, 1)[0]
    filled = [
        " ".join(str(rng.randint(2, 900)) if word.strip(".").isdigit() else word for word in line)
        for line in map(str.split, story)
    ]
    return rng.choice(
        [
            story,
            story[:cut],
            story[count // 4 :],
            story[:at] + story[at + 1 :] or story,
            story + [sentence(rng) for _ in range(rng.randint(1, 6))],
            [*story[:at], sentence(rng), *story[at + 1 :]],
            [*story[:at], " ".join(tokens), *story[at + 1 :]],
            filled,
            rng.sample(story, count),
        ]
    )


def versions(seed: int) -> list[dict[str, Any]]:
    """Versions of versions of short and long stories, in a few papers, and round-ups of two."""
    rng = random.Random(seed)
    stories = [[sentence(rng) for _ in range(rng.choice([3, 5, 7, 12, 20, 30]))] for _ in range(5)]
    printed = []
    for story in stories:
        now = story
        for _ in range(rng.randint(1, 7)):
            printed.append(now)
            now = edited(rng, rng.choice([story, now]))
    for _ in range(2):
        one, other = rng.sample(stories, 2)
        printed.append(one[: rng.randint(3, 30)] + other[: rng.randint(3, 30)])
    return [
        {
            "id": f"s{number}",
            "publisher": rng.choice(["p0", "p1", "p2", None]),
            "date": f"2026-03-01T{rng.randint(1, 28) // 2:02}:{number:02}:00Z",
            "text": "\n".join(sentences),
        }
        for number, sentences in enumerate(printed)
    ]


def with_furniture(seed: int) -> list[dict[str, Any]]:
    """Versions with lines above and below, of which each paper prints a few again and again."""
    rng = random.Random(seed)
    lines = {
        name: [sentence(rng) for _ in range(4)] + [" ".join(words(rng, 4)) for _ in range(3)]
        for name in ("p0", "p1", "p2")
    }
    rows = versions(seed)
    for row in rows:
        own = lines.get(row["publisher"])
        if own is not None and rng.random() < 0.7:
            head, tail = rng.sample(own, rng.randint(1, 2)), rng.sample(own, rng.randint(1, 3))
            row["text"] = "\n".join([*head, row["text"], *tail])
    return rows


def removed_again(rows: list[dict[str, Any]], *, again: bool = True) -> int:
    """Count what a second run removes, of the rows that a first one keeps."""
    found = dupdetect.cluster(rows, again=again)
    kept = set(found.kept_ids())
    removed = found.removed().to_pylist()
    assert {row["id"] for row in removed} == {row["id"] for row in rows} - kept
    assert {row["matched"] for row in removed} <= kept
    second = dupdetect.cluster([row for row in rows if row["id"] in kept], again=again)
    return int(second.summary["removed"])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_goes_stands_in_a_row_that_stays(seed: int) -> None:
    rows = collection(seed, 6)
    texts = {row["id"]: row["text"] for row in rows}
    found = dupdetect.cluster(rows)
    kept = set(found.kept_ids())
    removed = found.removed().to_pylist()
    assert kept | {row["id"] for row in removed} == set(texts)
    assert len(kept) + len(removed) == len(rows)
    for row in removed:
        assert row["matched"] in kept
        again = dupdetect.compare(texts[row["id"]], texts[row["matched"]])
        share = again.a_exact if again.a == "a" else again.b_exact
        assert row["exact"] >= 0.5
        assert (share or 0) >= 0.45  # lines that only the collection shows to be furniture count
    assert found.summary["removed"] == len(removed)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_names_and_order_of_rows_decide_nothing(seed: int) -> None:
    rows = collection(seed, 6)
    rng = random.Random(seed)
    names = [f"n{k}" for k in range(len(rows))]
    rng.shuffle(names)
    renamed = dict(zip((row["id"] for row in rows), names, strict=True))
    others = [{**row, "id": renamed[row["id"]]} for row in rows]
    rng.shuffle(others)
    texts = {row["id"]: row["text"] for row in rows}
    theirs = {row["id"]: row["text"] for row in others}

    def kept(found: dupdetect.Clustering, by: dict[str, str]) -> list[str]:
        return sorted(by[one] for one in found.kept_ids())

    assert kept(dupdetect.cluster(rows), texts) == kept(dupdetect.cluster(others), theirs)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_stories_that_share_nothing_decide_nothing(seed: int) -> None:
    rows = collection(seed, 5)
    others = [{**row, "id": f"other {row['id']}"} for row in collection(seed + 1, 5)]
    mixed = [*rows, *others]
    random.Random(seed).shuffle(mixed)
    columns = ["id", "canonical", "parent", "kind", "coverage", "keeper"]

    def found(stories: list[dict[str, Any]]) -> dict[str, Any]:
        table = dupdetect.cluster(stories).clusters.select(columns)
        return {row["id"]: row for row in table.to_pylist()}

    assert found(mixed) == found(rows) | found(others)


@pytest.mark.parametrize("seed", [0, 3, 5, 11, 12, 15, 16, 18, 22, 30, 32, 35])
def test_a_second_run_over_versions_removes_nothing(seed: int) -> None:
    """In each of them the stories that stay make other clusters than all together."""
    assert removed_again(versions(seed)) == 0


@pytest.mark.parametrize("seed", [32, 39, 47, 54, 76, 82, 107, 140])
def test_lines_that_only_removed_pages_repeat_are_body(seed: int) -> None:
    """With them what stays relates otherwise; it is decided again where that is asked for."""
    rows = with_furniture(seed)
    assert removed_again(rows, again=False) > 0
    assert removed_again(rows) == 0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 149))
def test_what_goes_by_the_lines_of_what_stays_is_related_to_it(seed: int) -> None:
    rows = with_furniture(seed)
    found = dupdetect.cluster(rows, again=True)
    kept = set(found.kept_ids())
    pairs = {frozenset((row["a"], row["b"])) for row in found.relations.to_pylist()}
    assert len(pairs) == found.relations.num_rows
    for row in found.removed().to_pylist():
        assert row["matched"] in kept
        assert frozenset((row["id"], row["matched"])) in pairs
        assert row["kind"] in {"identical", "near_duplicate", "truncation", "abridgement"}
        assert row["exact"] >= 0.85
    alone = dupdetect.cluster(rows).clusters
    same = [name for name in alone.column_names if not name.startswith("keeper")]
    assert found.clusters.select(same).equals(alone.select(same))


@pytest.mark.parametrize("name", ["fnc1", "webpages", "outlets_us"])
def test_a_second_run_removes_nothing(name: str) -> None:
    path = SHARED / "data" / name / "stories.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with corpus.read(str(path)) as stories:
        ids, texts = stories.ids.to_pylist(), _texts(stories)
        rows = [
            {"id": one, "text": text, "publisher": publisher, "date": published}
            for one, text, publisher, published in zip(
                ids, texts, stories.publishers.to_pylist(), stories.published.to_pylist(),
                strict=True,
            )
        ]  # fmt: skip
    first = dupdetect.cluster(rows)
    assert first.summary["removed"] > 10
    kept = set(first.kept_ids())
    second = dupdetect.cluster([row for row in rows if row["id"] in kept])
    assert second.summary["removed"] == 0


def _texts(stories: Any) -> list[str]:
    offsets = stories.text_offsets
    return [
        stories.text[first:end].tobytes().decode()
        for first, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    ]
