"""Cluster pages packed into compressed blocks that the report opens one at a time."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

# Big enough to compress well, small enough to open between two key presses.
BLOCK_CHARACTERS = 200_000
# Share of the room after which clusters go in without their texts.
_FULL_SHARE = 0.85
# The highest level takes twice as long and saves two hundredths.
_LEVEL = 5


@dataclass
class Packed:
    """Blocks made so far, and what did not fit.

    Attributes
    ----------
    blocks
        Base64 of zlib-compressed JSON arrays of clusters.
    block_of
        For each cluster packed, in order, the block that holds it.
    light
        Clusters without story texts.
    left_out
        Clusters that did not fit at all.
    """

    blocks: list[str] = field(default_factory=list)
    block_of: list[int] = field(default_factory=list)
    light: int = 0
    left_out: int = 0
    size: int = 0


def encode(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """JSON, compressed with zlib, in base64: no character of it means anything to HTML.

    Examples
    --------
    >>> zlib.decompress(base64.b64decode(encode({"id": "</script>"})))
    b'{"id":"</script>"}'
    """
    return base64.b64encode(zlib.compress(orjson.dumps(value), _LEVEL)).decode("ascii")


def pack(
    clusters: Iterable[dict[str, Any]],
    *,
    lighten: Callable[[dict[str, Any]], dict[str, Any]],
    room: int,
    count: int,
) -> Packed:
    """Pack clusters into blocks until the room is used up.

    Parameters
    ----------
    clusters
        JSON-ready clusters, the most important first. Read lazily: those that no longer fit are
        never made.
    lighten
        Returns a cluster without its texts.
    room
        Bytes that the blocks may take.
    count
        How many clusters there are.

    Returns
    -------
    Packed
        Deterministic: the same clusters and room give the same blocks.
    """
    packed = Packed()
    waiting: list[dict[str, Any]] = []
    characters = 0
    for cluster in clusters:
        waiting.append(cluster)
        characters += _weight(cluster)
        if characters >= BLOCK_CHARACTERS:
            if not _close(packed, waiting, lighten, room):
                waiting = []
                break
            waiting, characters = [], 0
    if waiting:
        _close(packed, waiting, lighten, room)
    packed.left_out = count - len(packed.block_of)
    return packed


def _weight(cluster: dict[str, Any]) -> int:
    texts = sum(len(text["text"]) for text in cluster["texts"])
    return texts + 400 * len(cluster["members"])


def _close(
    packed: Packed,
    waiting: list[dict[str, Any]],
    lighten: Callable[[dict[str, Any]], dict[str, Any]],
    room: int,
) -> bool:
    """Add a block, without texts when it would not fit otherwise; False when not even so."""
    block = encode(waiting) if packed.size < room * _FULL_SHARE else None
    if block is None or packed.size + len(block) > room:
        block = encode([lighten(cluster) for cluster in waiting])
        if packed.size + len(block) > room:
            return False
        packed.light += len(waiting)
    packed.block_of.extend([len(packed.blocks)] * len(waiting))
    packed.blocks.append(block)
    packed.size += len(block)
    return True
