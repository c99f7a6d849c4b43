"""Decisions held against a person's labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.aside import find_row_aside
from dupdetect.corpus.fields import option_of
from dupdetect.corpus.labels import read_labels
from dupdetect.engines.declared import STAGE
from dupdetect.engines.stages import Flow, run_stage, texts_of
from dupdetect.engines.verify import relate_dated
from dupdetect.engines.work import Work, silent
from dupdetect.errors import InputError
from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.corpus import Corpus
from dupdetect.products.evaluation import Evaluation, Label, LabelledPair
from dupdetect.products.pairs import Numbers
from dupdetect.products.schemas import KEPT, KINDS
from dupdetect.products.stories import Stories
from dupdetect.settings import RelateSettings
from dupdetect.stages.align import align_pairs
from dupdetect.stages.facts import add_facts
from dupdetect.support.arguments import require_type
from dupdetect.support.threads import threads_to_use
from dupdetect.views.reasons import reason_of

__all__ = ["Measured", "evaluate", "evaluate_corpus", "measure"]

_BEGINNING = 160
"""Characters of a text that show which it is."""


def evaluate(
    labels: Any,  # noqa: ANN401  a path or rows: see read_labels
    stories: Any,  # noqa: ANN401  paths, tables, frames, lists: see corpus.read
    *,
    config: Config | None = None,
    names: FieldNames | None = None,
    threads: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    duplicate_id: Literal["version", "last", "stop"] = "version",
) -> Evaluation:
    """Hold decisions against a person's labels.

    Each labelled pair is decided as in a run over all stories, whose lines tell what is page
    furniture. ``yes`` means that one of the two is a copy of the other; two cuts from one story
    may share a cluster without either being one.

    Parameters
    ----------
    labels : path, or rows
        CSV or JSON Lines; or rows of two ids and an answer: yes, no, True, False or a kind.
    stories : path, list of paths, table, frame, rows
        As for :func:`dupdetect.cluster`.
    config, names, threads, on_bad_row, duplicate_id
        As for :func:`dupdetect.cluster`.

    Returns
    -------
    Evaluation
        Accuracy, precision, recall, and the disputed pairs, each with the reason.

    Raises
    ------
    InputError
        When labels or stories cannot be read, or a labelled story is not among them.
    ConfigError
        When a setting is wrong.

    Examples
    --------
    >>> fog = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    >>> stories = [{"id": 1, "text": fog}, {"id": 2, "text": fog}]
    >>> found = evaluate([(1, 2, "no")], stories)
    >>> found.accuracy, found.disputed[0].reason
    (0.0, 'the bodies have the same words')
    """
    require_type("config", config, Config)
    require_type("names", names, FieldNames)
    known = read_labels(labels)
    count = threads_to_use(threads)
    with read(
        stories,
        names=names or FieldNames(),
        on_bad_row=on_bad_row,
        duplicate_id=duplicate_id,
        threads=count,
    ) as corpus:
        return evaluate_corpus(known, corpus, config=config or Config(), threads=count)


def evaluate_corpus(
    labels: tuple[Label, ...], corpus: Corpus, *, config: Config, threads: int
) -> Evaluation:
    """Hold decisions against labels, for a corpus that was read; see :func:`evaluate`."""
    measured = measure(labels, corpus, Work(config, threads, silent))
    related = measured.relate(config)
    return Evaluation(
        tuple(
            _labelled(label, corpus, measured, related, pair, config)
            for pair, label in enumerate(labels)
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Labelled pairs, aligned and measured; what follows from it depends on thresholds alone.

    Attributes
    ----------
    found : Alignments
        In the order of the labels, by story number.
    published_us : ndarray of int64, shape (stories,)
        When the stories were published.
    """

    found: Alignments
    published_us: Numbers

    def relate(self, config: RelateSettings) -> Related:
        """Decide what the pairs are."""
        return relate_dated(self.found, config, self.published_us)


def measure(labels: tuple[Label, ...], corpus: Corpus, work: Work) -> Measured:
    """Align the labelled pairs, and measure their facts whatever the thresholds.

    Raises
    ------
    InputError
        When a labelled story is not in the corpus.
    """
    rows = _rows_of(labels, corpus)
    stories, flow = Stories.of(corpus), Flow(work)
    known: dict[str, Any] = {"stories": stories}
    for name in ("lines", "body", "sketch"):
        known |= run_stage(STAGE[name], known, flow)
    ranking = flow.ranking(stories, known["sketches"])
    pairs = np.sort(ranking.to_rank(rows), axis=1)
    misread = known["sketches"].misread()
    texts = replace(texts_of(stories, known["line_status"]), misread=misread)
    first, second = (ranking.to_story(np.ascontiguousarray(side)) for side in pairs.T)
    found = align_pairs(texts, first, second, config=work.config, threads=work.threads)
    found = add_facts(texts, found, _has_differences(found), threads=work.threads)
    return Measured(found, stories.published_us)


def _has_differences(found: Alignments) -> NDArray[np.bool_]:
    """Tell which pairs may have facts opposite each other: not all words of both stand equal."""
    words = found.column("a_words") + found.column("b_words")
    return np.asarray(found.column("a_exact") + found.column("b_exact") < words)


def _rows_of(labels: tuple[Label, ...], corpus: Corpus) -> Numbers:
    """Story numbers of the labelled pairs, shape (pairs, 2)."""
    wanted = {id_ for label in labels for id_ in (label.a, label.b)}
    row_of = {id_: row for row, id_ in enumerate(corpus.ids.to_pylist()) if id_ in wanted}
    if missing := [id_ for id_ in sorted(wanted) if id_ not in row_of]:
        raise _unknown(missing, labels, corpus, row_of)
    return np.array([[row_of[label.a], row_of[label.b]] for label in labels], dtype=np.int64)


def _unknown(
    missing: list[str], labels: tuple[Label, ...], corpus: Corpus, known: Mapping[str, int]
) -> InputError:
    label = next(one for one in labels if one.a not in known or one.b not in known)
    first = label.a if label.a not in known else label.b
    more = f"; {len(missing):,} labelled ids are not among the stories" if len(missing) > 1 else ""
    bad = find_row_aside(corpus, first)
    if bad is not None:
        reason = f"the story {first!r} was set aside: {bad.reason}{more}"
        return InputError(reason, line=label.line, remedy="mend the row, or leave the label out")
    some = repr(corpus.ids[0].as_py()) if len(corpus) else "none"
    return InputError(
        f"labels name the story {first!r}, which is not there{more}",
        line=label.line,
        remedy=f"give ids as they stand in the input, such as {some}, or name the field with "
        + option_of("id"),
    )


def _labelled(
    label: Label, corpus: Corpus, measured: Measured, related: Related, pair: int, config: Config
) -> LabelledPair:
    found = measured.found
    larger, smaller = int(found.a[pair]), int(found.b[pair])
    begins = {corpus.ids[row].as_py(): _beginning(corpus, row) for row in (larger, smaller)}
    certainty = float(related.certainty[pair])
    return LabelledPair(
        label=label,
        kind=KINDS[int(related.kind[pair])],
        kept=KEPT[int(related.kept[pair])],
        larger=corpus.ids[larger].as_py(),
        larger_coverage=float(related.a_coverage[pair]),
        smaller_coverage=float(related.b_coverage[pair]),
        certainty=0.0 if np.isnan(certainty) else certainty,
        reason=reason_of(found, related, pair, config=config),
        text_a=begins[label.a],
        text_b=begins[label.b],
    )


def _beginning(corpus: Corpus, row: int) -> str:
    said = " ".join(corpus.text_of(row)[: 4 * _BEGINNING].split())
    return said if len(said) <= _BEGINNING else said[:_BEGINNING].rsplit(" ", 1)[0] + " ..."
