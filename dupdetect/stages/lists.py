"""The lists that rules are made of: their files, and the words of their texts."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from dupdetect import kernels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["read_lists", "split_texts"]


@cache
def read_lists(name: str) -> dict[str, Any]:
    """Return what a TOML file of this package says.

    Parameters
    ----------
    name : str
        From ``dupdetect.stages`` on.

    Examples
    --------
    >>> read_lists("notices.toml")["wall"]["cues"]
    2
    """
    return tomllib.loads(files("dupdetect.stages").joinpath(name).read_text("utf-8"))


def split_texts(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of the words of some texts, none with a line break, and where each starts.

    Returns
    -------
    hashes : ndarray of uint64, shape (words,)
        Of all texts.
    offsets : ndarray of int64, shape (texts + 1,)
        Where the words of each text start and end.

    Examples
    --------
    >>> split_texts(["by our staff", "map"])[1].tolist()
    [0, 3, 4]
    """
    encoded = [text.encode() for text in texts]
    hashes, starts, *_ = kernels.prepare(np.frombuffer(b"\n".join(encoded), dtype=np.uint8))
    first = np.cumsum([0, *(len(text) + 1 for text in encoded)], dtype=np.int64)
    return hashes, np.searchsorted(starts, first)
