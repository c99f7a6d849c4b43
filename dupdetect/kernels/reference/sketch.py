"""Shingles, MinHash signatures, winnowed fingerprints and the sketch of a body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import ANYWHERE, FURNITURE
from dupdetect.kernels.numbers import SKETCH
from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.bodies import split_bodies
from dupdetect.kernels.reference.hashing import (
    BASE,
    FOLD_PRIME,
    MASK32,
    MASK64,
    mix32,
    mix64,
    mul_fold,
    sequence_hash,
)
from dupdetect.kernels.reference.letters import letter_fingerprints, sampled_letters
from dupdetect.kernels.reference.neighbours import surroundings
from dupdetect.kernels.reference.prepare import Story, read_story

_Value = TypeVar("_Value")


def shingle(tokens: NDArray[np.uint64], words: int) -> NDArray[np.uint64]:
    """Hash every run of ``words`` consecutive tokens (Broder 1997).

    Parameters
    ----------
    tokens : uint64, shape (n,)
        Token hashes.
    words : int
        Tokens in a shingle, at least 1 (less counts as 1).

    Returns
    -------
    uint64, shape (max(n - words + 1, min(n, 1)),)
        In order of the text. Fewer tokens than ``words`` are one shingle.

    Examples
    --------
    >>> shingle(np.array([7, 8, 9], np.uint64), 2).size, shingle(np.array([7], np.uint64), 5).size
    (2, 1)
    """
    return np.array(shingles_of(tokens.tolist(), words), np.uint64)


def shingles_of(tokens: list[int], words: int) -> list[int]:
    """Hash every run of tokens; the same as :func:`shingle` on Python integers."""
    if not tokens:
        return []
    width = min(max(words, 1), len(tokens))
    return [sequence_hash(tokens[i : i + width]) for i in range(len(tokens) - width + 1)]


WORD_WEIGHT, SINGLE_WEIGHT = 7, 4
"""How much text a word is, and a character of a script without spaces."""


def lengths_by_weight(single: list[bool], words: int) -> list[int]:
    """Return, from each token on, the fewest tokens that are as much text as some words.

    Parameters
    ----------
    single : list of bool
        Which tokens are single characters: seven of them are four words.
    words : int
        Words of a shingle.

    Examples
    --------
    >>> lengths_by_weight([False] * 3 + [True] * 3, 2)
    [2, 2, 3]
    >>> lengths_by_weight([True], 2)
    [1]
    """
    weights = [SINGLE_WEIGHT if one else WORD_WEIGHT for one in single]
    before = np.cumsum([0, *weights])
    ends = np.searchsorted(before, before[:-1] + words * WORD_WEIGHT)
    lengths = (ends - np.arange(len(single)))[ends <= len(single)]
    return lengths.tolist() or [len(single)] * bool(single)


def winnow(shingles: NDArray[np.uint64], window: int) -> NDArray[np.uint64]:
    """Select the fingerprints (Schleimer, Wilkerson and Aiken 2003, section 4).

    Two texts that share ``window`` consecutive shingles share a fingerprint.

    Parameters
    ----------
    shingles : uint64, shape (n,)
        In order of the text.
    window : int
        Consecutive shingles, at least 1 (less counts as 1).

    Returns
    -------
    uint64, shape (selected,)
        The least shingle of each window, the rightmost of equal ones; each position once, in
        order of the text. Fewer shingles than ``window`` are one window.

    Examples
    --------
    >>> winnow(np.array([5, 3, 9, 3, 8], np.uint64), 2).tolist()
    [3, 3]
    """
    return np.array(fingerprints_of(shingles.tolist(), window), np.uint64)


def fingerprints_of(shingles: list[int], window: int) -> list[int]:
    """Select the fingerprints; the same as :func:`winnow` on Python integers."""
    return [shingles[i] for i in _selected(shingles, window)]


def _selected(shingles: list[int], window: int) -> list[int]:
    """Positions of the fingerprints."""
    if not shingles:
        return []
    width = min(max(window, 1), len(shingles))
    windows = (range(i, i + width) for i in range(len(shingles) - width + 1))
    return sorted({min(window, key=lambda i: (shingles[i], -i)) for window in windows})


def _surroundings(body: list[int], at: int, words: int, window: int, end: int) -> int:
    """Return the surroundings of a shingle; those of a short body equal any."""
    if window == 1 or len(body) < SKETCH.short_body:
        return ANYWHERE
    return surroundings(body, at, words, window, end)


def minhash(
    hashes: NDArray[np.uint32],
    *,
    a: NDArray[np.uint32],
    b: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    """Return the MinHash signature of a set (Broder 1997; datasketch 2.0's ``affine32``).

    Parameters
    ----------
    hashes : uint32, shape (n,)
        Hashes of the set's members.
    a, b : uint32, shape (num_perm,)
        Permutation ``k`` maps ``h`` to ``a[k] * mix32(h) + b[k]`` modulo 2**32; ``a`` is odd.

    Returns
    -------
    uint32, shape (num_perm,)
        Least value under each permutation; 2**32 - 1 for the empty set.

    Raises
    ------
    ValueError
        When ``a`` and ``b`` differ in length.

    Examples
    --------
    >>> one = np.array([1], np.uint32)
    >>> minhash(np.array([], np.uint32), a=one, b=one).tolist()
    [4294967295]
    >>> minhash(one - 1, a=one, b=one).tolist()
    [1]
    """
    check_equal(len(b), len(a), "b")
    mixed = np.array([mix32(h) for h in hashes.tolist()], np.uint64)
    values = [
        int(((factor * mixed + term) & MASK32).min(initial=MASK32))
        for factor, term in zip(a.astype(np.uint64), b.astype(np.uint64), strict=True)
    ]
    return np.array(values, np.uint32)


def sign(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    *,
    a: NDArray[np.uint32],
    b: NDArray[np.uint32],
    shingle_words: int,
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.uint32]:
    """Sign whole texts, furniture and all.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all texts.
    offsets : int64, shape (n + 1,)
        Where each text starts and ends.
    a, b : uint32, shape (num_perm,)
        Permutations; see :func:`minhash`.
    shingle_words : int
        Words in a shingle, 1 or more.
    threads : int
        Without effect; see the native twin.

    Returns
    -------
    uint32, shape (n, num_perm)
        All ``2**32 - 1`` for a text without words.

    Raises
    ------
    ValueError
        When offsets leave the data or a and b differ in length.
    """
    check_offsets(offsets, len(text), "offsets")
    check_equal(len(b), len(a), "b")
    signatures = []
    for span in spans(offsets):
        shingles = shingles_of(list(read_story(text[span].tobytes()).hashes), max(shingle_words, 1))
        upper = np.array([s >> 32 for s in shingles], np.uint32)
        signatures.append(minhash(upper, a=a, b=b))
    return np.array(signatures, np.uint32).reshape(-1, max(len(a), 1))


def sign_strings(
    texts: list[str],
    *,
    a: NDArray[np.uint32],
    b: NDArray[np.uint32],
    shingle_words: int,
    threads: int,
) -> NDArray[np.uint32]:
    """Sign whole texts, furniture and all, that Python holds as strings.

    Parameters
    ----------
    texts : list of str
        Lone surrogates count as question marks.
    a, b, shingle_words, threads : ndarray of uint32 and int
        See :func:`sign`.

    Returns
    -------
    uint32, shape (n, num_perm)
        All ``2**32 - 1`` for a text without words.

    Raises
    ------
    TypeError
        When one of the texts is not a string.
    ValueError
        When a and b differ in length.

    Examples
    --------
    >>> one = np.array([1], np.uint32)
    >>> texts = ["Ferry, fog.", "ferry fog", ""]
    >>> first, second, none = sign_strings(texts, a=one, b=one, shingle_words=5, threads=1)
    >>> first.tolist() == second.tolist(), none.tolist()
    (True, [4294967295])
    """
    check_equal(len(b), len(a), "b")
    encoded = []
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"texts[{place}]: {type(text).__name__}, expected str; pass a list of str, bytes "
                'decoded, "" where there is no text'
            )
        encoded.append(text.encode("utf-8", "replace"))
    data = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = offsets_of([len(one) for one in encoded])
    return sign(data, offsets, a=a, b=b, shingle_words=shingle_words, threads=threads)


def sketch(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    a: NDArray[np.uint32],
    b: NDArray[np.uint32],
    shingle_words: int,
    window: int,
    bands: int,
    rows: int,
    signatures: bool,
    threads: int,  # noqa: ARG001  one thread does it here
) -> tuple[
    NDArray[np.uint64],
    NDArray[np.uint32],
    NDArray[np.uint64],
    NDArray[np.int64],
    NDArray[np.uint64],
    NDArray[np.uint32],
]:
    """Sketch the bodies of many stories.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all stories.
    offsets : int64, shape (n + 1,)
        Where each story starts and ends.
    line_status : uint8, shape (lines,)
        0 body, 1 doubtful, 2 furniture; lines as :func:`prepare` finds them.
    line_offsets : int64, shape (n + 1,)
        Where each story's lines start and end.
    a, b : uint32, shape (num_perm,)
        Permutations; see :func:`minhash`.
    shingle_words, window : int
        Words in a shingle and shingles in a winnowing window, 1 or more.
    bands, rows : int
        Bands of the signature and values in each (Leskovec, Rajaraman and Ullman, chapter 3).
    signatures : bool
        Whether signatures are returned.
    threads : int
        Without effect; see the native twin.

    Returns
    -------
    digests : uint64, shape (n, 2)
        128 bits that are equal when the bodies' token streams are.
    body_words : uint32, shape (n,)
        Words outside furniture.
    band_keys : uint64, shape (n, max(bands, 1))
        A hash of each band's number and values.
    fingerprint_offsets : int64, shape (n + 1,)
        Where each story's fingerprints start and end.
    fingerprints : uint64, shape (fingerprints,)
        Winnowed shingles in order of the text: 40 bits of the shingle, then 24 of its
        :func:`~dupdetect.kernels.reference.neighbours.surroundings`. Behind them, where letters
        were misread, those of :func:`dupdetect.kernels.reference.letters.letter_fingerprints`.
    signatures : uint32, shape (n, num_perm), or (0, num_perm) when not wanted
        Over the upper 32 bits of the shingles.

    Raises
    ------
    ValueError
        When offsets leave the data, lines do not belong to the texts, or settings do not fit.
    """
    check_offsets(offsets, len(text), "offsets")
    check_offsets(line_offsets, len(line_status), "line_offsets")
    check_equal(len(line_offsets), len(offsets), "line_offsets")
    check_equal(len(b), len(a), "b")
    if bands * rows > len(a) or shingle_words == 0 or window == 0:
        raise ValueError(
            "bands * rows must not exceed the permutations, and shingle_words and window are 1 "
            "or more"
        )
    digests, words, keys, selected, signed = [], [], [], [], []
    for story_at, lines_at in zip(spans(offsets), spans(line_offsets), strict=True):
        story = read_story(text[story_at].tobytes())
        body = body_tokens(story, line_status[lines_at].tolist())
        status = line_status[lines_at].tolist()
        lengths = lengths_by_weight(in_body(story, status, story.single), shingle_words)
        shingles = [sequence_hash(body[at : at + n]) for at, n in enumerate(lengths)]
        upper = np.array([s >> 32 for s in shingles], np.uint32)
        signature = minhash(upper, a=a, b=b)
        digests.append(digest(body))
        words.append(len(body))
        keys.append(band_keys(signature.tolist(), bands, rows))
        selected.append(
            [
                shingles[at] & ~ANYWHERE
                | _surroundings(body, at, lengths[at], window, digests[-1][0])
                for at in _selected(shingles, 1 if len(body) < SKETCH.flash else window)
            ]
        )
        folded = in_body(story, status, story.folded)
        if sampled := sampled_letters(folded):
            selected[-1] += letter_fingerprints(folded, sampled)
        if signatures:
            signed.append(signature)
    return (
        np.array(digests, np.uint64).reshape(-1, 2),
        np.array(words, np.uint32),
        np.array(keys, np.uint64).reshape(-1, max(bands, 1)),
        offsets_of([len(one) for one in selected]),
        np.array([value for one in selected for value in one], np.uint64),
        np.array(signed, np.uint32).reshape(-1, len(a)),
    )


def sketch_and_split(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    a: NDArray[np.uint32],
    b: NDArray[np.uint32],
    shingle_words: int,
    window: int,
    bands: int,
    rows: int,
    key: int,
    threads: int,
) -> tuple[tuple[NDArray[Any], ...], tuple[NDArray[Any], ...]]:
    """Sketch bodies, and split them for alignment: the native twin splits each text once for both.

    Parameters
    ----------
    text, offsets, line_status, line_offsets, a, b, shingle_words, window, bands, rows, threads
        As for :func:`sketch`.
    key : int
        As for :func:`~dupdetect.kernels.reference.bodies.split_bodies`.

    Returns
    -------
    sketches : tuple
        What :func:`sketch` returns, without signatures.
    bodies : tuple
        What :func:`~dupdetect.kernels.reference.bodies.split_bodies` returns.
    """
    arrays = (text, offsets, line_status, line_offsets)
    found = sketch(
        *arrays, a=a, b=b, shingle_words=shingle_words, window=window, bands=bands, rows=rows,
        signatures=False, threads=threads,
    )  # fmt: skip
    return found, split_bodies(*arrays, key=key, threads=threads)


def body_tokens(story: Story, line_status: list[int]) -> list[int]:
    """Return the token hashes of the lines that are not furniture.

    Raises
    ------
    ValueError
        When there is not one status for each line.
    """
    check_equal(len(line_status), len(story.lines), "line_status of a story")
    return [
        token
        for line, status in zip(story.lines, line_status, strict=True)
        if status != FURNITURE
        for token in story.hashes[line.begin : line.end]
    ]


def in_body(story: Story, line_status: list[int], values: Sequence[_Value]) -> list[_Value]:
    """Return the values of the words of the lines that are not furniture."""
    return [
        value
        for line, status in zip(story.lines, line_status, strict=True)
        if status != FURNITURE
        for value in values[line.begin : line.end]
    ]


def digest(tokens: list[int]) -> tuple[int, int]:
    """Return 128 bits of a token stream: two chains over its even and two over its odd words."""
    size = len(tokens)
    low, high = [size, size ^ MASK64], [size ^ MASK64, size]
    for at, token in enumerate(tokens):
        lane = at % 2
        low[lane] = mul_fold(low[lane] ^ token, FOLD_PRIME)
        high[lane] = (high[lane] ^ token) * BASE & MASK64
    return mix64(low[0] * BASE + low[1] & MASK64), mix64(mix64(high[0]) + high[1] & MASK64)


def band_keys(signature: list[int], bands: int, rows: int) -> list[int]:
    """Return a 64-bit key of each band of a signature."""
    keys = []
    for band in range(bands):
        key = band
        for value in signature[band * rows : (band + 1) * rows]:
            key = (key ^ value) * BASE & MASK64
        keys.append(mix64(key))
    return keys
