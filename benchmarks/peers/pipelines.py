"""Peers that come as a pipeline or a command, and dupdetect itself; see `peers_systems`."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.peers import systems
from benchmarks.peers.systems import NOT_VERIFIED, NUM_PERM, SHINGLE, THRESHOLD, Foreign, Peer

if TYPE_CHECKING:
    from collections.abc import Sequence

# --- daft: the expressions and the band-explode-group steps of its guide to deduplicating pages


def _daft_signed(frame: Foreign) -> Foreign:
    daft: Any = importlib.import_module("daft")
    functions: Any = importlib.import_module("daft.functions")
    clean = functions.normalize(
        daft.col("text"), remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True
    )
    return frame.with_column(
        "signature",
        functions.minhash(
            clean, num_hashes=NUM_PERM, ngram_size=SHINGLE, seed=42, hash_function="xxhash"
        ),
    )


def daft_sign(texts: Sequence[str]) -> Foreign:
    """Normalise and sketch; the guide's own number of hashes is 64, here 128 as for all."""
    daft: Any = importlib.import_module("daft")
    frame = daft.from_pydict({"row": list(range(len(texts))), "text": list(texts)})
    return _daft_signed(frame).select("row", "signature").collect()


def _daft_groups(signed: Foreign) -> list[list[int]]:
    """Cut signatures into bands, explode, group by band, keep groups of two and more."""
    daft: Any = importlib.import_module("daft")
    functions: Any = importlib.import_module("daft.functions")
    col: Any = daft.col
    numbered = signed.with_columns(
        {
            "bands": functions.chunk(col("signature"), NUM_PERM // 16),
            "band": daft.lit(list(range(16))),
        }
    )
    buckets = (
        numbered.select("row", "bands", "band")
        .explode("bands", "band")
        .groupby("band", "bands")
        .agg(functions.list_agg(col("row")).alias("rows"))
        .where(functions.list_count(col("rows")) > 1)
    )
    found: list[list[int]] = buckets.select("rows").to_pydict()["rows"]
    return found


def daft_group(signed: Foreign) -> int:
    """Count the buckets of two and more."""
    return len(_daft_groups(signed))


def daft_whole(source: Path, out: Path) -> None:
    """Read with daft, sketch, group, join components, filter, write JSON Lines with daft."""
    daft: Any = importlib.import_module("daft")
    frame = daft.read_json(str(source))._add_monotonically_increasing_id("row").collect()
    groups = _daft_groups(_daft_signed(frame).select("row", "signature"))
    keep = systems.firsts(groups, len(frame))
    kept = daft.from_pydict({"row": [row for row, first in enumerate(keep) if first]})
    folder = tempfile.mkdtemp(dir=out.parent)
    frame.join(kept, on="row").exclude("row").write_json(folder)
    with out.open("wb") as joined:
        for part in sorted(Path(folder).glob("*.json*")):
            joined.write(part.read_bytes())
    shutil.rmtree(folder)


# --- text-dedup: its command; its own function for the signature


def text_dedup_sign(texts: Sequence[str]) -> Foreign:
    """Call the function its command maps over the rows."""
    np: Any = importlib.import_module("numpy")
    minhash: Any = importlib.import_module("text_dedup.minhash")
    prime, largest = np.uint64((1 << 61) - 1), np.uint32((1 << 32) - 1)
    random = np.random.RandomState(42)
    permutations = (
        random.randint(1, prime, size=NUM_PERM, dtype=np.uint64),
        random.randint(0, prime, size=NUM_PERM, dtype=np.uint64),
    )
    hash_function: Any = importlib.import_module("text_dedup.utils").sha1_hash
    ranges = [(start, start + 8) for start in range(0, NUM_PERM, 8)]
    return [
        minhash.embed_func(
            text, row, num_perm=NUM_PERM, ngram_size=SHINGLE, min_length=5, hashranges=ranges,
            permutations=permutations, hash_func=hash_function, dtype=np.uint64,
            max_hash=largest, modulo_prime=prime,
        )["__signatures__"]
        for row, text in enumerate(texts)
    ]  # fmt: skip


def text_dedup_group(signatures: Foreign) -> int:
    """Fill one dictionary a band, as its script does."""
    return len(systems.by_band(signatures))


def text_dedup_whole(source: Path, out: Path) -> None:
    """Run ``python -m text_dedup.minhash``, then write its rows as JSON Lines."""
    folder = Path(tempfile.mkdtemp(dir=out.parent))
    command = [
        sys.executable, "-m", "text_dedup.minhash",
        "--path", "json", "--data_files", str(source), "--split", "train",
        "--cache_dir", str(folder / "cache"), "--output", str(folder / "out"),
        "--column", "text", "--batch_size", "10000", "--num_proc", "1",
        "--num_perm", str(NUM_PERM), "--ngram", str(SHINGLE), "--threshold", str(THRESHOLD),
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=sys.stderr)
    datasets: Any = importlib.import_module("datasets")
    datasets.load_from_disk(str(folder / "out")).to_json(str(out))
    shutil.rmtree(folder)


# --- datatrove: the four stages of its MinHash example, on one task


def _datatrove_config() -> tuple[Any, Any]:
    stages: Any = importlib.import_module("datatrove.pipeline.dedup.minhash")
    hashing: Any = importlib.import_module("datatrove.utils.hashing")
    config = stages.MinhashConfig(
        n_grams=SHINGLE, hash_config=hashing.HashConfig(precision=64),
        num_buckets=16, hashes_per_bucket=8,
    )  # fmt: skip
    return stages, config


def datatrove_sign(texts: Sequence[str]) -> Foreign:
    """Call the two functions its first stage calls."""
    stages, config = _datatrove_config()
    with tempfile.TemporaryDirectory() as folder:
        signer = stages.MinhashDedupSignature(folder, config=config)
        return [signer.get_signature(signer.get_shingles(text)) for text in texts]


def datatrove_whole(source: Path, out: Path) -> None:
    """Run reader, signatures, buckets, clusters and filter with local executors."""
    stages, config = _datatrove_config()
    local: Any = importlib.import_module("datatrove.executor").LocalPipelineExecutor
    readers: Any = importlib.import_module("datatrove.pipeline.readers")
    writers: Any = importlib.import_module("datatrove.pipeline.writers.jsonl")
    folder = Path(tempfile.mkdtemp(dir=out.parent))
    entrance = folder / "in"
    entrance.mkdir()
    (entrance / "stories.jsonl").symlink_to(source.resolve())
    signed, buckets, removed, kept = (str(folder / name) for name in ("s", "b", "r", "k"))

    def reader() -> Foreign:
        return readers.JsonlReader(str(entrance), glob_pattern="*.jsonl")

    steps: list[list[Any]] = [
        [reader(), stages.MinhashDedupSignature(output_folder=signed, config=config)],
        [stages.MinhashDedupBuckets(input_folder=signed, output_folder=buckets, config=config)],
        [stages.MinhashDedupCluster(input_folder=buckets, output_folder=removed, config=config)],
        [
            reader(),
            stages.MinhashDedupFilter(input_folder=removed),
            writers.JsonlWriter(kept, compression=None),
        ],
    ]
    for number, pipeline in enumerate(steps):
        tasks = config.num_buckets if number == 1 else 1
        local(pipeline, tasks=tasks, workers=1, logging_dir=str(folder / f"log{number}")).run()
    with out.open("wb") as joined:
        for part in sorted(Path(kept).glob("*.jsonl")):
            joined.write(part.read_bytes())
    shutil.rmtree(folder)


# --- the floor, and dupdetect


def parse_only(source: Path, out: Path) -> None:
    """Parse every line with orjson and do nothing with it."""
    loads: Any = importlib.import_module("orjson").loads
    with source.open("rb") as lines:
        count = sum(1 for line in lines if loads(line))
    out.write_text(json.dumps(count), encoding="utf-8")


def dupdetect_sign(texts: Sequence[str]) -> Foreign:
    """Sign the strings where they stand; digests, band keys and fingerprints are apart."""
    sketch: Any = importlib.import_module("dupdetect.stages.sketch")
    config: Any = importlib.import_module("dupdetect.config").Config()
    return sketch.sign_strings(texts, config=config)


def dupdetect_group(signatures: Foreign) -> int:
    """Bands to keys to buckets to candidate components: the stories that have a candidate."""
    np: Any = importlib.import_module("numpy")
    kernels: Any = importlib.import_module("dupdetect.kernels")
    config: Any = importlib.import_module("dupdetect.config").Config()
    count, bands, rows_each = len(signatures), config.bands, config.rows
    keys = np.arange(bands, dtype=np.uint64) * np.ones((count, 1), np.uint64)
    for row in range(rows_each):
        keys ^= signatures[:, row : bands * rows_each : rows_each]
        keys *= np.uint64(0x9E3779B97F4A7C15)
    keys |= np.uint64(0xFFFFFF)  # one equal key is enough
    offsets = np.arange(count + 1, dtype=np.int64) * bands
    rows = np.arange(count, dtype=np.int64)
    one = {"numbers": rows, "labels": rows, "most": 1, "run_words": 0}
    pairs = kernels.postings(keys.ravel(), offsets, **one)[0]
    a, b = (np.ascontiguousarray(pairs[:, side]) for side in (0, 1))
    sizes = np.bincount(kernels.components(count, a, b), minlength=count)
    return int(sizes[sizes > 1].sum())


def dupdetect_whole(source: Path, out: Path) -> None:
    """Run ``dupdetect dedupe`` in this process, as its script does."""
    main: Any = importlib.import_module("dupdetect.cli").main
    sys.argv = ["dupdetect", "dedupe", str(source), "-o", str(out), "--threads", "1", "--quiet"]
    try:
        code = main()
    except SystemExit as stop:
        code = stop.code
    if code:
        msg = f"dupdetect ended with {code}"
        raise RuntimeError(msg)


PEERS = (
    Peer(
        "dupdetect", "dupdetect", "5-grams; the whole job verifies, aligns and explains",
        "", dupdetect_sign, dupdetect_group, dupdetect_whole,
    ),
    Peer(
        "daft", "daft", "its guide: normalize + minhash(128, 5-grams, xxhash)",
        NOT_VERIFIED, daft_sign, daft_group, daft_whole,
    ),
    Peer(
        "gaoya 5-grams", "gaoya", "MinHashStringIndex, built-in analyzer, ngram_range=(5, 5)",
        "verifies the estimate only; no containment, spans, furniture",
        systems.gaoya_grams, None, systems.gaoya_whole_grams,
    ),
    Peer(
        "gaoya words", "gaoya", "its README: single words, lower case",
        "compares word sets; " + NOT_VERIFIED,
        systems.gaoya_words, None, systems.gaoya_whole_words,
    ),
    Peer(
        "rensa 5-grams", "rensa", "digest matrix of 5-grams made in Python",
        "verifies the estimate only; no containment, spans, furniture",
        systems.rensa_grams, systems.rensa_group, systems.rensa_whole_grams, most=20_000,
    ),
    Peer(
        "rensa words", "rensa", "its README: text.split()",
        "compares word sets; " + NOT_VERIFIED,
        systems.rensa_words, systems.rensa_group, systems.rensa_whole_words,
    ),
    Peer(
        "rensa rho words", "rensa", "its benchmark: text.split(), sampled positions",
        "compares sampled word sets; " + NOT_VERIFIED,
        systems.rensa_rho, systems.rensa_group,
    ),
    Peer(
        "FastSketchLSH 5-grams", "FastSketchLSH", "batch of 5-grams made in Python",
        "flags only, no groups; " + NOT_VERIFIED,
        systems.fastsketch_grams, systems.fastsketch_group, systems.fastsketch_whole_grams,
        most=20_000,
    ),
    Peer(
        "FastSketchLSH words", "FastSketchLSH", "its README: sorted set of lower-case words",
        "compares word sets, flags only; " + NOT_VERIFIED,
        systems.fastsketch_words, systems.fastsketch_group, systems.fastsketch_whole_words,
    ),
    Peer(
        "fast-dedup 5-grams", "fast-dedup", "MinHash.update once a 5-gram made in Python",
        "has no index: signatures only", systems.fast_dedup_grams, most=10_000,
    ),
    Peer(
        "datasketch xxh32", "datasketch", "MinHash.bulk of 5-grams made in Python, xxh32",
        NOT_VERIFIED, systems.datasketch_sign,
        lambda signatures: sum(len(g) > 1 for g in systems.datasketch_groups(signatures)),
        systems.datasketch_whole, most=10_000,
    ),
    Peer(
        "text-dedup", "text-dedup", "its command, 5-grams, 128 permutations",
        NOT_VERIFIED, text_dedup_sign, text_dedup_group, text_dedup_whole, most=5_000,
    ),
    Peer(
        "datatrove", "datatrove", "its example: four local stages, 5-grams, 16 x 8 hashes",
        NOT_VERIFIED, datatrove_sign, None, datatrove_whole, most=500,
    ),
    Peer("orjson parse only", "orjson", "json lines parsed and dropped", "everything",
         whole=parse_only),
)  # fmt: skip
