"""Measure the report of a large result: its size, its making, and how soon a browser shows it.

    python -m benchmarks.speed.report_size [--stories 85000] [--rounds 5]

Makes stories (`benchmarks.generate`), clusters them, writes the report with its default limits
and opens it from disk in headless Chromium, each round in a new browser, once at the machine's
speed and once slowed down four times. First paint is the browser's own entry
(first-contentful-paint, from the start of navigation); the other times run from the change of
address until what was asked for stands on the page. Medians and the slowest round in
milliseconds of the clock. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

import dupdetect
from benchmarks.generate.stories import write
from dupdetect.views.report import MAX_CLUSTERS, write_report

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
GOAL_PAINT_MS, GOAL_MB = 2_000, 30
SLOWER = (1, 4)

_LOADED = "document.readyState === 'complete' && performance.getEntriesByType('paint').length > 1"
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_READ = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_NOTE = "(document.getElementById('left-out')?.innerText || 'nothing was left out')"
# From a change of address until a part of the page answers to a selector and reads as it should.
_GO = """async ([hash, selector, starts]) => {
  const began = performance.now();
  location.hash = hash;
  for (;;) {
    await new Promise((done) => requestAnimationFrame(done));
    const part = document.querySelector(`#view:not([hidden]) ${selector}`);
    const text = part ? part.textContent : 'so far';
    if (text.startsWith(starts) && !text.includes('so far')) return performance.now() - began;
  }
}"""


def visit(browser: Browser, report: Path, *, slower: int) -> tuple[dict[str, float], str]:
    """Open the report and go to its parts; milliseconds of each, and the note on what it lacks."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(report.as_uri(), wait_until="load", timeout=120_000)
    while not page.evaluate(_LOADED):
        page.wait_for_timeout(20)
    taken = {"first paint": page.evaluate(_PAINT), "whole file read": page.evaluate(_READ)}
    note = page.evaluate(_NOTE)
    taken["list of all clusters"] = page.evaluate(_GO, ["#/stories", ".item", ""])
    first = page.locator(".item-title").first.get_attribute("href")
    taken["largest cluster"] = page.evaluate(_GO, [first, "#map-rows .row", ""])
    taken["list again"] = page.evaluate(_GO, ["#/stories", ".item", ""])
    # A word that is nowhere: every text is opened and read.
    word = "nowherefound"
    taken["search through all texts"] = page.evaluate(
        _GO, [f"#/stories?q={word}", "#status", f"0 clusters with {word}"]
    )
    page.context.close()
    return taken, " ".join(note.split())


def main(arguments: list[str] | None = None) -> int:
    """Command line of the measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.report_size", description=__doc__
    )
    parser.add_argument("--stories", type=int, default=85_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("no chromium on the PATH: install the system's package")
    rounds: dict[int, list[dict[str, float]]] = {slower: [] for slower in SLOWER}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        dump, report = Path(folder) / "stories.jsonl", Path(folder) / "report.html"
        write(dump, count=given.stories, seed=1)
        found = dupdetect.cluster(dump)
        began = time.process_time()
        write_report(found, report)
        making = time.process_time() - began
        size = report.stat().st_size / 1e6
        for _ in range(given.rounds):
            for slower in SLOWER:
                browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
                taken, note = visit(browser, report, slower=slower)
                rounds[slower].append(taken)
                browser.close()
    sys.stdout.write("\n".join(_told(found.summary, rounds, size, making, note)) + "\n")
    paint = max(taken["first paint"] for taken in rounds[1])
    return int(paint >= GOAL_PAINT_MS or size >= GOAL_MB)


def _told(
    summary: dict[str, Any],
    rounds: dict[int, list[dict[str, float]]],
    size: float,
    making: float,
    note: str,
) -> list[str]:
    lines = [
        f"- {summary['stories']:,} stories, {summary['clusters_with_copies']:,} clusters with "
        f"copies; the page shows {MAX_CLUSTERS:,} clusters at most: {note}",
        f"- size {size:.1f} MB (below {GOAL_MB}), made in {making:.1f} s of processor time",
        "",
        "| ms | median | slowest | CPU 4 times slower, median | slowest |",
        "|---|--:|--:|--:|--:|",
    ]
    for name in rounds[1][0]:
        cells = []
        for slower in SLOWER:
            times = [taken[name] for taken in rounds[slower]]
            cells += [f"{statistics.median(times):,.0f}", f"{max(times):,.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, "", f"First paint must stay below {GOAL_PAINT_MS:,} ms in every round."]


if __name__ == "__main__":
    sys.exit(main())
