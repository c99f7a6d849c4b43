"""The stages of a run as they are declared: what each takes and gives, and on what it depends."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.products.schemas import SCHEMA_VERSION
from dupdetect.stages.constants import constants
from dupdetect.stages.languages import language_files
from dupdetect.version import VERSION

__all__ = ["STAGE", "STAGES", "Scope", "Stage", "digests"]

Unit = Literal["story", "line key", "hash key", "pair", "component", "cluster"]
Scope = Literal["canonical", "all"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, as it is declared.

    Attributes
    ----------
    name : str
        Also that of its function.
    unit : str
        What has to be in one place for it: two stories, lines or pairs that differ in it do not
        influence each other.
    takes, gives : tuple of str
        Names in :data:`dupdetect.products.schemas.TABLES`.
    settings : tuple of str
        Names in :data:`dupdetect.settings.SECTIONS` on which what it gives depends.
    rules : tuple of str
        On which it depends: files of ``dupdetect.stages``, modules of the package whose constants
        count (``"stages.clean"``), parts of the kernels' numbers (``"numbers.lines"``).
    """

    name: str
    unit: Unit
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    settings: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


_COMPARES = ("sketch", "align", "relate")  # the length of a shingle counts in resemblance

_READING = (
    "numbers.damage",
    "corpus.mend.encodings",
    "corpus.mend.lost",
    "corpus.mend.markup",
    "corpus.mend.placed",
    "corpus.mend.wraps",
)
_LINE_RULES = ("furniture.toml", "numbers.text", "numbers.lines", *language_files())
_BODY_RULES = ("notices.toml", "stages.furniture", "stages.notices", *language_files())
_SKETCHING = ("numbers.text", "numbers.sketch")
# Aligning tells quotations by the words of a speech.
_ALIGNING = (
    "numbers.text",
    "numbers.align",
    "numbers.facts",
    "stages.align",
    "stages.facts",
    "stages.relate",
    *language_files(),
)
_CREDITS = ("agencies.toml", "stages.agencies", "numbers.credit")
_PROPOSING = ("stages.propose", "stages.heads", *_ALIGNING)

#: In the order in which they run; ``stories`` is what was read.
STAGES: tuple[Stage, ...] = (
    Stage("lines", "story", ("stories",), ("lines",), rules=_LINE_RULES),
    Stage(
        "body",
        "line key",
        ("stories", "lines"),
        ("line_status", "furniture"),
        ("body",),
        _BODY_RULES,
    ),
    Stage("sketch", "story", ("stories", "line_status"), ("sketches",), ("sketch",), _SKETCHING),
    Stage(
        "propose",
        "hash key",
        ("stories", "line_status", "sketches"),
        ("candidates", "stock"),
        ("propose", *_COMPARES),
        _PROPOSING,
    ),
    Stage(
        "verify",
        "pair",
        ("stories", "line_status", "sketches", "candidates"),
        ("edges",),
        _COMPARES,
        _ALIGNING,
    ),
    Stage(
        "classes",
        "component",
        ("stories", "sketches", "edges"),
        ("classes",),
        rules=("stages.forest",),
    ),
    Stage("credit", "story", ("stories",), ("credits",), rules=_CREDITS),
    Stage(
        "clusters",
        "component",
        ("stories", "line_status", "sketches", "edges", "classes"),
        ("clusters",),
        _COMPARES,
        ("stages.forest", "stages.roundups", *_ALIGNING),
    ),
    Stage(
        "select",
        "cluster",
        ("stories", "line_status", "sketches", "edges", "classes", "clusters", "credits"),
        ("relations", "canonical", "copies", "members", "removed", "excepted"),
        ("select", *_COMPARES),
        ("stages.clean", "stages.removal", *_ALIGNING),
    ),
)
STAGE = {stage.name: stage for stage in STAGES}


def digests(config: Config, scope: Scope = "canonical") -> dict[str, str]:
    """Return, for each table, 16 hexadecimal digits of what it was made by.

    They differ where the release, a rule or a setting differs on which the table depends, itself or
    through the tables that its stage takes.

    Parameters
    ----------
    config : Config
        Settings.
    scope : {"canonical", "all"}
        Which relations are selected.

    Examples
    --------
    >>> ours, theirs = digests(Config()), digests(Config(canonical="earliest"))
    >>> [name for name in ours if ours[name] != theirs[name]]
    ['relations', 'canonical', 'copies', 'members', 'removed', 'excepted']
    """
    found = {"stories": _digest([VERSION, SCHEMA_VERSION, list(map(_rules, _READING))])}
    for stage in STAGES:
        settings = config.digest(*stage.settings) if stage.settings else ""
        made_by = [found["stories"], stage.name, [_rules(name) for name in stage.rules], settings]
        made_by += [found[name] for name in stage.takes]
        if stage.name == "select":
            made_by.append(scope)
        found |= dict.fromkeys(stage.gives, _digest(made_by))
    return found


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


@lru_cache
def _rules(name: str) -> str:
    if name.endswith(".toml"):
        text = files("dupdetect.stages").joinpath(name).read_bytes()
    elif name.startswith("numbers."):
        part = f"{name.removeprefix('numbers.')}."
        of_part = {k: v for k, v in kernels.number_table().items() if k.startswith(part)}
        text = json.dumps(of_part, sort_keys=True).encode()
    else:
        text = constants(name).encode()
    return hashlib.sha256(text).hexdigest()
