"""The report in a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

import dupdetect
from dupdetect.views.report import write_report
from dupdetect.views.words import words_of
from tests.support import report_stories as made

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no system Chromium to drive"),
]

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"
DRONE = "#/cluster/gazette-drone"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the sample and the report of them."""
    if not SAMPLE.exists():
        pytest.skip("the sample is not beside the tests")
    place = tmp_path_factory.mktemp("report")
    dupdetect.cluster(SAMPLE, threads=1).write(place / "out")
    write_report(place / "out", place / "report.html")
    return place


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    """Open a page; when the test ends, nothing may have been requested or complained about."""
    trouble: list[str] = []
    contexts = []

    def go(path: Path, address: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: trouble.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        own = path.as_uri()

        def check(request: Any) -> None:
            if request.url.split("#")[0] != own:
                trouble.append(f"request: {request.url}")

        page.on("request", check)
        page.goto(own + address)
        return page

    yield go
    for context in contexts:
        context.close()
    assert trouble == []


def until(page: Any, condition: str, argument: object = None) -> None:
    """Wait for a condition; Playwright's own waiting needs the eval that the policy forbids."""
    for _ in range(200):
        if page.evaluate(condition, argument):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"never came true: {condition}")


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (folder / "out" / name).read_bytes().splitlines()]


def texts() -> dict[str, str]:
    return {row["id"]: row["text"] for row in map(orjson.loads, SAMPLE.read_bytes().splitlines())}


def test_searching_a_headline_leads_to_the_cluster(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html")
    page.keyboard.press("/")
    page.keyboard.type("drone")
    # The list is made again for each pause in typing: wait for that of the whole word.
    until(page, "document.querySelector('.item-title mark')?.textContent.toLowerCase() === 'drone'")
    until(page, "!document.querySelector('#status').textContent.includes('so far')")
    assert "Drone that fell" in page.locator(".item-title").first.inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#map")
    assert page.url.endswith(DRONE)
    assert "Drone that fell" in page.locator("h1:visible").inner_text()
    assert page.evaluate("document.activeElement.tagName") == "H1", "where reading goes on"


def test_searching_words_of_a_text_finds_the_story_and_shows_them(
    folder: Path, opened: Open
) -> None:
    page = opened(folder / "report.html", "#/stories?q=" + quote('"tree line"'))
    page.wait_for_selector(".item-snippet")
    assert page.locator(".item").count() == 1
    assert page.locator(".item-snippet mark").inner_text() == "tree line"
    page.fill("#q", "nothingofthesort")
    until(page, "document.querySelector('#status').textContent.startsWith('0 ')")
    assert page.locator(".item").count() == 0


def test_the_timeline_names_every_outlet_in_order_and_leads_to_its_text(
    folder: Path, opened: Open
) -> None:
    page = opened(folder / "report.html", DRONE)
    page.wait_for_selector(".when li")
    rows = [row for row in rows_of(folder, "clusters.jsonl") if row["cluster"] == "gazette-drone"]
    times = {row["publisher"]: datetime.fromisoformat(row["published"]) for row in rows}
    order = sorted(times, key=lambda publisher: times[publisher])
    assert page.locator(".when b").all_inner_texts() == order
    clocks = [times[publisher].astimezone(UTC).strftime("%H:%M") for publisher in order]
    assert page.locator(".when small").all_inner_texts() == clocks
    places = page.eval_on_selector_all(".time-dot", "all => all.map(d => parseFloat(d.style.left))")
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] == 100
    page.locator(".time-dot[data-id=courier-drone]").click()
    page.wait_for_selector("#pair")
    assert page.url.endswith("/with/courier-drone")


def test_an_outlet_of_the_overview_leads_to_its_clusters(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html")
    page.locator("#overview a[href*='outlet=']", has_text="MetroLens").first.click()
    page.wait_for_selector(".item")
    assert page.locator("#outlet").input_value() == "MetroLens"


def test_filters_keep_the_clusters_they_name(folder: Path, opened: Open) -> None:
    clusters = rows_of(folder, "clusters.jsonl")
    page = opened(folder / "report.html", "#/stories")
    page.wait_for_selector(".item")
    page.click("#chip-abridgement")
    page.wait_for_selector("#chip-abridgement[aria-pressed=true]")
    assert page.evaluate("document.activeElement.id") == "chip-abridgement"
    expected = {row["cluster"] for row in clusters if row["kind"] == "abridgement"}
    shown = page.eval_on_selector_all(".item-title", "all => all.map(a => a.hash)")
    assert set(shown) == {f"#/cluster/{cluster}" for cluster in expected}
    page.click(".clear")
    page.fill("#outlet", "metrolens")
    page.press("#outlet", "Enter")
    page.fill("#least", "5")
    page.press("#least", "Enter")
    until(page, "location.hash.includes('least=5')")
    sizes = {row["cluster"]: 0 for row in clusters}
    for row in clusters:
        sizes[row["cluster"]] += 1
    expected = {
        row["cluster"]
        for row in clusters
        if row["publisher"] == "MetroLens" and sizes[row["cluster"]] >= 5
    }
    until(page, "n => document.querySelectorAll('.item').length === n", len(expected))
    shown = page.eval_on_selector_all(".item-title", "all => all.map(a => a.hash)")
    assert set(shown) == {f"#/cluster/{cluster}" for cluster in expected}


def test_doubtful_removals_lead_to_both_texts_and_certainty_filters_the_list(
    folder: Path, opened: Open
) -> None:
    rows = rows_of(folder, "clusters.jsonl")
    page = opened(folder / "report.html")
    page.locator("#look-first a").click()
    page.wait_for_selector("#removals .item")
    removed = sum(row["keeper"] is not None for row in rows)
    assert page.locator("#removals .item").count() == min(50, removed)
    shown = [float(text) for text in page.locator("#removals b").all_inner_texts()]
    assert shown == sorted(shown)
    first = page.locator("#removals .item-title").first
    title = first.inner_text()
    first.click()
    page.wait_for_selector("#pair")
    assert page.locator(".pane-role").all_inner_texts() == ["Kept", "Removed"]
    assert page.locator(".pane.right .pane-title").inner_text() == title
    page.keyboard.press("u")
    page.wait_for_selector("#removals")

    least: dict[str, float] = {}
    for row in rows:
        if row["certainty"] is not None:
            name = row["cluster"]
            least[name] = min(least.get(name, 1.0), round(row["certainty"], 2))
    limit = sorted(least.values())[len(least) // 2]
    expected = {name for name, certainty in least.items() if certainty >= limit}
    assert 0 < len(expected) < len(least), "the limit parts them"
    page.click("[data-nav=stories]")
    page.wait_for_selector("#items .item")
    page.fill("#certain", str(limit))
    page.press("#certain", "Enter")
    until(page, "n => document.querySelectorAll('#items .item').length === n", len(expected))
    links = page.eval_on_selector_all("#items .item-title", "all => all.map(a => a.hash)")
    assert set(links) == {f"#/cluster/{quote(name, safe='')}" for name in expected}


def test_bars_of_the_map_have_the_extents_of_the_relations(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", DRONE)
    page.wait_for_selector("#map-rows")
    words = words_of(texts()["gazette-drone"])
    relations = [row for row in rows_of(folder, "relations.jsonl") if row["a"] == "gazette-drone"]
    members = {
        row["id"]
        for row in rows_of(folder, "clusters.jsonl")
        if row["cluster"] == "gazette-drone" and not row["canonical"]
    }
    assert len(members) >= 4
    shown = page.eval_on_selector_all("#map-rows > .row", "all => all.map(row => row.dataset.id)")
    assert set(shown) == members
    checked = 0
    for relation in relations:
        if relation["b"] not in members:
            continue
        row = page.locator(f'#map-rows > .row[data-id="{relation["b"]}"]')
        track = row.locator(".track").bounding_box()
        segments = [segment.bounding_box() for segment in row.locator(".seg").all()]
        spans = [words.covered_by(*passage[:2]) for passage in relation["passages"]]
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        left = (min(box["x"] for box in segments) - track["x"]) / track["width"]
        right = (max(box["x"] + box["width"] for box in segments) - track["x"]) / track["width"]
        assert left == pytest.approx(first / len(words), abs=0.01), relation["b"]
        assert right == pytest.approx(last / len(words), abs=0.01), relation["b"]
        checked += 1
    assert checked == len(members)


def test_rows_stand_in_the_order_of_publication(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", DRONE)
    page.wait_for_selector("#map-rows")
    shown = page.eval_on_selector_all("#map-rows > .row", "all => all.map(row => row.dataset.id)")
    with dupdetect.corpus.read(SAMPLE) as stories:
        times = dict(zip(stories.ids.to_pylist(), stories.published_us.tolist(), strict=True))
    assert shown == sorted(shown, key=times.__getitem__)
    dots = page.locator(".time-dot").count()
    assert dots == len(shown) + 1


def test_pointing_at_a_bar_reads_the_words_it_stands_for(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", DRONE)
    segment = page.locator('#map-rows [data-id="courier-drone"] .seg').first
    segment.hover()
    assert "Similar objects have crossed" in page.locator("#reading").inner_text()


def test_a_click_on_a_passage_brings_it_up_on_both_sides(folder: Path, opened: Open) -> None:
    page = opened(
        folder / "report.html",
        f"{DRONE}/with/courier-drone",
        viewport={"width": 1280, "height": 620},
        reduced_motion="reduce",
    )
    visible = """side => {
      const box = document.querySelector(`.pane.${side} .pane-text`);
      const part = box.querySelector('[data-passage="0"]');
      const [inside, around] = [part.getBoundingClientRect(), box.getBoundingClientRect()];
      return inside.top >= around.top && inside.top < around.bottom;
    }"""
    page.wait_for_selector("#pair")
    assert not page.evaluate(visible, "left"), "the end of the story is below the fold at first"
    page.locator(".pane.right span.passage").first.click()
    until(page, f"({visible})('left') && ({visible})('right')")
    assert page.locator(".pane.left .passage.current").count() > 0
    assert page.locator(".pane.right .passage.current").count() > 0
    assert "Passage 1" in page.locator("#passage-status").inner_text()
    left = page.locator(".pane.left .passage").all_inner_texts()
    assert left[0].startswith("Similar objects have crossed")


def test_changed_words_cuts_and_furniture_are_marked(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", f"{DRONE}/with/lens-drone")
    page.wait_for_selector("#pair")
    assert "WARSAW" in " ".join(page.locator(".pane.left .cut-part").all_inner_texts())
    furniture = " ".join(page.locator(".furniture-part").all_inner_texts())
    assert "Share: Facebook" in furniture
    assert "Sign up to Morning Tide" in furniture
    page.locator(".left-out summary").click()
    reasons = page.locator(".left-out li").all_inner_texts()
    assert any("Share: Facebook" in one and "pages print it" in one for one in reasons)
    assert any("Sign up to" in one and "asks to sign up" in one for one in reasons)


def test_changed_words_are_the_difference_of_the_passages(tmp_path: Path, opened: Open) -> None:
    a = "The mayor of the old town said on Monday that the new bridge would open late this year."
    b = "The mayor of the old city said that the new bridge would certainly open late this year."
    stories = [made.story("a", a), made.story("b", b)]
    rows = [made.clusters_row("a", "a"), made.clusters_row("b", "a", kind="near_duplicate")]
    changed = [
        [at, at + len(old), to, to + len(new)]
        for old, new in (("town", "city"), ("on Monday", ""), ("", "certainly"))
        for at, to in [(a.index(old), b.index(new))]
    ]
    spans = [[0, len(a), 0, len(b)]]
    relations = [made.relation("a", "b", spans, kind="near_duplicate", changed=changed)]
    write_report(made.write_folder(tmp_path, stories, rows, relations), tmp_path / "r.html")
    page = opened(tmp_path / "r.html", "#/cluster/a/with/b")
    page.wait_for_selector("#pair")
    assert page.locator(".pane.left del").all_inner_texts() == ["town", "on Monday"]
    assert page.locator(".pane.right ins").all_inner_texts() == ["city", "certainly"]


def test_the_theme_goes_round_and_is_remembered(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", color_scheme="light")
    colour = "getComputedStyle(document.body.parentElement).backgroundColor"
    light = page.evaluate(colour)
    page.click("#theme")
    assert page.evaluate(colour) == light
    page.click("#theme")
    dark = page.evaluate(colour)
    assert dark != light
    page.reload()
    assert page.evaluate(colour) == dark
    page.keyboard.press("t")
    assert page.evaluate(colour) == light


def test_keys_lead_through_the_report(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", DRONE)
    page.wait_for_selector("#map-rows")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pair")
    page.keyboard.press("n")
    assert page.locator("#pair").get_attribute("data-current") == "0"
    page.keyboard.press("u")
    page.wait_for_selector("#map")
    page.keyboard.press("u")
    page.wait_for_selector("#items")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    [
        "",
        "#/look",
        "#/look/0",
        "#/stories",
        DRONE,
        f"{DRONE}/with/courier-drone",
        f"{DRONE}/overlap/0",
    ],
)
def test_axe_finds_no_barrier(
    folder: Path, opened: Open, address: str, theme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe-core is not installed")
    # Only to let axe in: it is loaded into the page from outside, which the policy forbids.
    page = opened(
        folder / "report.html",
        address,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
    )
    page.wait_for_selector("main h1:visible")
    if any(part in address for part in ("overlap", "with", "look/")):
        page.wait_for_selector("#pair")
    page.evaluate(axe.AXE_SCRIPT)
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("rules => axe.run({runOnly: rules})", rules)
    assert [
        (rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found["violations"]
    ] == []


@pytest.mark.parametrize(
    "address", ["", "#/look", "#/look/0", "#/stories", DRONE, f"{DRONE}/with/courier-drone"]
)
def test_nothing_is_wider_than_a_narrow_screen(folder: Path, opened: Open, address: str) -> None:
    page = opened(folder / "report.html", address, viewport={"width": 400, "height": 800})
    page.wait_for_selector("main h1:visible")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("stories", [3, 20])
def test_long_names_break_on_a_narrow_screen(tmp_path: Path, opened: Open, stories: int) -> None:
    out, ids = made.long_names_folder(tmp_path, stories)
    write_report(out, tmp_path / "r.html")
    first, second = (quote(id_, safe="") for id_ in ids[:2])
    for address, part in ((f"{first}", "#map"), (f"{first}/with/{second}", "#pair")):
        screen = {"width": 400, "height": 800}
        page = opened(tmp_path / "r.html", f"#/cluster/{address}", viewport=screen)
        page.wait_for_selector(part)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_on_paper_both_texts_stand_whole(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", f"{DRONE}/with/courier-drone", color_scheme="dark")
    page.wait_for_selector("#pair")
    page.emulate_media(media="print")
    for pane in page.locator(".pane-text").all():
        assert pane.evaluate("box => box.scrollHeight - box.clientHeight") <= 1
    assert page.locator(".bar").is_hidden()
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert colour == "rgb(255, 255, 255)"


def test_hostile_text_stays_text_in_every_view(tmp_path: Path, opened: Open) -> None:
    write_report(made.hostile_folder(tmp_path), tmp_path / "r.html")
    page = opened(tmp_path / "r.html")
    dangerous = "document.querySelectorAll('main :is(script, img, svg[onload], iframe)').length"
    for number, text in enumerate(made.HOSTILE):
        cluster = quote(f"{number}{text}", safe="")
        for address in (f"#/cluster/{cluster}", f"#/cluster/{cluster}/with/{cluster}%20copy"):
            page.evaluate("address => { location.hash = address }", address)
            wanted = "#pair" if "with" in address else "#map"
            page.wait_for_selector(f"section#view:not([hidden]) {wanted}")
            title = f"{number} {text}"
            until(
                page, "title => document.querySelector('#view').textContent.includes(title)", title
            )
            assert page.evaluate(dangerous) == 0
            assert page.title() != "owned"
    page.evaluate("location.hash = '#/look'")
    page.wait_for_selector("#removals .item")
    assert page.locator("#removals .item").count() == len(made.HOSTILE)
    assert page.evaluate(dangerous) == 0
    page.evaluate("text => { location.hash = '#/stories?q=' + encodeURIComponent(text) }", "<img")
    page.wait_for_selector(".item-title mark")
    assert page.evaluate(dangerous) == 0
    page.evaluate("location.hash = '#/cluster/%E0%A4%A'")
    page.wait_for_selector("#overview:not([hidden])")


def test_an_address_of_a_story_left_out_says_so(folder: Path, opened: Open) -> None:
    page = opened(folder / "report.html", "#/cluster/none-such")
    page.wait_for_selector("#view h1")
    assert "Not in this file" in page.locator("#view h1").inner_text()
    assert re.search("dupdetect explain OUT none-such", page.locator("#view").inner_text())
