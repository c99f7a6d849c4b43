"""A verifier that remembers reads no text that was not unpacked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dupdetect import Config
from dupdetect.corpus import read
from dupdetect.engines.remember import RememberingVerifier
from dupdetect.engines.stages import texts_of
from dupdetect.engines.verify import Verifier
from dupdetect.engines.work import Work, silent
from dupdetect.products.pairs import Numbers, Ranking
from dupdetect.products.stories import Stories
from dupdetect.stages.furniture import find_furniture
from dupdetect.store.pairs import PairMemory, Unwritten

FIRST = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
LONGER = FIRST + " Captain Maria Vella of Rabat counted 214 passengers on the quay at Cirkewwa."


def test_texts_are_unpacked_before_what_they_name_is_counted() -> None:
    with read([{"id": "a", "text": LONGER}, {"id": "b", "text": FIRST}]) as corpus:
        stories, work = Stories.of(corpus), Work(Config(), 1, silent)
        lines = find_furniture(
            stories.text, stories.text_offsets, stories.publisher_codes, config=work.config
        )
        whole = texts_of(stories, lines)
        packed = replace(whole, text=np.zeros_like(stories.text))

        def fill(rows: Numbers | None) -> None:
            for row in range(2) if rows is None else rows.tolist():
                place = slice(*stories.text_offsets[row : row + 2])
                packed.text[place] = stories.text[place]

        own = np.arange(2)
        ranking = Ranking(own, own)
        remembering = RememberingVerifier(
            packed, ranking, work, uids=own.astype(np.uint32), memory=PairMemory(),
            unwritten=Unwritten(), fill=fill,
        )  # fmt: skip
        expected = Verifier(whole, ranking, work).own_facts(own[:1], own[1:])
        found = remembering.own_facts(own[:1], own[1:])
    assert expected.facts[0] > 0
    assert (found.facts, found.words) == (expected.facts, expected.words)
