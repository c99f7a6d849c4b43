"""Every kernel on 10,000 generated stories, one thread: ``pytest benchmarks``.

The figures of interest are in ``extra_info``: microseconds an item (story, line or pair) and
cycles a byte at 2.4 GHz, to be held against the floors in docs/performance.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dupdetect.stages.signature import permutations

pytest.importorskip("pytest_benchmark", reason="the extra bench is not installed")
import _dupdetect as _native

from benchmarks.conftest import Untyped
from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.products.texts import Texts
from dupdetect.stages import agencies, furniture
from dupdetect.stages import align as aligning
from dupdetect.stages.bodies import split_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.conftest import Made

CONFIG = Config()
NO_TERMS = (
    np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8)
)  # fmt: skip


@pytest.fixture(params=["avx512", "avx2", "none"])
def vectors(request: pytest.FixtureRequest) -> Iterator[None]:
    """With each kind of vector instructions that this processor has."""
    if _native.use_vectors(request.param) != request.param:
        pytest.skip(f"this processor has no {request.param}")
    yield
    _native.use_vectors("avx512")


@pytest.fixture(scope="module")
def lines(made: Made) -> Untyped:
    """Offsets, keys, words and flags of all lines."""
    return kernels.scan_lines(made.text, made.offsets, *NO_TERMS, 1)


@pytest.fixture(scope="module")
def sketches(made: Made, lines: Untyped) -> Untyped:
    """Return what the sketch kernel gives for all stories."""
    return sketched(made, lines, signatures=False)


def sketched(made: Made, lines: Untyped, *, signatures: bool) -> Untyped:
    """Sketch all stories with the default settings, every line taken for body."""
    status = np.zeros(int(lines[0][-1]), np.uint8)
    a, b = permutations(CONFIG.num_perm, CONFIG.seed)
    return kernels.sketch(
        made.text, made.offsets, status, lines[0], a=a, b=b, shingle_words=CONFIG.shingle_words,
        window=CONFIG.window, bands=CONFIG.bands, rows=CONFIG.rows, signatures=signatures,
        threads=1,
    )  # fmt: skip


def test_prepare(made: Made, timed: Untyped) -> None:
    """Fold, split and hash the words of 1,000 texts, one call each."""
    texts = [made.text[a:b] for a, b in zip(made.offsets[:1000], made.offsets[1:1001], strict=True)]
    timed(
        lambda: [kernels.prepare(text) for text in texts],
        items=len(texts), size=int(made.offsets[1000]),
    )  # fmt: skip


def test_scan_lines(made: Made, timed: Untyped) -> None:
    """Find and key every line; includes preparing the text."""
    timed(
        lambda: kernels.scan_lines(made.text, made.offsets, *NO_TERMS, 1),
        items=made.count, size=made.text.size,
    )  # fmt: skip


def test_scan_lines_with_terms(made: Made, timed: Untyped) -> None:
    """Find lines and what each is by itself."""
    terms = furniture.terms()
    timed(
        lambda: kernels.scan_lines(made.text, made.offsets, *terms, 1),
        items=made.count, size=made.text.size,
    )  # fmt: skip


def test_line_status(lines: Untyped, timed: Untyped) -> None:
    """Decide what each line is taken for; an item is a line."""
    offsets, keys, words, flags = lines
    verdicts = np.zeros(keys.size, np.uint8)
    timed(
        lambda: kernels.line_status(
            offsets, words, flags, verdicts, CONFIG.doubtful_words, furniture._CAPTION_WORDS,
            furniture._CAPTION_LINES, furniture.taken_flags(CONFIG), furniture._LEAST_BODY, 1,
        ),
        items=keys.size,
    )  # fmt: skip


def test_count_equal(lines: Untyped, timed: Untyped) -> None:
    """Count equal keys of all lines; an item is a line."""
    keys = lines[1]
    timed(lambda: kernels.count_equal(keys, np.ones(keys.size, np.uint8)), items=keys.size)


def test_repetition(made: Made, lines: Untyped, timed: Untyped) -> None:
    """Say which lines are furniture by the company that they keep."""
    offsets, keys, words, _ = lines
    counted, days = np.ones(keys.size, np.uint8), np.zeros(made.count, np.int32)
    rule = furniture.CompanyRule.of(CONFIG)
    timed(
        lambda: furniture.repetition(
            (keys, offsets, words, counted), made.publishers, days, rule
        ),
        items=made.count, size=made.text.size,
    )  # fmt: skip


@pytest.mark.usefixtures("vectors")
def test_sketch(made: Made, lines: Untyped, timed: Untyped) -> None:
    """Fused pass: prepare, shingle, sign, band keys, winnow."""
    timed(
        lambda: sketched(made, lines, signatures=False),
        items=made.count, size=made.text.size,
    )  # fmt: skip


@pytest.mark.usefixtures("vectors")
def test_minhash(timed: Untyped) -> None:
    """Sign 400,000 shingles with 128 permutations; an item is a shingle."""
    a, b = permutations(CONFIG.num_perm, CONFIG.seed)
    hashes = np.random.default_rng(1).integers(0, 1 << 32, 400_000, dtype=np.uint32)
    timed(lambda: kernels.minhash(hashes, a=a, b=b), items=hashes.size)


def test_shingle(timed: Untyped) -> None:
    """Hash 400,000 shingles of five tokens; an item is a shingle."""
    tokens = np.random.default_rng(1).integers(0, 1 << 63, 400_000, dtype=np.uint64)
    timed(lambda: kernels.shingle(tokens, CONFIG.shingle_words), items=tokens.size)


def test_winnow(timed: Untyped) -> None:
    """Winnow 400,000 shingles; an item is a shingle."""
    shingles = np.random.default_rng(1).integers(0, 1 << 63, 400_000, dtype=np.uint64)
    timed(lambda: kernels.winnow(shingles, CONFIG.window), items=shingles.size)


def test_buckets(made: Made, sketches: Untyped, timed: Untyped) -> None:
    """Find the stories that share the key of a band."""
    keys = (sketches[2] >> np.uint64(32)).astype(np.uint32)
    rows = np.arange(made.count)
    timed(lambda: kernels.buckets(keys, 3, rows), items=made.count)


def test_postings_of_fingerprints(made: Made, sketches: Untyped, timed: Untyped) -> None:
    """Group equal fingerprints."""
    rows = np.arange(made.count)
    timed(
        lambda: kernels.postings(
            sketches[4],
            sketches[3],
            numbers=rows,
            labels=rows,
            run_words=7,
            most=CONFIG.max_classes,
        ),
        items=made.count,
    )


def test_components(timed: Untyped) -> None:
    """Union-find over a million edges; an item is an edge."""
    a, b = np.random.default_rng(1).integers(0, 1_000_000, (2, 1_000_000))
    timed(lambda: kernels.components(1_000_000, a, b), items=a.size)


@pytest.mark.parametrize("passages", [False, True], ids=["coverages", "passages"])
def test_align(made: Made, lines: Untyped, timed: Untyped, passages: bool) -> None:
    """Align related pairs; an item is a pair."""
    a, b = made.pairs()
    status = np.zeros(int(lines[0][-1]), np.uint8)
    rule = aligning.align_rule(CONFIG)
    bodies = split_bodies(Texts(made.text, made.offsets, status, lines[0]))
    timed(
        lambda: kernels.align(
            bodies.words,
            bodies.flags,
            bodies.offsets,
            bodies.prose_words,
            bodies.mask_words,
            bodies.masks,
            a=a,
            b=b,
            rule=rule,
            speech_words=bodies.speech_words,
            passages=passages,
            changed=False,
            skip_unrelated=False,
            threads=1,
        ),
        items=a.size,
    )


def test_scan_credits(made: Made, timed: Untyped) -> None:
    """Look for agency credits."""
    tables = agencies.search_tables()._asdict() | {"whole": np.zeros(made.count, np.uint8)}
    timed(
        lambda: kernels.scan_credits(made.text, made.offsets, **tables, fields=False, threads=1),
        items=made.count, size=made.text.size,
    )  # fmt: skip


def test_jsonl_extract(made: Made, timed: Untyped) -> None:
    """Take five fields out of the lines of a file."""
    data = np.fromfile(made.path, np.uint8)
    names = ("id", "text", "title", "publisher", "published")
    scratch = [np.empty(data.size, np.uint8) for _ in names]
    whole = [name == "id" for name in names]
    timed(
        lambda: kernels.jsonl_extract(data, [(name,) for name in names], whole, True, scratch),
        items=made.count, size=data.size,
    )  # fmt: skip


def test_first_equal(made: Made, timed: Untyped) -> None:
    """Find equal strings among the texts."""
    timed(lambda: kernels.first_equal(made.text, made.offsets, (1, 2)), items=made.count)


def test_orjson_parse_only(made: Made, timed: Untyped) -> None:
    """Parse the same file with orjson: the yardstick of the whole job."""
    orjson = pytest.importorskip("orjson")
    timed(
        lambda: [orjson.loads(line) for line in made.lines],
        items=made.count, size=sum(map(len, made.lines)),
    )  # fmt: skip
