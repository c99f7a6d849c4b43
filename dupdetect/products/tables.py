"""The Arrow tables that stages take and give, over the memory of their arrays, and back.

Stages number stories by row or by rank; tables name them by key, so that tables of different runs
can be kept apart and put together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.errors import ConfigMismatchError, FormatError, FormatVersionError
from dupdetect.products.alignments import Related
from dupdetect.products.edges import Copies, Edges, Forest, Stock
from dupdetect.products.pairs import Numbers, Ranking, pair_ends, pair_keys
from dupdetect.products.schemas import SCHEMA_VERSION, TABLES
from dupdetect.products.sketches import Sketches
from dupdetect.products.stories import Stories
from dupdetect.products.texts import Dropped, LineFeatures, LineStatus
from dupdetect.support.columns import as_one_array, name_codes, text_buffers, to_arrow, to_numpy

Keys = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Naming:
    """The stories of a run by key.

    Attributes
    ----------
    keys : ndarray of uint64, shape (stories,)
        Key of each story number.
    ranking : Ranking, optional
        Needed for tables of what goes by rank.
    """

    keys: Keys
    ranking: Ranking | None = None

    @property
    def ranked(self) -> Ranking:
        """The ranking, which must be there."""
        if self.ranking is None:
            raise FormatError("no sketches: stories cannot be ranked; pass their table, too")
        return self.ranking

    @cached_property
    def _by_key(self) -> Numbers:
        return np.argsort(self.keys)

    def of_ranks(self, ranks: Numbers) -> Keys:
        """Return the keys of ranks."""
        return self.keys[self.ranked.to_story(ranks)]

    def to_stories(self, keys: Keys) -> Numbers:
        """Return story numbers of keys.

        Raises
        ------
        FormatError
            When a key is no story's.
        """
        at = np.searchsorted(self.keys, keys, sorter=self._by_key)
        found = self._by_key[np.minimum(at, self.keys.size - 1)] if self.keys.size else at
        if not np.array_equal(self.keys[found], keys):
            raise FormatError("a key is no story's; pass the tables of one run")
        return found

    def to_ranks(self, keys: Keys) -> Numbers:
        """Return ranks of keys; see :meth:`to_stories`."""
        return self.ranked.to_rank(self.to_stories(keys))


def stamped(table: pa.Table, name: str, digest: str) -> pa.Table:
    """Return a table that says which one it is, and by which rules and settings it was made."""
    return table.replace_schema_metadata(
        {"table": name, "schema_version": str(SCHEMA_VERSION), "digest": digest}
    )


def check_stamp(table: pa.Table, name: str, digest: str | None = None) -> None:
    """Check that a table is the one that is meant.

    Parameters
    ----------
    table : pyarrow.Table
        As it was read.
    name : str
        One of :data:`dupdetect.products.schemas.TABLES`.
    digest : str, optional
        The one expected.

    Raises
    ------
    FormatError
        When it is another table, or none of dupdetect's.
    FormatVersionError
        When its schema is of another version.
    ConfigMismatchError
        When it was made by other rules or settings.
    """
    said = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    if said.get("table") != name:
        raise FormatError(f"table {said.get('table')!r}: expected {name!r}; pass that one")
    if said.get("schema_version") != str(SCHEMA_VERSION):
        raise FormatVersionError(
            f"table {name} is of version {said.get('schema_version')}, this release reads "
            f"{SCHEMA_VERSION}; run again"
        )
    if not table.schema.equals(TABLES[name]):
        raise FormatError(f"table {name} has other columns than expected; run again")
    if digest is not None and said.get("digest") != digest:
        raise ConfigMismatchError(
            f"table {name} was made by rules and settings {said.get('digest')}, these are "
            f"{digest}; run again, or use the settings of that run"
        )


def to_table(name: str, product: Any, naming: Naming) -> pa.Table:  # noqa: ANN401
    """Return the table of a stage's product.

    Parameters
    ----------
    name : str
        One of :data:`dupdetect.products.schemas.TABLES`.
    product : object
        What the stage gave.
    naming : Naming
        The stories.
    """
    columns = _TO_COLUMNS[name](product, naming)
    if isinstance(columns, pa.Table):
        return columns
    schema = TABLES[name]
    return pa.Table.from_arrays([columns[field.name] for field in schema], schema=schema)


def from_table(name: str, table: pa.Table, naming: Naming | None) -> Any:  # noqa: ANN401
    """Return the product of a table: arrays over its memory; `naming` is not needed for stories."""
    columns = {field: as_one_array(table[field]) for field in table.column_names}
    if name == "stories":
        return _stories(columns)
    if name == "relations":
        return table
    if naming is None:
        raise FormatError(f"table {name} names stories by key; pass the table of stories, too")
    return _FROM_COLUMNS[name](columns, naming)


Columns = Mapping[str, pa.Array]


def _lists(offsets: Numbers, values: NDArray[Any]) -> pa.LargeListArray:
    return pa.LargeListArray.from_arrays(to_arrow(offsets), to_arrow(values))


def _offsets(lists: pa.LargeListArray) -> Numbers:
    return to_numpy(lists.offsets) if len(lists) else np.zeros(1, dtype=np.int64)


def _values(lists: pa.Array) -> NDArray[Any]:
    return to_numpy(lists.values)


def _fixed(values: NDArray[Any]) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(to_arrow(values.ravel()), values.shape[1])


def _stories_columns(stories: Stories, naming: Naming) -> Columns:
    buffers = [None, pa.py_buffer(stories.text_offsets), pa.py_buffer(stories.text)]
    return {
        "key": to_arrow(naming.keys),
        "id": stories.ids,
        "published_us": to_arrow(stories.published_us),
        "publisher": stories.publishers,
        "title": stories.titles,
        "published": stories.published,
        "author": stories.authors,
        "text": pa.Array.from_buffers(pa.large_string(), len(stories.ids), buffers),
        "mended": to_arrow(stories.mended),
    }


def _stories(columns: Columns) -> Stories:
    text, offsets = text_buffers(columns["text"])
    return Stories(
        keys=to_numpy(columns["key"]),
        ids=columns["id"],
        publishers=columns["publisher"],
        titles=columns["title"],
        published=columns["published"],
        authors=columns["author"],
        published_us=to_numpy(columns["published_us"]),
        text=text,
        text_offsets=offsets,
        mended=to_numpy(columns["mended"]),
        publisher_codes=name_codes(columns["publisher"]),
    )


def _lines_columns(lines: LineFeatures, naming: Naming) -> Columns:
    listed = {name: getattr(lines, name) for name in ("keys", "words", "flags")}
    columns = {name: _lists(lines.offsets, values) for name, values in listed.items()}
    return {"story": to_arrow(naming.keys), **columns}


def _lines(columns: Columns, _: Naming) -> LineFeatures:
    keys, words, flags = (_values(columns[name]) for name in ("keys", "words", "flags"))
    return LineFeatures(_offsets(columns["keys"]), keys, words, flags)


def _status_columns(status: LineStatus, naming: Naming) -> Columns:
    return {"story": to_arrow(naming.keys), "status": _lists(status.offsets, status.status)}


def _status(columns: Columns, _: Naming) -> LineStatus:
    return LineStatus(_offsets(columns["status"]), _values(columns["status"]))


def _furniture_columns(dropped: Dropped, naming: Naming) -> Columns:
    repeated = np.array(dropped.repeated, dtype=np.int64).reshape(-1, 3)
    one = np.array([0, len(repeated)])
    return {
        "dropped_lines": to_arrow(np.array([dropped.lines])),
        "dropped_words": to_arrow(np.array([dropped.words])),
        "story": _lists(one, naming.keys[repeated[:, 0]]),
        "line": _lists(one, repeated[:, 1]),
        "stories": _lists(one, repeated[:, 2]),
    }


def _furniture(columns: Columns, naming: Naming) -> Dropped:
    stories = naming.to_stories(_values(columns["story"])).tolist()
    lines, counts = (_values(columns[name]).tolist() for name in ("line", "stories"))
    return Dropped(
        columns["dropped_lines"][0].as_py(),
        columns["dropped_words"][0].as_py(),
        tuple(zip(stories, lines, counts, strict=True)),
    )


def _sketches_columns(sketches: Sketches, naming: Naming) -> Columns:
    stories, bands = sketches.band_keys.shape
    band_offsets = np.arange(stories + 1) * bands
    return {
        "story": to_arrow(naming.keys),
        "body_words": to_arrow(sketches.body_words),
        "digest": _fixed(sketches.digests),
        "bands": _lists(band_offsets, sketches.band_keys.ravel()),
        "fingerprints": _lists(sketches.offsets, sketches.fingerprints),
    }


def _sketches(columns: Columns, _: Naming) -> Sketches:
    stories = len(columns["story"])
    return Sketches(
        digests=_values(columns["digest"]).reshape(stories, 2),
        body_words=to_numpy(columns["body_words"]),
        band_keys=_values(columns["bands"]).reshape(stories, -1 if stories else 0),
        offsets=_offsets(columns["fingerprints"]),
        fingerprints=_values(columns["fingerprints"]),
    )


def _candidates_columns(pairs: Numbers, naming: Naming) -> Columns:
    a, b = (to_arrow(naming.of_ranks(end)) for end in pair_ends(pairs))
    return {"a": a, "b": b}


def _candidates(columns: Columns, naming: Naming) -> Numbers:
    a, b = (naming.to_ranks(to_numpy(columns[end])) for end in "ab")
    return pair_keys(a, b)


def _stock_columns(stock: Stock, naming: Naming) -> Columns:
    return {
        "fingerprint": to_arrow(stock.fingerprints),
        "story": to_arrow(naming.of_ranks(stock.ranks)),
        "classes": to_arrow(stock.classes),
    }


def _stock(columns: Columns, naming: Naming) -> Stock:
    ranks = naming.to_ranks(to_numpy(columns["story"]))
    return Stock(to_numpy(columns["fingerprint"]), ranks, to_numpy(columns["classes"]))


def _edges_columns(edges: Edges, naming: Naming) -> Columns:
    return {
        "a": to_arrow(naming.of_ranks(edges.a)),
        "b": to_arrow(naming.of_ranks(edges.b)),
        "kind": to_arrow(edges.kind),
        "b_coverage": to_arrow(edges.b_coverage),
        "a_coverage": to_arrow(edges.a_coverage),
        "alike": to_arrow(edges.alike),
        "stretches": _fixed(edges.stretches),
    }


def _edges(columns: Columns, naming: Naming) -> Edges:
    a, b = (naming.to_ranks(to_numpy(columns[end])) for end in "ab")
    kind, b_coverage, a_coverage, alike = (
        to_numpy(columns[name]) for name in ("kind", "b_coverage", "a_coverage", "alike")
    )
    stretches = _values(columns["stretches"]).reshape(-1, 3)
    return Edges(a, b, kind, b_coverage, a_coverage, alike, stretches)


def _by_story(naming: Naming, ranks: Numbers) -> pa.Array:
    """Keys of what each rank has, in the order of the stories."""
    return to_arrow(naming.ranked.by_story(naming.of_ranks(ranks)))


def _by_rank(naming: Naming, column: pa.Array) -> Numbers:
    return naming.ranked.by_rank(naming.to_ranks(to_numpy(column)))


def _classes_columns(leaders: Numbers, naming: Naming) -> Columns:
    return {"story": to_arrow(naming.keys), "leader": _by_story(naming, leaders)}


def _classes(columns: Columns, naming: Naming) -> Numbers:
    return _by_rank(naming, columns["leader"])


def _credits_columns(credits_: tuple[pa.Array, pa.Array], naming: Naming) -> Columns:
    return {"story": to_arrow(naming.keys), "agencies": credits_[0], "spans": credits_[1]}


def _credits(columns: Columns, _: Naming) -> tuple[pa.Array, pa.Array]:
    return columns["agencies"], columns["spans"]


def _clusters_columns(forest: Forest, naming: Naming) -> Columns:
    ranking = naming.ranked
    none = ranking.by_story(forest.parent < 0)
    parents = ranking.by_story(naming.of_ranks(np.maximum(forest.parent, 0)))
    return {
        "story": to_arrow(naming.keys),
        "cluster": _by_story(naming, forest.root),
        "parent": to_arrow(np.where(none, 0, parents).astype(np.uint64), none),
    }


def _clusters(columns: Columns, naming: Naming) -> Forest:
    missing = to_numpy(columns["parent"].is_null())
    parents = np.full(missing.size, -1, dtype=np.int64)
    parents[~missing] = naming.to_ranks(to_numpy(columns["parent"].drop_null()))
    return Forest(naming.ranked.by_rank(parents), _by_rank(naming, columns["cluster"]))


def _canonical_columns(canonical: Numbers, naming: Naming) -> Columns:
    return {"story": to_arrow(naming.keys), "canonical": to_arrow(naming.keys[canonical])}


def _canonical(columns: Columns, naming: Naming) -> Numbers:
    return naming.to_stories(to_numpy(columns["canonical"]))


def _copies_columns(copies: Copies, naming: Naming) -> Columns:
    related = {item.name: to_arrow(getattr(copies.related, item.name)) for item in fields(Related)}
    stories = {"story": copies.story, "other": copies.other, "b": copies.smaller}
    return {**{name: to_arrow(naming.keys[part]) for name, part in stories.items()}, **related}


def _copies(columns: Columns, naming: Naming) -> Copies:
    related = Related(**{item.name: to_numpy(columns[item.name]) for item in fields(Related)})
    story, other, smaller = (
        naming.to_stories(to_numpy(columns[name])) for name in ("story", "other", "b")
    )
    return Copies(story, other, smaller, related)


def _excepted_columns(clusters: Numbers, naming: Naming) -> Columns:
    return {"cluster": to_arrow(naming.of_ranks(clusters))}


def _excepted(columns: Columns, naming: Naming) -> Numbers:
    return naming.to_ranks(to_numpy(columns["cluster"]))


_TO_COLUMNS: dict[str, Callable[[Any, Naming], Columns | pa.Table]] = {
    "stories": _stories_columns,
    "lines": _lines_columns,
    "line_status": _status_columns,
    "furniture": _furniture_columns,
    "sketches": _sketches_columns,
    "candidates": _candidates_columns,
    "stock": _stock_columns,
    "edges": _edges_columns,
    "classes": _classes_columns,
    "credits": _credits_columns,
    "clusters": _clusters_columns,
    "relations": lambda table, _: table,
    "canonical": _canonical_columns,
    "copies": _copies_columns,
    "members": _copies_columns,
    "removed": _copies_columns,
    "excepted": _excepted_columns,
}
_FROM_COLUMNS: dict[str, Callable[[Columns, Naming], Any]] = {
    "lines": _lines,
    "line_status": _status,
    "furniture": _furniture,
    "sketches": _sketches,
    "candidates": _candidates,
    "stock": _stock,
    "edges": _edges,
    "classes": _classes,
    "credits": _credits,
    "clusters": _clusters,
    "canonical": _canonical,
    "copies": _copies,
    "members": _copies,
    "removed": _copies,
    "excepted": _excepted,
}
