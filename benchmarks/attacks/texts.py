"""Collections made to cost as much as they can."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xxhash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SYLLABLES = ("ba", "ko", "mi", "ren", "tal", "su", "vor", "ne", "lid", "quo", "pha", "zet")


@dataclass(frozen=True)
class Attack:
    """A collection: what it aims at, and its texts at a scale of 0-1 of the full size."""

    aim: str
    make: Callable[[float], Iterator[str]]


def words(rng: random.Random, count: int) -> list[str]:
    """Make words of two to four syllables."""
    return ["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(count)]


def prose(tokens: list[str], sentence: int = 10) -> str:
    """Make sentences of the words, four to a line."""
    made = [
        " ".join(tokens[i : i + sentence]).capitalize() + "."
        for i in range(0, len(tokens), sentence)
    ]
    return "\n".join(" ".join(made[i : i + 4]) for i in range(0, len(made), 4))


def _one_word(scale: float) -> Iterator[str]:
    for k in range(3):
        yield "word " * int(1_000_000 * scale - k)


def _one_word_lines(scale: float) -> Iterator[str]:
    for k in range(3):
        yield "Word\n" * int(1_000_000 * scale - k)


def _period_two(scale: float) -> Iterator[str]:
    for k in range(3):
        yield "tick tock " * int(500_000 * scale - k)


def _periods(scale: float) -> Iterator[str]:
    """Stories of one period, each interrupted at other places."""
    rng = random.Random(1)
    for _ in range(int(400 * scale)):
        yield " ".join(
            " ".join(["tick tock"] * rng.randint(2, 60) + words(rng, 1)) for _ in range(60)
        )


def _shuffled(scale: float) -> Iterator[str]:
    rng = random.Random(2)
    sentences = [" ".join(words(rng, 8)).capitalize() + "." for _ in range(50)]
    for _ in range(int(100_000 * scale)):
        rng.shuffle(sentences)
        yield "\n".join(" ".join(sentences[i : i + 4]) for i in range(0, 50, 4))


def _shuffled_lines(scale: float) -> Iterator[str]:
    rng = random.Random(2)
    sentences = [" ".join(words(rng, 8)).capitalize() + "." for _ in range(50)]
    for _ in range(int(100_000 * scale)):
        rng.shuffle(sentences)
        yield "\n".join(sentences)


def _equal(scale: float) -> Iterator[str]:
    text = prose(words(random.Random(3), 350))
    for _ in range(int(100_000 * scale)):
        yield text


def _nested(scale: float) -> Iterator[str]:
    count = int(2_000 * scale)
    tokens = words(random.Random(4), 40 + 2 * count)
    for k in range(count):
        yield prose(tokens[: 40 + 2 * k])


def _nested_lines(scale: float) -> Iterator[str]:
    """Make a chain in which every story has one line more."""
    count = int(2_000 * scale)
    rng = random.Random(4)
    lines = [" ".join(words(rng, 10)).capitalize() + "." for _ in range(4 + count)]
    for k in range(count):
        yield "\n".join(lines[: 4 + k])


def _nested_halves(scale: float) -> Iterator[str]:
    """Every story is any stretch of one long text: they contain and overlap each other."""
    rng = random.Random(5)
    count = int(20_000 * scale)
    tokens = words(rng, 2_000)
    for _ in range(count):
        start = rng.randrange(1_900)
        yield prose(tokens[start : start + rng.randint(60, 800)])


def _everywhere(scale: float) -> Iterator[str]:
    rng = random.Random(6)
    run = words(rng, 14)
    for _ in range(int(100_000 * scale)):
        yield prose(words(rng, 60) + run + words(rng, 60))


def _everywhere_many(scale: float) -> Iterator[str]:
    """Forty runs, each in a tenth of the stories."""
    rng = random.Random(7)
    runs = [words(rng, 14) for _ in range(400)]
    for _ in range(int(50_000 * scale)):
        chosen = [w for run in rng.sample(runs, 40) for w in run + words(rng, 3)]
        yield prose(chosen)


def _few_each(scale: float, stories: int) -> Iterator[str]:
    """Every run in so many stories that all pairs of them are proposed."""
    rng = random.Random(8)
    count = int(20_000 * scale)
    shared: list[list[list[str]]] = [[] for _ in range(count)]
    for _ in range(30 * count // stories):
        run = words(rng, 13)
        for story in rng.sample(range(count), stories):
            shared[story].append(run)
    for runs in shared:
        yield prose([w for run in runs for w in run + words(rng, 1)] or words(rng, 50))


def _in_eight(scale: float) -> Iterator[str]:
    return _few_each(scale, 8)


def _in_twenty(scale: float) -> Iterator[str]:
    return _few_each(scale, 20)


def _long_and_many(scale: float) -> Iterator[str]:
    """Eight stories of 50,000 words that share a run with each of the many."""
    rng = random.Random(9)
    count = int(20_000 * scale)
    runs = [words(rng, 14) for _ in range(3_000)]
    for _ in range(7):
        rng.shuffle(runs)
        yield prose([w for run in runs for w in run + words(rng, 3)])
    for _ in range(count):
        yield prose(words(rng, 30) + rng.choice(runs) + words(rng, 30))


def _one_bucket(scale: float) -> Iterator[str]:
    """One set of shingles, so one bucket in every band, but no near-duplicates in it."""
    rng = random.Random(10)
    base = words(rng, 160)
    parts = [base[i : i + 16] for i in range(0, 160, 16)]
    for _ in range(int(50_000 * scale)):
        tokens = list(base)
        for part in rng.sample(parts, 3):
            tokens += part * rng.randint(8, 24)
        yield prose(tokens)


def _lines(scale: float) -> Iterator[str]:
    """Three stories of very many short lines."""
    rng = random.Random(11)
    lines = [" ".join(words(rng, 5)).capitalize() for _ in range(int(40_000 * scale))]
    for _ in range(3):
        own = [" ".join(words(rng, 5)).capitalize() for _ in range(int(10_000 * scale))]
        yield "\n".join(lines + own)


def _line_triples(scale: float) -> Iterator[str]:
    """Every line in three of two hundred long stories, other ones each time."""
    rng = random.Random(12)
    count = 200
    stories: list[list[str]] = [[] for _ in range(count)]
    for _ in range(int(60_000 * scale)):
        line = " ".join(words(rng, 5)).capitalize()
        for story in rng.sample(range(count), rng.randint(3, 9)):
            stories[story].append(line)
    for lines in stories:
        yield "\n".join(lines + [" ".join(words(rng, 5)).capitalize() for _ in range(40)])


def _furniture(scale: float) -> Iterator[str]:
    """Many lines in many unrelated stories."""
    rng = random.Random(13)
    lines = [" ".join(words(rng, 8)) + "." for _ in range(400)]
    for _ in range(int(30_000 * scale)):
        own = [" ".join(words(rng, 10)) + "." for _ in range(6)]
        yield "\n".join(own + rng.sample(lines, 40))


def _no_spaces(scale: float) -> Iterator[str]:
    for k in range(3):
        yield "x" * int(20_000_000 * scale - k)


def _marks(scale: float) -> Iterator[str]:
    """Words of marks alone, quotation marks, stops: what the splitter has states for."""
    for k in range(3):
        yield ("“\u0301’.\n-" * int(500_000 * scale - k)) + prose(words(random.Random(14), 100))


def _gram(word: str) -> int:
    """Hash of four times the same word, as alignment indexes it."""
    token, rolling = xxhash.xxh3_64_intdigest(word.encode()), 0
    for _ in range(4):
        rolling = (rolling * 0x9E3779B97F4A7C15 + token) % 2**64
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        rolling = (rolling ^ rolling >> 33) * factor % 2**64
    return rolling ^ rolling >> 33


def _flooded(scale: float) -> Iterator[str]:
    """Two words whose runs fall into one slot of an unseeded table, in stories of one each."""
    count = int(200_000 * scale)
    mask = (1 << (2 * count).bit_length()) - 1
    wanted = _gram("flood") & mask
    other = next(w for k in itertools.count() if _gram(w := f"q{k:x}") & mask == wanted)
    run = " ".join(words(random.Random(15), 30))
    for word in ("flood", other):
        yield run + ". " + f"{word} " * count


def _holds_all(scale: float) -> Iterator[str]:
    """Make one story that holds all others, whole."""
    rng = random.Random(16)
    sentences = [" ".join(words(rng, 60)).capitalize() + "." for _ in range(int(16_000 * scale))]
    yield "\n".join(sentences)
    yield from sentences


def _holds_ends(scale: float) -> Iterator[str]:
    """Make a long story; each other one has a sentence of its first half and one of its last."""
    rng = random.Random(17)
    count = int(8_000 * scale)
    sentences = [" ".join(words(rng, 40)).capitalize() + "." for _ in range(2 * count)]
    yield "\n".join(f"{sentence} In {n} of {n + 7} cases." for n, sentence in enumerate(sentences))
    for k in range(count):
        figures = " ".join(str(rng.randrange(10**6)) for _ in range(8))
        own = f"Then {figures} {' '.join(words(rng, 30))}."
        yield f"{sentences[k]}\n{own}\n{sentences[-k - 1]}"


def _ten_hold_all(scale: float) -> Iterator[str]:
    """Ten long stories hold all short ones, in other orders."""
    rng = random.Random(18)
    sentences = [" ".join(words(rng, 60)).capitalize() + "." for _ in range(int(3_000 * scale))]
    for _ in range(10):
        rng.shuffle(sentences)
        yield "\n".join(sentences)
    yield from sentences


def _eight_of_seventy(scale: float) -> Iterator[str]:
    """Make runs of eight words that stories share, 63 others between them."""
    rng = random.Random(19)
    runs = [words(rng, 8) for _ in range(20)]
    for _ in range(int(4_000 * scale)):
        yield prose([w for run in runs for w in run + words(rng, 63)])


def _four_words(scale: float) -> Iterator[str]:
    rng = random.Random(20)
    for _ in range(int(8_000 * scale)):
        yield prose(rng.choices(("red", "blue", "green", "white"), k=300))


def _in_fourteen(scale: float) -> Iterator[str]:
    """Every run of fourteen words in fourteen stories."""
    rng = random.Random(21)
    count = int(10_000 * scale)
    shared: list[list[list[str]]] = [[] for _ in range(count)]
    for _ in range(20 * count // 14):
        run = words(rng, 14)
        for story in rng.sample(range(count), min(14, count)):
            shared[story].append(run)
    for runs in shared:
        yield prose([w for run in runs for w in run])


def _lines_of_sixty(scale: float) -> Iterator[str]:
    """Lines, each in 3 to 30 of 60 long stories."""
    rng = random.Random(22)
    stories: list[list[str]] = [[] for _ in range(60)]
    for _ in range(int(40_000 * scale)):
        line = " ".join(words(rng, 12)).capitalize() + "."
        for story in rng.sample(range(60), rng.randint(3, 30)):
            stories[story].append(line)
    for lines in stories:
        rng.shuffle(lines)
        yield "\n".join(lines)


def _form(scale: float) -> Iterator[str]:
    """Fill a form: nine of fifteen words are other names and numbers."""
    rng = random.Random(23)
    base = words(rng, 240)
    for _ in range(int(20_000 * scale)):
        filled = []
        for k in range(0, 240, 6):
            own = [word.capitalize() for word in words(rng, 8)]
            filled += base[k : k + 6] + own + [str(rng.randrange(10**6))]
        yield " ".join(filled)


ATTACKS: dict[str, Attack] = {
    "holds all": Attack("one story that holds all others", _holds_all),
    "holds both ends": Attack("others have a sentence of either half of a story", _holds_ends),
    "ten hold all": Attack("ten stories that hold all others, each in its order", _ten_hold_all),
    "eight of 71": Attack("runs of 8 words with 63 others between them", _eight_of_seventy),
    "four words": Attack("a vocabulary of four words", _four_words),
    "runs in fourteen": Attack("every run of 14 words in 14 stories", _in_fourteen),
    "lines of sixty": Attack("lines in 3 to 30 of 60 long stories", _lines_of_sixty),
    "form": Attack("one form, filled with other names and figures", _form),
    "one word": Attack("one word a million times, three stories", _one_word),
    "one word, lines": Attack("the same, a line each", _one_word_lines),
    "period two": Attack("two words in turn, three stories of a million", _period_two),
    "periods": Attack("periodic stretches of all lengths", _periods),
    "shuffled": Attack("the same 50 sentences in any order", _shuffled),
    "shuffled lines": Attack("the same, a line each", _shuffled_lines),
    "equal": Attack("all stories equal", _equal),
    "nested": Attack("every story begins every longer one", _nested),
    "nested lines": Attack("the same, a line longer each", _nested_lines),
    "stretches": Attack("stretches of one long text", _nested_halves),
    "everywhere": Attack("one run in every story", _everywhere),
    "runs everywhere": Attack("400 runs, 40 in every story", _everywhere_many),
    "runs in eight": Attack("every run in eight stories", _in_eight),
    "runs in twenty": Attack("every run in twenty stories", _in_twenty),
    "long and many": Attack(
        "7 stories of 50,000 words share a run with each of many", _long_and_many
    ),
    "one bucket": Attack("one bucket in every band, no near-duplicates", _one_bucket),
    "flooded": Attack("words chosen for one slot of a hash table", _flooded),
    "lines": Attack("three stories of 40,000 equal lines", _lines),
    "line triples": Attack("lines in a few of 200 long stories", _line_triples),
    "furniture": Attack("many lines in many unrelated stories", _furniture),
    "no spaces": Attack("one word of 20 MB", _no_spaces),
    "marks": Attack("marks, quotation marks and stops without words", _marks),
}
