"""Every stage of the pipeline, and the whole of it, on 10,000 generated stories, one thread."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from dupdetect.products.texts import Texts

pytest.importorskip("pytest_benchmark", reason="the extra bench is not installed")
from benchmarks.conftest import Untyped
from dupdetect import corpus
from dupdetect.config import Config
from dupdetect.stages import align as aligning
from dupdetect.stages import credit, furniture, relate, sketch

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Made

CONFIG = Config()
PIPELINE = pytest.mark.skipif(
    importlib.util.find_spec("dupdetect.engines.local") is None, reason="no dupdetect.engines.local"
)


@pytest.fixture(scope="module")
def lines(made: Made) -> Untyped:
    """Return what every line is taken for."""
    return furniture.find_furniture(made.text, made.offsets, made.publishers, config=CONFIG)


def test_read(made: Made, timed: Untyped) -> None:
    """Read the file."""

    def read() -> None:
        corpus.read(str(made.path)).close()

    timed(read, items=made.count, size=made.path.stat().st_size)


def test_furniture(made: Made, timed: Untyped) -> None:
    """Decide on every line."""
    timed(
        lambda: furniture.find_furniture(made.text, made.offsets, made.publishers, config=CONFIG),
        items=made.count, size=made.text.size,
    )  # fmt: skip


def test_sketch(made: Made, lines: Untyped, timed: Untyped) -> None:
    """Sketch the bodies."""
    timed(
        lambda: sketch.sketch_stories(
            made.text, made.offsets, lines.status, lines.offsets, config=CONFIG
        ),
        items=made.count, size=made.text.size,
    )  # fmt: skip


def test_align_and_relate(made: Made, lines: Untyped, timed: Untyped) -> None:
    """Align related pairs with their passages and name the relation; an item is a pair."""
    a, b = made.pairs()
    texts = Texts(made.text, made.offsets, lines.status, lines.offsets)
    timed(
        lambda: relate.relate(
            aligning.align_pairs(texts, a, b, config=CONFIG, passages=True), config=CONFIG
        ),
        items=a.size,
    )


def test_credits(made: Made, timed: Untyped) -> None:
    """Find the credits."""
    timed(
        lambda: credit.find_credits(made.text, made.offsets),
        items=made.count, size=made.text.size,
    )  # fmt: skip


@PIPELINE
def test_cluster(made: Made, timed: Untyped) -> None:
    """Cluster the file, from reading to tables."""
    dupdetect = pytest.importorskip("dupdetect")
    timed(
        lambda: dupdetect.cluster(str(made.path), threads=1),
        items=made.count, size=made.path.stat().st_size,
    )  # fmt: skip


@PIPELINE
def test_write_results(made: Made, timed: Untyped, tmp_path: Path) -> None:
    """Write clusters, relations and summary."""
    dupdetect = pytest.importorskip("dupdetect")
    found = dupdetect.cluster(str(made.path), threads=1)
    timed(lambda: found.write(tmp_path / "out"), items=made.count)


@PIPELINE
def test_copy_rows(made: Made, timed: Untyped, tmp_path: Path) -> None:
    """Write kept and removed rows."""
    from dupdetect import output  # noqa: PLC0415  absent in a partial build
    from dupdetect.engines import local  # noqa: PLC0415  absent in a partial build

    with corpus.read(str(made.path)) as stories:
        found = local.cluster_corpus(stories, config=CONFIG, threads=1)
        keep = found.clusters["canonical"].to_numpy(zero_copy_only=False)
        notes = [b"{}"] * int((~keep).sum())
        timed(
            lambda: output.copy_rows(stories, keep, tmp_path / "kept", tmp_path / "removed", notes),
            items=made.count,
        )
