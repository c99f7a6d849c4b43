"""The same answer whatever the threads, the order of the rows, the batches and the kernels."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generate import stories as generate
from dupdetect.corpus.readers import jsonl, objects
from dupdetect.stages import align, sketch
from tests.support import golden

ELSEWHERE = """
import json, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from dupdetect import kernels
from tests.support import golden
print(kernels.CHOICE)
print(json.dumps({name: golden.now(name, threads=2) for name in golden.COLLECTIONS}))
"""


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Generated stories, and those of the sample."""
    made = [json.loads(line) for line, _ in generate.stories(250, seed=9, family=20)]
    sample = golden.COLLECTIONS["wire"].read_text(encoding="utf-8").splitlines()
    return made + [json.loads(line) for line in sample]


@pytest.fixture(scope="module")
def expected(rows: list[dict[str, Any]]) -> golden.Rows:
    found = golden.result_of(rows, threads=1)
    assert len(found["relations"]) > 100
    assert sum(not row["canonical"] for row in found["clusters"]) > 50
    return found


@pytest.mark.parametrize("threads", [2, 8])
def test_threads(rows: list[dict[str, Any]], expected: golden.Rows, threads: int) -> None:
    assert golden.differences(golden.result_of(rows, threads=threads), expected) == []


@pytest.mark.parametrize("seed", range(4))
def test_order_of_rows(rows: list[dict[str, Any]], expected: golden.Rows, seed: int) -> None:
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    assert golden.differences(golden.result_of(shuffled, threads=2), expected) == []


@pytest.mark.parametrize("size", [1, 7, 100])
def test_batches(
    rows: list[dict[str, Any]],
    expected: golden.Rows,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Stories and pairs in batches of any size, all of it spilled."""
    monkeypatch.setattr(sketch, "_BATCH", size)
    monkeypatch.setattr(sketch, "_IN_MEMORY", size)
    monkeypatch.setattr(align, "_BATCH", size)
    monkeypatch.setattr(objects, "_ROWS", size)
    monkeypatch.setattr(jsonl, "_CHUNK_BYTES", 1000 * size)
    assert golden.differences(golden.result_of(rows), expected) == []
    path = tmp_path / "stories.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert golden.differences(golden.result_of(path), expected) == []


@pytest.mark.slow
@pytest.mark.parametrize("kernels", ["native", "portable", "reference"])
def test_kernels_give_the_golden_result(kernels: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(golden.ROOT)],
        env=os.environ | {"DUPDETECT_KERNELS": kernels},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    choice, result = done.stdout.splitlines()
    assert choice == kernels
    for name, found in json.loads(result).items():
        differences = golden.differences(found, golden.golden(name))
        assert differences == [], (
            "run: python tests/support/golden.py --write, if that was intended"
        )


def test_a_golden_result_says_what_changed() -> None:
    before = golden.golden("wire")
    now = {table: [dict(row) for row in rows] for table, rows in before.items()}
    gone = now["clusters"].pop()
    now["relations"][0]["a_coverage"] += 0.0001
    differences = golden.differences(now, before)
    assert differences[0] == f"clusters {gone['id']}: gone"
    assert " a_coverage " in differences[1]
    assert len(differences) == 2
