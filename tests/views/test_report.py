from __future__ import annotations

import base64
import hashlib
import html
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest

from dupdetect import corpus
from dupdetect.errors import FormatError, InputError
from dupdetect.views.report import build_page, write_report
from dupdetect.views.report.overview import describe_overview
from tests.support import report_stories as made


class Page(HTMLParser):
    """Elements of a page as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def unpack(page: str, name: str) -> Any:
    found = re.search(f'id="{name}">([^<]*)</script>', page)
    assert found is not None, name
    return orjson.loads(zlib.decompress(base64.b64decode(found[1])))


def three(furniture: dict[str, list[list[int]]] | None = None) -> str:
    """A canonical story of 40 words, its first 20, and a copy of that copy's last 10 with more."""
    sentences = [made.sentence(number) for number in range(4)]
    whole = "\n".join(sentences)
    head = "\n".join(sentences[:2])
    own = made.sentence(99)
    tail = f"{own}\n{sentences[1]}"
    start = head.index(sentences[1])
    stories = [
        made.story("whole", whole, published="2025-05-14T10:00:00Z"),
        made.story("head", head, published="2025-05-14T09:00:00Z"),
        made.story("tail", tail, published="2025-05-14T11:00:00Z"),
    ]
    lines = furniture or {}
    rows = [
        made.clusters_row("whole", "whole", furniture=lines.get("whole")),
        made.clusters_row("head", "whole"),
        made.clusters_row("tail", "whole", parent="head", kept="tail", furniture=lines.get("tail")),
    ]
    at = tail.index(sentences[1])
    relations = [
        made.relation("whole", "head", [[0, len(head), 0, len(head)]]),
        made.relation("head", "tail", [[start, len(head), at, len(tail)]], kept="tail"),
    ]
    tables = made.tables(rows, relations)
    with made.read(stories) as read:
        return build_page(*tables, summary=made.summary(3, 1), stories=read)


def test_the_map_shows_what_each_copy_kept_cut_and_added() -> None:
    (cluster,) = unpack(three(), "block-0")
    by_id = {member["id"]: member for member in cluster["members"]}
    assert [member["id"] for member in cluster["members"]] == ["head", "whole", "tail"]
    assert cluster["axis"]["words"] == 40
    assert [span[:2] for span in by_id["head"]["map"]] == [[0, 20]]
    assert not by_id["head"]["through"]
    # The last ten words of the head are words 10 to 20 of the whole, seen through the head.
    assert [span[:2] for span in by_id["tail"]["map"]] == [[10, 20]]
    assert by_id["tail"]["through"]
    assert by_id["tail"]["mapKind"] == "truncation"
    assert [added[:2] for added in by_id["tail"]["added"]] == [[10, 10]]
    assert by_id["head"]["added"] == []


def test_furniture_is_no_part_of_the_map_and_nothing_added() -> None:
    first, own = len(made.sentence(0)), len(made.sentence(99))
    furniture = {"whole": [[0, first]], "tail": [[0, own]]}
    (cluster,) = unpack(three(furniture), "block-0")
    by_id = {member["id"]: member for member in cluster["members"]}
    assert cluster["axis"]["furniture"] == [[0, 10]]
    assert [span[:2] for span in by_id["head"]["map"]] == [[10, 20]]
    assert by_id["tail"]["added"] == []
    text = cluster["texts"][by_id["tail"]["text"]]
    assert text["furniture"] == [[0, len(made.sentence(99))]]
    assert text["leftOut"] == [[0, len(made.sentence(99)) - 1, "repetition"]]


def test_a_relation_with_the_canonical_story_is_preferred_to_one_through_the_parent() -> None:
    whole, copy = made.sentence(0, 20), made.sentence(0, 20)
    stories = [made.story(name, text) for name, text in (("a", whole), ("b", copy), ("c", copy))]
    rows = [made.clusters_row("a", "a"), made.clusters_row("b", "a")]
    rows.append(made.clusters_row("c", "a", parent="b"))
    half = whole.index("word0x10")
    relations = [
        made.relation("a", "b", [[0, len(whole), 0, len(copy)]]),
        made.relation("b", "c", [[0, len(copy), 0, len(copy)]]),
        made.relation("a", "c", [[0, half, 0, half]]),
    ]
    tables = made.tables(rows, relations)
    with made.read(stories) as read:
        page = build_page(*tables, summary=made.summary(3, 1), stories=read)
    member = unpack(page, "block-0")[0]["members"][2]
    assert member["id"] == "c"
    assert [span[:2] for span in member["map"]] == [[0, 10]]
    assert not member["through"]


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("truncation", "identical", "truncation"),
        ("near_duplicate", "truncation", "truncation"),
        ("truncation", "abridgement", "abridgement"),
        ("identical", "near_duplicate", "near_duplicate"),
    ],
)
def test_the_map_calls_a_copy_of_a_copy_by_the_strongest_change(
    first: str, second: str, shown: str
) -> None:
    text = made.sentence(0, 20)
    stories = [made.story(name, text) for name in "abc"]
    rows = [made.clusters_row("a", "a"), made.clusters_row("b", "a", kind=first)]
    rows.append(made.clusters_row("c", "a", parent="b", kind=second))
    spans = [[0, len(text), 0, len(text)]]
    relations = [
        made.relation("a", "b", spans, kind=first),
        made.relation("b", "c", spans, kind=second),
    ]
    tables = made.tables(rows, relations)
    with made.read(stories) as read:
        page = build_page(*tables, summary=made.summary(3, 1), stories=read)
    members = unpack(page, "block-0")[0]["members"]
    assert [member.get("mapKind") for member in members] == [None, first, shown]
    assert [member["kind"] for member in members] == [None, first, second]


def test_copies_by_kind_add_up_to_all_copies() -> None:
    rows = [made.clusters_row("a", "a"), made.clusters_row("b", "b")]
    rows += [made.clusters_row("c", "a"), made.clusters_row("d", "b", kind="identical", kept=None)]
    # `c` is cut from both, and hangs on one of them.
    relations = [made.relation("a", "c", [[0, 9, 0, 9]]), made.relation("b", "c", [[0, 9, 0, 9]])]
    relations.append(made.relation("a", "b", [[0, 9, 0, 9]], kind="overlap", kept=None))
    stays = {"kept": 3, "removed": 1}  # one copy is a version that stays
    described = describe_overview(made.summary(4, 2, **stays), *made.tables(rows, relations))
    assert (described["copies"], described["removed"]) == (2, 1)
    counts = {kind["name"]: kind["count"] for kind in described["kinds"]}
    assert counts["truncation"] == counts["identical"] == counts["overlap"] == 1
    assert counts["near_duplicate"] == counts["abridgement"] == 0
    assert {part["label"]: part["count"] for part in described["kept_parts"]}["the beginning"] == 1


def test_an_identical_copy_without_a_relation_is_the_whole_story() -> None:
    text = made.sentence(0, 20)
    rows = [made.clusters_row("a", "a"), made.clusters_row("b", "a", kind="identical", kept=None)]
    with made.read([made.story("a", text), made.story("b", text)]) as read:
        tables = made.tables(rows, [])
        page = build_page(*tables, summary=made.summary(2, 1), stories=read)
    (cluster,) = unpack(page, "block-0")
    assert [span[:2] for span in cluster["members"][1]["map"]] == [[0, 20]]
    assert len(cluster["texts"]) == 1, "equal texts are stored once"


def test_overlaps_stand_on_both_sides_each_with_its_own_spans_first() -> None:
    shared = made.sentence(0, 30)
    stories = [made.story("a", shared + " " + made.sentence(1)), made.story("b", shared)]
    rows = [made.clusters_row("a", "a"), made.clusters_row("b", "b")]
    spans = [[0, 50, 10, 60]]
    relations = [made.relation("a", "b", spans, kind="overlap", kept=None)]
    with made.read(stories) as read:
        tables = made.tables(rows, relations)
        page = build_page(*tables, summary=made.summary(2, 2), stories=read)
    by_id = {cluster["id"]: cluster for cluster in unpack(page, "block-0")}
    assert by_id["a"]["overlaps"][0]["passages"] == [[0, 50, 10, 60]]
    assert by_id["b"]["overlaps"][0]["passages"] == [[10, 60, 0, 50]]
    assert by_id["b"]["overlaps"][0]["other"] == "a"


def test_the_least_certain_removals_come_first_against_the_story_that_is_kept() -> None:
    whole = made.sentence(0, 40)
    start = whole.index("word0x20")
    texts = {"a": whole, "b": whole[:start], "c": whole[start:], "d": whole, "e": whole}
    stories = [made.story(name, text) for name, text in texts.items()]
    removed: dict[str, Any] = {"keeper": "a", "keeper_exact": 0.996, "certainty": 0.9}
    rows = [
        made.clusters_row("a", "a"),
        made.clusters_row("b", "a", **removed),
        # Hangs on another copy, surely, and is removed because of the canonical story, unsurely.
        made.clusters_row("c", "a", parent="b", **removed),
        made.clusters_row("d", "a", certainty=0.01),
        made.clusters_row("e", "a", **removed | {"kind": "identical", "certainty": None}),
    ]
    relations = [
        made.relation("a", "b", [[0, start, 0, start]], certainty=0.5),
        made.relation("b", "c", [[0, 5, 0, 5]], certainty=0.9),
        made.relation(
            "c", "a", [[0, 9, start, start + 9]], certainty=0.2, kind="abridgement", kept=None
        ),
    ]
    tables = made.tables(rows, relations)
    with made.read(stories) as read:
        page = build_page(*tables, summary=made.summary(5, 1), stories=read)
    look = unpack(page, "look-data")
    assert look["removed"] == 3
    assert [(row["id"], row["certainty"]) for row in look["removals"]] == [
        ("c", "0.20"),
        ("b", "0.50"),
        ("e", None),
    ]
    first, _, last = look["removals"]
    assert (first["kind"], first["exact"], first["keeper"]) == ("abridgement", "99%", "a")
    assert first["publisher"] == "Outlet c"
    assert (first["keeperTitle"], first["keeperPublisher"]) == ("Headline of a", "Outlet a")
    assert first["passages"] == [[start, start + 9, 0, 9]], "the kept story stands first"
    assert last["passages"] == [[0, len(whole), 0, len(whole)]]
    assert unpack(page, "index")["certainty"] == [0.01]


def test_at_most_fifty_removals_are_shown_and_all_are_counted() -> None:
    text = made.sentence(0, 40)
    names = [f"c{number:03}" for number in range(71)]
    stories = [made.story(name, text) for name in names]
    rows = [made.clusters_row(names[0], names[0])]
    for at, name in enumerate(names[1:]):
        rows.append(made.clusters_row(name, names[0], keeper=names[0], certainty=1 - at / 100))
    with made.read(stories) as read:
        tables = made.tables(rows, [])
        page = build_page(*tables, summary=made.summary(71, 1), stories=read)
    look = unpack(page, "look-data")
    assert look["removed"] == 70
    assert [row["id"] for row in look["removals"]] == names[:20:-1]


def test_templates_make_groups_named_by_the_publisher_they_share() -> None:
    office = [f"f{number}" for number in range(5)]
    names = [*office, "x", "y", "z"]
    stories = [made.story(name, made.sentence(0, 20)) for name in names]
    rows = [
        made.clusters_row(name, name, publisher="Office" if name in office else f"Outlet {name}")
        for name in names
    ]
    links = [("f3", "f4"), ("f0", "f2"), ("f1", "f3"), ("f4", "f2"), ("y", "x")]
    spans = [[0, 50, 0, 50]]
    relations = [made.relation(a, b, spans, kind="template", kept=None) for a, b in links]
    relations.append(made.relation("x", "z", spans, kind="overlap", kept=None))
    tables = made.tables(rows, relations)
    with made.read(stories) as read:
        page = build_page(*tables, summary=made.summary(8, 8), stories=read)
    look = unpack(page, "look-data")
    described = [
        (
            form["stories"],
            form["publisher"],
            form["publishers"],
            [example["id"] for example in form["examples"]],
        )
        for form in look["forms"]
    ]
    assert described == [(5, "Office", 1, ["f0", "f1", "f2"]), (2, None, 2, ["x", "y"])]
    assert look["formsFound"] == 2
    assert look["removals"] == []
    # The overlap of `x` is listed too; the link leads to the template.
    by_id = {cluster["id"]: cluster for cluster in unpack(page, "block-0")}
    for form in look["forms"]:
        for example in form["examples"]:
            shown = by_id[example["cluster"]]["overlaps"][example["overlap"]]
            assert shown["kind"] == "template"


def test_the_page_is_the_same_every_time_and_asks_for_nothing() -> None:
    page = three()
    assert page == three()
    parsed = Page(page)
    for tag, attributes in parsed.elements:
        assert "src" not in attributes, tag
        assert tag not in {"link", "img", "iframe", "object", "base"}
        assert (attributes.get("href") or "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes), tag
        assert "style" not in attributes, tag


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    page = three()
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', page)[1])  # type: ignore[index]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["require-trusted-types-for"] == "'script'"
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        body = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]  # type: ignore[index]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert directives[name] == f"'sha256-{digest}'"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    write_report(made.hostile_folder(tmp_path), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    parsed = Page(page)
    plain = Page(three())
    kinds = {tag for tag, _ in parsed.elements}
    assert kinds <= {tag for tag, _ in plain.elements} | {"ul", "li", "q", "details", "summary"}
    assert sum(tag == "script" for tag, _ in parsed.elements) == 4, "script, index, look, block"
    names = {name for _, attributes in parsed.elements for name in attributes}
    assert not any(name.startswith("on") or name in {"src", "style"} for name in names)
    for text in made.HOSTILE[:3]:
        assert text not in page
        assert any(text in shown for shown in parsed.texts), "shown, but as text"
    titles = {member["title"] for c in unpack(page, "block-0") for member in c["members"]}
    assert {f"{number} {text}" for number, text in enumerate(made.HOSTILE)} == titles


def many(count: int) -> tuple[Any, Any, Any]:
    stories, rows, relations = [], [], []
    for number in range(count):
        canonical, copy = f"c{number:04}", f"d{number:04}"
        text = "\n".join(made.sentence(number * 7 + line, 12) for line in range(7))
        stories += [made.story(canonical, text), made.story(copy, text[:300])]
        rows += [made.clusters_row(canonical, canonical), made.clusters_row(copy, canonical)]
        relations.append(made.relation(canonical, copy, [[0, 300, 0, 300]]))
    return made.read(stories), *made.tables(rows, relations)


@pytest.mark.parametrize("max_bytes", [250_000, 330_000, 500_000])
def test_a_page_stays_under_its_size_and_says_what_it_left_out(max_bytes: int) -> None:
    read, clusters, relations = many(300)
    with read:
        page = build_page(
            clusters,
            relations,
            summary=made.summary(600, 300),
            stories=read,
            max_bytes=max_bytes,
        )
    assert len(page.encode()) <= max_bytes
    index = unpack(page, "index")
    packed = [
        cluster for block in set(index["block"]) for cluster in unpack(page, f"block-{block}")
    ]
    assert {cluster["id"] for cluster in packed} == set(index["id"])
    light = sum(not cluster["texts"] for cluster in packed)
    left_out = 300 - len(packed)
    described = re.sub(r"\s+", " ", " ".join(Page(page).texts))
    assert (f"{light} of the smaller clusters" in described) == (light > 0)
    assert (f"{left_out} of the smallest are left out" in described) == (left_out > 0)
    for way in ("dupdetect explain OUT STORY_ID", "--clusters 300 --size"):
        assert (way in described) == (light + left_out > 0)


def test_the_largest_clusters_are_kept_when_there_are_too_many() -> None:
    read, clusters, relations = many(20)
    with read:
        page = build_page(
            clusters, relations, summary=made.summary(40, 20), stories=read, max_clusters=5
        )
    assert unpack(page, "index")["id"] == [f"c{number:04}" for number in range(5)]
    assert "15 of the smallest are left out" in re.sub(r"\s+", " ", page)


def test_stories_of_another_dump_are_refused() -> None:
    clusters, relations = made.tables(
        [made.clusters_row("a", "a"), made.clusters_row("b", "a")], []
    )
    with made.read([made.story("a", "One story.")]) as read, pytest.raises(InputError) as caught:
        build_page(clusters, relations, summary=made.summary(2, 1), stories=read)
    assert "'b'" in str(caught.value)
    assert "--stories" in str(caught.value)


def test_a_folder_without_results_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        write_report(tmp_path, tmp_path / "report.html")
    assert not list(tmp_path.iterdir())


def test_stories_from_standard_input_must_be_named(tmp_path: Path) -> None:
    out = made.hostile_folder(tmp_path)
    described = orjson.loads((out / "summary.json").read_bytes())
    described["inputs"][0]["path"] = "-"
    (out / "summary.json").write_bytes(orjson.dumps(described))
    with pytest.raises(InputError, match="--stories"):
        write_report(out, tmp_path / "report.html")
    with corpus.read(tmp_path / "stories.jsonl") as read:
        write_report(out, tmp_path / "report.html", corpus=read)
    assert (tmp_path / "report.html").stat().st_size > 10_000
