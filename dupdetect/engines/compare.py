"""Two texts compared by themselves, by the same rules as in a corpus."""

from __future__ import annotations

import numpy as np

from dupdetect.config import Config
from dupdetect.corpus.mend import mend_pair
from dupdetect.errors import InputError
from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.pairs import Ranking
from dupdetect.products.relation import Relation, passages_of
from dupdetect.products.schemas import KEPT, KINDS
from dupdetect.products.texts import Texts
from dupdetect.stages import furniture, relate
from dupdetect.stages.align import align_pairs, in_characters
from dupdetect.stages.facts import add_facts
from dupdetect.stages.sketch import sketch_stories
from dupdetect.support.arguments import require_type


def compare(text_a: str, text_b: str, *, config: Config | None = None) -> Relation:
    r"""Relate two texts.

    Lines that only a whole corpus shows to be page furniture are taken for prose here.

    Parameters
    ----------
    text_a, text_b : str
        Raw texts; HTML and text with wrong characters are taken as a reader would, and spans
        count in what was passed.
    config : Config, optional
        Settings.

    Returns
    -------
    Relation
        Ids ``"a"`` and ``"b"`` are the texts as passed; ``Relation.a`` is the fuller one.

    Raises
    ------
    InputError
        When one of them is no string.
    ConfigError
        When `config` is no Config.

    Examples
    --------
    >>> whole = "The ferry to Gozo was stopped by fog at dawn. It sailed again before noon. " \
    ...         "Ninety people waited on the quay with four dogs and a piano."
    >>> relation = compare(whole, "It sailed again before noon. Ninety people waited on the "
    ...                           "quay with four dogs and a piano.")
    >>> relation.kind, relation.kept, relation.cut_before
    ('truncation', 'tail', 10)
    """
    require_type("config", config, Config)
    for name, given in (("text_a", text_a), ("text_b", text_b)):
        if not isinstance(given, str):
            raise InputError(f"{name}: {type(given).__name__}, expected str", remedy="pass a text")
    config = config or Config()
    data = [text.encode("utf-8", "replace") for text in mend_pair(text_a, text_b)]
    text = np.frombuffer(b"".join(data), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    lines = furniture.find_furniture(text, offsets, np.full(2, -1, dtype=np.int32), config=config)
    # The order in which a corpus would have them: the larger body first, then by content.
    sketches = sketch_stories(text, offsets, lines.status, lines.offsets, config=config)
    texts = Texts(text, offsets, lines.status, lines.offsets, misread=sketches.misread())
    by_text = np.array(sorted((0, 1), key=lambda one: data[one]))
    first, second = Ranking.of(sketches.body_words, sketches.digests, by_text).story_of[:, None]
    found = align_pairs(texts, first, second, config=config, passages=True, changed=True, threads=1)
    found = in_characters(texts, found)
    found = add_facts(texts, found, relate.worded_alike(found, config=config))
    related = relate.relate(found, config=config)
    return _relation_of(found, related, ("a", "b"))


def _relation_of(found: Alignments, related: Related, ids: tuple[str, str]) -> Relation:
    """Return the first pair as a Relation."""
    kind = int(related.kind[0])
    cut_before, cut_after = int(related.cut_before[0]), int(related.cut_after[0])
    return Relation(
        a=ids[int(found.a[0])],
        b=ids[int(found.b[0])],
        kind=KINDS[kind],
        kept=KEPT[int(related.kept[0])],
        a_coverage=float(related.a_coverage[0]),
        b_coverage=float(related.b_coverage[0]),
        a_exact=float(related.a_exact[0]),
        b_exact=float(related.b_exact[0]),
        resemblance=float(related.resemblance[0]),
        words=int(found.column("shared")[0]),
        quoted_words=int(found.column("quoted")[0]),
        cut_before=None if cut_before < 0 else cut_before,
        cut_after=None if cut_after < 0 else cut_after,
        passages=passages_of(found.passages_of(0).tolist(), found.changed.tolist()),
        certainty=None if np.isnan(related.certainty[0]) else float(related.certainty[0]),
    )
