"""Where the tests find things: the benchmarks and the package installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # last: the checkout must not hide the installed package

# The same examples in each run: a change is refused for what it breaks, not for what is drawn.
# `pytest --hypothesis-profile=search` draws new ones.
# Nor is it refused for the time that a busy machine takes to draw them.
_SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile("search", deadline=None, suppress_health_check=_SLOW)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as fast what is not marked as slow."""
    for item in items:
        if item.get_closest_marker("slow") is None:
            item.add_marker("fast")


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run in an empty folder: from the checkout, processes would import it, without its kernels."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("empty"))
    yield
    os.chdir(before)
