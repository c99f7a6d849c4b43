"""Bodies made of texts: of each word a keyed hash and flags; and where their words stand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import (
    ANNOUNCED,
    DOUBTFUL,
    FURNITURE,
    POST,
    QUOTED,
    SENTENCE_START,
    STANDING,
    WEAK,
)
from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.hashing import BASE, MASK64, mix64, mul_fold, token_hash
from dupdetect.kernels.reference.prepare import Story, read_story

IN_QUOTES, IN_DOUBT, ONE_CHARACTER, BEGINS = 1, 2, 4, 8
FOLLOWS_COLON, NEVER_PROSE, IN_POST = 16, 64, 128
"""Flags of a word: ``BEGINS`` a sentence, ``ONE_CHARACTER`` of a script without spaces."""

FIRST_LETTER = 256
"""What is added to a letter that begins a word."""

_FIRST, _SECOND, _SIZE = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
"""The first three primes of XXH64."""


def collection_key(text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> int:
    """Return a key for the words of a collection: a function of its texts, in any order.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    """
    check_offsets(offsets, len(text), "offsets")
    return mix64(sum(mix64(token_hash(text[row].tobytes())) for row in spans(offsets)) & MASK64)


def word_hash(folded: bytes, key: int) -> int:
    """Return 64 bits of a folded word: who does not know the key cannot make two words equal."""
    before, second = mix64(key ^ _FIRST), mix64(key ^ _SECOND)
    tail = 0
    if len(folded) <= 8:
        head = int.from_bytes(folded, "little")
    else:
        blocks = [folded[at : at + 16] for at in range(0, len(folded), 16)]
        for block in blocks[:-1]:
            before = mul_fold(_number(block[:8]) ^ before, _number(block[8:]) ^ second)
        head = _number(folded[-8:])
        if len(blocks[-1]) > 8:
            head, tail = _number(blocks[-1][:8]), head
    mixed = mul_fold(head ^ before, tail ^ second ^ (len(folded) * _SIZE & MASK64))
    return mixed * BASE & MASK64


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def split_bodies(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    key: int,
    threads: int,  # noqa: ARG001  one thread does it here
) -> tuple[
    NDArray[np.uint32],
    NDArray[np.uint8],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.uint64],
    NDArray[np.uint64],
]:
    """Split every text once, and keep what alignment reads of its body.

    Parameters
    ----------
    text, offsets
        As for :func:`collection_key`.
    line_status : uint8, shape (lines,)
        0 body, 1 doubtful, 2 furniture, 3 standing, 4 weak.
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    key : int
        Of the words' hashes, 64 bits.
    threads : int
        Without effect.

    Returns
    -------
    words : uint32, shape (words,)
        Upper half of each word's keyed hash, never 0; furniture is left out.
    flags : uint8, shape (words,)
        1 in quotation marks, 2 doubtful, 4 one character, 8 begins a sentence, 16 follows a
        colon, 64 never prose, 128 in a post.
    word_offsets : int64, shape (n + 1,)
        Where each story's words start and end.
    prose_words : int32, shape (n,)
        Words outside doubtful lines.
    distinct : uint64, shape (distinct words,)
        Keyed hashes, ascending.
    masks : uint64, shape (distinct words,)
        Bigrams of each; 0 of words of fewer than four letters.

    Raises
    ------
    ValueError
        When offsets leave the data or lines do not belong to the texts.
    """
    check_texts(text, offsets, line_status, line_offsets)
    words: list[int] = []
    flags: list[int] = []
    counts: list[int] = []
    prose_words: list[int] = []
    masks: dict[int, int] = {}
    for row, lines in zip(spans(offsets), spans(line_offsets), strict=True):
        story, status = _read(text[row], line_status[lines])
        body = body_words(story, status)
        hashes = [word_hash(story.folded[word], key) for word in body]
        masks |= {one: story.masks[word] for word, one in zip(body, hashes, strict=True)}
        words += [one >> 32 or 1 for one in hashes]
        flags += _flags(story, status)
        counts.append(len(body))
        prose_words.append(_prose_words(story, status))
    distinct = sorted(masks)
    return (
        np.array(words, np.uint32),
        np.array(flags, np.uint8),
        offsets_of(counts),
        np.array(prose_words, np.int32),
        np.array(distinct, np.uint64),
        np.array([masks[word] for word in distinct], np.uint64),
    )


def places_of_moved(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    key: int,
    words: NDArray[np.uint32],
    word_offsets: NDArray[np.int64],
    moved: NDArray[np.uint64],
    moved_words: NDArray[np.uint32],
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Find the words that get numbers of their own, as another has the upper half of their hash.

    Parameters
    ----------
    text, offsets, line_status, line_offsets, key
        As for :func:`split_bodies`.
    words, word_offsets
        What that returned; only texts with the number of a moved word are split again.
    moved : uint64, shape (moved,)
        Their keyed hashes, ascending.
    moved_words : uint32, shape (moved,)
        The number of each.

    Returns
    -------
    places : int64, shape (found,)
        Among `words`, ascending.
    found : uint32, shape (found,)
        The number of the word at each.

    Raises
    ------
    ValueError
        When arrays do not belong together.
    """
    check_texts(text, offsets, line_status, line_offsets)
    check_offsets(word_offsets, len(words), "word_offsets")
    check_equal(len(word_offsets), len(offsets), "word_offsets")
    check_equal(len(moved_words), len(moved), "moved_words")
    numbers = dict(zip(moved.tolist(), moved_words.tolist(), strict=True))
    suspect = {one >> 32 or 1 for one in numbers}
    found: list[tuple[int, int]] = []
    for row, lines, of_story in zip(
        spans(offsets), spans(line_offsets), spans(word_offsets), strict=True
    ):
        if suspect.isdisjoint(words[of_story].tolist()):
            continue
        story, status = _read(text[row], line_status[lines])
        for place, word in enumerate(body_words(story, status), of_story.start):
            one = word_hash(story.folded[word], key)
            if one in numbers:
                found.append((place, numbers[one]))
    return (
        np.array([place for place, _ in found], np.int64),
        np.array([number for _, number in found], np.uint32),
    )


def body_letters(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    wanted: NDArray[np.uint8],
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return the letters of bodies, for texts that words alone cannot align.

    Parameters
    ----------
    text, offsets, line_status, line_offsets
        As for :func:`split_bodies`.
    wanted : uint8, shape (n,)
        Whether those of each story are; only these are split.

    Returns
    -------
    letters : uint16, shape (letters,)
        Bytes of the folded words, and 256 more for the first one of each.
    letter_offsets : int64, shape (n + 1,)
        Where each story's letters start and end.

    Raises
    ------
    ValueError
        When offsets leave the data or arrays do not belong together.
    """
    check_texts(text, offsets, line_status, line_offsets)
    check_equal(len(wanted), len(offsets) - 1, "wanted")
    letters: list[int] = []
    counts: list[int] = []
    for row, lines, is_wanted in zip(spans(offsets), spans(line_offsets), wanted, strict=True):
        before = len(letters)
        if is_wanted:
            story, status = _read(text[row], line_status[lines])
            for word in body_words(story, status):
                first, *others = story.folded[word]
                letters += [FIRST_LETTER + first, *others]
        counts.append(len(letters) - before)
    return np.array(letters, np.uint16), offsets_of(counts)


def words_of_letters(letters: NDArray[np.uint16]) -> list[bytes]:
    """Return the words of which :func:`body_letters` gives the letters.

    Examples
    --------
    >>> words_of_letters(np.array([256 + ord("a"), 256 + ord("b"), ord("y")], np.uint16))
    [b'a', b'by']
    """
    firsts = np.flatnonzero(letters & FIRST_LETTER)
    parts = np.split((letters & 0xFF).astype(np.uint8), firsts[1:])
    return [part.tobytes() for part in parts if part.size]


def check_texts(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
) -> None:
    """Check that the arrays belong together."""
    check_offsets(offsets, len(text), "offsets")
    check_offsets(line_offsets, len(line_status), "line_offsets")
    check_equal(len(line_offsets), len(offsets), "line_offsets")


def _read(text: NDArray[np.uint8], line_status: NDArray[np.uint8]) -> tuple[Story, list[int]]:
    """Return a story split into lines and words, and the status of each line."""
    story, status = read_story(text.tobytes()), line_status.tolist()
    check_equal(len(status), len(story.lines), "line_status of a story")
    return story, status


def body_words(story: Story, status: list[int]) -> list[int]:
    """Return the numbers of the words outside furniture."""
    return [
        word
        for line, one in zip(story.lines, status, strict=True)
        for word in range(line.begin, line.end)
        if one != FURNITURE
    ]


def _flags(story: Story, status: list[int]) -> list[int]:
    flags = []
    for line, one in zip(story.lines, status, strict=True):
        of_line = IN_DOUBT * (one in (DOUBTFUL, STANDING)) | NEVER_PROSE * (one in (STANDING, WEAK))
        for word in range(line.begin, line.end) if one != FURNITURE else ():
            mark = story.marks[word]
            flags.append(
                of_line
                | IN_QUOTES * bool(mark & QUOTED)
                | ONE_CHARACTER * story.single[word]
                | BEGINS * (word == line.begin or bool(mark & SENTENCE_START))
                | FOLLOWS_COLON * bool(mark & ANNOUNCED)
                | IN_POST * bool(mark & POST)
            )
    return flags


def _prose_words(story: Story, status: list[int]) -> int:
    """Count the words outside furniture and doubtful lines."""
    return sum(
        line.end - line.begin
        for line, one in zip(story.lines, status, strict=True)
        if one not in (FURNITURE, DOUBTFUL, STANDING)
    )


def mask_table(
    words: NDArray[np.uint32], masks: NDArray[np.uint64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Return a table of open addressing, by the upper bits of the words.

    Parameters
    ----------
    words : uint32, shape (words,)
        Keyed hashes, each once.
    masks : uint64, shape (words,)
        Of each.

    Returns
    -------
    mask_words : uint32, shape (size,)
        ``size`` is a power of two; 0 is free.
    masks : uint64, shape (size,)
        Of each.

    Raises
    ------
    ValueError
        When there is not one mask for each word.
    """
    check_equal(len(masks), len(words), "masks")
    size = 1 << (2 * len(words) + 1).bit_length()
    keys, values = np.zeros(size, np.uint32), np.zeros(size, np.uint64)
    for word, mask in zip(words.tolist(), masks.tolist(), strict=True):
        at = word * size >> 32
        while keys[at] not in (0, word):
            at = (at + 1) % size
        keys[at], values[at] = word, mask
    return keys, values


def character_spans(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    stories: NDArray[np.int64],
    first: NDArray[np.int64],
    end: NDArray[np.int64],
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.int64]:
    """Return where stretches of bodies stand in the raw texts.

    Parameters
    ----------
    text, offsets, line_status, line_offsets
        As for :func:`split_bodies`.
    stories : int64, shape (spans,)
        Story of each; a text is split once for those that follow each other.
    first, end : int64, shape (spans,)
        Words of the body, half open.
    threads : int
        Without effect.

    Returns
    -------
    int64, shape (spans, 2)
        Characters, half open; no words: nothing, where the next one starts.

    Raises
    ------
    ValueError
        When a body has no such words.
    """
    check_texts(text, offsets, line_status, line_offsets)
    check_equal(len(first), len(stories), "first")
    check_equal(len(end), len(stories), "end")
    _check_stories(stories, len(offsets) - 1)
    rows, lines = spans(offsets), spans(line_offsets)
    found = np.empty((len(stories), 2), np.int64)
    read = -1
    for k, (number, begin, stop) in enumerate(
        zip(stories.tolist(), first.tolist(), end.tolist(), strict=True)
    ):
        if number != read:
            data, read = text[rows[number]].tobytes(), number
            story = read_story(data)
            body = body_words(story, line_status[lines[number]].tolist())
            begins = np.frombuffer(data, np.uint8) & 0xC0 != 0x80
            characters = np.cumsum([0, *begins], dtype=np.int64)
        if not 0 <= begin <= stop <= len(body) or begin == len(body):
            raise ValueError(f"words {begin} to {stop}: the body has {len(body)}")
        start = story.starts[body[begin]]
        last = story.ends[body[stop - 1]] if stop > begin else start
        found[k] = characters[start], characters[last]
    return found


def same_words(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    by_hashes: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], int]:
    """Tell which pairs of bodies are the same words, byte for byte.

    A line of furniture that the other page has in the same place makes no difference, whatever it
    is taken for there.

    Parameters
    ----------
    text, offsets, line_status, line_offsets
        As for :func:`split_bodies`.
    a, b : int64, shape (pairs,)
        The stories of each pair.
    by_hashes : uint8, shape (pairs,)
        1 where the hashes of their words are equal. Where they are not, furniture alone can make
        two bodies the same: texts without any are not split.

    Returns
    -------
    same : uint8, shape (pairs,)
        1 where they are.
    split : int
        Texts that were split for it: those of the last pair that was read are kept, and texts and
        lines that are equal byte for byte are not read.

    Raises
    ------
    ValueError
        When a story does not exist.
    """
    check_texts(text, offsets, line_status, line_offsets)
    check_equal(len(b), len(a), "b")
    check_equal(len(by_hashes), len(a), "by_hashes")
    _check_stories(a, len(offsets) - 1)
    _check_stories(b, len(offsets) - 1)
    rows, lines = spans(offsets), spans(line_offsets)
    kept: dict[int, _Page] = {}
    split = 0

    def status(number: int) -> list[int]:
        found: list[int] = line_status[lines[number]].tolist()
        return found

    def data(number: int) -> bytes:
        return text[rows[number]].tobytes()

    same = []
    for x, y, equal in zip(a.tolist(), b.tolist(), by_hashes.tolist(), strict=True):
        if not equal and FURNITURE not in status(x) and FURNITURE not in status(y):
            same.append(False)
        elif data(x) == data(y) and status(x) == status(y):
            same.append(True)
        else:
            read = {one: _Page.of(read_story(data(one)), status(one)) for one in {x, y} - set(kept)}
            split += len(read)
            known = kept | read
            kept = {one: known[one] for one in (x, y)}
            same.append(_same(kept[x], kept[y]))
    return np.array(same, np.uint8), split


class _Page(NamedTuple):
    words: tuple[bytes, ...]  # of all lines
    furniture: dict[int, int]  # where a line of it begins: its words
    has_body: bool

    @classmethod
    def of(cls, story: Story, status: list[int]) -> _Page:
        taken = [
            line
            for line, one in zip(story.lines, status, strict=True)
            if one == FURNITURE and line.begin < line.end
        ]
        sizes = {line.begin: line.end - line.begin for line in taken}
        return cls(story.folded, sizes, len(taken) < len(story.lines))


def _same(a: _Page, b: _Page) -> bool:
    """Whether two pages have the same words but for furniture, or for lines of it."""
    have_body = a.has_body and b.has_body
    return _same_words(a, b, lines=False) or (have_body and _same_words(a, b, lines=True))


def _same_words(a: _Page, b: _Page, *, lines: bool) -> bool:
    i = j = 0
    while i < len(a.words) or j < len(b.words):
        if size := a.furniture.get(i):
            j += size if lines and a.words[i : i + size] == b.words[j : j + size] else 0
            i += size
        elif size := b.furniture.get(j):
            i += size if lines and a.words[i : i + size] == b.words[j : j + size] else 0
            j += size
        elif a.words[i : i + 1] == b.words[j : j + 1]:
            i, j = i + 1, j + 1
        else:
            return False
    return True


def _check_stories(stories: NDArray[np.int64], count: int) -> None:
    for story in stories.tolist():
        if not 0 <= story < count:
            raise ValueError(f"story {story}: story numbers are 0 to {count - 1}")
