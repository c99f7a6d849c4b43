"""The README: its examples run, its tables are the program's, its commands are the ones tested."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from benchmarks.docs.readme import PICTURE, draw_picture, fill

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_the_examples_run_as_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas", reason="the example loads a DataFrame")
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    source = "\n".join(block for block in blocks if ">>>" in block)
    test = doctest.DocTestParser().get_doctest(source, {}, "README.md", str(README), 0)
    assert len(test.examples) >= 8
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    result = runner.run(test, out=said.append)
    assert result.failed == 0, "".join(said)


def test_what_the_program_says_stands_in_the_readme_as_it_says_it() -> None:
    assert fill(TEXT) == TEXT, "run: python -m benchmarks.docs.readme"


def test_the_picture_is_what_the_command_shows_and_loads_nothing() -> None:
    drawn = PICTURE.read_text(encoding="utf-8")
    assert drawn == draw_picture(), "run: python -m benchmarks.docs.readme"
    assert not re.search(r"@import|url\(['\"]?http|<image|<script", drawn)


def test_the_two_commands_stand_once_each() -> None:
    commands = [
        "pip install . && dupdetect dedupe data/wire.jsonl -o unique.jsonl",
        "pip install '.[test]' && pytest",
    ]
    assert [TEXT.splitlines().count(command) for command in commands] == [1, 1]


def test_every_path_it_links_to_is_there() -> None:
    paths = re.findall(r"\]\((?!http|#)([^)#]+)", TEXT)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_no_placeholders() -> None:
    assert not re.search(r"\b(TODO|TBD|FIXME|coming soon|XXX)\b", TEXT)
