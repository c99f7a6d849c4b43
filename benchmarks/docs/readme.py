"""Fill in what the README takes from the program: settings, the summary, the pictures.

::

    python -m benchmarks.docs.readme

Each part stands between ``<!-- name -->`` and ``<!-- /name -->``; a test checks
that filling it in again changes nothing.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from dupdetect.config import Config

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PICTURE = ROOT / "data" / "pictures" / "compare.svg"
PICTURED = ("data/wire.jsonl", "gazette-drone", "lens-drone")


def settings_table() -> str:
    """Return the settings as a Markdown table, from the metadata of `Config`."""
    rows = [
        "| setting | default | off | unit | what it decides |",
        "| --- | --- | --- | --- | --- |",
    ]
    for item in fields(Config):
        unit, doc = item.metadata["unit"], item.metadata["doc"]
        off = f"`{toml(item.metadata['off'])}`" if item.metadata["rule"] else ""
        rows.append(f"| `{item.name}` | `{toml(item.default)}` | {off} | {unit} | {doc} |")
    return "\n".join(rows)


def toml(value: object) -> str:
    """Return a setting's value as it would stand in TOML, strings without their quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)


def said(*words: str, **more: str) -> str:
    """Run the command on the sample, from a folder that holds `data`, and return what it prints.

    Not from the checkout: there Python would import the package without its kernels.
    """
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
    """Return the README's text with every part that the program says filled in."""
    parts = {
        "settings": settings_table(),
        "summary": console_block("dedupe", "data/wire.jsonl", "-o", "unique.jsonl"),
    }
    for name, content in parts.items():
        pattern = re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)
        found = pattern.findall(text)
        if len(found) != 1:
            raise ValueError(f"README.md has {len(found)} parts called {name!r}, expected 1")
        before, opening, _, closing, after = pattern.split(text)
        text = f"{before}{opening}{content}\n{closing}{after}"
    return text


def main() -> None:
    """Write the README and the picture."""
    README.write_text(fill(README.read_text(encoding="utf-8")), encoding="utf-8")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw_picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
