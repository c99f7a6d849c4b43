"""Copies that were all scanned: clusters by share of wrong characters.

    python -m benchmarks.quality.scans STORIES [--texts 400] [--errors 0 .02 .05] [--seed 1]

STORIES is JSON Lines with `text`, packed by gzip or not, or a folder with a file `stories.jsonl.gz`
or the like. Of every second text four papers print a copy, one of them only its first three
fifths, and every copy is scanned by itself: characters misread (as look alike, or any), lost or
put in, spaces lost or put in, and with `--hyphens` words divided at the ends of lines, too. Texts
that share stretches with others are left out. CPU time is of one thread, of the run alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import dupdetect
from benchmarks.quality.scores import cluster_scores

ERRORS = (0.0, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.12)
COPIES = 4
_LOOK_ALIKE = {
    "a": "oes", "b": "h6", "c": "eo", "d": "cl", "e": "co", "f": "t", "g": "q9", "h": "bn",
    "i": "l1", "l": "1i", "m": "rn", "n": "ru", "o": "0c", "r": "n", "s": "5a", "t": "fl",
    "u": "iv", "v": "y", "w": "v", "y": "v", "1": "l", "0": "o", "5": "s",
}  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwxyz.,'-"


def scanned(text: str, errors: float, rng: random.Random, *, hyphens: bool = False) -> str:
    """Return a text as a bad scan has it.

    Parameters
    ----------
    text : str
        Of one paragraph.
    errors : float
        Share of wrong characters, 0-1.
    rng : random.Random
        What decides.
    hyphens : bool
        Whether words are divided at the ends of lines, without a trace of the lines.

    Examples
    --------
    >>> scanned("the ferry", 0.0, random.Random(1))
    'the ferry'
    """
    read = "".join(_misread(char, rng) if rng.random() < errors else char for char in text)
    if not hyphens:
        return read
    divided = []
    width = 0
    for word in read.split():
        width += len(word) + 1
        if width > 40 and len(word) > 6:
            at = rng.randrange(3, len(word) - 2)
            divided.append(word[:at] + "-")
            word, width = word[at:], 0  # noqa: PLW2901
        divided.append(word)
    return " ".join(divided)


def _misread(char: str, rng: random.Random) -> str:
    if char.isspace():
        return "" if rng.random() < 0.7 else ". "
    kind = rng.random()
    if kind < 0.45:
        return rng.choice(_LOOK_ALIKE.get(char.lower(), _LETTERS))
    if kind < 0.6:
        return rng.choice(_LETTERS)
    if kind < 0.78:
        return ""
    if kind < 0.92:
        return char + rng.choice(_LETTERS)
    return char + " "


def base_texts(path: Path, count: int, rng: random.Random) -> list[str]:
    """Return stretches of 120 to 350 words of a collection's texts that share little."""
    seen: set[tuple[str, ...]] = set()
    texts = []
    for text in _texts(path):
        words = text.split()
        if not 200 <= len(words) <= 1500:
            continue
        words = words[15 : 15 + rng.randint(120, 350)]
        grams = {tuple(words[i : i + 4]) for i in range(len(words) - 3)}
        if len(seen & grams) > 0.03 * len(grams):
            continue
        seen |= grams
        texts.append(" ".join(words))
        if len(texts) == count:
            break
    return texts


def _texts(path: Path) -> Iterator[str]:
    if path.is_dir():
        path = next(iter(sorted(path.glob("*.jsonl.gz"))))
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            yield json.loads(line)["text"]


def scanned_stories(
    texts: Sequence[str], errors: float, rng: random.Random, *, hyphens: bool = False
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return stories and the cluster of each id."""
    stories, clusters = [], {}
    for number, text in enumerate(texts):
        for copy in range(1 if number % 2 else COPIES):
            printed = text.split()
            if copy == COPIES - 2:
                printed = printed[: len(printed) * 3 // 5]
            name = f"{number}-{copy}"
            clusters[name] = str(number)
            read = scanned(" ".join(printed), errors, rng, hyphens=hyphens)
            stories.append({"id": name, "publisher": f"p{copy}{number % 7}", "text": read})
    return stories, clusters


def measure(stories: list[dict[str, str]], clusters: dict[str, str]) -> dict[str, float | str]:
    """Cluster stories; give scores, cost and kinds."""
    begun = time.process_time()
    found = dupdetect.cluster(stories, threads=1)
    seconds = time.process_time() - begun
    labels = dict(
        zip(*(found.clusters[name].to_pylist() for name in ("id", "cluster")), strict=True)
    )
    pairs, right = (
        {pair for group in _groups(by) for pair in combinations(group, 2)}
        for by in (labels, clusters)
    )
    kinds = Counter(found.relations["kind"].to_pylist())
    return {
        "ari": float(cluster_scores(clusters, labels)["ari"]),  # type: ignore[arg-type]
        "precision": len(pairs & right) / max(len(pairs), 1),
        "recall": len(pairs & right) / max(len(right), 1),
        "us_a_story": 1e6 * seconds / len(stories),
        "pairs_a_story": found.summary["compared_pairs"] / len(stories),
        "kinds": ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())),
    }


def _groups(labels: dict[str, str]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for name in sorted(labels):
        groups.setdefault(labels[name], []).append(name)
    return list(groups.values())


def main(argv: Sequence[str] | None = None) -> int:
    """Print one row for each share of wrong characters."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("stories", type=Path)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--errors", type=float, nargs="+", default=ERRORS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hyphens", action="store_true")
    args = parser.parse_args(argv)
    texts = base_texts(args.stories, args.texts, random.Random(args.seed))
    print(f"{len(texts)} texts")
    print("| errors | ARI | precision | recall | us a story | pairs a story | relations |")
    print("|---|--:|--:|--:|--:|--:|---|")
    measure(*scanned_stories(texts[:20], 0.05, random.Random(0)))  # imports and lazy tables
    for errors in args.errors:
        rng = random.Random(args.seed)
        made = scanned_stories(texts, errors, rng, hyphens=args.hyphens)
        row = measure(*made)
        print(
            f"| {errors:.0%} | {row['ari']:.3f} | {row['precision']:.3f} | {row['recall']:.3f} "
            f"| {row['us_a_story']:.0f} | {row['pairs_a_story']:.2f} | {row['kinds']} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
