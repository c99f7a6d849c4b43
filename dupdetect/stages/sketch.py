"""Digests, MinHash signatures, band keys and winnowed fingerprints of story bodies.

Signatures are bit for bit those of datasketch 2.0's ``affine32`` scheme on the same 32-bit shingle
hashes and seed, so they can be handed over in both directions without loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.products.sketches import Sketches
from dupdetect.settings import SketchSettings
from dupdetect.stages.bodies import BodyStore
from dupdetect.stages.signature import permutations
from dupdetect.support.spill import Spill

_BATCH = 4096  # stories a batch: its arrays are small enough for their memory to be used again
_FEW = 16  # stories whose fingerprints stay where they are made
_IN_MEMORY = 1 << 27  # bytes of fingerprints kept in memory; more go to a temporary file


def sketch_stories(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    line_status: NDArray[np.uint8],
    line_offsets: NDArray[np.int64],
    *,
    config: SketchSettings,
    threads: int = 1,
    memory_bytes: int = _IN_MEMORY,
    progress: Callable[[int], None] | None = None,
    bodies: BodyStore | None = None,
) -> Sketches:
    """Sketch every story's body, furniture left out.

    Parameters
    ----------
    text, text_offsets : ndarray
        All texts (UTF-8 bytes) and where each starts.
    line_status, line_offsets : ndarray
        What each line is taken for; see :class:`dupdetect.products.texts.LineStatus`.
    config : SketchSettings
        Settings.
    threads : int
        Threads to use; the result does not depend on it.
    memory_bytes : int
        Fingerprints beyond this many bytes are kept in a temporary file.
    progress : callable, optional
        Called with the number of stories done.
    bodies : BodyStore, optional
        Of the same texts: it is given their bodies, so that they are split once for both.
    """
    stories = text_offsets.size - 1
    a, b = permutations(config.num_perm, config.seed)
    rule: dict[str, Any] = {
        **{"a": a, "b": b, "shingle_words": config.shingle_words, "window": config.window},
        **{"bands": config.bands, "rows": config.rows, "threads": threads},
    }

    def of(first: int, last: int) -> tuple[NDArray[Any], ...]:
        texts = text_offsets[first : last + 1]
        lines = line_offsets[first : last + 1]
        batch = (
            text[texts[0] : texts[-1]],
            texts - texts[0],
            line_status[lines[0] : lines[-1]],
            lines - lines[0],
        )
        found: tuple[NDArray[Any], ...]
        if bodies is None:
            found = kernels.sketch(*batch, **rule, signatures=False)
        else:
            found, split = kernels.sketch_and_split(*batch, **rule, key=bodies.key)
            bodies.add(first, last, split)
        digests, words, bands, offsets, fingerprints, _ = found
        if progress is not None:
            progress(last)
        return digests, words, (bands >> np.uint64(32)).astype(np.uint32), offsets, fingerprints

    if stories <= _FEW:
        return Sketches(*of(0, stories))
    digests = np.empty((stories, 2), dtype=np.uint64)
    body_words = np.empty(stories, dtype=np.uint32)
    band_keys = np.empty((stories, config.bands), dtype=np.uint32)
    offsets = np.zeros(stories + 1, dtype=np.int64)
    kept = Spill(memory_bytes, threads=threads)
    for first in range(0, stories, _BATCH):
        last = min(first + _BATCH, stories)
        found = of(first, last)
        digests[first:last], body_words[first:last], band_keys[first:last] = found[:3]
        offsets[first + 1 : last + 1] = found[3][1:] + offsets[first]
        kept.append(found[4].view(np.uint8))
    fingerprints, file = kept.finish()
    if file is not None:
        file.close()  # mapped by now
    return Sketches(digests, body_words, band_keys, offsets, fingerprints.view(np.uint64))
