"""Hash functions of the kernels, on Python integers.

XXH3 comes from the ``xxhash`` package, so the native implementation is checked against the
algorithm's author and not against a second copy of ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import xxhash

MASK32 = 2**32 - 1
MASK64 = 2**64 - 1
BASE = 0x9E3779B97F4A7C15
"""Base of the polynomial over token hashes: 2**64 divided by the golden ratio, odd."""
FOLD_PRIME = 0x9E3779B185EBCA87
"""Odd multiplier of :func:`mul_fold` in digests: the first prime of XXH64."""


def token_hash(folded: bytes) -> int:
    """Return XXH3 (64 bits, seed 0) of a word's folded UTF-8 bytes.

    Examples
    --------
    >>> hex(token_hash(b"senate"))
    '0x70c1b31282386e72'
    """
    return xxhash.xxh3_64_intdigest(folded)


def keyed_hash(folded: bytes) -> int:
    """Return a hash under a key of this process, of which only equality means anything."""
    return hash(folded)


def mix32(h: int) -> int:
    """Return MurmurHash3's 32-bit finalizer (Appleby), a bijection on 32-bit numbers."""
    h = (h ^ h >> 16) * 0x85EBCA6B & MASK32
    h = (h ^ h >> 13) * 0xC2B2AE35 & MASK32
    return h ^ h >> 16


def mix64(h: int) -> int:
    """Return MurmurHash3's 64-bit finalizer (Appleby), a bijection on 64-bit numbers."""
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD & MASK64
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 & MASK64
    return h ^ h >> 33


def mul_fold(a: int, b: int) -> int:
    """Return the upper half of a 128-bit product exclusive-or the lower half."""
    product = a * b
    return product >> 64 ^ product & MASK64


def polynomial(tokens: Sequence[int]) -> int:
    """Return ``sum(t[i] * BASE**(n - 1 - i))``, 64 bits."""
    total = 0
    for token in tokens:
        total = total * BASE + token & MASK64
    return total


def sequence_hash(tokens: Sequence[int]) -> int:
    """Return the hash of a sequence of token hashes: :func:`mix64` of their polynomial."""
    return mix64(polynomial(tokens))
