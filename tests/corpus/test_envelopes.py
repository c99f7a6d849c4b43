"""Lists of stories inside one object, as programming interfaces send them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect.cli import main
from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.envelopes import path_of_stories
from dupdetect.corpus.readers import json_values
from dupdetect.errors import InputError

STORIES: list[dict[str, Any]] = [
    {
        "id": "a",
        "text": "The ferry to Gozo was stopped by fog at dawn.",
        "authors": [{"name": "A"}],
    },
    {"id": "b", "text": 'It said "[" and {"}, then "\\".', "more": {"list": [{"text": "no"}]}},
    {"id": "c", "text": "A third story, of owls in a tower [sic]."},
]
ENVELOPES: dict[str, dict[str, Any]] = {
    "articles alone": {"articles": STORIES},
    "with a status": {"status": "ok", "totalResults": 3, "articles": STORIES},
    "items, with more behind": {"items": STORIES, "next": "page2", "meta": {"a": [1, {"b": []}]}},
    "more objects before": {
        "meta": {"items": [{"x": 1}], "k": "]}"},
        "tags": ["a"],
        "docs": STORIES,
    },
    "two deep": {"response": {"status": "ok", "numFound": 3, "docs": STORIES}, "copyright": "c"},
    "two deep, with lists behind": {
        "articles": {"results": STORIES, "pages": 1},
        "facets": {"by": {"year": [{"count": 3}]}},
    },
    "three deep": {"data": {"search": {"edges": STORIES}}},
}


def ids(path: Path, **named: Any) -> list[str]:
    with read(path, **named) as corpus:
        found: list[str] = corpus.ids.to_pylist()
        texts = [corpus.text_of(row) for row in range(len(corpus))]
    assert texts == [story["text"] for story in STORIES if story["id"] in found]
    return found


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ENVELOPES)
def test_the_list_is_opened(
    name: str, indent: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "response.json"
    path.write_text(json.dumps(ENVELOPES[name], indent=indent))
    assert ids(path) == ["a", "b", "c"]
    path.write_text(path.read_text() + "\n" + json.dumps({**ENVELOPES[name]}))
    with read(path, duplicate_id="last", on_bad_row="skip") as corpus:  # the next page of answers
        assert corpus.rows == 6
    monkeypatch.setattr(json_values, "_BLOCK_BYTES", 7)
    monkeypatch.setattr(
        json_values, "path_of_stories", lambda *_: path_of_stories(path.read_bytes(), FieldNames())
    )
    with read(path, duplicate_id="last", on_bad_row="skip") as corpus:
        assert corpus.rows == 6


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": "a", "authors": [{"text": "x"}], "text": "One story."}],
        [{"id": "a", "authors": [{"name": "x"}], "body": "One story."}],
        [{"id": "a", "text": "One story.", "items": [{"text": "another"}]}] * 2,
    ],
)
def test_a_story_with_lists_of_its_own_stays_one(
    rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_text("\n".join(json.dumps({**row, "id": str(n)}) for n, row in enumerate(rows)))
    with read(path) as corpus:
        assert corpus.sources[0].format == "jsonl"
        assert len(corpus) == len(rows)


@pytest.mark.parametrize("name", ENVELOPES)
def test_the_same_in_memory(name: str) -> None:
    with read(ENVELOPES[name]) as corpus:
        assert corpus.ids.to_pylist() == ["a", "b", "c"]
    columns = {"id": ["a"], "text": ["One story."], "authors": [{"name": "A"}]}
    with read(columns) as corpus:
        assert corpus.text_of(0) == "One story."


def test_two_lists_of_stories_are_not_chosen_between(tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    path.write_text(json.dumps({"new": STORIES[:1], "old": STORIES[1:]}))
    with pytest.raises(InputError, match="no field that can be the text; the fields are new"):
        read(path)


def test_rows_are_copied_as_they_are_into_an_array(tmp_path: Path) -> None:
    path, out = tmp_path / "in.json", tmp_path / "out.json"
    path.write_text(json.dumps(ENVELOPES["with a status"], indent=1))
    assert main(["dedupe", str(path), "-o", str(out), "-q"]) == 0
    assert json.loads(out.read_text()) == STORIES
    first = json.dumps(STORIES[0], indent=1).splitlines()[1].strip()
    assert first in out.read_text()


def test_a_list_cut_short_is_said(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps({"articles": STORIES})[:-60])
    with pytest.raises(InputError, match=r"cut short|not valid JSON"):
        read(path)


NAMES = st.sampled_from(["status", "articles", "meta", "text", "items", "x"])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from([None, 1]))
def test_the_list_found_is_the_only_one_of_objects_with_a_text(
    value: dict[str, Any], indent: int | None
) -> None:
    found = path_of_stories(json.dumps(value, indent=indent).encode(), FieldNames())
    assert found == expected_path(value)


def expected_path(value: dict[str, Any]) -> tuple[bytes, ...] | None:
    """Search each depth by itself, from the outside."""
    level: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), value)]
    nearer = 0  # lists of objects
    for _ in range(3):
        inner = [((*path, key), one) for path, around in level for key, one in around.items()]
        lists = [(path, one) for path, one in inner if isinstance(one, list) and one]
        lists = [(path, one) for path, one in lists if isinstance(one[0], dict)]
        nearer += len(lists)
        if any("text" in one[0] for _, one in lists):
            path = lists[0][0]
            around: Any = value
            clear = nearer == 1
            for key in path:
                clear = clear and "text" not in around
                around = around[key]
            return tuple(json.dumps(key).encode() for key in path) if clear else None
        level = [(path, one) for path, one in inner if isinstance(one, dict)]
    return None
