"""Every rule that a setting switches off, and some more, have a test that fails without it."""

from __future__ import annotations

import inspect

from benchmarks.quality import ablate, switches
from tests.stages import test_alignment as test_rules_alignment
from tests.stages import test_furniture as test_rules_furniture
from tests.stages import test_quotations as test_rules_quotations
from tests.stages import test_relations as test_rules_relations
from tests.stages import test_templates as test_rules_templates

SHOWN = (
    test_rules_furniture, test_rules_alignment, test_rules_quotations, test_rules_relations,
    test_rules_templates,
)  # fmt: skip


def test_each_rule_has_its_example() -> None:
    shown = set().union(*(module.RULES for module in SHOWN))
    assert shown >= set(ablate.rules()) - {"page lines"}  # two rules, each with its example
    assert shown <= set(ablate.rules()) | {switch.name for switch in switches.in_code()}
    for module in SHOWN:
        source = inspect.getsource(module)
        unused = [rule for rule in module.RULES if source.count(f'"{rule}"') < 2]
        assert not unused
