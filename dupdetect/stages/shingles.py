"""The words of a text and their shingles, by themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.errors import InputError
from dupdetect.support.arguments import require_type

__all__ = ["Shingles", "shingles"]


@dataclass(frozen=True, slots=True, eq=False)
class Shingles:
    """Words of a text, and a hash for each run of `width` of them.

    Attributes
    ----------
    words : list of str
        As they stand in the text.
    spans : ndarray of int64, shape (words, 2)
        Where each stands: half open, in characters of the text.
    hashes : ndarray of uint64, shape (shingles,)
        In the order of the text, repeated ones too. A text of fewer words than `width` is one
        shingle, one without words has none. Words are compared without case, accents or marks.
    width : int
        Words of a shingle; shingle i is the words ``[i, i + width)``.
    """

    words: list[str]
    spans: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    width: int

    @property
    def values(self) -> NDArray[np.uint32]:
        """The upper halves of the hashes, uint32: what signatures are made of.

        Examples
        --------
        >>> from datasketch import MinHash
        >>> from dupdetect import Signature, shingles
        >>> text = "The ferry to Gozo was stopped by fog at dawn."
        >>> theirs = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=int)
        >>> theirs.update_batch(shingles(text).values.tolist())
        >>> Signature.from_datasketch(theirs) == Signature.of(text)
        True
        """
        return (self.hashes >> np.uint64(32)).astype(np.uint32)

    def __len__(self) -> int:
        """Return the number of shingles."""
        return int(self.hashes.size)


def shingles(text: str, *, config: Config | None = None) -> Shingles:
    """Split a text into words and hash its shingles, furniture and all.

    Parameters
    ----------
    text : str
        Lone surrogates count as question marks.
    config : Config, optional
        ``shingle_words`` is the width.

    Returns
    -------
    Shingles

    Raises
    ------
    InputError
        When it is no string.
    ConfigError
        When `config` is no Config.

    Examples
    --------
    >>> found = shingles("Fog, again: the ferry sailed at noon.")
    >>> found.words[:3], found.spans[1].tolist(), len(found)
    (['Fog', 'again', 'the'], [5, 10], 3)
    """
    if not isinstance(text, str):
        raise InputError(f"text: {type(text).__name__}, expected str", remedy="pass a text")
    require_type("config", config, Config)
    width = (config or Config()).shingle_words
    data = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
    tokens, starts, ends, *_ = kernels.prepare(data)
    # Bytes that do not go on with a character begin one.
    characters = np.concatenate([[0], np.cumsum((data & 0xC0) != 0x80)])
    spans = np.stack([characters[starts], characters[ends]], axis=1).astype(np.int64)
    words = [text[start:end] for start, end in spans.tolist()]
    return Shingles(words, spans.reshape(-1, 2), kernels.shingle(tokens, width), width)
