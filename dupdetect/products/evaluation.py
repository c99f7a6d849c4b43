"""What labelled pairs show: how often decisions agree with a person's, what would fit better."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dupdetect.config import Config
from dupdetect.products.schemas import KIND_FACTS, KINDS, Kept, Kind

__all__ = ["COPY_KINDS", "Change", "Evaluation", "Label", "LabelledPair", "Tuning"]

COPY_KINDS: frozenset[str] = frozenset(facts.name for facts in KIND_FACTS if not facts.apart)
"""Kinds that make one story a copy of the other: what ``yes`` means."""


@dataclass(frozen=True, slots=True)
class Label:
    """A person's answer about two stories.

    Attributes
    ----------
    a, b : str
        Ids.
    answer : str
        ``"yes"`` where one is a copy of the other, ``"no"``, or a kind of relation.
    line : int
        Where it stood, from 1.
    """

    a: str
    b: str
    answer: str
    line: int

    @property
    def is_copy(self) -> bool:
        """Whether the answer makes one story a copy of the other."""
        return self.answer == "yes" or self.answer in COPY_KINDS

    @property
    def names_kind(self) -> bool:
        """Whether the answer is a kind of relation."""
        return self.answer in KINDS

    def agrees(self, kind: str) -> bool:
        """Whether a decision is what the answer says: that kind, or copy or not."""
        return kind == self.answer if self.names_kind else (kind in COPY_KINDS) == self.is_copy


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two stories, what a person said of them, and what was decided.

    Attributes
    ----------
    label : Label
        The ids as they were given, and the answer.
    kind, kept : str; str or None
        What was decided.
    larger : str
        Id of the story with the larger body; coverages are of that one and of the other.
    larger_coverage, smaller_coverage : float
        Share of each body that stands in the other, 0-1.
    certainty : float
        How far the measures are from the nearest threshold, 0-1.
    reason : str
        The measures that decided, and the settings they were held against.
    text_a, text_b : str
        How the two texts begin.
    """

    label: Label
    kind: Kind
    kept: Kept | None
    larger: str
    larger_coverage: float
    smaller_coverage: float
    certainty: float
    reason: str
    text_a: str
    text_b: str

    @property
    def is_copy(self) -> bool:
        """Whether one story was found to be a copy of the other."""
        return self.kind in COPY_KINDS

    @property
    def is_right(self) -> bool:
        """Whether the decision is what the label says."""
        return self.label.agrees(self.kind)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How decisions agree with labels.

    Attributes
    ----------
    pairs : tuple of LabelledPair
        In the order of the labels.

    Examples
    --------
    >>> import dupdetect
    >>> fog = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    >>> stories = [{"id": "a", "text": fog}, {"id": "b", "text": fog}, {"id": "c", "text": "Owls."}]
    >>> found = dupdetect.evaluate([("a", "b", "yes"), ("a", "c", "no")], stories)
    >>> found.accuracy, found.precision, found.recall, found.disputed
    (1.0, 1.0, 1.0, ())
    """

    pairs: tuple[LabelledPair, ...]

    @property
    def accuracy(self) -> float:
        """Share of all pairs for which copy or not is what the label says, 0-1."""
        return _share(sum(p.is_copy == p.label.is_copy for p in self.pairs), len(self.pairs)) or 0.0

    @property
    def precision(self) -> float | None:
        """Share of the pairs found to be copies that are labelled so; None where none was found."""
        found = [pair for pair in self.pairs if pair.is_copy]
        return _share(sum(pair.label.is_copy for pair in found), len(found))

    @property
    def recall(self) -> float | None:
        """Share of the pairs labelled copies that were found to be; None where none is labelled."""
        labelled = [pair for pair in self.pairs if pair.label.is_copy]
        return _share(sum(pair.is_copy for pair in labelled), len(labelled))

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None where either is not defined."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    @property
    def kind_accuracy(self) -> float | None:
        """Share of the pairs labelled with a kind that were found to be of it; None without any."""
        named = [pair for pair in self.pairs if pair.label.names_kind]
        return _share(sum(pair.is_right for pair in named), len(named))

    @property
    def by_answer(self) -> dict[str, dict[str, int]]:
        """How often each answer met each kind: answer -> kind found -> pairs."""
        order = ["yes", "no", *KINDS[1:], "none"]
        met: dict[str, Counter[str]] = {}
        for pair in sorted(self.pairs, key=lambda pair: order.index(pair.label.answer)):
            met.setdefault(pair.label.answer, Counter())[pair.kind] += 1
        return {answer: dict(kinds.most_common()) for answer, kinds in met.items()}

    @property
    def right_by_answer(self) -> dict[str, tuple[int, int]]:
        """Of each answer how many pairs are right, and how many there are."""
        return {
            answer: (
                sum(p.is_right for p in self.pairs if p.label.answer == answer),
                sum(kinds.values()),
            )
            for answer, kinds in self.by_answer.items()
        }

    @property
    def disputed(self) -> tuple[LabelledPair, ...]:
        """Pairs that were decided otherwise than labelled, the most certain ones first."""
        wrong = [pair for pair in self.pairs if not pair.is_right]
        return tuple(sorted(wrong, key=lambda pair: -pair.certainty))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return {
            "pairs": len(self.pairs),
            "accuracy": self.accuracy,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "kind_accuracy": self.kind_accuracy,
            "by_answer": {
                answer: {"pairs": pairs, "right": right, "found": self.by_answer[answer]}
                for answer, (right, pairs) in self.right_by_answer.items()
            },
            "disputed": [_pair_dict(pair) for pair in self.disputed],
        }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _pair_dict(pair: LabelledPair) -> dict[str, Any]:
    return {
        "a": pair.label.a,
        "b": pair.label.b,
        "label": pair.label.answer,
        "line": pair.label.line,
        "kind": pair.kind,
        "kept": pair.kept,
        "larger": pair.larger,
        "larger_coverage": pair.larger_coverage,
        "smaller_coverage": pair.smaller_coverage,
        "certainty": pair.certainty,
        "reason": pair.reason,
        "text_a": pair.text_a,
        "text_b": pair.text_b,
    }


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that would fit better: its name, the value it had, the value that fits."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """Settings that fit labelled pairs better.

    Attributes
    ----------
    config : Config
        The settings that fit; those given, where none fits better.
    changes : tuple of Change
        What is different in them.
    pairs : int
        Labelled pairs.
    right_before, right_after : int
        Pairs that are decided as labelled, with the settings given and with those that fit.
    folds : int
        Parts that the pairs were divided into.
    unseen_before, unseen_after : int
        The same, each pair decided with settings that were fitted to the other parts alone: what
        to expect of pairs that nobody labelled.

    Examples
    --------
    >>> change = Change("contained", 0.8, 0.7)
    >>> tuned = Tuning(Config(contained=0.7), (change,), 40, 31, 38, 5, 31, 37)
    >>> print(tuned.config.to_toml(), end="")
    [relate]
    contained = 0.7
    """

    config: Config
    changes: tuple[Change, ...]
    pairs: int
    right_before: int
    right_after: int
    folds: int
    unseen_before: int
    unseen_after: int

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return {
            "changes": {
                one.name: {"before": one.before, "after": one.after} for one in self.changes
            },
            "pairs": self.pairs,
            "right": {"before": self.right_before, "after": self.right_after},
            "right_unseen": {"before": self.unseen_before, "after": self.unseen_after},
            "folds": self.folds,
            "config": self.config.to_toml(),
        }
