"""Stories over time, who prints whom, and what of a story's row the report shows besides."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.fields import ALSO
from dupdetect.corpus.reopen import read_stories
from dupdetect.views.report.spread import count_days, count_reprints
from dupdetect.views.report.stories import find_stories


def table(rows: list[dict[str, Any]]) -> pa.Table:
    empty = {"published": None, "publisher": None, "parent": None, "canonical": True}
    kinds = {"id": pa.string(), "published": pa.string(), "publisher": pa.string()}
    schema = pa.schema({**kinds, "parent": pa.string(), "canonical": pa.bool_()})
    return pa.Table.from_pylist([{**empty, **row} for row in rows], schema=schema)


DAYS = st.dates(min_value=date(1990, 1, 1)).map(str)


@settings(deadline=None)
@given(st.lists(st.tuples(st.none() | DAYS, st.booleans()), max_size=30))
def test_every_dated_story_is_in_one_bin(rows: list[tuple[str | None, bool]]) -> None:
    found = count_days(
        table(
            [
                {"id": str(n), "published": day, "canonical": not copy}
                for n, (day, copy) in enumerate(rows)
            ]
        )
    )
    known = sorted(day for day, _ in rows if day is not None)
    if len(set(known)) < 2:
        assert found is None
        return
    assert found is not None
    assert found["unknown"] == len(rows) - len(known)
    bins = found["bins"]
    assert [one["at"] for one in bins] == sorted({one["at"] for one in bins})
    assert bins[0]["at"] == 0
    assert bins[-1]["at"] == found["count"] - 1
    if found["unit"] != "year":
        assert found["count"] <= 121
    for one in bins:
        inside = [copy for day, copy in rows if day is not None and one["from"] <= day <= one["to"]]
        assert (one["stories"], one["copies"]) == (len(inside), sum(inside))
    assert max(one["stories"] for one in bins) == found["most"]


def test_units_follow_how_long_the_corpus_runs() -> None:
    def unit(last: str) -> Any:
        found = count_days(
            table([{"id": "a", "published": "2025-01-01"}, {"id": "b", "published": last}])
        )
        return found and (found["unit"], found["bins"][-1]["label"])

    assert unit("2025-01-02") == ("day", "2 Jan 2025")
    assert unit("2025-12-31") == ("week", "week of 29 Dec 2025")
    assert unit("2030-12-31") == ("month", "Dec 2030")
    assert unit("2100-12-31") == ("year", "2100")
    assert unit("2025-01-01") is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([None, *"ABCDEFGHIJKLMNOP"]), st.integers(0, 40))))
def test_reprints_are_the_pairs_of_copy_and_parent(rows: list[tuple[str | None, int]]) -> None:
    stories = [
        {
            "id": str(n),
            "publisher": publisher,
            "parent": str(parent) if parent < n and n else None,
        }
        for n, (publisher, parent) in enumerate(rows)
    ]
    publisher_of = {row["id"]: row["publisher"] for row in stories}
    pairs = Counter(
        (row["publisher"], publisher_of[row["parent"]])
        for row in stories
        if row["parent"] is not None and row["publisher"] and publisher_of[row["parent"]]
    )
    found = count_reprints(table(stories))
    if not any(a != b for a, b in pairs):
        assert found is None
        return
    assert found is not None
    names = found["publishers"]
    involved = {name for a, b in pairs if a != b for name in (a, b)}
    assert len(names) == min(12, len(involved))
    assert found["left_out"] == len(involved) - len(names)
    for row in found["rows"]:
        assert [cell["copies"] for cell in row["cells"]] == [
            pairs[row["publisher"], name] for name in names
        ]
        assert all((cell["shade"] > 0) == (cell["copies"] > 0) for cell in row["cells"])
        assert all(0 <= cell["shade"] <= 5 for cell in row["cells"])


FOG = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon. " * 4
ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": FOG, "url": "https://a.example/?x=1&y=<", "lang": "EN"},
    {"id": "b", "text": FOG, "url": "HTTPS://b.example/ok", "lang": None},
    {"id": "c", "text": FOG, "url": "javascript:alert(1)", "lang": "fr"},
    {"id": "d", "text": FOG, "url": " https://d.example/a b ", "lang": ""},
]
PAGES = [None, "HTTPS://b.example/ok", None, None]
LANGUAGES = ["en", None, "fr", None]


def written(folder: Path, kind: str) -> Path:
    path = folder / f"dump.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif kind == "csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([list(ROWS[0]), *(list(row.values()) for row in ROWS)])
    else:
        path.write_text("\n".join(json.dumps(row) for row in ROWS))
    return path


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_pages_and_languages_are_read_with_the_rows_again(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, kind)
    found = dupdetect.cluster(path)
    assert "url" not in found.summary["inputs"][0]["fields"]  # a run does without
    ids = pa.array(["a", "b", "c", "d"])
    copy = tmp_path / f"copy.{kind}"
    copy.write_bytes(path.read_bytes())
    for moved in ([], [str(copy)]):
        with read_stories(
            found.summary, found.clusters, ids.to_pylist(), moved=moved, also=tuple(ALSO)
        ) as again:
            stories = find_stories(again, ids)
            shown = [stories.story(name) for name in ids.to_pylist()]
        assert [story.url for story in shown] == PAGES
        assert [story.language for story in shown] == LANGUAGES
    with read_stories(found.summary, found.clusters, ["a"]) as again:
        assert again.urls is None


def test_an_id_that_is_an_address_is_the_page(tmp_path: Path) -> None:
    rows = [{"url": f"https://a.example/{n}", "text": FOG} for n in range(2)]
    path = tmp_path / "dump.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with read(path, names=FieldNames(also=tuple(ALSO))) as corpus:
        assert corpus.sources[0].fields["id"] == "url"
        stories = find_stories(corpus, corpus.ids)
        assert stories.story("https://a.example/1").url == "https://a.example/1"
