"""What executors do with the rows of a partition: the stages of the local engine on each part.

Each function returns one that takes record batches and yields record batches; it is pickled by its
name, so that the package must be installed where executors run. Nothing here knows Spark.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.mend.lost import has_lost_letters
from dupdetect.engines.declared import digests
from dupdetect.engines.spark.rows import (
    BODIES,
    EDGES,
    SENT,
    STORIES,
    batches_of,
    bytes_column,
    bytes_of,
    bytes_of_table,
    column,
    credits_columns,
    edges_row,
    features_of,
    numbers_column,
    numbers_of,
    parts_of,
    rows,
    stories_of,
    table_of,
    tables_of,
)
from dupdetect.engines.verify import Verifier
from dupdetect.engines.window import known_verdicts
from dupdetect.engines.work import Work
from dupdetect.errors import InputError, KernelError
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers, Ranking
from dupdetect.products.stories import story_keys
from dupdetect.products.texts import Texts
from dupdetect.stages.bodies import split_bodies
from dupdetect.stages.credit import story_credits
from dupdetect.stages.furniture import find_furniture, scan_lines
from dupdetect.stages.sketch import sketch_stories
from dupdetect.store.view import KnownVerdicts
from dupdetect.support.columns import to_numpy
from dupdetect.support.dates import day_orders, parse_dates
from dupdetect.version import VERSION

Batches = Iterable[pa.RecordBatch]
Task = Callable[[Batches], Iterator[pa.RecordBatch]]

_READ_BYTES = 32 << 20  # of rows that are worked on at a time
_SIGN = np.uint64(1 << 63)
_EVERYTHING = 1 << 62  # bytes: nothing is spilled to a disk that an executor may not have
_PROBE = "Subscribe now\nThe ferry to Gozo was stopped by fog at dawn, said 12 of 14 passengers."


@dataclass(frozen=True, slots=True)
class Versions:
    """What must be the same on every machine.

    Attributes
    ----------
    package : str
        Version.
    tables : dict of str to str
        Digest of rules and settings by which each table is made.
    sketch : str
        What the kernels make of a text.
    """

    package: str
    tables: Mapping[str, str]
    sketch: str

    @classmethod
    def here(cls, config: Config) -> Versions:
        """Return those of this process."""
        text = np.frombuffer(_PROBE.encode(), dtype=np.uint8)
        offsets = np.array([0, text.size])
        lines = scan_lines(text, offsets)
        status = np.zeros(lines.keys.size, dtype=np.uint8)
        found = sketch_stories(text, offsets, status, lines.offsets, config=config)
        made: list[NDArray[Any]] = [lines.keys, found.digests, found.band_keys, found.fingerprints]
        hashes = kernels.string_keys(
            np.concatenate([one.ravel().view(np.uint8) for one in made]),
            np.array([0, sum(one.nbytes for one in made)]),
        )
        return cls(VERSION, digests(config), f"{int(hashes[0]):016x}")

    def require_here(self, config: Config) -> None:
        """Require that they are those of this process.

        Raises
        ------
        KernelError
            When they are not; names the machine.
        """
        here = Versions.here(config)
        if here == self:
            return
        what = next(
            name
            for name in ("package", "sketch", "tables")
            if getattr(here, name) != getattr(self, name)
        )
        ours, theirs = getattr(here, what), getattr(self, what)
        said = f"{ours}, the driver's {theirs}" if what != "tables" else "other than the driver's"
        raise KernelError(
            f"executor {platform.node()}: its {what} of dupdetect is {said}; install the same "
            "wheel on the driver and on every executor"
        )


def read_stories(names: FieldNames, versions: Versions, config: Config) -> Task:
    """Read rows into stories, and look at their lines."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        versions.require_here(config)
        for table in tables_of(batches, _READ_BYTES):
            yield from batches_of(_stories(table, names))

    return run


def _stories(table: pa.Table, names: FieldNames) -> pa.Table:
    try:
        corpus = read(
            table,
            names=names,
            memory_bytes=_EVERYTHING,
            restore_lost=False,
        )
    except InputError as error:  # which row it is in this batch says nothing
        raise InputError(error.reason, remedy=error.remedy) from error
    with corpus:
        if corpus.repeated_ids:
            raise _not_its_own(corpus.ids.to_pylist())
        orders = sum(1 << order for order in day_orders(corpus.published.to_pylist()))
        lost = [has_lost_letters(corpus.text_of(row)) for row in range(len(corpus))]
        about = {
            "key": story_keys(corpus.ids),
            "id": corpus.ids,
            "publisher": corpus.publishers,
            "title": corpus.titles,
            "published": corpus.published,
            "author": corpus.authors,
            "mended": corpus.mended,
            "day_orders": np.full(len(corpus), orders),
            "lost": np.array(lost, dtype=bool),
        }
        return with_lines(about, corpus.text, corpus.text_offsets)


def checked(task: Task, versions: Versions, config: Config) -> Task:
    """Return a task that first requires that versions are those of its executor."""

    @wraps(task)
    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        versions.require_here(config)
        yield from task(batches)

    return run


def _not_its_own(ids: list[str]) -> InputError:
    """Say which id stands in two rows, of which reading called the second one ``a#2``."""
    known = set(ids)
    twice = next((one[:-2] for one in ids if one.endswith("#2") and one[:-2] in known), ids[0])
    return InputError(
        f"the id {twice!r} stands in 2 rows", remedy="give every row an id of its own"
    )


def with_lines(about: dict[str, Any], text: NDArray[np.uint8], offsets: Numbers) -> pa.Table:
    """Return stories with what is known of their lines by themselves."""
    features = scan_lines(text, offsets)
    return rows(
        STORIES,
        {
            **about,
            "text": bytes_column(text, offsets),
            "line_keys": numbers_column(features.keys, features.offsets),
            "line_words": numbers_column(features.words, features.offsets),
            "line_flags": bytes_column(features.flags, features.offsets),
        },
    )


def make_bodies(verdicts: pa.Table, orders: frozenset[bool], config: Config) -> Task:
    """Tell body from furniture, sketch the bodies, find the agencies.

    Parameters
    ----------
    verdicts : pyarrow.Table
        Of `VERDICTS`; keys ascend as unsigned numbers.
    orders : frozenset of bool
        In which order day and month must stand in some dates.
    config : Config
        Settings.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        known = KnownVerdicts(verdicts)
        for table in tables_of(batches, _READ_BYTES):
            yield from batches_of(_bodies(table, known, orders, config))

    return run


def _bodies(
    table: pa.Table, verdicts: KnownVerdicts, orders: frozenset[bool], config: Config
) -> pa.Table:
    published_us = parse_dates(column(table, "published"), orders)
    stories = stories_of(table, published_us)
    features = features_of(table)
    known, publishers = known_verdicts(verdicts, stories.publishers, features.keys)
    lines = find_furniture(
        stories.text, stories.text_offsets, publishers, published_us,
        config=config, features=features, verdicts=known,
    )  # fmt: skip
    sketches = sketch_stories(
        stories.text, stories.text_offsets, lines.status, lines.offsets, config=config
    )
    texts = Texts(stories.text, stories.text_offsets, lines.status, lines.offsets)
    offsets, furniture = texts.furniture()
    named = story_credits(
        stories.text, stories.text_offsets, authors=stories.authors, published_us=published_us
    )
    made = {
        "published_us": published_us,
        "status": bytes_column(lines.status, lines.offsets),
        "misread": sketches.misread(),
        "body_words": sketches.body_words,
        "digest_0": np.ascontiguousarray(sketches.digests[:, 0]) ^ _SIGN,
        "digest_1": np.ascontiguousarray(sketches.digests[:, 1]) ^ _SIGN,
        "bands": numbers_column(
            sketches.band_keys.ravel(), np.arange(len(stories.ids) + 1) * config.bands
        ),
        "fingerprints": numbers_column(sketches.fingerprints, sketches.offsets),
        "furniture": numbers_column(furniture.ravel(), 2 * offsets),
        **credits_columns(*named),
    }
    kept = {name: column(table, name) for name in BODIES.names if name not in made}
    return rows(BODIES, kept | made)


def send_rows() -> Task:
    """Send rows, without ``parts``, to each of these parts: what goes to one is one row, or a few.

    Spark would move each row by itself, as often as it is sent.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _READ_BYTES):
            parts, offsets = numbers_of(table, "parts", np.int32)
            row = np.repeat(np.arange(table.num_rows), np.diff(offsets))
            order = np.argsort(parts, kind="stable")
            first = np.flatnonzero(np.diff(parts[order], prepend=-1))
            given = table.drop_columns("parts").combine_chunks()
            ends = np.append(first, parts.size)
            data = [
                bytes_of_table(given.take(pa.array(row[order[some:end]])))
                for some, end in pairwise(ends.tolist())
            ]
            columns = {"part": parts[order[first]], "data": pa.array(data, pa.binary())}
            yield from batches_of(rows(SENT, columns))

    return run


def returned_whole(task: Task) -> Task:
    """Return a task whose rows come back as tables of Arrow: rows of ``SENT``."""

    @wraps(task)
    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in task(batches):
            data = [bytes_of_table(pa.Table.from_batches([batch]))]
            columns = {"part": np.zeros(1), "data": pa.array(data, pa.binary())}
            yield from batches_of(rows(SENT, columns))

    return run


def align_pairs_of_parts(config: Config) -> Task:
    """Align the pairs of each part with the texts that came with them; yield what relates."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for part in parts_of(batches):
            ranks, pairs, verifier, _ = aligner(part, config, keep_bytes=0)
            edges = verifier.verify(pairs[:, 0], pairs[:, 1]) if len(pairs) else Edges.empty()
            yield from batches_of(edges_row(edges, ranks))
        yield from batches_of(EDGES.empty_table())

    return run


def aligner(
    part: pa.Table, config: Config, keep_bytes: int | None = None
) -> tuple[Numbers, Numbers, Verifier, pa.Table]:
    """Return ranks of the texts of a part, pairs of places in them, what aligns them, and rows."""
    what = to_numpy(part["t"])
    texts = table_of(part.filter(pa.array(what == 0))["data"])
    pairs = part.filter(pa.array(what == 1))
    ranks = to_numpy(texts["rank"])
    order = np.argsort(ranks)
    ranks = ranks[order]
    ends = [numbers_of(pairs, end, np.int64)[0] for end in "ab"]
    places = np.stack([np.searchsorted(ranks, end) for end in ends], axis=1)
    return ranks, places, verifier_of(texts, config, keep_bytes, order), texts


@dataclass(frozen=True, slots=True, eq=False)
class Here:
    """Stories that were brought to this process.

    Attributes
    ----------
    ranks : ndarray of int64, shape (stories,)
        Ascending.
    verifier : Verifier
        Aligns them, by their places in `ranks`.
    """

    ranks: Numbers
    verifier: Verifier

    @classmethod
    def of(cls, table: pa.Table, ranks: Numbers, keys: Numbers, config: Config) -> Here:
        """Take rows in any order; `keys` are those of the `ranks`."""
        by_key = np.argsort(to_numpy(table["key"]))
        rows_of = by_key[np.searchsorted(to_numpy(table["key"])[by_key], keys)]
        return cls(ranks, verifier_of(table.take(pa.array(rows_of)), config, keep_bytes=0))

    def has(self, ranks: Numbers) -> bool:
        """Tell whether all of some stories are here."""
        return bool(np.isin(ranks, self.ranks).all())

    def verify(self, a: Numbers, b: Numbers) -> Edges:
        """Return those of some pairs of ranks that relate."""
        places = [np.searchsorted(self.ranks, end) for end in (a, b)]
        found = self.verifier.verify(*places)
        return replace(found, a=self.ranks[found.a], b=self.ranks[found.b])


def verifier_of(
    texts: pa.Table,
    config: Config,
    keep_bytes: int | None = None,
    order: Numbers | None = None,
) -> Verifier:
    """Return what aligns the stories of rows; `order` is that of their ranks, if not their own.

    Who asks for relations alone has no alignments kept, so that no passages are found.
    """
    text, offsets = bytes_of(texts, "text")
    status, line_offsets = bytes_of(texts, "status")
    raw = Texts(text, offsets, status, line_offsets, misread=to_numpy(texts["misread"]))
    order = np.arange(texts.num_rows) if order is None else order
    return Verifier(
        replace(raw, bodies=split_bodies(raw)),
        Ranking(order, np.argsort(order)),
        Work(config),
        published_us=to_numpy(texts["published_us"]),
        keep_bytes=keep_bytes,
    )


__all__ = [
    "Here", "Task", "Versions", "align_pairs_of_parts", "aligner", "checked", "make_bodies",
    "read_stories", "returned_whole", "send_rows", "verifier_of", "with_lines",
]  # fmt: skip
