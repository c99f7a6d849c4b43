"""What each rule is worth: runs with one rule switched off at a time.

The rules are data. A field of `Config` whose metadata has `rule` (a short name) and `off` (the
value that switches it off) belongs to that rule; fields with one rule name go off together.
Rules that stand in for each other ("repetition, one publisher", "repetition, all publishers": the
same words before the comma) have a row together, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from benchmarks.quality import systems
from benchmarks.quality.labelled import Answer, LabelledSet
from dupdetect.config import Config

ALL_ON = "all rules"
ALL_OFF = "no rules"


def rules(config: type[Config] = Config) -> dict[str, dict[str, Any]]:
    """Give the settings that switch each rule off: rule name -> field -> value."""
    found: dict[str, dict[str, Any]] = {}
    for setting in dataclasses.fields(config):
        rule = setting.metadata.get("rule")
        if rule:
            found.setdefault(rule, {})[setting.name] = setting.metadata["off"]
    return found


def switched(config: Config, settings: dict[str, Any]) -> Config:
    """Give a configuration with some fields replaced."""
    return dataclasses.replace(config, **settings)


def variants(config: Config) -> Iterator[tuple[str, Config]]:
    """Give the configurations of the ablation table, row by row."""
    off = rules(type(config))
    yield ALL_ON, config
    for rule, settings in off.items():
        yield f"without {rule}", switched(config, settings)
    for group in dict.fromkeys(rule.partition(",")[0] for rule in off if "," in rule):
        both = [settings for rule, settings in off.items() if rule.partition(",")[0] == group]
        yield f"without {group}", switched(config, {k: v for each in both for k, v in each.items()})
    yield ALL_OFF, switched(config, {k: v for each in off.values() for k, v in each.items()})


def ablation(
    labelled: LabelledSet, *, config: Config, threads: int | None = None
) -> Iterator[Answer]:
    """Run a set once for every row: as a corpus, and pair by pair where pairs are labelled."""
    for name, variant in variants(config):
        yield systems.corpus_run(labelled, config=variant, threads=threads, system=name)
        if labelled.pairs:
            yield systems.pairwise_run(labelled, config=variant, system=f"{name}, pair by pair")
