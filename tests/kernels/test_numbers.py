"""The numbers that decide results: one table, compiled into the native kernels."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import pytest

from dupdetect import kernels
from dupdetect.kernels.numbers import NUMBERS

pytestmark = pytest.mark.fast

OTHER_TABLE = """
import importlib.util, pathlib, sys
import dupdetect
path = pathlib.Path(dupdetect.__file__).parent / "kernels" / "numbers.py"
for name in [name for name in sys.modules if name.startswith("dupdetect")]:
    del sys.modules[name]
text = path.read_text().replace("twin_words: int = 8", "twin_words: int = 9")
spec = importlib.util.spec_from_loader("dupdetect.kernels.numbers", None)
module = sys.modules["dupdetect.kernels.numbers"] = importlib.util.module_from_spec(spec)
exec(text, module.__dict__)
import dupdetect.kernels
"""


def test_both_versions_have_the_same_table() -> None:
    assert kernels.number_table() == NUMBERS.table()


def test_each_number_is_explained() -> None:
    for part in fields(NUMBERS):
        stage = type(getattr(NUMBERS, part.name))
        for number in fields(stage):
            assert number.name in (stage.__doc__ or ""), f"{part.name}.{number.name}"


@pytest.mark.skipif(kernels.CHOICE == "reference", reason="the reference is not compiled")
def test_kernels_of_other_numbers_are_refused() -> None:
    run = subprocess.run(
        [sys.executable, "-c", OTHER_TABLE], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "KernelError: the native kernels were compiled from other numbers" in run.stderr


@pytest.mark.skipif(kernels.CHOICE == "reference", reason="the reference is not compiled")
def test_a_number_that_is_none_is_refused() -> None:
    import _dupdetect  # noqa: PLC0415

    with pytest.raises(ValueError, match="no such number"):
        _dupdetect.change_number("lines.none", 1)
