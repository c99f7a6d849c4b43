"""Settings: one field each, in the section of the stage that uses it, and read from anywhere."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest

from dupdetect import config
from dupdetect.config import Config
from dupdetect.errors import ConfigError
from dupdetect.settings import CANONICAL_POLICIES, SECTIONS, Settings

SETTINGS = [(name, item) for name, section in SECTIONS.items() for item in fields(section)]


def other_value(value: Any, choices: tuple[str, ...]) -> Any:
    """Return another value that the setting may have."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return choices[1]
    if isinstance(value, tuple):
        return ("The Harbour Gazette",)
    return value - 1 if isinstance(value, int) else value * 0.5 + 0.2


def test_every_setting_stands_in_one_section_and_a_config_has_them_all_in_order() -> None:
    names = [item.name for _, item in SETTINGS]
    assert len(set(names)) == len(names)
    assert [item.name for item in fields(Config)] == names
    assert not set(names) & set(SECTIONS)


def test_every_setting_says_in_one_sentence_what_it_changes() -> None:
    for _, item in SETTINGS:
        said = item.metadata["doc"]
        assert re.fullmatch(r"[A-Z].{30,}[^.]\.", said), item.name
        assert ". " not in said, item.name


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_a_value_of_its_own(section: str) -> None:
    config = Config()
    part = getattr(config, section)
    assert type(part) is SECTIONS[section]
    assert asdict(part) == {name: getattr(config, name) for name in asdict(part)}
    assert isinstance(inspect.getattr_static(Config, section), property)


@pytest.mark.parametrize(("section", "name"), [(section, item.name) for section, item in SETTINGS])
def test_a_setting_changes_the_digest_of_its_section_and_no_other(section: str, name: str) -> None:
    before = Config()
    item = next(item for item in fields(Config) if item.name == name)
    after = replace(before, **{name: other_value(item.default, item.metadata["choices"])})
    changed = {part for part in SECTIONS if before.digest(part) != after.digest(part)}
    assert changed == {section}
    assert before.digest() != after.digest()
    others = [part for part in SECTIONS if part != section]
    assert before.digest(*others) == after.digest(*reversed(others))


def test_digests_are_of_settings_not_of_how_they_were_given(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text("[relate]\ncontained = 0.9\n[sketch]\nwindow = 6\n", encoding="utf-8")
    by_name = Config(contained=0.9, window=6)
    assert Config.load(file) == by_name
    assert Config.load(file).digest() == by_name.digest()
    assert by_name.digest("sketch") != Config().digest("sketch")
    assert re.fullmatch("[0-9a-f]{16}", by_name.digest())


def test_a_file_may_name_settings_with_sections_or_without(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text(
        'canonical = "publisher"\nwithin_days = 2\n[select]\npublisher_priority = ["A", "B"]\n',
        encoding="utf-8",
    )
    config = Config.load(file, {"contained": "0.9", "sketch.window": "6", "within_days": "3"})
    expected = {"canonical": "publisher", "publisher_priority": ("A", "B"), "contained": 0.9}
    assert config == Config.of({**expected, "window": 6, "within_days": 3.0})
    assert Config.of(config.by_section()) == config
    assert Config.of(asdict(config)) == config


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("containd = 0.9", "containd: no such setting; did you mean contained?"),
        ("[skech]\nwindow = 6", "[skech]: no such section; did you mean sketch?"),
        ("[sketch]\ncontained = 0.9", "sketch.contained: no such setting; write relate.contained"),
        ("[sketch]\nwindo = 6", "windo: no such setting; did you mean window?"),
        ("window = 6\n[sketch]\nwindow = 6", "window: given twice; keep one of them"),
        ("window = '6'", "window = '6': expected a whole number; change the setting"),
        ("window = true", "window = True: expected a whole number; change the setting"),
        (
            "publisher_priority = 'Reuters'",
            "publisher_priority = 'Reuters': expected a list; "
            'write publisher_priority=["Reuters"]',
        ),
        ("contained = 2", "contained = 2: expected 0 to 1 (share); change the setting"),
        ("contained = nan", "contained = nan: expected 0 to 1 (share); change the setting"),
        (
            "[align]\nrun_words = 9\ncontained = 0.9\n[body]\nleast_prose = 0.4",
            "run_words, least_prose: no settings any more; remove them",
        ),
        ("run_words = 9", "run_words: no setting any more, its value is fixed now; remove it"),
        (
            "[clusters]\nround_ups = true",
            "[clusters]: no section any more, its settings are fixed now; remove it",
        ),
        (
            "[body]\nleast_prose = 0.4",
            "least_prose: no setting any more, its rule is gone; remove it",
        ),
        (
            "phrase_lines = false",
            "phrase_lines: no setting any more, page_lines decides about such "
            "lines, too; write page_lines, or remove it",
        ),
        (
            "canonical = 'first'",
            f"canonical = 'first': expected one of {', '.join(CANONICAL_POLICIES)}; "
            "change the setting",
        ),
        (
            "bands = 30",
            "bands * rows = 180: expected at most num_perm = 128; lower bands or rows, "
            "or raise num_perm",
        ),
    ],
)
def test_an_error_says_what_was_found_what_was_expected_and_what_to_do(
    tmp_path: Path, given: str, message: str
) -> None:
    file = tmp_path / "set.toml"
    file.write_text(given, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Config.load(file)
    assert str(caught.value) == f"{file}: {message}"


def test_a_name_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(ConfigError, match=r"expected one of align, body, propose,"):
        Config.load(overrides={"zzz.window": "6"})
    with pytest.raises(ConfigError, match=r"expected one of bands, canonical,"):
        Config.load(overrides={"zzz": "6"})


def test_a_name_without_its_stage_before_the_dot_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"write relate\.contained or contained"):
        Config.load(overrides={".contained": "0.9"})


def test_a_wrong_argument_is_an_error_of_the_package_that_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="containd: no such setting; did you mean contained"):
        Config(containd=0.9)  # type: ignore[call-arg]
    with pytest.raises(ConfigError, match="dict without a name: expected settings by name"):
        Config({"contained": 0.9})  # type: ignore[arg-type, call-arg]
    parameters = inspect.signature(Config).parameters.values()
    assert {one.kind for one in parameters} == {inspect.Parameter.KEYWORD_ONLY}


def test_settings_are_values() -> None:
    assert hash(Config()) == hash(Config())
    assert isinstance(Config(), Settings)
    with pytest.raises(AttributeError):
        Config().window = 6  # type: ignore[misc]


def test_a_list_of_publishers_counts_as_a_tuple() -> None:
    assert Config(publisher_priority=["A", "B"]).publisher_priority == ("A", "B")  # type: ignore[arg-type]


def test_what_another_release_wrote_is_read_without_settings_that_are_gone() -> None:
    theirs = {"align": {"run_words": 9, "word_dice": 0.7}, "clusters": {"round_ups": False}}
    assert Config.of_release(theirs) == Config(word_dice=0.7)
    assert Config.of_release({"least_prose": 0.4, "contained": 0.9}) == Config(contained=0.9)
    with pytest.raises(ConfigError, match="containd: no such setting"):
        Config.of_release({"containd": 0.9})


def test_no_name_is_a_setting_and_gone() -> None:
    assert not {item.name for _, item in SETTINGS} & set(config._GONE)
    summaries = (Path(__file__).parent / "data" / "results").glob("*/summary.json")
    for summary in summaries:
        Config.of_release(json.loads(summary.read_text("utf-8"))["config"])
