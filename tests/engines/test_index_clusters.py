"""Clusters of an index: what an answer says of them, and what is left when stories go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dupdetect import Index
from tests.support.index_stories import made, table

FORM = (
    "The department gives {money} dollars to the fire brigade of {town} in {county} county. The "
    "grant buys {thing} and breathing gear for {number} volunteers. It comes from a programme for "
    "brigades that have fewer than three engines and answer calls over more than forty miles of "
    "road. Every brigade that asks must say what it has, what it lacks and what it spent in the "
    "last three years, and a board of five chiefs reads all of it twice before it votes. Those "
    "that were turned down may ask again in the spring, when what is left is given away. The rest "
    "of the money goes to schools where young people learn to climb, to carry and to keep calm."
)


def form(money: int, town: str, county: str, thing: str, number: int) -> str:
    return FORM.format(money=money, town=town, county=county, thing=thing, number=number)


def test_an_answer_has_the_cluster_that_it_joins_beside_many_of_one_form() -> None:
    grant = form(178200, "Headland", "Henry", "a pumper", 24)
    others = [
        form(100000 + 7919 * k, f"Altoona{k}", f"Etowah{k}", f"ladder{k} hoses", 31 + k)
        for k in range(12)
    ]
    start = " ".join(grant.split()[:60])
    rows = [{"id": f"form {k}", "text": text} for k, text in enumerate(others)]
    rows += [{"id": "whole", "text": grant}, {"id": "start", "text": start}]
    index = Index.in_memory(threads=1)
    index.add(rows)
    index.settle()
    names = dict(zip(*(index.clusters()[name].to_pylist() for name in ("id", "name")), strict=True))
    assert names["whole"] == names["start"] != names["form 0"]
    found = index.query(grant + " Headland had waited for it since the flood.", limit=4)
    assert {"whole", "start"} <= set(found["story"].to_pylist())
    assert found["kind"].to_pylist().count("template") >= 2


def test_no_story_is_kept_in_the_place_of_others_once_it_is_gone() -> None:
    index = Index.in_memory(threads=1)
    index.add(table([dict(row) for row in made()[:100]]))
    index.settle()
    live = index._view.live
    away = np.flatnonzero(live.name != live.name[0])
    keeper = live.keeper.copy()
    keeper[0] = live.seq[away[0]]  # as where copies go through a third story
    index._view = replace(index._view, live=replace(live, keeper=keeper))
    index.delete(index._view.ids_of(live.seq[away[:1]]))
    live = index._view.live
    assert np.isin(live.keeper, live.seq).all()
