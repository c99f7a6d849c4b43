"""A rule switched off for a while: by its setting, or in this process alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.quality import ablate, switches
from dupdetect.config import Config


@contextmanager
def without(rule: str) -> Iterator[Config]:
    """Yield settings, with which, for as long as this lasts, a rule is off."""
    by_setting = ablate.rules().get(rule)
    if by_setting is not None:
        yield replace(Config(), **by_setting)
        return
    [switch] = [one for one in switches.in_code() if one.name == rule]
    with switches.off(switch):
        yield Config()
