"""The report of stories of several outlets, in a real browser."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

import dupdetect
from dupdetect.views.report import write_report
from tests.views import test_report_browser as report
from tests.views.test_report_browser import (
    DRONE,
    SAMPLE,
    Open,
    browser,
    opened,
    pytestmark,
    rows_of,
    until,
)

__all__ = ["browser", "opened", "pytestmark"]  # what pytest finds here by name


@pytest.fixture(scope="module")
def outlets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of stories with pages of their own, languages, and outlets that repeat."""
    if not SAMPLE.exists():
        pytest.skip("the sample is not beside the tests")
    place = tmp_path_factory.mktemp("outlets")
    rows = [orjson.loads(line) for line in SAMPLE.read_bytes().splitlines()]
    for number, row in enumerate(rows):
        row["publisher"] = ("Harbour Gazette", "=1+2")[number % 2]
        row["language"] = ("EN", "fr")["hive" in row["id"]]
        row["url"] = f"https://news.example/{row['id']}?a=1&b=2"
        if row["id"] == "courier-drone":
            row["url"] = HOSTILE_PAGE
    (place / "dump.jsonl").write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    dupdetect.cluster(place / "dump.jsonl", threads=1).write(place / "out")
    write_report(place / "out", place / "report.html")
    return place


HOSTILE_PAGE = "javascript:document.title='owned'"


def table_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def saved(page: Any) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.click(".save")
    return table_of(Path(download.value.path()).read_text("utf-8"))


def test_the_list_is_filtered_by_date_agency_and_language(outlets: Path, opened: Open) -> None:
    rows = rows_of(outlets, "clusters.jsonl")
    named: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        named.setdefault(row["cluster"], []).append(row)
    copied = {name: group for name, group in named.items() if len(group) > 1}
    page = opened(outlets / "report.html", "#/stories")
    page.wait_for_selector(".item")

    def shown() -> set[str]:
        return {row["cluster"] for row in saved(page)}

    assert shown() == set(copied)
    page.select_option("#language", "fr")
    until(page, "location.hash.includes('language=fr')")
    page.wait_for_selector(".item")
    assert shown() == {name for name in copied if "hive" in name}
    credited = {
        name: {agency for row in group for agency in row["credits"] or ()}
        for name, group in copied.items()
    }
    agency = min(set().union(*credited.values()))
    page.goto(f"{(outlets / 'report.html').as_uri()}#/stories?agency={quote(agency)}")
    until(page, "agency => document.querySelector('#agency').value === agency", agency)
    assert shown() == {name for name, agencies in credited.items() if agency in agencies}
    day = min(row["published"] for group in copied.values() for row in group)[:10]
    page.goto(f"{(outlets / 'report.html').as_uri()}#/stories?from={day}&to={day}")
    until(page, "day => document.querySelector('#from')?.value === day", day)
    expected = {
        name
        for name, group in copied.items()
        if min(utc_day(row) for row in group) <= day <= max(utc_day(row) for row in group)
    }
    assert expected
    assert shown() == expected
    assert page.locator(".clear").count() == 1


def utc_day(row: dict[str, Any]) -> str:
    return datetime.fromisoformat(row["published"]).astimezone(UTC).strftime("%Y-%m-%d")


def test_a_table_is_saved_as_it_is_shown_and_runs_no_formula(outlets: Path, opened: Open) -> None:
    page = opened(outlets / "report.html", DRONE)
    page.wait_for_selector(".members")
    rows = {row["id"]: row for row in rows_of(outlets, "clusters.jsonl")}
    found = saved(page)
    drone = {id_ for id_, row in rows.items() if row["cluster"] == "gazette-drone"}
    assert {row["id"] for row in found} == drone
    for row in found:
        outlet = rows[row["id"]]["publisher"]
        assert row["outlet"] == (f"'{outlet}" if outlet.startswith("=") else outlet)
        assert row["kind"] == (rows[row["id"]]["kind"] or "")
        assert row["canonical"] == str(rows[row["id"]]["canonical"]).lower()


def test_a_story_leads_to_its_own_page_and_to_no_script(outlets: Path, opened: Open) -> None:
    page = opened(outlets / "report.html", DRONE)
    page.wait_for_selector(".members")
    found = page.locator(".members .own-page, .standfirst .own-page").all()
    links = {link.get_attribute("href"): link.get_attribute("rel") for link in found}
    assert "https://news.example/gazette-drone?a=1&b=2" in links
    assert set(links.values()) == {"noopener noreferrer external"}
    assert all(str(href).startswith("https://news.example/") for href in links)
    assert not any("courier-drone" in str(href) for href in links)  # its page was a script
    assert HOSTILE_PAGE not in (outlets / "report.html").read_text()


def test_rows_of_one_outlet_fold_behind_the_first(outlets: Path, opened: Open) -> None:
    page = opened(outlets / "report.html", DRONE)
    page.wait_for_selector(".members")
    rows = page.locator(".members tbody tr")
    members = [r for r in rows_of(outlets, "clusters.jsonl") if r["cluster"] == "gazette-drone"]
    assert rows.count() == len(members)
    visible = page.locator(".members tbody tr:visible")
    assert 2 <= visible.count() < len(members)
    assert page.locator(".members tr.is-canonical:visible").count() == 1
    button = page.locator(".members .fold").first
    assert button.get_attribute("aria-expanded") == "false"
    while page.locator(".members .fold[aria-expanded=false]").count():
        page.locator(".members .fold[aria-expanded=false]").first.click()
    assert visible.count() == len(members)
    button.click()
    assert visible.count() < len(members)
    assert page.url.endswith(DRONE)  # folding leads nowhere


@pytest.mark.parametrize("address", ["", "#/stories", DRONE])
def test_axe_finds_no_barrier_with_outlets_folded(
    outlets: Path, opened: Open, address: str
) -> None:
    report.test_axe_finds_no_barrier(outlets, opened, address, "light", 1280)
    report.test_nothing_is_wider_than_a_narrow_screen(outlets, opened, address)


def test_days_of_the_overview_lead_to_the_stories_of_that_day(outlets: Path, opened: Open) -> None:
    page = opened(outlets / "report.html")
    bars = page.locator("svg.days rect.day-stories").count()
    page.locator("#overview details summary", has_text="As a table").click()
    links = page.locator("#overview details table a[href*='from=']")
    assert links.count() == bars > 1
    links.first.click()
    page.wait_for_selector(".filters")
    assert "" < page.input_value("#from") <= page.input_value("#to")
    assert page.locator("table.matrix").count() == 1
