"""Hostile collections stay within stated bounds: pairs aligned, memory, work in the kernels.

Times of the same collections at full size are what ``benchmarks/attacks`` measures.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import _dupdetect as native
import numpy as np
import pytest

import dupdetect
from benchmarks.attacks.texts import ATTACKS
from dupdetect import kernels
from dupdetect.stages import furniture

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
# Part of the full size, and the pairs that may be aligned for each story.
BOUNDS = {
    "holds all": (0.01, 1),
    "holds both ends": (0.02, 2),
    "ten hold all": (0.01, 3),
    "eight of 71": (0.02, 25),
    "four words": (0.01, 60),
    "runs in fourteen": (0.02, 130),
    "lines of sixty": (0.01, 30),
    "form": (0.01, 12),
    "one word": (0.01, 1),
    "one word, lines": (0.01, 1),
    "period two": (0.01, 1),
    "periods": (0.05, 30),
    "shuffled": (0.005, 20),
    "shuffled lines": (0.005, 20),
    "equal": (0.02, 1),
    "nested": (0.2, 4),
    "nested lines": (0.1, 5),
    "stretches": (0.05, 8),
    "everywhere": (0.02, 6),
    "runs everywhere": (0.01, 130),
    "runs in eight": (0.02, 220),
    "runs in twenty": (0.02, 220),
    "long and many": (0.02, 16),
    "one bucket": (0.005, 110),
    "lines": (0.05, 1),
    "line triples": (0.05, 4),
    "furniture": (0.02, 1),
    "no spaces": (0.02, 0),
    "marks": (0.02, 1),
}


def test_every_attack_has_a_bound() -> None:
    assert set(BOUNDS) == set(ATTACKS) - {"flooded"}  # that one is about a table's slots


@pytest.mark.parametrize("name", BOUNDS)
def test_pairs_aligned(name: str) -> None:
    scale, most = BOUNDS[name]
    rows = [{"publisher": "p", "text": text} for text in ATTACKS[name].make(scale)]
    found = dupdetect.cluster(rows)
    assert found.summary["stories"] == len(rows)
    assert found.summary["compared_pairs"] <= most * len(rows)


# Part of the full size, and the words that comparing may look at for each byte of text; of ordinary
# text 8. It may grow by half where the collection is eight times as large.
WORDS = {
    "holds all": (0.003, 4),
    "holds both ends": (0.004, 4),
    "ten hold all": (0.003, 4),
    "nested lines": (0.01, 12),
    "form": (0.001, 20),
    "everywhere": (0.001, 8),
    "eight of 71": (0.005, 80),
    "lines": (0.01, 6),
    "shuffled": (0.001, 80),
}


def words_for_each_byte(name: str, scale: float) -> float:
    """Return how many words comparing the stories of an attack looks at."""
    texts = list(ATTACKS[name].make(scale))
    before = native.looked_at()
    dupdetect.cluster([{"publisher": "p", "text": text} for text in texts], threads=1)
    looked_at: int = native.looked_at() - before
    assert looked_at > 0
    return looked_at / sum(map(len, texts))


@pytest.mark.parametrize("name", WORDS)
def test_words_looked_at_are_in_proportion_to_the_text(name: str) -> None:
    scale, most = WORDS[name]
    small, large = (words_for_each_byte(name, factor * scale) for factor in (1, 8))
    assert large <= most
    assert large <= 1.5 * small + 1


MEMORY = """
import resource, sys
sys.path.append(sys.argv[1])
import dupdetect
from benchmarks.attacks.texts import ATTACKS
from dupdetect.stages import furniture
dupdetect.cluster(["One story.", "Another."], threads=1)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
texts = list(ATTACKS[sys.argv[2]].make(float(sys.argv[3])))
dupdetect.cluster([{"publisher": "p", "text": text} for text in texts], threads=1)
print((peak() - before) * (1 if sys.platform == "darwin" else 1024), sum(map(len, texts)))
"""


@pytest.mark.parametrize(
    ("name", "scale", "most"),
    [
        ("one word", 0.2, 40),  # three stories in memory at a time, 16 bytes of tables a byte
        ("period two", 0.2, 40),
        ("equal", 0.04, 8),
        ("nested", 0.5, 20),
        ("everywhere", 0.05, 20),
        ("lines", 0.2, 60),
        ("no spaces", 0.2, 12),
    ],
)
def test_memory_for_each_byte_of_text(name: str, scale: float, most: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(ROOT), name, str(scale)],
        capture_output=True,
        text=True,
        check=True,
    )
    grown, size = map(int, done.stdout.split())
    assert grown <= most * size + (32 << 20)


def cpu_of(work: Any, *arguments: Any) -> float:
    """Return the CPU seconds of the quickest of three calls."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        work(*arguments)
        spent.append(time.process_time() - began)
    return min(spent)


def test_keys_that_begin_alike_cost_as_others() -> None:
    """All of them would stand in one place where keys are spread by how they begin."""
    count = 200_000
    stories, offsets = np.arange(count), np.arange(count + 1)
    rng = np.random.default_rng(1)
    crafted = rng.permutation(count // 2).repeat(2).astype(np.uint64) << np.uint64(24)
    ordinary = rng.integers(0, 1 << 63, count // 2, dtype=np.uint64).repeat(2)
    rule: dict[str, Any] = {"numbers": stories, "labels": stories, "most": 8, "run_words": 7}
    spent = [
        cpu_of(partial(native.postings, **rule), keys, offsets) for keys in (crafted, ordinary)
    ]
    assert spent[0] <= 20 * spent[1]


def test_lines_of_a_story_cost_in_proportion() -> None:
    def of(lines: int) -> float:
        shared = [f"Line {'x' * (k % 7)} {k:x}q is in all three of them" for k in range(lines)]
        texts = ["\n".join([*shared, *(f"Own {s}z{k:x}" for k in range(lines))]) for s in "abc"]
        data = [text.encode() for text in texts]
        text = np.frombuffer(b"".join(data), np.uint8)
        offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
        none = (
            np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8)
        )  # fmt: skip
        line_offsets, keys, words, _ = native.scan_lines(text, offsets, *none, 1)
        assert keys.size == 6 * lines
        return cpu_of(repetition, keys, line_offsets, words, np.zeros(3, np.int32))

    assert of(16_000) <= 40 * of(1_000)  # in proportion: 16; each with each: 256


def repetition(keys: Any, line_offsets: Any, words: Any, publishers: Any) -> Any:
    """Say what repetition makes of every line, by the default rule."""
    rule = furniture.CompanyRule()
    days = np.zeros(publishers.size, np.int32)
    counted = np.ones(keys.size, np.uint8)
    found = furniture.repetition((keys, line_offsets, words, counted), publishers, days, rule, 1)
    return kernels.look_up_verdicts(*found, keys, line_offsets, publishers)


def test_pages_that_share_each_line_with_others_cost_in_proportion() -> None:
    """Each line asks other pages, and all of these are as long as pages are asked at all."""

    def of(groups: int) -> float:
        rng = np.random.default_rng(1)
        rows, publishers = [], []
        for group in range(groups):
            shared = [[n for n in range(200) if rng.random() < 0.8] for _ in range(20)]
            rows += [np.array(one, np.uint64) + np.uint64(1000 * group) for one in shared]
            publishers += [group] * 20
        offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        keys = np.concatenate(rows) * np.uint64(0x9E3779B97F4A7C15)
        words = np.ones(keys.size, np.uint32)
        return cpu_of(repetition, keys, offsets, words, np.array(publishers, np.int32))

    assert of(16) <= 40 * of(1)
