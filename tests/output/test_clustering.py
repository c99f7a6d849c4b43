"""What a notebook or a prompt shows of results."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

import dupdetect
from dupdetect.errors import FormatVersionError

STORY = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon on Monday."


class Cells(HTMLParser):
    """Texts of the cells of a table, and every element there is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1][-1] += data


def stories() -> list[dict[str, str]]:
    wild = "<img src=x onerror=alert(1)>"
    return [
        {"id": wild, "text": f"{STORY} No one was hurt.", "publisher": "A"},
        {"id": "copy", "text": STORY, "publisher": "B"},
        {"id": "same", "text": STORY, "publisher": "B"},
        {"id": "else", "text": "Nothing like it was ever seen in the harbour before this year."},
    ]


def test_results_say_what_they_hold() -> None:
    found = dupdetect.cluster(stories())
    kinds = found.clusters["kind"].to_pylist()
    assert repr(found).startswith("Clustering: 4 stories, 2 clusters, 2 copies (")
    for kind in {kind for kind in kinds if kind}:
        assert f"{kinds.count(kind)} {kind}" in repr(found)
    alone = dupdetect.cluster([STORY])
    assert repr(alone) == "Clustering: 1 story, 1 cluster, 0 copies"
    assert Cells(alone._repr_html_()).tags == {"p"}


def test_a_notebook_shows_the_largest_clusters_and_ids_stay_text() -> None:
    shown = Cells(dupdetect.cluster(stories())._repr_html_())
    assert shown.rows[1:] == [["<img src=x onerror=alert(1)>", "3", "2"]]
    assert shown.tags == {"p", "table", "tr", "th", "td"}


def test_a_notebook_shows_the_passages_of_a_relation() -> None:
    relation = dupdetect.compare(f"{STORY} No one was hurt.", STORY)
    passage = relation.passages[0]
    shown = Cells(relation._repr_html_())
    assert len(shown.rows) == 1 + len(relation.passages)
    assert shown.rows[1] == [
        f"{passage.a_start}–{passage.a_end}",
        f"{passage.b_start}–{passage.b_end}",
        str(passage.words),
        str(passage.quoted_words),
    ]
    nothing = dupdetect.compare("One story.", "Quite another thing.")
    assert Cells(nothing._repr_html_()).tags == {"p"}


def test_results_of_format_1_keep_the_canonical_stories() -> None:
    folder = Path(__file__).parents[1] / "data" / "results" / "v1-jsonl"
    found = dupdetect.Clustering.read(folder)
    assert found.kept_ids() == found.canonical_ids()
    assert len(found.kept_ids()) == found.summary["kept"] < found.clusters.num_rows
    with pytest.raises(FormatVersionError, match="format 1"):
        found.removed()
