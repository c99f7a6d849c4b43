"""What is kept of every story for proposing pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import ANYWHERE

_BATCH = 65_536  # stories at a time
_SURROUNDINGS = np.uint64(ANYWHERE)


@dataclass(frozen=True, slots=True, eq=False)
class Sketches:
    """What is kept of every story; the texts are not.

    Attributes
    ----------
    digests : ndarray of uint64, shape (stories, 2)
        128 bits of the whole body's token stream.
    body_words : ndarray of uint32, shape (stories,)
        Words outside furniture.
    band_keys : ndarray of uint32, shape (stories, bands)
        Keys of the signature's bands: what falls together by chance is compared in vain.
    offsets : ndarray of int64, shape (stories + 1,)
        Where each story's fingerprints start.
    fingerprints : ndarray of uint64
        Winnowed shingle hashes; a temporary file mapped into memory when there are many. Behind
        those of a story whose letters were misread, as in a bad scan, stand hashes of stretches of
        letters: their lowest 24 bits, the surroundings of others, are 0.
    """

    digests: NDArray[np.uint64]
    body_words: NDArray[np.uint32]
    band_keys: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    fingerprints: NDArray[np.uint64]

    def misread(self) -> NDArray[np.bool_]:
        """Tell which stories have the letters of a bad scan: bool, shape (stories,)."""
        return misread(self.fingerprints, self.offsets)


def misread(fingerprints: NDArray[np.uint64], offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which stories have the letters of a bad scan; see :class:`Sketches`."""
    found = np.zeros(offsets.size - 1, dtype=np.bool_)
    for first in range(0, found.size, _BATCH):
        last = min(first + _BATCH, found.size)
        begin, end = offsets[first], offsets[last]
        letters = (fingerprints[begin:end] & _SURROUNDINGS == 0).nonzero()[0]
        if letters.size:
            found[offsets.searchsorted(letters + begin, side="right") - 1] = True
    return found
