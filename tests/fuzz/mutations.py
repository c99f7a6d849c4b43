"""How inputs are changed: bytes, pieces with a meaning, and parts of other inputs."""

from __future__ import annotations

import random
from collections.abc import Sequence

MOST_BYTES = 4096

PIECES = (
    *(b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b'"text":"', b'"id":', b"null", b"true"),
    *(b"-1", b"1e400", b"9007199254740993", b"0.5", b"\\u0000", b"\\ud83d\\ude00", b"\\udc00"),
    *(b"\n", b"\r\n", b"\r", b"\n\n", b"\t", b"\x00", b"\x1e", b"\x7f", b"\xef\xbb\xbf"),
    *(b"\xe2\x80\x9c", b"\xe2\x80\x9d", b"\xe2\x80\x99", b"\xe3\x80\x82", b"\xe4\xb8\xad"),
    *(b"\xcc\x81", b"\xe0\xb8\x81", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90"),
    *(b".", b". ", b".\n", b"?", b"'", b"U.S. ", b"a.m.", b"Mr. ", b"word ", b"Reuters", b"(AP)"),
    *(b"All rights reserved", b"Photo: ", b"2026-01-31T12:00:00Z", b" = ", b"'''", b"[[", b"#"),
)


def mutate(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change an input in one to eight ways.

    Parameters
    ----------
    rng : random.Random
    data : bytes
    others : sequence of bytes
        Inputs to take parts from.

    Returns
    -------
    bytes
        At most ``MOST_BYTES``.
    """
    changed = bytearray(data)
    for _ in range(1 << rng.randrange(4)):
        _change(rng, changed, others)
    return bytes(changed[:MOST_BYTES])


def _change(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = rng.randint(0, len(data))
    end = min(len(data), at + 1 + int(rng.expovariate(0.05)))
    match rng.randrange(8):
        case 0:
            data[at : at + 1] = bytes([rng.randrange(256)])
        case 1:
            data[at:at] = rng.choice(PIECES)
        case 2:
            data[at : at + 1] = rng.choice(PIECES)
        case 3:
            del data[at:end]
        case 4:
            data[at:at] = data[at:end] * rng.randint(1, 4)
        case 5:  # a part moves or comes again elsewhere
            to = rng.randint(0, len(data))
            data[to:to] = data[at:end]
        case 6:
            other = rng.choice(others)
            start = rng.randint(0, len(other))
            data[at:end] = other[start : start + 1 + int(rng.expovariate(0.02))]
        case _:
            if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
