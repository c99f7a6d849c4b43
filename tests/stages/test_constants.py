"""Constants in code that decide results are in the digests of what the stages made."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

import dupdetect
from dupdetect.config import Config
from dupdetect.engines import declared
from dupdetect.engines.generation import made_by
from dupdetect.stages import clean, heads, relate
from dupdetect.stages.constants import _SPEED, constants

pytestmark = pytest.mark.fast

ROOT = Path(dupdetect.__file__).parent
# What the first says is only shown, and the second is for signatures by themselves.
ELSEWHERE = {"stages.reasons", "stages.signature", "stages.languages", "corpus.mend"}


def modules() -> list[str]:
    """Give the modules that decide results, and have constants."""
    paths = [*(ROOT / "stages").glob("*.py"), *(ROOT / "corpus" / "mend").glob("*.py")]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted(paths)]
    names = [name.removesuffix(".__init__") for name in names]
    return [name for name in names if name != "stages.constants" and constants(name) != "{}"]


@pytest.mark.parametrize("module", modules())
def test_each_module_with_constants_belongs_to_a_stage(module: str) -> None:
    counted = {rule for stage in declared.STAGES for rule in stage.rules} | {*declared._READING}
    assert module in counted | ELSEWHERE


@pytest.mark.parametrize("module", modules())
def test_constants_are_the_same_in_every_process(module: str) -> None:
    found = constants(module)
    assert json.loads(found)
    assert " at 0x" not in found


def test_another_constant_makes_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    declared._rules.cache_clear()  # of another test with other constants
    before = declared.digests(Config()), made_by(Config())
    monkeypatch.setattr(heads, "_MOST_HEADS", 31)
    declared._rules.cache_clear()
    after = declared.digests(Config()), made_by(Config())
    monkeypatch.undo()
    declared._rules.cache_clear()
    assert before[1] != after[1]
    differ = {name for name in before[0] if before[0][name] != after[0][name]}
    assert "candidates" in differ
    assert not differ & {"stories", "lines", "line_status", "sketches", "credits"}


def test_what_only_sets_the_pace_is_in_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = constants("stages.clean")
    monkeypatch.setattr(clean, "_BATCH", 1)
    assert constants("stages.clean") == before


@pytest.mark.parametrize("name", sorted(_SPEED))
def test_each_constant_of_the_pace_exists(name: str) -> None:
    module, _, constant = name.rpartition(".")
    assert isinstance(getattr(import_module(f"dupdetect.{module}"), constant), int)
    assert f'"{constant}"' not in constants(module)


def test_a_name_that_sets_the_pace_in_one_module_decides_in_another() -> None:
    found = json.loads(constants("stages.relate"))
    assert found["_FEW_WORDS"] == relate._FEW_WORDS
