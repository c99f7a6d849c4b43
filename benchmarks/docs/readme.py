"""Fill in what README and docs take from the program: settings, summary, figures, pictures.

::

    python -m benchmarks.docs.readme

Each part stands between ``<!-- name -->`` and ``<!-- /name -->``; a test checks
that filling it in again changes nothing. Figures of speed come from the records that
``benchmarks.peers`` wrote to `FIGURES`.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from benchmarks.peers.pipelines import PEERS
from dupdetect.settings import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FIGURES = ROOT / "docs" / "figures"
PICTURE = ROOT / "data" / "pictures" / "compare.svg"
CORPORA = {"senate": "Senate releases", "generated": "generated stories"}
PICTURED = ("data/wire.jsonl", "gazette-drone", "lens-drone")


def settings_tables() -> str:
    """Return a Markdown table for each section of the settings, from their metadata."""
    lines: list[str] = []
    for name, section in SECTIONS.items():
        lines += [
            *(f"### `[{name}]` {section.__doc__}", ""),
            "| setting | default | off | unit | what a change does |",
            "| --- | --- | --- | --- | --- |",
        ]
        for item in fields(section):
            unit, doc = item.metadata["unit"], item.metadata["doc"]
            off = "" if item.metadata["off"] is None else f"`{toml(item.metadata['off'])}`"
            lines.append(f"| `{item.name}` | `{toml(item.default)}` | {off} | {unit} | {doc} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def speed_table() -> str:
    """Return what the whole job costs on real and on generated stories, from the records."""
    records = [json.loads((FIGURES / f"{name}.json").read_text()) for name in CORPORA]
    rows = [record["tables"]["whole"] for record in records]
    compares = {peer.name: peer.compares for peer in PEERS}
    heads = [f"{name}: us a story | kept" for name in CORPORA.values()]
    lines = [
        f"| system | compares | {' | '.join(heads)} |",
        f"| --- | --- |{' --: | --: |' * len(rows)}",
    ]
    for name in sorted(set.intersection(*map(set, rows)), key=lambda name: _cost(rows[0][name])):
        cells = [cell for row in rows for cell in _speed_cells(row[name])]
        lines.append(f"| {name} | {compares[name]} | {' | '.join(cells)} |")
    counts = " and ".join(
        f"{max(int(row['stories']) for row in table.values() if 'stories' in row):,} {name}"
        for table, name in zip(rows, CORPORA.values(), strict=True)
    )
    processor = records[0]["header"]["processor"]
    return "\n".join([*lines, "", f"{counts}; {processor}."])


def outlets_table() -> str:
    """Return what the whole job costs on pages of outlets, and what each system leaves out."""
    record = json.loads((FIGURES / "outlets.json").read_text())
    rows = record["tables"]["whole"]
    leaves_out = {peer.name: peer.leaves_out for peer in PEERS}
    lines = [
        "| system | leaves out | us a story | x dupdetect | kept |",
        "| --- | --- | --: | --: | --: |",
    ]
    for name in sorted(rows, key=lambda name: _cost(rows[name])):
        cost, kept = _speed_cells(rows[name])
        ratio = f"{_cost(rows[name]) / _cost(rows['dupdetect']):.2f}" if cost != "-" else "-"
        lines.append(f"| {name} | {leaves_out[name]} | {cost} | {ratio} | {kept} |")
    return "\n".join(lines)


def _cost(row: Mapping[str, Any]) -> float:
    return float(row.get("cpu_microseconds_per_story", "inf"))


def _speed_cells(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the cost and what was kept; a peer given fewer stories than the others says so."""
    if "skipped" in row:
        return "-", "-"
    return f"{_cost(row):,.0f}", f"{row['found']:,} of {row['stories']:,}"


def toml(value: object) -> str:
    """Return a setting's value as it would stand in TOML, strings without their quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)


def said(*words: str, **more: str) -> str:
    """Run the command on the sample, in a folder of its own, and return what it prints."""
    plain = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "COLUMNS"}}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").symlink_to(ROOT / "data")
        done = subprocess.run(
            [sys.executable, "-m", "dupdetect", *words],
            cwd=folder,
            env={**plain, "PYTHONIOENCODING": "utf-8", **more},
            capture_output=True,
            check=True,
        )
    return done.stdout.decode().rstrip()


def console_block(*words: str) -> str:
    """Return what the command prints as a Markdown block, its seconds written as 0.1."""
    return f"```text\n{re.sub(r'[0-9.]+ s:', '0.1 s:', said(*words))}\n```"


def draw_picture() -> str:
    """Draw `dupdetect compare` of two sample stories as it looks on a terminal, as SVG."""
    console = Console(
        record=True, width=84, file=io.StringIO(), highlight=False, force_terminal=True
    )
    console.print(Text("$ dupdetect compare " + " ".join(PICTURED), "bold"))
    console.print(Text.from_ansi(said("compare", *PICTURED, FORCE_COLOR="1", COLUMNS="84")))
    drawn = console.export_svg(title="dupdetect compare", theme=MONOKAI, unique_id="compare")
    # The template loads a font from the net; a picture must not.
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)


def fill(text: str) -> str:
    """Return a page's text with every part that the program says filled in."""
    for name, content in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)
        if pattern.search(text):
            before, opening, _, closing, after = pattern.split(text)
            text = f"{before}{opening}{content()}\n{closing}{after}"
    return text


PARTS: Mapping[str, Callable[[], str]] = {
    "settings": settings_tables,
    "speed": speed_table,
    "outlets": outlets_table,
    "summary": lambda: console_block("dedupe", "data/wire.jsonl", "-o", "unique.jsonl"),
}


def main() -> None:
    """Write the pages and the picture."""
    for page in PAGES:
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw_picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
