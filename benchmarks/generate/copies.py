"""What outlets do to a story: cuts, edits, noise, weaving in.

Operations and their weights are those of the labelled benchmark of real stories; each follows
the same definition on made-up text. A base story is printed once; copies are made of slices of
its bytes, which is what makes the generator fast.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.generate.words import CAPITAL, PARAGRAPH, UPPER, WORDS, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

OPERATIONS = {
    "same": 10,
    "restyle": 12,
    "edit": 14,
    "head": 14,
    "tail": 9,
    "middle": 7,
    "abridge": 8,
    "reorder": 4,
    "local": 8,
    "ocr": 6,
}
_SHARES = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_OCR = {
    ord(a): b.encode()
    for a, b in zip(
        "eceolimnuhastrd",
        ("c", "e", "c", "0", "1", "l", "rn", "u", "n", "b", "o", "5", "f", "i", "cl"),
        strict=True,
    )
}


@dataclass(frozen=True, slots=True)
class Source:
    """A base story, printed, with the bounds of its words.

    Attributes
    ----------
    pieces : int array, shape (n,)
        Piece id of every word.
    body : bytes
        JSON-escaped UTF-8, with the separator after the last word.
    offsets : int array, shape (n + 1,)
        Where each piece begins in `body`, in bytes.
    sentences, paragraphs : int arrays
        Index of the piece after the last of each sentence and paragraph.
    titles : tuple of two bytes
        The headline of the wire and another.
    """

    pieces: NDArray[np.int32]
    body: bytes
    offsets: NDArray[np.int32]
    sentences: NDArray[np.int64]
    paragraphs: NDArray[np.int64]
    titles: tuple[bytes, bytes]

    def words(self, start: int, stop: int) -> bytes:
        """Bytes of pieces ``start:stop``."""
        return self.body[int(self.offsets[start]) : int(self.offsets[stop])]


def _slices(source: Source, ends: NDArray[np.int64]) -> list[bytes]:
    bounds = [0, *source.offsets[ends].tolist()]
    return [source.body[a:b] for a, b in itertools.pairwise(bounds)]


def _closed(part: bytes) -> bytes:
    return part if part.endswith(PARAGRAPH) else part.removesuffix(b" ") + PARAGRAPH


def _replaced(source: Source, where: Iterable[int], parts: Iterable[bytes]) -> bytes:
    """`body` with the pieces at ascending positions `where` replaced by `parts`."""
    at = np.asarray(where, dtype=np.int64)
    starts, stops = source.offsets[at].tolist(), source.offsets[at + 1].tolist()
    out: list[bytes] = []
    done = 0
    for start, stop, part in zip(starts, stops, parts, strict=True):
        out += (source.body[done:start], part)
        done = stop
    out.append(source.body[done:])
    return b"".join(out)


def cut(rng: np.random.Generator, source: Source, where: str) -> bytes:
    """Keep one run of a story: its "head", "tail" or "middle", a tenth to seven tenths of it."""
    count = source.pieces.size
    size = max(35, int(count * _SHARES[int(rng.integers(len(_SHARES)))]))
    if size >= 0.75 * count:
        size = int(0.6 * count)
    low = int(0.1 * count)
    start = {"head": 0, "tail": count - size}.get(where)
    if start is None:
        start = int(rng.integers(low, max(low, count - size - low) + 1))
    return source.words(start, start + size)


def _abridge(rng: np.random.Generator, source: Source) -> bytes:
    count = source.sentences.size
    keep = max(3, int(count * (0.4, 0.5, 0.6)[int(rng.integers(3))]))
    kept = np.sort(rng.permutation(count)[:keep]).tolist()
    sentences = _slices(source, source.sentences)
    return b"".join([sentences[i] for i in kept])


def _edit(rng: np.random.Generator, lang: Language, source: Source) -> bytes:
    rate = (0.02, 0.04, 0.06)[int(rng.integers(3))]
    count = source.pieces.size
    at = np.flatnonzero((rng.random(count) < rate) & (source.pieces // WORDS <= CAPITAL))
    words = source.pieces[rng.integers(count, size=at.size)] % WORDS
    parts = [lang.pieces[word] for word in words.tolist()]
    if parts and rng.random() < rate * source.paragraphs.size:
        parts[int(rng.integers(len(parts)))] = b""  # a word goes missing
    return _replaced(source, at, parts)


def _restyle(rng: np.random.Generator, lang: Language, source: Source) -> bytes:
    loud = (rng.random(source.pieces.size) < 0.03) & (source.pieces // WORDS <= CAPITAL)
    at = np.flatnonzero(loud)
    upper = source.pieces[at] % WORDS + UPPER * WORDS
    body = _replaced(source, at, [lang.pieces[piece] for piece in upper.tolist()])
    body = body.replace(b'\\"', "”".encode()).replace(b"'", "’".encode())
    body = body.replace(b" - ", " – ".encode())
    return body.replace(PARAGRAPH, b" ") if rng.random() < 0.5 else body


def _reorder(rng: np.random.Generator, source: Source) -> bytes:
    parts = _slices(source, source.paragraphs)
    return b"".join([parts[i] for i in rng.permutation(len(parts)).tolist()])


def _local(rng: np.random.Generator, source: Source, other: Source) -> bytes:
    bounds = [0, *other.paragraphs.tolist()]
    chosen = int(rng.integers(len(bounds) - 1))
    own = _closed(other.words(bounds[chosen], min(bounds[chosen] + 60, bounds[chosen + 1])))
    before = int(rng.integers(source.paragraphs.size + 1))
    at = int(source.offsets[source.paragraphs[before - 1]]) if before else 0
    return b"".join((source.body[:at], own, source.body[at:]))


def mixed(rng: np.random.Generator, source: Source, other: Source) -> bytes:
    """Weave a part of `source` into two thirds of `other`."""
    part = cut(rng, source, ("head", "middle", "tail")[int(rng.integers(3))])
    paragraphs = other.paragraphs
    keep = min(paragraphs.size, max(2, paragraphs.size * 2 // 3))
    return _closed(part) + other.words(0, int(paragraphs[keep - 1]))


def round_up(rng: np.random.Generator, sources: list[Source]) -> bytes:
    """Join the first 45 to 80 words of four to eight stories."""
    chosen = rng.permutation(len(sources))[: int(rng.integers(4, 9))].tolist()
    sizes = rng.integers(45, 81, size=len(chosen)).tolist()
    return b"".join([_closed(sources[i].words(0, n)) for i, n in zip(chosen, sizes, strict=True)])


def _ocr(rng: np.random.Generator, body: bytes) -> bytes:
    rate = (0.01, 0.03, 0.05)[int(rng.integers(3))]
    parts: list[bytes] = []
    done = 0
    for position in np.flatnonzero(rng.random(len(body)) < rate).tolist():
        letter = body[position]
        if not (65 <= letter <= 90 or 97 <= letter <= 122):
            continue
        if position and body[position - 1] == 0x5C:  # the n of an escaped newline
            continue
        parts += (body[done:position], _OCR.get(letter, b"."))
        done = position + 1
    parts.append(body[done:])
    return b"".join(parts)


def copy_of(
    rng: np.random.Generator, lang: Language, source: Source, *, operation: str, other: Source
) -> bytes:
    """Apply one operation to a story.

    Parameters
    ----------
    rng : numpy.random.Generator
    lang : Language
    source : Source
    operation : str
        A name of `OPERATIONS`; anything else gives the story as it is.
    other : Source
        An unrelated story, from which "local" takes a paragraph.

    Returns
    -------
    bytes
        The body, JSON-escaped UTF-8, without furniture, with a separator after the last word.
    """
    if operation in ("head", "tail", "middle"):
        part = cut(rng, source, operation)
        return part + b"... " if operation == "head" and rng.random() < 0.4 else part
    change = _CHANGES.get(operation)
    return change(rng, lang, source, other) if change else source.body


# The operations of one shape: (rng, language, story, unrelated story) to a body.
_CHANGES: dict[str, Callable[[np.random.Generator, Language, Source, Source], bytes]] = {
    "restyle": lambda rng, lang, source, _: _restyle(rng, lang, source),
    "edit": lambda rng, lang, source, _: _edit(rng, lang, source),
    "abridge": lambda rng, _lang, source, _: _abridge(rng, source),
    "reorder": lambda rng, _lang, source, _: _reorder(rng, source),
    "local": lambda rng, _lang, source, other: _local(rng, source, other),
    "ocr": lambda rng, _lang, source, _: _ocr(rng, source.body),
}
