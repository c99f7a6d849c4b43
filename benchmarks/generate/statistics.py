"""Print what a corpus and generated stories, as many of them, make of comparing.

    python -m benchmarks.generate.statistics DUMP [--publisher-field NAME] [--plain]

Counters alone, which no load disturbs: pairs compared, the share of them that came to nothing,
copies, overlaps and templates, stock phrases, rows removed and how often a text was split.
Generated stories that share stock prose are meant to be like press releases; ``--plain`` shows
those without it beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.generate import stories as generate

_COPIES = ("identical", "near_duplicate", "truncation", "abridgement")


def statistics_of(source: Path, publisher: str | None = None) -> dict[str, float]:
    """Return the counters of a run over a corpus, for each story or as shares.

    Parameters
    ----------
    source : Path
        What `dupdetect dedupe` reads.
    publisher : str, optional
        Field that holds the publisher.
    """
    command = [sys.executable, "-m", "dupdetect", "dedupe", str(source), "-o", os.devnull]
    command += ["--json", "--threads", "1"]
    command += [] if publisher is None else ["--publisher-field", publisher]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    stories, pairs = found["stories"], found["compared_pairs"]
    kinds, comparing = found["kinds"], found["comparing"]
    return {
        "stories": stories,
        "pairs a story": pairs / stories,
        "of them nothing": comparing["unrelated_pairs"] / max(pairs, 1),
        "copies a story": sum(kinds[name] for name in _COPIES) / stories,
        "overlaps a story": kinds["overlap"] / stories,
        "templates a story": kinds["template"] / stories,
        "stock fingerprints a story": found["stock_phrases"]["fingerprints"] / stories,
        "removed": found["removed"] / stories,
        "splits a story": comparing["split_texts"] / stories,
    }


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate.statistics")
    parser.add_argument("source", type=Path, help="a corpus of real stories")
    parser.add_argument("--publisher-field")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="also without stock prose")
    given = parser.parse_args(arguments)
    columns = {given.source.name: statistics_of(given.source, given.publisher_field)}
    count = int(columns[given.source.name]["stories"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stories.jsonl"
        for name, stock in (("generated", True), ("without stock prose", False)):
            if stock or given.plain:
                generate.write(path, count=count, seed=given.seed, stock=stock)
                columns[name] = statistics_of(path)
    rows = [f"| | {' | '.join(columns)} |", "|---|" + "--:|" * len(columns)]
    rows += [
        f"| {name} | " + " | ".join(f"{one[name]:,.3f}" for one in columns.values()) + " |"
        for name in columns[given.source.name]
    ]
    sys.stdout.write("\n".join(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
