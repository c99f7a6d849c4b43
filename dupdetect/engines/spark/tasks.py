"""What executors do with the rows of a partition: the stages of the local engine on each part.

Each function returns one that takes record batches and yields record batches; it is pickled by its
name, so that the package must be installed where executors run. Nothing here knows Spark.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
    MEMBERS,
    PROPOSED,
    RANKS,
    STORIES,
    VERDICTS,
    batches_of,
    bytes_column,
    bytes_of,
    column,
    edges_of,
    edges_rows,
    list_column,
    lists,
    parts_of,
    rows,
    stories_of,
    tables_of,
)
from dupdetect.engines.verify import Verifier
from dupdetect.engines.window import known_verdicts, verdicts_table
from dupdetect.engines.work import Work
from dupdetect.errors import InputError, KernelError
from dupdetect.products.edges import Edges
from dupdetect.products.pairs import (
    Numbers,
    Ranking,
    among,
    distinct_pairs,
    pair_ends,
    pair_keys,
)
from dupdetect.products.sketches import Sketches
from dupdetect.products.stories import story_keys
from dupdetect.products.texts import LineFeatures, Texts
from dupdetect.stages.bodies import split_bodies
from dupdetect.stages.credit import story_credits
from dupdetect.stages.furniture import find_furniture, find_verdicts, scan_lines
from dupdetect.stages.propose import class_leaders, propose_pairs
from dupdetect.stages.sketch import sketch_stories
from dupdetect.support.columns import strings_to_arrow, to_numpy
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


def take_stories(versions: Versions, config: Config) -> Task:
    """Take stories that were read already, with all their columns, and look at their lines."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        versions.require_here(config)
        for table in tables_of(batches, _READ_BYTES):
            about = {name: column(table, name) for name in table.column_names}
            yield from batches_of(with_lines(about, *bytes_of(table, "text")))

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
            "line_keys": list_column(features.keys, features.offsets),
            "line_words": list_column(features.words, features.offsets),
            "line_flags": bytes_column(features.flags, features.offsets),
        },
    )


def _features(table: pa.Table) -> LineFeatures:
    keys, offsets = lists(table, "line_keys")
    words, _ = lists(table, "line_words")
    flags, _ = bytes_of(table, "line_flags")
    return LineFeatures(offsets, keys.view(np.uint64), words.view(np.uint32), flags)


def find_line_verdicts(orders: frozenset[bool], config: Config) -> Task:
    """Say what repetition makes of lines: of all stories at once, without their texts."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            no_text = pa.nulls(table.num_rows, pa.binary())
            times = parse_dates(column(table, "published"), orders)
            stories = stories_of(_with_text(table, no_text), times)
            verdicts = find_verdicts(
                _features(table), stories.publisher_codes, times, config=config
            )
            found = verdicts_table(verdicts, stories)
            columns = {name: found[name].combine_chunks() for name in found.column_names}
            columns["key"] = to_numpy(columns["key"])
            columns["verdict"] = to_numpy(columns["verdict"])
            yield from batches_of(rows(VERDICTS, columns))

    return run


def _with_text(table: pa.Table, text: pa.Array) -> pa.Table:
    nothing = {name: pa.nulls(table.num_rows, pa.string()) for name in ("id", "title", "author")}
    mended = pa.nulls(table.num_rows, pa.bool_())
    for name, values in {**nothing, "mended": mended, "text": text}.items():
        if name not in table.column_names:
            table = table.append_column(name, values)
    return table


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
        for table in tables_of(batches, _READ_BYTES):
            yield from batches_of(_bodies(table, verdicts, orders, config))

    return run


def _bodies(
    table: pa.Table, verdicts: pa.Table, orders: frozenset[bool], config: Config
) -> pa.Table:
    published_us = parse_dates(column(table, "published"), orders)
    stories = stories_of(table, published_us)
    features = _features(table)
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
    agencies, spans = story_credits(
        stories.text, stories.text_offsets, authors=stories.authors, published_us=published_us
    )
    made = {
        "published_us": published_us,
        "status": bytes_column(lines.status, lines.offsets),
        "misread": sketches.misread(),
        "body_words": sketches.body_words,
        "digest_0": np.ascontiguousarray(sketches.digests[:, 0]) ^ _SIGN,
        "digest_1": np.ascontiguousarray(sketches.digests[:, 1]) ^ _SIGN,
        "bands": list_column(
            sketches.band_keys.ravel(), np.arange(len(stories.ids) + 1) * config.bands
        ),
        "fingerprints": list_column(sketches.fingerprints, sketches.offsets),
        "furniture": list_column(furniture.ravel(), 2 * offsets),
        "agencies": agencies,
        "spans": spans,
    }
    kept = {name: column(table, name) for name in BODIES.names if name not in made}
    return rows(BODIES, kept | made)


def rank_stories() -> Task:
    """Put all stories in their order, without their texts."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        from dupdetect.engines.stages import Flow  # noqa: PLC0415

        for table in tables_of(batches, _EVERYTHING):
            times = to_numpy(table["published_us"])
            stories = stories_of(_with_text(table, pa.nulls(table.num_rows, pa.binary())), times)
            ranking = Flow(Work(Config())).ranking(stories, _digested(table))
            found = {"key": to_numpy(table["key"]), "rank": ranking.rank_of}
            yield from batches_of(rows(RANKS, found))

    return run


def _digested(table: pa.Table) -> Sketches:
    """Sketches without what proposes pairs."""
    halves = [to_numpy(table[name]).view(np.uint64) ^ _SIGN for name in ("digest_0", "digest_1")]
    words = to_numpy(table["body_words"]).astype(np.uint32)
    return Sketches(
        np.stack(halves, axis=1),
        words,
        np.empty((words.size, 0), dtype=np.uint32),
        np.zeros(words.size + 1, dtype=np.int64),
        np.empty(0, dtype=np.uint64),
    )


class _Asked(Exception):  # noqa: N818  it is no error
    """Pairs that are to be verified before proposing can go on."""

    def __init__(self, keys: Numbers) -> None:
        super().__init__()
        self.keys = keys


def propose(config: Config) -> Task:
    """Propose pairs of all stories at once, as far as what is known of those before leads.

    Takes sketches, pairs that were compared and edges, told apart by ``t`` (0, 1, 2), and yields
    rows of `PROPOSED`: the pairs that are to be compared next, or that nothing is new. After the
    first round of bands pairs that are likely to follow are compared along with those that do;
    those that did not follow are named in the end.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            yield from batches_of(_proposed(table, config))

    return run


def _proposed(table: pa.Table, config: Config) -> pa.Table:
    what = to_numpy(table["t"])
    sketches, compared, edges = (table.filter(pa.array(what == number)) for number in range(3))
    known = np.sort(pair_keys(*(to_numpy(compared[end]) for end in "ab")))
    found = edges_of(edges)
    likely = [known[:0]]

    def verify(a: Numbers, b: Numbers) -> Edges:
        keys = np.sort(pair_keys(a, b))
        if not among(keys, known).all():
            raise _Asked(np.concatenate([keys, *likely]))
        likely[:] = [known[:0]]
        return found.take(np.flatnonzero(among(pair_keys(found.a, found.b), keys)))

    ranked = _ranked(sketches, config)
    itself = np.arange(ranked.body_words.size)
    try:
        compared_keys, stock = propose_pairs(
            ranked, Ranking(itself, itself), verify, config=config, expect=likely.append
        )
    except _Asked as asked:
        wanted = distinct_pairs(asked.keys)
        a, b = pair_ends(wanted[~among(wanted, known)])
        return _proposed_rows("pair", a, b, a)
    a, b = pair_ends(known[~among(known, compared_keys)])
    return pa.concat_tables(
        [
            _proposed_rows("left", a, b, a),
            _proposed_rows("stock", stock.fingerprints, stock.ranks, stock.classes),
        ]
    )


def _proposed_rows(what: str, *columns: np.ndarray) -> pa.Table:
    said = strings_to_arrow([what] * columns[0].size, pa.string())
    return rows(PROPOSED, {"what": said} | dict(zip("abc", columns, strict=True)))


def _ranked(table: pa.Table, config: Config) -> Sketches:
    """Sketches in the order of the ranks."""
    order = np.argsort(to_numpy(table["rank"]))
    digested = _digested(table)
    fingerprints, offsets = lists(table, "fingerprints")
    bands, _ = lists(table, "bands")
    sizes = np.diff(offsets)[order]
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    places = np.arange(ends[-1]) + np.repeat(offsets[:-1][order] - ends[:-1], sizes)
    return Sketches(
        digested.digests[order],
        digested.body_words[order],
        bands.view(np.uint32).reshape(-1, config.bands)[order],
        ends,
        fingerprints.view(np.uint64)[places],
    )


def align_pairs_of_parts(config: Config) -> Task:
    """Align the pairs of each part with the texts that came with them; yield what relates."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for part in parts_of(batches):
            ranks, pairs, verifier, _ = aligner(part, config)
            edges = verifier.verify(pairs[:, 0], pairs[:, 1]) if len(pairs) else Edges.empty()
            yield from batches_of(edges_rows(edges, ranks))
        yield from batches_of(EDGES.empty_table())

    return run


def aligner(part: pa.Table, config: Config) -> tuple[Numbers, Numbers, Verifier, pa.Table]:
    """Return ranks of the texts of a part, pairs of places in them, what aligns them, and rows."""
    what = to_numpy(part["t"])
    texts = part.filter(pa.array(what == 0))
    texts = texts.take(pa.array(np.argsort(to_numpy(texts["a"]))))
    pairs = part.filter(pa.array(what == 1))
    ranks = to_numpy(texts["a"])
    places = np.stack([np.searchsorted(ranks, to_numpy(pairs[end])) for end in "ab"], axis=1)
    return ranks, places, verifier_of(texts, config), texts


def verifier_of(texts: pa.Table, config: Config) -> Verifier:
    """Return what aligns the stories of rows, which are in the order of their ranks."""
    text, offsets = bytes_of(texts, "text")
    status, line_offsets = bytes_of(texts, "status")
    raw = Texts(text, offsets, status, line_offsets, misread=to_numpy(texts["misread"]))
    itself = np.arange(texts.num_rows)
    return Verifier(
        replace(raw, bodies=split_bodies(raw)),
        Ranking(itself, itself),
        Work(config),
        published_us=to_numpy(texts["published_us"]),
    )


def find_members(near: frozenset[int], contained: frozenset[int]) -> Task:
    """Put stories into classes and components: of all edges at once.

    Parameters
    ----------
    near, contained : frozenset of int
        Kinds that make classes, and others that make components with them.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            edges = edges_of(table)
            joins = np.isin(edges.kind, sorted(near | contained))
            edges = edges.take(np.flatnonzero(joins))
            ranks, ends = np.unique(np.concatenate([edges.a, edges.b]), return_inverse=True)
            a, b = ends[: edges.a.size], ends[edges.a.size :]
            local = replace(edges, a=a, b=b)
            leaders = class_leaders(local, ranks.size)
            component = kernels.components(ranks.size, a, b)
            found = {"rank": ranks, "component": ranks[component], "leader": ranks[leaders]}
            yield from batches_of(rows(MEMBERS, found))
        yield from batches_of(MEMBERS.empty_table())

    return run


__all__ = [
    "Task", "Versions", "align_pairs_of_parts", "aligner", "find_line_verdicts", "find_members",
    "make_bodies", "propose", "rank_stories", "read_stories", "verifier_of", "with_lines",
]  # fmt: skip
