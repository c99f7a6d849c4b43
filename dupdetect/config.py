"""All settings of a run together, and how they are read from files and the command line."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from dupdetect.errors import ConfigError
from dupdetect.settings import (
    SECTIONS,
    AlignSettings,
    BodySettings,
    ProposeSettings,
    RelateSettings,
    SelectSettings,
    Settings,
    SketchSettings,
)

_Section = TypeVar("_Section", bound=Settings)
_Made = TypeVar("_Made")
_SECTION_OF = {item.name: name for name, section in SECTIONS.items() for item in fields(section)}

_FIXED = "its value is fixed now; remove it"
_NO_RULE = "its rule is gone; remove it"
_GONE = {
    "phrase_lines": "page_lines decides about such lines, too; write page_lines, or remove it",
    **dict.fromkeys(
        (
            "least_body", "caption_words", "caption_lines", "seed_words", "run_words", "near_words",
            "near_diagonal", "bridge_words", "gap_words", "reused_words", "near_ratio",
            "passage_words", "overlap_prose_share", "overlap_prose_least", "solid_prose_words",
            "kept_density", "kept_edge", "extended_share", "round_ups",
        ),
        _FIXED,
    ),
    **dict.fromkeys(
        (
            "contained_words", "cut_words", "least_prose", "pairwise_classes", "repeated_any",
            "repeated_publisher", "rest_shared", "rest_tries", "rest_words", "sentence_words",
        ),
        _NO_RULE,
    ),
}  # fmt: skip
"""Settings of earlier releases, and what to do about them."""
_GONE_SECTIONS = {"clusters": "its settings are fixed now; remove it"}


def _named_alone(kind: type[_Made]) -> type[_Made]:
    """Have a dataclass refuse other arguments than its fields with a `ConfigError`."""
    make = kind.__init__

    @wraps(make)
    def checked(self: _Made, *values: object, **settings: Any) -> None:  # noqa: ANN401
        if values:
            raise ConfigError(
                f"{type(values[0]).__name__} without a name: expected settings by name; "
                f"pass {kind.__name__}(contained=0.9), or a mapping to {kind.__name__}.of"
            )
        for name in settings:
            _checked_name(name, "")
        make(self, **settings)

    kind.__init__ = checked  # type: ignore[assignment]
    return kind


# The bases stand in reverse: a dataclass takes the fields of its last base first.
@_named_alone
@dataclass(frozen=True, kw_only=True)
class Config(
    SelectSettings,
    RelateSettings,
    AlignSettings,
    ProposeSettings,
    SketchSettings,
    BodySettings,
):
    """All settings of a run.

    Shares are in 0-1, lengths in words. Every field's ``metadata`` holds ``unit``, ``doc``,
    ``low`` and ``high`` (inclusive), ``choices``, and for rules that can be switched off ``rule``
    and ``off``. The settings of one stage are also a value by themselves (``config.sketch``), and
    a function that takes a stage's settings takes a `Config`, too, and sees no other stage's.

    Raises
    ------
    ConfigError
        When there is no such setting, or a value is of the wrong type or out of its range.

    Examples
    --------
    >>> config = Config(contained=0.9)
    >>> config.guarantee
    12
    >>> config.propose
    ProposeSettings(max_classes=20)
    >>> config.digest("sketch") == Config(canonical="earliest").digest("sketch")
    True
    >>> Config(window=0)
    Traceback (most recent call last):
    ...
    dupdetect.errors.ConfigError: window = 0: expected 1 to 64 (shingles); change the setting
    """

    @property
    def body(self) -> BodySettings:
        """Which lines of a page are the story."""
        return self._of(BodySettings)

    @property
    def sketch(self) -> SketchSettings:
        """What stands for a body when pairs are proposed."""
        return self._of(SketchSettings)

    @property
    def propose(self) -> ProposeSettings:
        """Which pairs are compared."""
        return self._of(ProposeSettings)

    @property
    def align(self) -> AlignSettings:
        """Which words of two bodies count as shared."""
        return self._of(AlignSettings)

    @property
    def relate(self) -> RelateSettings:
        """When shared words make a relation, and which."""
        return self._of(RelateSettings)

    @property
    def select(self) -> SelectSettings:
        """Which copy stays, and which pairs are reported."""
        return self._of(SelectSettings)

    def _of(self, section: type[_Section]) -> _Section:
        return section(**{item.name: getattr(self, item.name) for item in fields(section)})

    def by_section(self) -> dict[str, dict[str, Any]]:
        """Return section -> setting -> value, as a settings file would hold them."""
        return {name: asdict(self._of(section)) for name, section in SECTIONS.items()}

    def digest(self, *sections: str) -> str:
        """Return 16 hexadecimal digits that differ when a setting differs.

        Parameters
        ----------
        *sections : str
            Names in `SECTIONS`: only their settings count. Without any, all settings do.

        Raises
        ------
        KeyError
            When there is no such section.
        """
        everything = self.by_section()
        values = {name: everything[name] for name in sections or SECTIONS}
        text = json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_toml(self) -> str:
        """Return the settings that differ from the defaults as a settings file.

        Examples
        --------
        >>> print(Config(contained=0.9, canonical="earliest").to_toml(), end="")
        [relate]
        contained = 0.9
        [select]
        canonical = "earliest"
        """
        usual = Config().by_section()
        lines = []
        for section, settings in self.by_section().items():
            changed = {n: value for n, value in settings.items() if value != usual[section][n]}
            lines += [f"[{section}]"] if changed else []
            # What JSON writes of these values is TOML, too.
            lines += [
                f"{n} = {json.dumps(value, ensure_ascii=False)}" for n, value in changed.items()
            ]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def load(
        cls, path: Path | str | None = None, overrides: Mapping[str, str] | None = None
    ) -> Config:
        """Read settings from a TOML file and from ``name=value`` texts, which win.

        Parameters
        ----------
        path : path, optional
            A TOML file with settings in a table for each stage, such as ``[relate]``, or at its
            top level.
        overrides : mapping of str to str, optional
            Names, alone or after their stage (``relate.contained``), and values as they would
            stand in TOML; bare words are strings.

        Raises
        ------
        ConfigError
            When the file cannot be read, or a name or value is not a setting's.

        Examples
        --------
        >>> Config.load(overrides={"contained": "0.9", "select.canonical": "earliest"}).canonical
        'earliest'
        """
        values: dict[str, Any] = {}
        if path is not None:
            try:
                values = asdict(cls.of(_read_file(Path(path))))
            except ConfigError as error:
                raise ConfigError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error
        given = dict(_named(name, text) for name, text in (overrides or {}).items())
        return cls.of({**values, **given})

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Config:
        """Return the settings in a mapping, as a settings file or a summary holds them.

        Parameters
        ----------
        values : mapping
            Setting -> value, or section -> setting -> value; a list counts as a tuple.

        Raises
        ------
        ConfigError
            When a name or value is not a setting's, or a setting stands there twice.

        Examples
        --------
        >>> Config.of({"contained": 0.9, "select": {"canonical": "earliest"}}).canonical
        'earliest'
        >>> Config.of({"containd": 0.9})
        Traceback (most recent call last):
        ...
        dupdetect.errors.ConfigError: containd: no such setting; did you mean contained?
        """
        _refuse_gone(values)
        flat: dict[str, Any] = {}
        for name, value in values.items():
            section, found = (name, value) if isinstance(value, Mapping) else ("", {name: value})
            for setting, one in found.items():
                if _checked_name(setting, section) in flat:
                    raise ConfigError(f"{setting}: given twice; keep one of them")
                flat[setting] = tuple(map(str, one)) if isinstance(one, list) else one
        return cls(**flat)

    @classmethod
    def of_release(cls, values: Mapping[str, Any]) -> Config:
        """Return the settings that another release wrote, without those that are none any more.

        Parameters
        ----------
        values : mapping
            As for :meth:`of`.

        Raises
        ------
        ConfigError
            When a name was never a setting's, or a value is not.

        Examples
        --------
        >>> Config.of_release({"align": {"run_words": 9, "word_dice": 0.7}}).word_dice
        0.7
        """
        kept: dict[str, Any] = {}
        for name, value in values.items():
            if isinstance(value, Mapping):
                kept[name] = {one: of for one, of in value.items() if one not in _GONE}
            elif name not in _GONE:
                kept[name] = value
        return cls.of({n: v for n, v in kept.items() if v != {} or n not in _GONE_SECTIONS})


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; pass a readable TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML ({error}); correct the file") from error


def _named(name: str, text: str) -> tuple[str, Any]:
    """Return setting and value for a name, alone or after its section, and a text."""
    section, dot, setting = name.rpartition(".")
    if dot and not section:
        home = _SECTION_OF[_checked_name(setting, "")]
        raise ConfigError(f"{name}: no stage before the dot; write {home}.{setting} or {setting}")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    return _checked_name(setting, section), value


def _refuse_gone(values: Mapping[str, Any]) -> None:
    """Refuse settings that are none any more, all in one line."""
    names = [
        setting
        for section, value in values.items()
        if section not in _GONE_SECTIONS
        for setting in (value if isinstance(value, Mapping) else (section,))
        if setting in _GONE
    ]
    if len(names) > 1:
        raise ConfigError(f"{', '.join(names)}: no settings any more; remove them")


def _checked_name(name: str, section: str) -> str:
    """Return the setting's name if it is one, and stands in that section where one is given."""
    if section in _GONE_SECTIONS:
        raise ConfigError(f"[{section}]: no section any more, {_GONE_SECTIONS[section]}")
    if name in _GONE:
        raise ConfigError(f"{name}: no setting any more, {_GONE[name]}")
    if section and section not in SECTIONS:
        raise ConfigError(f"[{section}]: no such section; {_nearest(section, SECTIONS)}")
    home = _SECTION_OF.get(name)
    if home is None:
        raise ConfigError(f"{name}: no such setting; {_nearest(name, _SECTION_OF)}")
    if section and section != home:
        raise ConfigError(f"{section}.{name}: no such setting; write {home}.{name}")
    return name


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"expected one of {', '.join(names)}"
