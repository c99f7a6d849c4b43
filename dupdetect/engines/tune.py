"""Settings that fit a person's labels better: a small search, held to pairs it has not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.labels import read_labels
from dupdetect.engines.evaluate import Measured, measure
from dupdetect.engines.work import Work, silent
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus
from dupdetect.products.evaluation import Change, Label, Tuning
from dupdetect.products.schemas import KINDS
from dupdetect.support.arguments import require_type
from dupdetect.support.threads import threads_to_use

__all__ = ["LEAST_PAIRS", "tune", "tune_corpus"]

LEAST_PAIRS = 20
"""Fewer labelled pairs say too little about thresholds."""

_LEAST_OF_EACH = 5
_FOLDS = 5
_ROUNDS = 3
_LEAST_GAIN = 2
"""Pairs more that have to come right, in all and among those unseen: one may be chance."""

_COPIES: dict[str, tuple[float, ...]] = {
    "contained": (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    "near_coverage": (0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "template_slots": (0.2, 0.3, 0.45, 0.6, 0.9, 1.3, 2.0, 3.0, 100.0),
}
_OVERLAPS: dict[str, tuple[float, ...]] = {
    "overlap_words": (12, 18, 25, 35, 50, 80),
    "overlap_prose_words": (0, 15, 25, 35, 50, 80),
}
"""The thresholds that decide about pairs, and the values tried; the second ones tell overlaps from
no relation, which labels of yes and no do not."""

_Rights = Callable[[Config], NDArray[np.bool_]]


def tune(
    labels: Any,  # noqa: ANN401  a path or rows: see read_labels
    stories: Any,  # noqa: ANN401  paths, tables, frames, lists: see corpus.read
    *,
    config: Config | None = None,
    names: FieldNames | None = None,
    threads: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    duplicate_id: Literal["version", "last", "stop"] = "version",
) -> Tuning:
    """Look for settings that fit a person's labels better.

    A few thresholds are tried one after the other, in the middle of the values that fit best. So
    that nothing is fitted to chance, the pairs are divided into five parts, and each part is
    decided with settings fitted to the other four: settings are only proposed where that, too,
    decides more pairs as labelled.

    Parameters
    ----------
    labels, stories, names, threads, on_bad_row, duplicate_id
        As for :func:`dupdetect.evaluate`; at least 20 pairs, 5 of copies and 5 of others.
    config : Config, optional
        Settings to begin with.

    Returns
    -------
    Tuning

    Raises
    ------
    InputError
        When labels or stories cannot be read, or the labels are too few or all alike.
    ConfigError
        When a setting is wrong.

    Examples
    --------
    >>> tune([("a", "b", "yes")], [{"id": "a", "text": "One."}, {"id": "b", "text": "One."}])
    Traceback (most recent call last):
    ...
    dupdetect.errors.InputError: 1 labelled pair: settings are fitted to 20 or more; label more
    """
    require_type("config", config, Config)
    require_type("names", names, FieldNames)
    known = read_labels(labels)
    require_enough(known)
    count = threads_to_use(threads)
    with read(
        stories,
        names=names or FieldNames(),
        on_bad_row=on_bad_row,
        duplicate_id=duplicate_id,
        threads=count,
    ) as corpus:
        return tune_corpus(known, corpus, config=config or Config(), threads=count)


def require_enough(labels: tuple[Label, ...]) -> None:
    """Raise `InputError` when labels are too few, or too few of either answer."""
    if len(labels) < LEAST_PAIRS:
        said = "1 labelled pair" if len(labels) == 1 else f"{len(labels)} labelled pairs"
        reason = f"{said}: settings are fitted to {LEAST_PAIRS} or more"
        raise InputError(reason, remedy="label more")
    copies = sum(label.is_copy for label in labels)
    for count, what in ((copies, "copies"), (len(labels) - copies, "no copies")):
        if count < _LEAST_OF_EACH:
            raise InputError(
                f"{count} of {len(labels)} pairs are labelled as {what}: settings are fitted to "
                f"{_LEAST_OF_EACH} or more of each",
                remedy=f"label more pairs that are {what}",
            )


def tune_corpus(
    labels: tuple[Label, ...], corpus: Corpus, *, config: Config, threads: int
) -> Tuning:
    """Look for settings that fit labels better, for a corpus that was read; see :func:`tune`."""
    rights = _rights(labels, measure(labels, corpus, Work(config, threads, silent)))
    grid = {**_COPIES, **(_OVERLAPS if any(label.names_kind for label in labels) else {})}
    everything = np.ones(len(labels), dtype=np.bool_)
    before, folds = rights(config), _folds(labels)
    unseen = np.zeros(len(labels), dtype=np.bool_)
    for fold in range(_FOLDS):
        here = folds == fold
        unseen[here] = rights(_fitted(rights, ~here, config, grid))[here]
    fitted = _fitted(rights, everything, config, grid)
    holds = int(unseen.sum()) >= int(before.sum()) + _LEAST_GAIN
    chosen = fitted if holds else config
    return Tuning(
        config=chosen,
        changes=tuple(
            Change(name, getattr(config, name), getattr(chosen, name))
            for name in grid
            if getattr(config, name) != getattr(chosen, name)
        ),
        pairs=len(labels),
        right_before=int(before.sum()),
        right_after=int(rights(chosen).sum()),
        folds=_FOLDS,
        unseen_before=int(before.sum()),
        unseen_after=int(unseen.sum()),
    )


def _rights(labels: tuple[Label, ...], measured: Measured) -> _Rights:
    """Return what tells, for settings, which pairs are decided as labelled; each asked once."""
    agrees = np.array([[label.agrees(kind) for kind in KINDS] for label in labels])
    known: dict[Config, NDArray[np.bool_]] = {}

    def rights(config: Config) -> NDArray[np.bool_]:
        if config not in known:
            kind = measured.relate(config).kind
            known[config] = agrees[np.arange(len(labels)), kind]
        return known[config]

    return rights


def _fitted(
    rights: _Rights,
    seen: NDArray[np.bool_],
    config: Config,
    grid: dict[str, tuple[float, ...]],
) -> Config:
    """Change one setting after the other where that decides more of the seen pairs as labelled."""
    for _ in range(_ROUNDS):
        best, most = config, int(rights(config)[seen].sum()) + _LEAST_GAIN - 1
        for name, values in grid.items():
            tried = [replace(config, **{name: type(getattr(config, name))(v)}) for v in values]
            counts = np.array([int(rights(one)[seen].sum()) for one in tried])
            if counts.max() > most:
                middle = _middle_of_best(counts, values, getattr(config, name))
                best, most = tried[middle], int(counts.max())
        if best is config:
            break
        config = best
    return config


def _middle_of_best(counts: NDArray[np.int64], values: tuple[float, ...], now: float) -> int:
    """Place of the middle of a stretch of best values, the one nearest to the value of now."""
    best = np.flatnonzero(counts == counts.max())
    stretches = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    nearest = min(stretches, key=lambda places: min(abs(values[at] - now) for at in places))
    return int(nearest[(nearest.size - 1) // 2])


def _folds(labels: tuple[Label, ...]) -> NDArray[np.int64]:
    """Part of each pair, 0 to 4: by its ids, each answer spread evenly over the parts."""

    def place(label: Label) -> bytes:
        return hashlib.sha256("\0".join(sorted((label.a, label.b))).encode()).digest()

    folds = np.zeros(len(labels), dtype=np.int64)
    for answer in sorted({label.answer for label in labels}):
        of_it = [at for at, label in enumerate(labels) if label.answer == answer]
        of_it.sort(key=lambda at: place(labels[at]))
        folds[of_it] = np.arange(len(of_it)) % _FOLDS
    return folds
