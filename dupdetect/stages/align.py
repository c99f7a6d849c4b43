"""Candidate pairs to passages and measurements; nothing is decided here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.products.alignments import FACTS, Alignments
from dupdetect.products.texts import Texts

_BATCH = 65_536  # pairs a batch


@lru_cache(maxsize=1)
def speech_words() -> NDArray[np.uint64]:
    """Return the token hashes of the words in ``speech.toml``."""
    listed = tomllib.loads(files("dupdetect.stages").joinpath("speech.toml").read_text("utf-8"))
    words = " ".join(word for language in listed.values() for word in language["words"])
    return np.unique(kernels.prepare(np.frombuffer(words.encode(), dtype=np.uint8))[0])


def align_rule(config: Config) -> kernels.AlignRule:
    """Return what the kernel needs of the settings."""
    return kernels.AlignRule(**{name: getattr(config, name) for name in kernels.AlignRule.FIELDS})


def align_pairs(
    texts: Texts,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    *,
    config: Config,
    passages: bool = False,
    changed: bool = False,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Alignments:
    """Align pairs of stories.

    A pair comes back with ``a`` the story of the larger body, whichever way round it was given.

    Parameters
    ----------
    texts : Texts
        Raw texts and line status.
    a, b : ndarray of int64, shape (pairs,)
        Story numbers.
    config : Config
        Settings.
    passages, changed : bool
        Whether to return spans, too.
    threads : int
        Threads to use; the result does not depend on it.
    progress : callable, optional
        Called with the number of pairs done.
    """
    parts = []
    for first in range(0, max(a.size, 1), _BATCH):
        part = slice(first, first + _BATCH)
        parts.append(_align_oriented(texts, a[part], b[part], config, passages, changed, threads))
        if progress is not None:
            progress(min(first + _BATCH, a.size))
    return parts[0] if len(parts) == 1 else Alignments.joined(parts)


def _align_oriented(
    texts: Texts,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    config: Config,
    passages: bool,
    changed: bool,
    threads: int,
) -> Alignments:
    """Align a batch; pairs whose second body counts more words are aligned the other way round."""

    def run(x: NDArray[np.int64], y: NDArray[np.int64]) -> Alignments:
        found = kernels.align(
            texts.text,
            texts.text_offsets,
            texts.line_status,
            texts.line_offsets,
            a=x,
            b=y,
            rule=align_rule(config),
            speech_words=speech_words(),
            passages=passages,
            changed=changed,
            threads=threads,
            misread=None if texts.misread is None else texts.misread.view(np.uint8),
        )
        return Alignments(x, y, *found, np.zeros((x.size, len(FACTS)), dtype=np.int32))

    def smaller_first(found: Alignments) -> NDArray[np.bool_]:
        return found.column("a_words") < found.column("b_words")

    once = run(np.ascontiguousarray(a), np.ascontiguousarray(b))
    turned = smaller_first(once)
    if not turned.any():
        return once
    again = run(once.b[turned], once.a[turned])
    # The other way round may count otherwise: keep the first where both ways say "smaller first".
    keep = ~smaller_first(again)
    chosen = np.flatnonzero(turned)[keep]
    if not chosen.size:
        return once
    order = np.arange(a.size)
    order[chosen] = a.size + np.flatnonzero(keep)
    return Alignments.joined([once, again]).take(order)
