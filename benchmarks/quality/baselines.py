"""What a newcomer would try first: exact hashing, MinHash LSH, TF-IDF cosine.

Each gives a value to pairs of stories; a threshold makes relations of them, and clusters are
their connected components. The threshold is swept, and the best one for pairs and the best one
for clusters are both reported: no baseline loses for want of tuning.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xxhash
from datasketch import MinHash, MinHashLSH
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.quality.labelled import Answer, LabelledSet, PairKey, Relation, components

WORD = re.compile(r"\w+")
LSH_THRESHOLDS = (0.05, *(round(0.1 * n, 1) for n in range(1, 10)))
COSINE_THRESHOLDS = tuple(round(0.05 * n, 2) for n in range(3, 20))
SHINGLE = 5
NUM_PERM = 128
ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Trial:
    """One baseline at one threshold."""

    system: str
    threshold: float
    answer: Answer


def words(text: str) -> list[str]:
    """Fold case and compatibility forms, and split into words."""
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def exact(labelled: LabelledSet) -> Iterator[Trial]:
    """Relate stories whose folded words are all equal."""
    started = time.process_time()
    same: defaultdict[int, list[str]] = defaultdict(list)
    for story in labelled.stories:
        same[xxhash.xxh3_64_intdigest(" ".join(words(story.text)).encode())].append(story.id)
    pairs = {
        frozenset((a, b)): 1.0
        for group in same.values()
        for n, a in enumerate(group)
        for b in group[n + 1 :]
    }
    yield _trial(labelled, "exact hashing", 1.0, pairs, started)


def minhash_lsh(labelled: LabelledSet) -> Iterator[Trial]:
    """Try datasketch's MinHash and MinHashLSH at each threshold.

    Word 5-shingles, 128 permutations. Candidates of the LSH are kept when their estimated
    resemblance reaches the threshold: unverified candidates score lower.
    """
    began = time.process_time()
    signatures = {story.id: _signature(words(story.text)) for story in labelled.stories}
    shared = time.process_time() - began
    for threshold in LSH_THRESHOLDS:
        started = time.process_time() - shared
        lsh = MinHashLSH(threshold=threshold, num_perm=NUM_PERM)
        pairs: dict[PairKey, float] = {}
        for story, signature in signatures.items():
            for other in lsh.query(signature):
                value = float(signature.jaccard(signatures[other]))
                if value >= threshold:
                    pairs[frozenset((story, other))] = value
            lsh.insert(story, signature)
        yield _trial(labelled, "datasketch MinHashLSH", threshold, pairs, started)


def _signature(tokens: Sequence[str]) -> MinHash:
    signature = MinHash(num_perm=NUM_PERM, hashfunc=xxhash.xxh32_intdigest)
    last = max(1, len(tokens) - SHINGLE + 1)
    signature.update_batch([" ".join(tokens[n : n + SHINGLE]).encode() for n in range(last)])
    return signature


def tfidf_cosine(labelled: LabelledSet) -> Iterator[Trial]:
    """Try the cosine of scikit-learn's TF-IDF vectors at each threshold.

    Words, sublinear term frequency; all pairs are compared, in blocks of rows.
    """
    began = time.process_time()
    ids = [story.id for story in labelled.stories]
    vectors = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, token_pattern=r"\w+")
    matrix = vectors.fit_transform([story.text for story in labelled.stories])
    values: dict[PairKey, float] = {}
    for start in range(0, len(ids), ROWS_AT_ONCE):
        block = (matrix[start : start + ROWS_AT_ONCE] @ matrix.T).tocoo()
        near = (block.data >= COSINE_THRESHOLDS[0]) & (block.row + start < block.col)
        found = zip(block.row[near] + start, block.col[near], block.data[near], strict=True)
        values |= {frozenset((ids[i], ids[j])): float(value) for i, j, value in found}
    shared = time.process_time() - began
    for threshold in COSINE_THRESHOLDS:
        started = time.process_time() - shared
        pairs = {pair: value for pair, value in values.items() if value >= threshold}
        yield _trial(labelled, "TF-IDF cosine", threshold, pairs, started)


BASELINES: tuple[Callable[[LabelledSet], Iterator[Trial]], ...] = (
    exact,
    minhash_lsh,
    tfidf_cosine,
)


def best(
    labelled: LabelledSet,
    baseline: Callable[[LabelledSet], Iterator[Trial]],
    goals: dict[str, Callable[[Answer], float]],
) -> list[Answer]:
    """Run a baseline at all its thresholds and keep the best answer for each goal.

    Parameters
    ----------
    labelled
        The set.
    baseline
        One of `BASELINES`.
    goals
        Name -> how good an answer is. Goals that agree on a threshold share an answer.

    Returns
    -------
    list of Answer
        Named after the threshold and, when they differ, what it is best for.
    """
    top: dict[str, tuple[float, Trial]] = {}
    for trial in baseline(labelled):
        for goal, value in goals.items():
            good = value(trial.answer)
            if goal not in top or good > top[goal][0]:
                top[goal] = (good, trial)
    kept: dict[float, tuple[Trial, list[str]]] = {}
    for goal, (_, trial) in top.items():
        kept.setdefault(trial.threshold, (trial, []))[1].append(goal)
    return [_named(trial, named if len(kept) > 1 else []) for trial, named in kept.values()]


def _named(trial: Trial, goals: list[str]) -> Answer:
    at = "" if trial.threshold == 1.0 else f" {trial.threshold:.2f}"
    best_for = f", best for {' and '.join(goals)}" if goals else ""
    answer = trial.answer
    name = f"{trial.system}{at}{best_for}"
    return Answer(name, answer.clusters, answer.relations, answer.cpu_seconds)


def _trial(
    labelled: LabelledSet,
    system: str,
    threshold: float,
    pairs: dict[PairKey, float],
    started: float,
) -> Trial:
    """Make relations and clusters of pairs; `started` is a CPU time reading in seconds."""
    clusters = components((story.id for story in labelled.stories), pairs)
    cpu = time.process_time() - started
    relations = {}
    kind = "identical" if system.startswith("exact") else "near_duplicate"
    for pair in pairs:
        a, b = sorted(pair)
        relations[pair] = Relation(a, b, kind)
    return Trial(system, threshold, Answer(system, clusters, relations, cpu))
