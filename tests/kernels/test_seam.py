"""The kernels as mypy sees them: arguments that are swapped do not pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIGHT = """
import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels


def shared(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    a: NDArray[np.int64],
    rule: kernels.AlignRule,
) -> NDArray[np.int32]:
    status, lines = np.zeros(1, np.uint8), np.array([0, 1], np.int64)
    words, flags, starts, about, _, each = kernels.split_bodies(
        text, offsets, status, lines, key=1, threads=1
    )
    distinct, masks = kernels.mask_table(words, each)
    return kernels.align(
        words, flags, starts, about, distinct, masks, a=a, b=a, rule=rule,
        speech_words=words, passages=True, changed=False, skip_unrelated=False, threads=1
    )[0]
"""
SWAPPED = {
    "arrays": ("text, offsets, status,", "offsets, text, status,"),
    "status and lines": ("offsets, status, lines,", "offsets, lines, status,"),
    "alike and by place": ("masks, a=a, b=a,", "masks, a, a,"),
    "rule and pairs": ("b=a, rule=rule", "b=rule, rule=a"),
}


def checked(path: Path, source: str) -> tuple[bool, str]:
    """Whether mypy passes a file, and what it says."""
    path.write_text(source, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml", path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode == 0, ran.stdout


@pytest.mark.slow
def test_swapped_arguments_of_a_kernel_do_not_pass_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    passes, said = checked(tmp_path / "right.py", RIGHT)
    assert passes, said
    for name, (right, wrong) in SWAPPED.items():
        assert right in RIGHT
        passes, said = checked(tmp_path / "swapped.py", RIGHT.replace(right, wrong))
        assert not passes, name
        assert "swapped.py:" in said, said
