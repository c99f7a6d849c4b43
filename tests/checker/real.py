"""Real stories, drawn from a shared collection where there is one; nothing of it is kept here."""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.checker.corpora import Row

SHARED = Path(os.environ.get("DUPDETECT_SHARED", Path(__file__).parents[3] / "shared"))
RELEASES = SHARED / "data" / "senate" / "senate.jsonl.gz"
_STORIES = 6_000


@cache
def _releases() -> tuple[dict[str, str], ...]:
    with gzip.open(RELEASES, "rt", encoding="utf-8") as file:
        return tuple(json.loads(next(file)) for _ in range(_STORIES))


def releases(seed: int, stories: int) -> list[Row]:
    """Draw releases of one office that stand side by side, and some of others."""
    random = Random(seed)
    every = _releases()
    first = random.randrange(len(every) - stories)
    drawn = [*every[first : first + stories], *random.sample(every, stories // 4)]
    rows = {
        one["id"]: {
            "id": one["id"],
            "publisher": one["senator"],
            "published": "2006-01-02",
            "title": "",
            "text": one["text"],
        }
        for one in drawn
    }
    return [row for row in rows.values() if row["text"].strip()]
