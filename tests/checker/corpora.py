"""Random collections of stories: copies, cuts, edits and weaves of made-up prose."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_SYLLABLES = [first + second for first in "bcdfgklmnprstvz" for second in "aeiou"]

Row = dict[str, str]


def words(random: Random, count: int) -> list[str]:
    """Make words of three or four syllables: hardly one twice, and hardly two alike."""
    return ["".join(random.choices(_SYLLABLES, k=random.randint(3, 4))) for _ in range(count)]


def prose(tokens: list[str], random: Random | None = None) -> str:
    """Write words as sentences of 8 to 15, two or three to a paragraph."""
    random = random or Random(len(tokens))
    sentences, first = [], 0
    while first < len(tokens):
        size = random.randint(12, 16)
        if len(tokens) - first - size < 12:  # no short line at the end: it would be doubtful
            size = len(tokens) - first
        sentences.append(" ".join(tokens[first : first + size]).capitalize() + ".")
        first += size
    lines, first = [], 0
    while first < len(sentences):
        size = random.randint(2, 3)
        lines.append(" ".join(sentences[first : first + size]))
        first += size
    return "\n\n".join(lines)


def _edited(tokens: list[str], share: float, random: Random) -> list[str]:
    return [words(random, 1)[0] if random.random() < share else token for token in tokens]


def _copy(tokens: list[str], random: Random) -> list[str]:
    """Cut, edit or weave a story."""
    third = len(tokens) // 3
    first = random.randint(1, third)
    woven = tokens[first : first + random.randint(30, 60)]
    copies = [
        list(tokens),
        tokens[: third + first],
        tokens[-third - first :],
        tokens[first : first + third + random.randrange(third)],
        _edited(tokens, random.uniform(0.01, 0.15), random),
        words(random, random.randint(60, 150)) + woven + words(random, 60),
        tokens[:third] + words(random, random.randint(5, 60)) + tokens[third:],
        tokens[:third] + tokens[-third:],
    ]
    return random.choice(copies)


def family(random: Random, name: str) -> list[Row]:
    """Make a story and some copies."""
    tokens = words(random, random.randint(100, 260))
    copies = [tokens, *(_copy(tokens, random) for _ in range(random.randrange(5)))]
    return [
        {
            "id": f"{name}-{k}",
            "publisher": f"Paper {random.randrange(40)}",
            "published": f"2024-0{random.randint(1, 9)}-1{random.randrange(10)}",
            "title": "",
            "text": prose(copy, random),
        }
        for k, copy in enumerate(copies)
    ]


def families(seed: int, stories: int = 12) -> list[Row]:
    """Make stories with their copies, in any order."""
    random = Random(seed)
    rows: list[Row] = []
    while len(rows) < stories:
        rows += family(random, f"s{len(rows)}")
    random.shuffle(rows)
    return rows


def unrelated(seed: int) -> Row:
    """Make a story that no other shares a word with."""
    random = Random(seed)
    text = prose([f"{word}x" for word in words(random, random.randint(60, 200))], random)
    return {"id": f"own{seed}", "publisher": "Own", "published": "2024-02-03", "title": "",
            "text": text}  # fmt: skip


@dataclass(frozen=True)
class Runs:
    """Stories of classes that have one run of words in common, and nothing else."""

    rows: list[Row]
    run: list[str]


def shared_run(seed: int, classes: int, size: int) -> Runs:
    """Make a story of each class, each with the same run somewhere among words of its own."""
    random = Random(seed)
    run = words(random, size)
    rows = []
    for number in range(classes):
        before, after = (
            words(random, random.randint(30, 150)),
            words(random, random.randint(30, 90)),
        )
        rows.append({
            "id": f"r{number}", "publisher": f"Paper {number}", "published": "2024-03-01",
            "title": "", "text": prose(before + run + after, random),
        })  # fmt: skip
    return Runs(rows, run)
