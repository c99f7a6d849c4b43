"""What comparing takes, counted: no clock decides, so that a change for the worse fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

import dupdetect

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"


def test_the_sample_takes_as_little_as_it_did() -> None:
    """Pairs a story, the share that ends as nothing, and texts split for comparing."""
    found = dupdetect.cluster(SAMPLE).summary
    stories, counts = found["stories"], found["comparing"]
    assert found["compared_pairs"] <= counts["aligned_pairs"] <= 0.8 * stories
    assert counts["unrelated_pairs"] <= 0.05 * found["compared_pairs"]
    # Once for its lines, once for sketch and alignment, again where it is shown or has furniture,
    # both of a pair whose facts are measured, a row that is to go for what only it names, and short
    # ones for notices.
    assert 2 * stories <= counts["split_texts"] <= 6 * stories
    assert dupdetect.cluster(SAMPLE, threads=3).summary["comparing"] == counts


@pytest.mark.parametrize(
    ("syllables", "splits"),
    [([first + second for first in "bdlmnprst" for second in "aeiou"], 3), ("abcdefghijklmnop", 4)],
)
def test_texts_are_split_once_however_many_pairs_they_are_in(
    syllables: Sequence[str], splits: int
) -> None:
    """Stories that share a line of twelve words in pairs, and nothing that would relate them.

    Once for their lines, once to look for notices, since they are short, and once for sketch and
    alignment. Where letters are odd, as in a bad scan, they are split once more for those.
    """
    random = Random(5)

    def words(count: int) -> list[str]:
        return ["".join(random.choices(syllables, k=7)) for _ in range(count)]

    lines = [" ".join(words(14)) for _ in range(24)]
    stories = [
        "\n\n".join([" ".join(words(40)), lines[k % 24], " ".join(words(40))]) for k in range(120)
    ]
    found = dupdetect.cluster(stories).summary
    assert found["compared_pairs"] == 240
    assert found["comparing"]["unrelated_pairs"] == found["compared_pairs"]
    assert found["comparing"]["split_texts"] == splits * len(stories)


def test_phrases_of_form_letters_hardly_propose_pairs() -> None:
    """Pairs a story where each shares eight words with many others, and nothing longer."""
    random = Random(11)
    syllables = [first + second for first in "bdlmnprst" for second in "aeiou"]

    def words(count: int) -> list[str]:
        return ["".join(random.choices(syllables, k=3)) for _ in range(count)]

    phrases = [words(8) for _ in range(30)]
    stories = [" ".join(words(90) + phrases[k % 30] + words(90)) for k in range(300)]
    found = dupdetect.cluster(stories).summary
    assert found["compared_pairs"] <= 0.1 * 30 * 45  # of those that share a phrase
