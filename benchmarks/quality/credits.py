"""How many of the agencies that people found named as sources the credits name, by period.

    python -m benchmarks.quality.credits FOLDER

FOLDER holds ``stories.jsonl.gz`` and ``labels.jsonl``: articles of papers of 1840 to 2000, scanned,
and the agencies of each by their Wikidata numbers (impresso, doi 10.5281/zenodo.8333933). An agency
counts once a story. Papers that the forms in ``agencies.toml`` were not fitted to are counted
apart: nobody read their articles for it, though their totals were looked at.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.scores import f1, share
from dupdetect.stages.agencies import GENERIC
from dupdetect.stages.credit import find_credits

WIKIDATA = {
    "Q430109": "Keystone-SDA", "Q2826560": "Havas", "Q130879": "Reuters", "Q40464": "AFP",
    "Q40469": "AP", "Q493845": "UPI", "Q552226": "Wolff", "Q1205856": "DNB", "Q1525848": "Extel",
    "Q1415690": "Stefani",
}  # fmt: skip
"""Names in ``agencies.toml`` by the labels' Wikidata numbers."""

UNNUMBERED = {"unk", "NIL"}
"""Labels of an agency that has no number or could not be made out."""

PERIODS = (("1840-1969", "", "1970"), ("1970-2000", "1970", "9"), ("all", "", "9"))


def is_unseen(publisher: str) -> bool:
    """Whether a paper is kept for judging: one of three, by the hash of its name."""
    return hashlib.sha256(publisher.encode()).digest()[0] % 3 == 0


def credited(stories: Sequence[dict[str, str]]) -> list[set[str]]:
    """Agencies named in each story, without unnamed ones."""
    texts = [story["text"].encode() for story in stories]
    times = np.array([story["published"] for story in stories], "datetime64[us]")
    found = find_credits(
        np.frombuffer(b"".join(texts), np.uint8),
        np.cumsum([0, *map(len, texts)], dtype=np.int64),
        published_us=times.astype(np.int64),
    )
    offsets, entries = found.listed(len(stories))
    names = [found.agencies[number] for number in found.agency[entries]]
    return [set(names[start:end]) - {GENERIC} for start, end in pairwise(offsets)]


def count(label: dict[str, Any], found: set[str]) -> Counter[str]:
    """Agencies of one story that are right, wrong and missed.

    Where the label has an agency without a number, one that no number stands for is neither.
    """
    given = {*label["agency_as_source"], *label["mentions"]}
    gold = {WIKIDATA.get(name, name) for name in label["agency_as_source"]} - UNNUMBERED
    if given & UNNUMBERED:
        found = found & set(WIKIDATA.values())
    return Counter(right=len(gold & found), wrong=len(found - gold), missed=len(gold - found))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    with gzip.open(folder / "stories.jsonl.gz", "rt", encoding="utf-8") as lines:
        stories = [json.loads(line) for line in lines]
    with (folder / "labels.jsonl").open(encoding="utf-8") as lines:
        labels = {row["id"]: row for row in map(json.loads, lines)}
    counts: Counter[tuple[bool, str, str]] = Counter()
    for story, found in zip(stories, credited(stories), strict=True):
        for period, first, end in PERIODS:
            if first <= story["published"] < end:
                for what, number in count(labels[story["id"]], found).items():
                    counts[is_unseen(story["publisher"]), period, what] += number
    sys.stdout.write("papers  period     labels  precision  recall    F1\n")
    for unseen in (False, True):
        for period, _, _ in PERIODS:
            right, wrong, missed = (
                counts[unseen, period, what] for what in ("right", "wrong", "missed")
            )
            precision, recall = share(right, right + wrong), share(right, right + missed)
            sys.stdout.write(
                f"{'unseen' if unseen else 'fitted':6}  {period:9}  {right + missed:6}  "
                f"{precision:9.3f}  {recall:6.3f}  {f1(precision, recall):.3f}\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
