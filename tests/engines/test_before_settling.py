"""What an index says before it is settled is what it says then."""

from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks.quality.scans import scanned
from dupdetect import Index
from tests.engines.test_scans import TEXTS
from tests.support.index_stories import labels, made, table


def test_labels_before_settling_are_nearly_those_after() -> None:
    """Counted, not bounded by luck: these stories are the same in every run."""
    rows = [dict(row) for row in made()]
    index = Index.in_memory(threads=1)
    for first in range(0, len(rows), 20):
        index.add(table(rows[first : first + 20]))
    before = labels(index)
    index.settle()
    same = np.mean([a == b for a, b in zip(before, labels(index), strict=True)])
    assert same >= 0.97


def row_of(name: str, text: str) -> dict[str, str | None]:
    return {"id": name, "publisher": name, "published": None, "title": None, "text": text}


def test_bad_scans_join_what_they_are_copies_of_as_they_come() -> None:
    index = Index.in_memory(threads=1)
    index.add(table([dict(row) for row in made()[:60]]))
    pages = TEXTS[:4]
    for number, text in enumerate(pages):
        index.add(table([row_of(f"{number}", text)]))
        index.add(table([row_of(f"{number} scan", scanned(text, 0.08, random.Random(number)))]))
    before = labels(index)[60:]
    assert len(set(before)) == len(pages)
    index.settle()
    assert labels(index)[60:] == before


@pytest.mark.parametrize("leaves", [False, True])
def test_a_story_that_a_round_up_holds_does_not_join_it_later(leaves: bool) -> None:
    parts = [row_of(f"{number}", text) for number, text in enumerate(TEXTS[:4])]
    whole = row_of("whole", "\n\n".join(TEXTS[:4]))
    index = Index.in_memory(threads=1)
    others = [dict(row) for row in made()[:60]]
    index.add(table([*others, *parts[:3], whole, *parts[3:][:leaves]]))
    if leaves:  # what held it goes, and comes again
        index.delete(["whole"])
        index.add(table([whole]))
    else:
        index.add(table(parts[3:]))
    before = labels(index)[60:]
    assert len(set(before)) == len(parts) + 1
    index.settle()
    assert labels(index)[60:] == before
