"""How each peer is fed: the calls its own documentation shows, tokenising included.

Every function here runs in a process of its own, started by `benchmarks.peers`. Packages are
imported inside the functions, so that a missing one is skipped and not an error.

Two ways of feeding recur. *As documented*: what the README of the package does, which for rensa,
gaoya and FastSketchLSH is a set of single words; cheap, but two stories on one subject share most
of their words. *5-grams*: sets of five consecutive words, which is what dupdetect, text-dedup,
datatrove and daft's guide compare. Only the second asks the same question.
"""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Foreign = Any  # what a package without type hints returns
NUM_PERM = 128
THRESHOLD = 0.7
SHINGLE = 5
_WORD = re.compile(r"\w+")
NOT_VERIFIED = "no verification, containment, spans, furniture"


@dataclass(frozen=True)
class Peer:
    """One row of the tables.

    Attributes
    ----------
    name : str
    package : str
        Distribution whose version is printed; empty for dupdetect and the parse-only row.
    fed : str
        How the stories reach it.
    leaves_out : str
        What it does not do that dupdetect does in the same time.
    sign : callable, optional
        Texts to signatures.
    group : callable, optional
        Signatures to the number of stories that have a candidate, or of groups.
    whole : callable, optional
        A JSONL file to a de-duplicated one.
    most : int
        Largest number of stories it is given: slow peers would take hours.
    """

    name: str
    package: str
    fed: str
    leaves_out: str
    sign: Callable[[Sequence[str]], Any] | None = None
    group: Callable[[Any], int] | None = None
    whole: Callable[[Path, Path], None] | None = None
    most: int = 10**9

    @property
    def compares(self) -> str:
        """In a word or two, what a pair is held against."""
        if self.package == "dupdetect":
            return "aligned words"
        if not self.package or "parse" in self.name:
            return ""
        return "sets of words" if "words" in self.name else "5-grams"


def shingles(text: str) -> list[str]:
    """Return the distinct runs of five words of a text, lower case."""
    words = _WORD.findall(text.lower())
    return list({" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))})


def read_rows(path: Path) -> tuple[list[bytes], list[str]]:
    """Return the lines of a JSONL file and their texts, parsed with orjson."""
    loads: Callable[[bytes], dict[str, str]] = importlib.import_module("orjson").loads
    with path.open("rb") as file:
        lines = file.readlines()
    return lines, [loads(line)["text"] for line in lines]


def write_kept(path: Path, lines: Sequence[bytes], keep: Iterable[bool]) -> None:
    """Write the lines to be kept as they came."""
    with path.open("wb") as out:
        out.writelines(line for line, kept in zip(lines, keep, strict=True) if kept)


def firsts(groups: Iterable[Iterable[int]], count: int) -> list[bool]:
    """Union-find over groups of row numbers; True for the first row of each component."""
    parent = list(range(count))

    def find(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for group in groups:
        members = iter(group)
        root = find(next(members))
        for member in members:
            other = find(member)
            root, other = min(root, other), max(root, other)
            parent[other] = root
    return [find(x) == x for x in range(count)]


# --- datasketch: MinHash.bulk with its fast hash, MinHashLSH insert and query, as in its guide


def datasketch_sign(texts: Sequence[str]) -> Foreign:
    """Use the 32-bit xxHash, as its documentation advises for speed; the default is SHA-1."""
    minhash: Any = importlib.import_module("datasketch").MinHash
    xxh32: Any = importlib.import_module("xxhash").xxh32_intdigest
    sets = ([gram.encode() for gram in shingles(text)] for text in texts)
    return minhash.bulk(sets, num_perm=NUM_PERM, hashfunc=xxh32)


def datasketch_groups(signatures: Foreign) -> list[list[int]]:
    """Insert all, then query each."""
    index: Any = importlib.import_module("datasketch").MinHashLSH(
        threshold=THRESHOLD, num_perm=NUM_PERM
    )
    with index.insertion_session() as session:
        for row, signature in enumerate(signatures):
            session.insert(row, signature)
    return [index.query(signature) for signature in signatures]


def datasketch_whole(source: Path, out: Path) -> None:
    """Parse, shingle, sketch, index, join components, write."""
    lines, texts = read_rows(source)
    groups = datasketch_groups(datasketch_sign(texts))
    write_kept(out, lines, firsts(groups, len(lines)))


# --- rensa: digest matrices and the deduplicator of its README


def _rensa_matrix(token_sets: Foreign) -> Foreign:
    rensa: Any = importlib.import_module("rensa")
    return rensa.RMinHash.digest_matrix_from_token_sets(token_sets, num_perm=NUM_PERM, seed=42)


def rensa_words(texts: Sequence[str]) -> Foreign:
    """``text.split()``, as its README does."""
    return _rensa_matrix([text.split() for text in texts])


def rensa_rho(texts: Sequence[str]) -> Foreign:
    """Its fastest mode: samples token positions of ``text.split()``."""
    rensa: Any = importlib.import_module("rensa")
    return rensa.RMinHash.digest_matrix_from_token_sets_rho(
        [text.split() for text in texts], num_perm=NUM_PERM, seed=42
    )


def rensa_grams(texts: Sequence[str]) -> Foreign:
    """Sketch the 5-grams."""
    return _rensa_matrix([shingles(text) for text in texts])


def rensa_group(matrix: Foreign) -> int:
    """Flag in one shot; it reports flags, not groups."""
    index: Any = importlib.import_module("rensa").RMinHashLSH(
        threshold=THRESHOLD, num_perm=NUM_PERM, num_bands=16
    )
    return sum(index.query_duplicate_flags_matrix_one_shot(matrix))


def _rensa_dedup(source: Path, out: Path, tokens: Callable[[str], list[str]]) -> None:
    rensa: Any = importlib.import_module("rensa")
    lines, texts = read_rows(source)
    seen = rensa.RMinHashDeduplicator(threshold=THRESHOLD, num_perm=NUM_PERM, use_lsh=True)
    keep = seen.add_pairs((str(row), tokens(text)) for row, text in enumerate(texts))
    write_kept(out, lines, keep)


def rensa_whole_words(source: Path, out: Path) -> None:
    """Run the README's own loop over the file."""
    _rensa_dedup(source, out, str.split)


def rensa_whole_grams(source: Path, out: Path) -> None:
    """Run the README's loop with 5-grams for tokens."""
    _rensa_dedup(source, out, shingles)


# --- gaoya: an index that tokenises, sketches and stores in one call


def _gaoya_index(grams: bool) -> Foreign:
    index: Any = importlib.import_module("gaoya").minhash.MinHashStringIndex
    size = SHINGLE if grams else 1
    return index(
        hash_size=32, jaccard_threshold=THRESHOLD, num_bands=16, band_size=8,
        num_hashes=NUM_PERM, analyzer="word", lowercase=True, ngram_range=(size, size),
    )  # fmt: skip


def _gaoya_insert(texts: Sequence[str], *, grams: bool) -> Foreign:
    index = _gaoya_index(grams)
    for row, text in enumerate(texts):
        index.insert_document(row, text)
    return index


def gaoya_words(texts: Sequence[str]) -> Foreign:
    """Insert each document, single words as in its README; sketching cannot be had alone."""
    return _gaoya_insert(texts, grams=False)


def gaoya_grams(texts: Sequence[str]) -> Foreign:
    """Insert each document with ``ngram_range=(5, 5)``."""
    return _gaoya_insert(texts, grams=True)


def _gaoya_whole(source: Path, out: Path, *, grams: bool) -> None:
    lines, texts = read_rows(source)
    index = _gaoya_insert(texts, grams=grams)
    write_kept(out, lines, firsts(((row, *index.query(text)) for row, text in enumerate(texts)),
                                  len(lines)))  # fmt: skip


def gaoya_whole_words(source: Path, out: Path) -> None:
    """Insert all, then query all, which sketches every text a second time."""
    _gaoya_whole(source, out, grams=False)


def gaoya_whole_grams(source: Path, out: Path) -> None:
    """Do the same with 5-grams."""
    _gaoya_whole(source, out, grams=True)


# --- FastSketchLSH: the end-to-end sample of its README


def _fastsketch(token_sets: list[list[str]]) -> Foreign:
    module: Any = importlib.import_module("FastSketchLSH")
    return module.FastSimilaritySketch(size=NUM_PERM, seed=42).batch(token_sets)


def fastsketch_words(texts: Sequence[str]) -> Foreign:
    """Sorted set of lower-case words, as in its README."""
    return _fastsketch([sorted(set(text.lower().split())) for text in texts])


def fastsketch_grams(texts: Sequence[str]) -> Foreign:
    """Sketch the 5-grams."""
    return _fastsketch([shingles(text) for text in texts])


def _fastsketch_flags(matrix: Foreign) -> list[int]:
    module: Any = importlib.import_module("FastSketchLSH")
    flags = module.LSH(num_perm=NUM_PERM, num_bands=16).insert_and_query_duplicates(matrix)
    found: list[int] = flags.tolist()
    return found


def fastsketch_group(matrix: Foreign) -> int:
    """Flag in one shot; a flag says "collided in some band", not with which story."""
    return sum(_fastsketch_flags(matrix))


def fastsketch_whole_words(source: Path, out: Path) -> None:
    """Run the README's sample, then drop what is flagged."""
    lines, texts = read_rows(source)
    write_kept(out, lines, [not flag for flag in _fastsketch_flags(fastsketch_words(texts))])


def fastsketch_whole_grams(source: Path, out: Path) -> None:
    """Do the same with 5-grams."""
    lines, texts = read_rows(source)
    write_kept(out, lines, [not flag for flag in _fastsketch_flags(fastsketch_grams(texts))])


# --- fast-dedup: a MinHash object updated string by string; it has no index


def _fast_dedup(texts: Sequence[str], tokens: Callable[[str], Iterable[str]]) -> Foreign:
    minhash: Any = importlib.import_module("fast_dedup").MinHash
    signatures = []
    for text in texts:
        signature = minhash(NUM_PERM)
        for token in tokens(text):
            signature.update(token)
        signatures.append(signature)
    return signatures


def fast_dedup_grams(texts: Sequence[str]) -> Foreign:
    """Update once a 5-gram."""
    return _fast_dedup(texts, shingles)


def by_band(rows: Iterable[Sequence[Any]]) -> list[list[int]]:
    """Group rows whose band keys are equal, in plain Python."""
    tables: dict[tuple[int, Any], list[int]] = defaultdict(list)
    for row, keys in enumerate(rows):
        for band, key in enumerate(keys):
            tables[band, key].append(row)
    return [members for members in tables.values() if len(members) > 1]
