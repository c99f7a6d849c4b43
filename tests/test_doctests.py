"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import dupdetect

MODULES = [
    found.name
    for found in pkgutil.walk_packages(dupdetect.__path__, "dupdetect.")
    if not found.name.endswith(".__main__")
]


@pytest.mark.parametrize("name", ["dupdetect", *MODULES])
def test_examples(name: str) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for example in doctest.DocTestFinder().find(importlib.import_module(name)):
        runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_there_are_examples() -> None:
    assert len(MODULES) > 20
