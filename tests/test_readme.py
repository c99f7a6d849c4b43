"""README and docs: examples run, tables are the program's, links lead somewhere."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from benchmarks.docs.readme import FIGURES, PAGES, PARTS, PICTURE, draw_picture, fill
from dupdetect.config import Config
from dupdetect.products.schemas import CLUSTERS, KINDS, RELATIONS, REMOVED

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
OTHERS = [ROOT / name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")]
ALL = [*PAGES, *OTHERS, ROOT / "benchmarks" / "README.md"]
TEXTS = {page: page.read_text(encoding="utf-8") for page in ALL}


def examples(page: Path) -> str:
    """Return the page's Python blocks that show a session."""
    blocks = re.findall(r"^```python\n(.*?)^```", TEXTS[page], re.DOTALL | re.MULTILINE)
    return "\n".join(block for block in blocks if ">>>" in block)


@pytest.mark.parametrize("page", [page for page in ALL if examples(page)], ids=lambda p: p.name)
def test_the_examples_run_as_they_stand(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas", reason="an example loads a DataFrame")
    pytest.importorskip("polars", reason="an example loads a DataFrame")
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest(examples(page), {}, page.name, str(page), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    result = runner.run(test, out=said.append)
    assert result.failed == 0, "".join(said)


def test_there_are_examples_where_a_reader_looks_for_them() -> None:
    counts = {page.name: examples(page).count(">>>") for page in PAGES}
    assert counts["README.md"] >= 4
    assert counts["recipes.md"] >= 20
    assert counts["settings.md"] >= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_the_program_says_stands_in_the_page_as_it_says_it(page: Path) -> None:
    assert fill(TEXTS[page]) == TEXTS[page], "run: python -m benchmarks.docs.readme"


def test_every_part_stands_in_one_page() -> None:
    everything = "\n".join(TEXTS[page] for page in PAGES)
    for name in PARTS:
        assert everything.count(f"<!-- {name} -->\n") == 1, name
        assert everything.count(f"<!-- /{name} -->\n") == 1, name


def test_the_page_of_outputs_has_every_column_in_order() -> None:
    page = TEXTS[ROOT / "docs" / "outputs.md"]
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", page, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row)]
    assert named == [*REMOVED.names[1:], *CLUSTERS.names, *RELATIONS.names]


def test_the_table_of_kinds_has_every_kind() -> None:
    for page in (README, ROOT / "docs" / "how-it-decides.md"):
        rows = re.findall(r"^\| ([a-z-]+) \|", TEXTS[page], re.MULTILINE)
        named = [row.replace("-", "_") for row in rows if row not in {"kind", "system"}]
        assert sorted({*named} & {*KINDS}) == sorted({*KINDS} - {"none"}), page.name


def test_the_settings_of_the_advice_are_settings() -> None:
    page = TEXTS[ROOT / "docs" / "settings.md"]
    advice = page[page.index("## If you see") : page.index("## All settings")]
    named = set(re.findall(r"`([a-z_]+)(?: = [^`]+)?`", advice))
    assert named
    assert named <= set(Config.__dataclass_fields__)


def test_the_picture_is_what_the_command_shows_and_loads_nothing() -> None:
    drawn = PICTURE.read_text(encoding="utf-8")
    assert drawn == draw_picture(), "run: python -m benchmarks.docs.readme"
    assert not re.search(r"@import|url\(['\"]?http|<image|<script", drawn)


def test_the_two_commands_stand_once_each() -> None:
    commands = [
        "pip install . && dupdetect dedupe data/wire.jsonl -o unique.jsonl",
        "pip install '.[test]' && pytest",
    ]
    assert [TEXTS[README].splitlines().count(command) for command in commands] == [1, 1]


def test_the_readme_is_short() -> None:
    assert len(TEXTS[README].split()) <= 1200


def test_every_path_a_page_links_to_is_there() -> None:
    for page, text in TEXTS.items():
        paths = re.findall(r"\]\((?!http|#)([^)#]+)", text)
        assert [path for path in paths if not (page.parent / path).exists()] == [], page.name
    records = {"senate.json", "generated.json", "outlets.json"}
    assert {path.name for path in FIGURES.glob("*.json")} == records


def test_every_module_that_a_page_runs_is_there() -> None:
    for page, text in TEXTS.items():
        for module in re.findall(r"python -m (benchmarks[\w.]*)", text):
            path = ROOT / Path(*module.split("."))
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), (
                page.name,
                module,
            )


def test_no_placeholders() -> None:
    for text in TEXTS.values():
        assert not re.search(r"\b(TODO|TBD|FIXME|coming soon|XXX)\b", text)
