"""MinHash signatures of texts, exchangeable with datasketch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.errors import FormatError, FormatVersionError, InputError
from dupdetect.settings import SketchSettings
from dupdetect.support.arguments import require_type
from dupdetect.support.threads import threads_to_use

_MAGIC = b"DDS1"

if TYPE_CHECKING:
    from datasketch import MinHash


@lru_cache(maxsize=8)
def permutations(num_perm: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return multipliers (odd) and addends of datasketch's ``affine32`` permutations.

    Drawn in the order of datasketch 2.0 without importing it; a test holds them equal.

    Parameters
    ----------
    num_perm : int
        Permutations, 1 or more.
    seed : int
        0 to 2**32 - 1.

    Returns
    -------
    tuple of two ndarray of uint32, shape (num_perm,)
    """
    random = np.random.RandomState(seed)
    a = random.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = random.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    return a, b


def sign_texts(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    *,
    config: SketchSettings,
    threads: int = 1,
) -> NDArray[np.uint32]:
    """Sign many texts, furniture and all.

    Parameters
    ----------
    text, text_offsets : ndarray
        All texts (UTF-8 bytes) and where each starts.
    config : SketchSettings
        ``num_perm``, ``seed`` and ``shingle_words``.
    threads : int
        Threads to use; the result does not depend on it.

    Returns
    -------
    ndarray of uint32, shape (texts, num_perm)
        A :class:`Signature`'s values each.
    """
    a, b = permutations(config.num_perm, config.seed)
    signatures: NDArray[np.uint32] = kernels.sign(
        text,
        text_offsets,
        a=a,
        b=b,
        shingle_words=config.shingle_words,
        threads=threads_to_use(threads),
    )
    return signatures


def sign_strings(
    texts: list[str], *, config: SketchSettings, threads: int = 1
) -> NDArray[np.uint32]:
    """Sign many texts held as strings, furniture and all, without a copy of them.

    Parameters
    ----------
    texts : list of str
        Read where they stand, also while other Python threads run. Lone surrogates count as
        question marks.
    config : SketchSettings
        ``num_perm``, ``seed`` and ``shingle_words``.
    threads : int
        Threads to use; the result does not depend on it.

    Returns
    -------
    ndarray of uint32, shape (texts, num_perm)
        A :class:`Signature`'s values each.

    Raises
    ------
    TypeError
        When it is not a list, or not a list of strings.

    Examples
    --------
    >>> sign_strings(["Fog stopped the ferry.", "The ferry sailed."], config=SketchSettings()).shape
    (2, 128)
    """
    if not isinstance(texts, list):
        raise TypeError(
            f"texts: {type(texts).__name__}, expected a list of str; pass [text] for one text, "
            "list(texts) for others"
        )
    a, b = permutations(config.num_perm, config.seed)
    signatures: NDArray[np.uint32] = kernels.sign_strings(
        texts, a=a, b=b, shingle_words=config.shingle_words, threads=threads_to_use(threads)
    )
    return signatures


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """MinHash signature of one text.

    Attributes
    ----------
    values : ndarray of uint32, shape (num_perm,)
        Minima; all ``2**32 - 1`` for a text without words.
    seed : int
        Seed of the permutations.

    Examples
    --------
    >>> a = Signature.of("one two three four five six seven")
    >>> b = Signature.of("one two three four five six seven eight")
    >>> 0.5 < a.resemblance(b) < 0.95
    True
    >>> a.to_datasketch().jaccard(b.to_datasketch()) == a.resemblance(b)
    True
    """

    values: NDArray[np.uint32]
    seed: int = 1

    @classmethod
    def of(cls, text: str, *, config: Config | None = None) -> Signature:
        """Sign all words of a text, furniture and all."""
        return cls.of_many([text], config=config)[0]

    @classmethod
    def of_many(
        cls, texts: Iterable[str], *, config: Config | None = None, threads: int = 1
    ) -> list[Signature]:
        """Sign all words of each text of any iterable; see :func:`sign_strings`.

        Raises
        ------
        InputError
            When it is one text, nothing to go through, or not of strings.
        """
        require_type("config", config, Config)
        config = config or Config()
        if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
            raise InputError(
                f"texts: {type(texts).__name__}, expected several str",
                remedy="pass [text] for one text",
            )
        listed = texts if isinstance(texts, list) else list(texts)
        try:
            values = sign_strings(listed, config=config, threads=threads)
        except TypeError as error:
            raise InputError(str(error), remedy="pass texts alone") from error
        return [cls(one, config.seed) for one in values]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Signature):
            return NotImplemented
        return self.seed == other.seed and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.seed, self.values.tobytes()))

    def to_bytes(self) -> bytes:
        """Return ``DDS1``, then seed, number of values and values: uint32, little endian.

        Examples
        --------
        >>> signature = Signature.of("Fog stopped the ferry at dawn.")
        >>> Signature.from_bytes(signature.to_bytes()) == signature
        True
        """
        head = np.array([self.seed, self.values.size], dtype="<u4")
        return _MAGIC + head.tobytes() + self.values.astype("<u4").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Signature:
        """Return the signature that `to_bytes` wrote.

        Raises
        ------
        FormatError
            When it is none, or not whole; `FormatVersionError` when it is of another version.
        """
        magic, head = bytes(data[:4]), bytes(data[4:12])
        if magic[:3] == _MAGIC[:3] and magic != _MAGIC and len(magic) == len(_MAGIC):
            raise FormatVersionError(
                f"a signature of version {magic[3:]!r}, this release reads {_MAGIC[3:]!r}; "
                "sign the texts again"
            )
        seed, size = np.frombuffer(head, dtype="<u4").tolist() if len(head) == 8 else (0, -1)
        if magic != _MAGIC or len(data) != 12 + 4 * size:
            raise FormatError("not the bytes of a signature, or not all; pass those of to_bytes()")
        values = np.frombuffer(data, dtype="<u4", offset=12).astype(np.uint32)
        return cls(values, seed)

    def resemblance(self, other: Signature) -> float:
        """Estimate the Jaccard resemblance of the two shingle sets, 0-1 (Broder 1997)."""
        if self.values.size != other.values.size or self.seed != other.seed:
            raise ValueError(
                f"signatures of {self.values.size} values, seed {self.seed} and of "
                f"{other.values.size}, seed {other.seed}: expected alike; sign both alike"
            )
        return float(np.mean(self.values == other.values))

    def to_datasketch(self) -> MinHash:
        """Return the same signature as a ``datasketch.MinHash`` (scheme ``affine32``)."""
        from datasketch import MinHash  # noqa: PLC0415  slow to import, seldom needed

        return MinHash(hashvalues=self.values.copy(), seed=self.seed, scheme="affine32")

    @classmethod
    def from_datasketch(cls, minhash: MinHash) -> Signature:
        """Take over a ``datasketch.MinHash`` of scheme ``affine32``."""
        if minhash.scheme != "affine32":
            raise ValueError(
                f"scheme {minhash.scheme!r}: expected 'affine32'; sign with datasketch's default"
            )
        return cls(np.array(minhash.hashvalues, dtype=np.uint32), int(minhash.seed))
