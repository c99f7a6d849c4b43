"""Pairs verified: each is aligned once, and what is kept of it changes nothing."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dupdetect import corpus, kernels
from dupdetect.config import Config
from dupdetect.engines.declared import STAGES
from dupdetect.engines.stages import Flow, run_stage, texts_of
from dupdetect.engines.verify import Verifier
from dupdetect.engines.work import Work
from dupdetect.products.alignments import Alignments
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import pair_ends
from dupdetect.products.stories import Stories

DUMP = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"


@pytest.fixture(scope="module")
def found() -> Any:
    """What a run found, up to its candidates, and its ranking."""
    with corpus.read(str(DUMP)) as read:
        flow = Flow(Work(Config()))
        products: dict[str, Any] = {"stories": Stories.of(read)}
        for stage in STAGES[:4]:
            products |= run_stage(stage, products, flow)
        ranking = flow.ranking(products["stories"], products["sketches"])
        yield texts_of(products["stories"], products["line_status"]), ranking, products


def aligned_pairs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the pairs that the kernel is given, call by call."""
    counts: list[int] = []
    real = kernels.align

    def counted(*arrays: Any, **others: Any) -> Any:
        counts.append(others["a"].size)
        return real(*arrays, **others)

    monkeypatch.setattr(kernels, "align", counted)
    return counts


def same(ours: Any, theirs: Any) -> None:
    for item in fields(ours):
        np.testing.assert_array_equal(getattr(ours, item.name), getattr(theirs, item.name))


def test_candidates_that_were_verified_are_not_aligned_again(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, ranking, products = found
    candidates = products["candidates"]
    assert candidates.size > 20
    new = Verifier(texts, ranking, Work(Config()))
    expected = new.edges_of(candidates)
    assert expected.a.size > 20
    known = Verifier(texts, ranking, Work(Config()))
    parts = [known.verify(*pair_ends(part)) for part in (candidates[1::2], candidates[::2])]
    assert sum(part.a.size for part in parts) == expected.a.size
    counts = aligned_pairs(monkeypatch)
    edges: Edges = known.edges_of(candidates)
    assert sum(counts) == 0
    same(edges, expected)


def test_what_is_kept_changes_nothing(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, ranking, products = found
    a, b = pair_ends(products["candidates"])
    reported: list[Alignments] = []
    asked: list[int] = []
    for keep in (0, 1 << 30):
        verifier = Verifier(texts, ranking, Work(Config()), keep_bytes=keep)
        related = verifier.verify(a, b)
        some = slice(None, None, 2)
        with monkeypatch.context() as patch:
            counts = aligned_pairs(patch)
            reported.append(verifier.aligned(related.a[some], related.b[some]))
            asked.append(sum(counts))
    same(*reported)
    assert asked[1] == 0 < asked[0]
