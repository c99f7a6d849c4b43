"""Take the pictures of the report that the README shows, from the sample in data/.

Run it from the project's root: ``python -m benchmarks.docs.pictures``. It needs Playwright and a
Chromium, and writes PNG files into data/pictures/.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import dupdetect
from dupdetect.views.report import write_report

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "wire.jsonl"
PICTURES = ROOT / "data" / "pictures"
CLUSTER = "#/cluster/gazette-drone"
PAIR = "#/cluster/dispatch-hive/with/meridian-hive"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTH = 1120


def main() -> None:
    """Write the report of the sample and photograph it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("no chromium on the PATH: install the system's package")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        out, report = Path(folder) / "out", Path(folder) / "report.html"
        dupdetect.cluster(SAMPLE).write(out)
        write_report(out, report)
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": 900}, device_scale_factor=1.5, color_scheme="light"
        )
        page.emulate_media(reduced_motion="reduce")
        page.goto(report.as_uri() + CLUSTER)
        page.wait_for_selector("#map")
        page.hover('#map-rows [data-id="courier-drone"] .seg')
        _take(page, "cluster", until="#members-title")
        page.goto(report.as_uri() + PAIR)
        page.wait_for_selector("#pair")
        _take(page, "side_by_side")
        browser.close()


def _take(page: Page, name: str, *, until: str | None = None) -> None:
    """Photograph the page from its top, down to an element if one is named."""
    page.evaluate("document.fonts.ready")
    bottom = 820.0
    if until is not None:
        box = page.locator(until).bounding_box()
        bottom = box["y"] - 20 if box else bottom
    page.screenshot(
        path=PICTURES / f"{name}.png",
        clip={"x": 0, "y": 0, "width": WIDTH, "height": bottom},
        full_page=True,
    )


if __name__ == "__main__":
    main()
