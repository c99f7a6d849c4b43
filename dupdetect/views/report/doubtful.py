"""What a reader should look at first: the least certain removals, and stories in one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.products.schemas import KINDS, TEMPLATE
from dupdetect.support.columns import to_arrow, to_numpy
from dupdetect.views.report.rows import Row, flat, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

REMOVALS_SHOWN = 50
FORMS_SHOWN = 50
EXAMPLES_SHOWN = 3


@dataclass(frozen=True)
class Form:
    """Stories that templates link, directly or through others.

    Attributes
    ----------
    stories
        How many there are.
    publisher
        Whose they all are; None where they are of several, or one names none.
    publishers
        Different publishers that they name.
    examples
        Rows of the clusters table, at most `EXAMPLES_SHOWN`, by id.
    """

    stories: int
    publisher: str | None
    publishers: int
    examples: list[Row]


@dataclass(frozen=True)
class Doubtful:
    """What the page says is to be looked at first.

    Attributes
    ----------
    removals
        Rows of the clusters table that are removed, at most `REMOVALS_SHOWN`, the least certain
        first, those of unknown certainty last, then by id. `kind` and `certainty` are those of the
        relation with the story that stays; `relation` is its row, `keeper_publisher` whose that is.
    removed
        Removed rows in all.
    forms
        At most `FORMS_SHOWN`, most stories first.
    forms_found
        Forms in all.
    """

    removals: list[Row]
    removed: int
    forms: list[Form]
    forms_found: int

    def ids(self) -> set[str]:
        """Every story that is named."""
        named = {row[name] for row in self.removals for name in ("id", "keeper")}
        return named | {row["id"] for form in self.forms for row in form.examples}


def choose_doubtful(clusters: pa.Table, relations: pa.Table) -> Doubtful:
    """Choose what to look at first.

    Parameters
    ----------
    clusters, relations
        The tables of a results folder.
    """
    ids = flat(clusters["id"])
    removed = clusters.filter(pc.is_valid(clusters["keeper"]))
    forms, found = _forms(clusters, ids, relations)
    return Doubtful(
        removals=_removals(removed, clusters, ids, relations),
        removed=removed.num_rows,
        forms=forms,
        forms_found=found,
    )


def _removals(
    removed: pa.Table, clusters: pa.Table, ids: pa.Array, relations: pa.Table
) -> list[Row]:
    if not removed.num_rows:
        return []
    wanted = _pair_keys(ids, removed["id"], removed["keeper"])
    keys = _pair_keys(ids, relations["a"], relations["b"])
    places = np.flatnonzero(np.isin(keys, wanted))  # of the relations with the stories that stay
    place_of = dict(zip(keys[places].tolist(), range(places.size), strict=True))
    at = np.array([place_of.get(key, -1) for key in wanted.tolist()], dtype=np.int64)
    at_arrow = to_arrow(at, at < 0)
    related = relations.take(to_arrow(places))
    certainty = flat(related["certainty"]).take(at_arrow)
    # Identical texts need no relation; then the row's own certainty is all there is.
    certainty = pc.coalesce(certainty, flat(removed["certainty"]))
    order = pa.table({"certainty": certainty, "id": removed["id"], "at": to_arrow(at)})
    order = order.append_column("row", to_arrow(np.arange(at.size)))
    order = order.sort_by([("certainty", "ascending"), ("id", "ascending")])
    order = order.slice(0, REMOVALS_SHOWN)
    rows = rows_of(removed.take(order["row"]))
    keepers = pc.index_in(removed["keeper"].take(order["row"]).cast(ids.type), value_set=ids)
    publishers = clusters["publisher"].take(keepers).to_pylist()
    for row, found, place, publisher in zip(
        rows, order["certainty"].to_pylist(), order["at"].to_pylist(), publishers, strict=True
    ):
        relation = rows_of(related.slice(place, 1))[0] if place >= 0 else None
        row["relation"] = relation
        row["certainty"] = found
        row["kind"] = relation["kind"] if relation else row["kind"]
        row["keeper_publisher"] = publisher
    return rows


def _pair_keys(ids: pa.Array, first: pa.ChunkedArray, second: pa.ChunkedArray) -> NDArray[np.int64]:
    """One number for each two stories, whichever stands first."""
    one, other = _numbers(first, ids), _numbers(second, ids)
    return np.minimum(one, other) * len(ids) + np.maximum(one, other)


def _numbers(column: pa.ChunkedArray, names: pa.Array) -> NDArray[np.int64]:
    found = flat(pc.index_in(column.cast(names.type), value_set=names))
    return to_numpy(found, missing=-1).astype(np.int64)


def _forms(clusters: pa.Table, ids: pa.Array, relations: pa.Table) -> tuple[list[Form], int]:
    templates = relations.filter(pc.equal(relations["kind"], KINDS[TEMPLATE]))
    if not templates.num_rows:
        return [], 0
    sides = [flat(templates[side].cast(ids.type)) for side in ("a", "b")]
    names = pc.unique(pa.concat_arrays(sides))
    names = names.take(pc.array_sort_indices(names))
    a, b = (_numbers(templates[side], names) for side in ("a", "b"))
    leaders = components(a, b, len(names))
    found, sizes = np.unique(leaders, return_counts=True)
    largest = np.lexsort((found, -sizes))[:FORMS_SHOWN]
    rows = flat(pc.index_in(names, value_set=ids))
    return [
        _form(clusters, rows.take(to_arrow(np.flatnonzero(leaders == leader))))
        for leader in found[largest]
    ], found.size


def _form(clusters: pa.Table, rows: pa.Array) -> Form:
    publishers = pc.unique(clusters["publisher"].take(rows)).to_pylist()
    return Form(
        stories=len(rows),
        publisher=publishers[0] if len(publishers) == 1 else None,
        publishers=len([name for name in publishers if name is not None]),
        examples=rows_of(clusters.take(rows.slice(0, EXAMPLES_SHOWN))),
    )


def components(
    first: NDArray[np.int64], second: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Leader of each node: the smallest that it is linked with, directly or through others.

    Parameters
    ----------
    first, second : ndarray of int64, shape (links,)
        Ends of the links, from 0 to below `count`.
    count : int
        How many nodes there are.

    Returns
    -------
    ndarray of int64, shape (count,)

    Notes
    -----
    Every group with a link to another joins one in each round, so rounds are at most the
    logarithm of `count`.

    Examples
    --------
    >>> components(np.array([0, 3, 4]), np.array([1, 4, 1]), 6).tolist()
    [0, 0, 2, 0, 0, 5]
    """
    leaders = np.arange(count)
    while True:
        one, other = leaders[first], leaders[second]
        if np.array_equal(one, other):
            return leaders
        least = np.minimum(one, other)
        np.minimum.at(leaders, one, least)
        np.minimum.at(leaders, other, least)
        while not np.array_equal(further := leaders[leaders], leaders):
            leaders = further
