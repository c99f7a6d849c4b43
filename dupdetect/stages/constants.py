"""The constants in the code of a stage that decide results, for the digests of what it made."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, is_dataclass
from importlib import import_module
from typing import Any

_CONSTANT = re.compile(r"_[A-Z][A-Z0-9_]*")
# How much is done at a time changes no result. With their modules: a name may decide elsewhere.
_SPEED = frozenset((
    "stages.align._BATCH", "stages.bodies._BATCH", "stages.bodies._IN_MEMORY",
    "stages.bodies._WAITING_WORDS", "stages.clean._BATCH", "stages.propose._STORIES",
    "stages.propose._IN_MEMORY", "stages.sketch._BATCH", "stages.sketch._FEW",
    "stages.sketch._IN_MEMORY",
))  # fmt: skip


def constants(module: str) -> str:
    """Return the constants of a module as JSON, the same on every machine.

    Parameters
    ----------
    module : str
        Its name inside the package, such as ``"stages.clean"``. A constant is a name in capitals
        with an underscore before it: a number, a text, a pattern, or a collection of them.

    Examples
    --------
    >>> constants("stages.heads")
    '{"_MOST_HEADS": 16}'
    """
    found = {
        name: value
        for name, value in vars(import_module(f"dupdetect.{module}")).items()
        if _CONSTANT.fullmatch(name) and f"{module}.{name}" not in _SPEED
    }
    return json.dumps(found, sort_keys=True, default=_plain)


def _plain(value: object) -> Any:  # noqa: ANN401
    """Return what JSON has no form for in another one; None for what decides nothing by itself."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, frozenset):
        return sorted(value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else None
