"""Every rule that can be switched off has a test that fails without it."""

from __future__ import annotations

from benchmarks import ablate
from tests import test_rules_alignment, test_rules_furniture, test_rules_relations


def test_each_rule_has_its_example() -> None:
    shown = (
        test_rules_furniture.RULES,
        test_rules_alignment.RULES,
        test_rules_relations.RULES,
    )
    assert set().union(*shown) == set(ablate.rules())
    assert sum(map(len, shown)) == len(ablate.rules())
