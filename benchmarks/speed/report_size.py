"""Measure the report of a large result: its size, its making, and how soon a browser shows it.

    python -m benchmarks.speed.report_size [--stories 85000] [--rounds 5] [--dump FILE]

With ``--rounds 0`` no browser is opened: only the time of the report is held against that of the
clustering, both of one processor, once from memory and once from the results and the dump.

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
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.generate.stories import write
from dupdetect import corpus
from dupdetect.engines import local
from dupdetect.views.report import MAX_CLUSTERS, write_report

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
GOAL_PAINT_MS, GOAL_MB, GOAL_TIMES = 2_000, 30, 3
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


def make(dump: Path, folder: Path) -> tuple[dict[str, Any], list[float]]:
    """Cluster and write the report twice; the summary, and the CPU seconds of the three."""
    began = time.process_time()
    with corpus.read(dump) as stories:
        found = local.cluster_corpus(stories, threads=1)
        clustered = time.process_time()
        write_report(found, folder / "report.html", corpus=stories)
        reported = time.process_time()
    found.write(folder / "out")
    again = time.process_time()
    write_report(folder / "out", folder / "again.html")
    ends = time.process_time()
    return found.summary, [clustered - began, reported - clustered, ends - again]


def main(arguments: list[str] | None = None) -> int:
    """Command line of the measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.report_size", description=__doc__
    )
    parser.add_argument("--stories", type=int, default=85_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dump", type=Path, help="of real stories, instead of made ones")
    given = parser.parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None and given.rounds:
        sys.exit("no chromium on the PATH: install the system's package")
    rounds: dict[int, list[dict[str, float]]] = {slower: [] for slower in SLOWER}
    note = ""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        dump, report = given.dump or folder / "stories.jsonl", folder / "report.html"
        if given.dump is None:
            write(dump, count=given.stories, seed=1)
        summary, seconds = make(dump, folder)
        size = report.stat().st_size / 1e6
        if given.rounds:
            driver = stack.enter_context(sync_playwright())
            for slower in SLOWER * given.rounds:
                browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
                taken, note = visit(browser, report, slower=slower)
                rounds[slower].append(taken)
                browser.close()
    sys.stdout.write("\n".join(_lines(summary, rounds, size, seconds, note)) + "\n")
    paint = max((taken["first paint"] for taken in rounds[1]), default=0)
    slow = max(seconds[1:]) > GOAL_TIMES * seconds[0]
    return int(paint >= GOAL_PAINT_MS or size >= GOAL_MB or slow)


def _lines(
    summary: dict[str, Any],
    rounds: dict[int, list[dict[str, float]]],
    size: float,
    seconds: list[float],
    note: str,
) -> list[str]:
    clustering, report, again = seconds
    lines = [
        f"- {summary['stories']:,} stories, {summary['clusters_with_copies']:,} clusters with "
        f"copies; the page shows {MAX_CLUSTERS:,} clusters at most: {note}",
        f"- size {size:.1f} MB (below {GOAL_MB})",
        f"- processor time: clustering {clustering:.2f} s; report {report:.2f} s, "
        f"{report / clustering:.1f} times as much; from the folder {again:.2f} s, "
        f"{again / clustering:.1f} times (at most {GOAL_TIMES})",
    ]
    if not rounds[1]:
        return lines
    lines += [
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
