"""The stages of a run: what each one does; :mod:`dupdetect.engines.declared` says what it takes.

A stage is declared apart from where it runs: what it takes and gives are tables, so that it can run
alone on what another run saved. Its function takes the products of those tables (arrays over their
memory) in the order of ``takes`` and gives those of ``gives``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.engines.again import Gone, look_again
from dupdetect.engines.checks import Checks
from dupdetect.engines.declared import STAGE, Scope, Stage, digests
from dupdetect.engines.verify import Verifier, align_relations, split
from dupdetect.engines.work import Work
from dupdetect.products.edges import Copies, Edges, Forest, Stock
from dupdetect.products.pairs import Numbers, Ranking, among, merged, pair_keys
from dupdetect.products.sketches import Sketches
from dupdetect.products.stories import Stories
from dupdetect.products.tables import Naming, check_stamp, from_table, stamped, to_table
from dupdetect.products.texts import FURNITURE, Bodies, Dropped, LineFeatures, LineStatus, Texts
from dupdetect.stages import clean, forest, furniture, notices, roundups
from dupdetect.stages.bodies import BodyStore
from dupdetect.stages.credit import story_credits
from dupdetect.stages.propose import class_leaders, propose_pairs
from dupdetect.stages.removal import choose_removed, edges_left, pairs_to_compare
from dupdetect.stages.selection import of_one_cluster, pairs_to_report
from dupdetect.stages.sketch import sketch_stories
from dupdetect.support.columns import name_codes, to_arrow, to_numpy
from dupdetect.support.dates import UNKNOWN_TIME

Credits = tuple[pa.Array, pa.Array]
_MOST_PASSES = 16  # over the stories that stay; two or three are usual


class Flow:
    """What the stages of one run share besides tables: each thing is made once.

    Parameters
    ----------
    work : Work
        Settings, threads, progress.
    scope : {"canonical", "all"}
        Which relations are selected.
    verifier : callable
        Makes what aligns pairs; takes what :class:`Verifier` does.
    split : bool
        Whether texts are split at once; else when they are aligned, if they are few.
    misread : ndarray of bool, shape (stories,), optional
        Which stories are bad scans, by number; told from their fingerprints by default.
    again : bool
        Whether what stays is decided again by the lines of what stays.
    """

    def __init__(
        self,
        work: Work,
        scope: Scope = "canonical",
        verifier: Callable[..., Verifier] = Verifier,
        *,
        split: bool = True,
        misread: NDArray[np.bool_] | None = None,
        again: bool = False,
    ) -> None:
        self.work = work
        self.scope: Scope = scope
        self._new_verifier = verifier
        self._split, self._again, self._misread = split, again, misread
        self.features: LineFeatures | None = None
        self._body_words = 0  # of all stories, once it is known
        self._bodies: BodyStore | None = None
        self._by_id: Callable[[], Numbers] | None = None
        self._ranking: Ranking | None = None
        self._verifier: Verifier | None = None
        self._signs: tuple[NDArray[np.bool_], clean.Condition] | None = None

    @classmethod
    def around(cls, verifier: Verifier, work: Work, scope: Scope = "canonical") -> Flow:
        """Return a flow over stories that are in the order of their ranks and can be aligned."""
        flow = cls(work, scope)
        flow._ranking, flow._verifier = verifier.ranking, verifier
        return flow

    def alone(self) -> Flow:
        """Return a flow over other stories, whose pairs are aligned alike."""
        return Flow(replace(self.work, timings={}), verifier=self._new_verifier)

    def keep_lines(self, features: LineFeatures) -> None:
        """Have the lines at hand where what stays is decided again."""
        self.features = features if self._again else None

    def count_words(self, features: LineFeatures, found: LineStatus) -> None:
        """Note how many words the bodies have."""
        self._body_words = int(features.words[found.status != FURNITURE].sum(dtype=np.int64))

    def body_store(self, stories: Stories, line_status: LineStatus) -> BodyStore | None:
        """Return what is to be given the bodies while they are sketched; None if they are not."""
        if self._split:
            work = self.work
            self._bodies = BodyStore(
                texts_of(stories, line_status),
                words=self._body_words,
                threads=work.threads,
                memory_bytes=work.memory.words,
            )
        return self._bodies

    def sort_ids(self, stories: Stories) -> None:
        """Begin to sort by date and id, in the background; :meth:`ranking` waits for it."""
        sort = partial(by_date_and_id, stories.ids, stories.published_us)
        self._by_id = self.work.in_background(sort)

    def ranking(self, stories: Stories, sketches: Sketches) -> Ranking:
        """Return the order of the stories."""
        if self._ranking is None:
            if self._by_id is None:
                self.sort_ids(stories)
            by_id = self._by_id() if self._by_id is not None else np.empty(0, dtype=np.int64)
            self._ranking = Ranking.of(sketches.body_words, sketches.digests, by_id)
        return self._ranking

    def verifier(self, stories: Stories, line_status: LineStatus, sketches: Sketches) -> Verifier:
        """Return what aligns pairs, and knows those that it aligned."""
        if self._verifier is None:
            ranking = self.ranking(stories, sketches)
            misread = sketches.misread() if self._misread is None else self._misread
            texts = replace(texts_of(stories, line_status), misread=misread)
            texts = replace(texts, bodies=self._bodies_of(texts))
            self._verifier = self._new_verifier(
                texts,
                ranking,
                self.work,
                published_us=stories.published_us,
            )
        return self._verifier

    def _bodies_of(self, texts: Texts) -> Bodies | None:
        """Return the bodies of all texts, unless they are split call by call."""
        if texts.misread is not None:  # for their letters
            self.work.counts["split_texts"] += int(texts.misread.sum())
        made, self._bodies = self._bodies, None
        if made is not None and made.texts.line_status is texts.line_status:
            return made.finished(texts.misread)
        self.work.counts["split_texts"] += texts.text_offsets.size - 1
        return split(texts, self.work) if self._split else None

    def signs(self, texts: Texts, asked: Numbers, mended: NDArray[np.bool_]) -> clean.Condition:
        """Return the signs of damage of some stories; each is looked at once."""
        if self._signs is None:
            none = np.zeros(mended.size, dtype=bool)
            self._signs = none, clean.Condition(none, np.ones(mended.size))
        seen, known = self._signs
        new = asked[~seen[asked]]
        if new.size:
            seen = seen.copy()
            seen[new] = True
            self._signs = seen, known.joined(clean.find_signs(texts, new, mended))
        return self._signs[1]

    def naming(self, found: Mapping[str, Any]) -> Naming:
        """Return the names of the stories in tables."""
        stories, sketches = found["stories"], found.get("sketches")
        if sketches is not None:
            self.ranking(stories, sketches)
        return Naming(stories.keys, self._ranking)


def by_date_and_id(ids: pa.Array, published_us: Numbers) -> Numbers:
    """Return the numbers of stories by date, unknown ones last, then by id."""
    when = np.where(published_us == UNKNOWN_TIME, np.iinfo(np.int64).max, published_us)
    by_id: Numbers = to_numpy(pc.sort_indices(ids))
    return by_id[np.argsort(when[by_id], kind="stable")]


def texts_of(stories: Stories, line_status: LineStatus) -> Texts:
    """Return what alignment reads."""
    return Texts(stories.text, stories.text_offsets, line_status.status, line_status.offsets)


def lines(stories: Stories, flow: Flow) -> tuple[LineFeatures]:
    """Look at every line by itself."""
    flow.work.counts["split_texts"] += len(stories.ids)
    found = furniture.scan_lines(stories.text, stories.text_offsets, threads=flow.work.threads)
    flow.keep_lines(found)
    return (found,)


def body(stories: Stories, lines: LineFeatures, flow: Flow) -> tuple[LineStatus, Dropped]:
    """Tell which lines are the story."""
    found = furniture.find_furniture(
        stories.text,
        stories.text_offsets,
        stories.publisher_codes,
        stories.published_us,
        config=flow.work.config,
        threads=flow.work.threads,
        features=lines,
    )
    flow.count_words(lines, found)
    flow.work.counts["split_texts"] += notices.short_texts(stories.text_offsets).size
    return found, found.dropped


def sketch(stories: Stories, line_status: LineStatus, flow: Flow) -> tuple[Sketches]:
    """Keep of every body what pairs are proposed by."""
    flow.work.counts["split_texts"] += len(stories.ids)
    found = sketch_stories(
        stories.text,
        stories.text_offsets,
        line_status.status,
        line_status.offsets,
        config=flow.work.config,
        threads=flow.work.threads,
        memory_bytes=flow.work.memory.fingerprints,
        progress=flow.work.progress_of("sketch", len(stories.ids)),
        bodies=flow.body_store(stories, line_status),
    )
    return (found,)


def propose(
    stories: Stories, line_status: LineStatus, sketches: Sketches, flow: Flow
) -> tuple[Numbers, Stock]:
    """Find the pairs that are worth comparing, given what those before were found to be."""
    return propose_pairs(
        sketches,
        flow.ranking(stories, sketches),
        flow.verifier(stories, line_status, sketches).verify,
        config=flow.work.config,
        threads=flow.work.threads,
    )


def verify(
    stories: Stories,
    line_status: LineStatus,
    sketches: Sketches,
    candidates: Numbers,
    flow: Flow,
) -> tuple[Edges]:
    """Relate candidate pairs."""
    return (flow.verifier(stories, line_status, sketches).edges_of(candidates),)


def classes(stories: Stories, sketches: Sketches, edges: Edges, flow: Flow) -> tuple[Numbers]:
    """Put near-duplicates, and theirs, into one class."""
    del sketches, flow  # edges go by the ranks of the stories
    return (class_leaders(edges, len(stories.ids)),)


def credit(stories: Stories, flow: Flow) -> tuple[Credits]:
    """Find the agencies that each story names."""
    del flow  # no settings
    return (
        story_credits(
            stories.text,
            stories.text_offsets,
            authors=stories.authors,
            published_us=stories.published_us,
        ),
    )


def clusters(
    stories: Stories,
    line_status: LineStatus,
    sketches: Sketches,
    edges: Edges,
    classes: Numbers,
    flow: Flow,
) -> tuple[Forest]:
    """Hang each class onto its best container; part what has nothing in common with its root."""
    ranking, config = flow.ranking(stories, sketches), flow.work.config
    a, b, kind = edges.a, edges.b, edges.kind
    near = edges.near()
    parent = forest.class_parents(classes, a[near], b[near])
    prints = roundups.prints_of(classes, ranking.by_rank(stories.publisher_codes))
    round_ups = roundups.find_round_ups(
        classes,
        a,
        b,
        kind,
        edges.stretches,
        body_words=ranking.by_rank(sketches.body_words),
        prints=prints,
        text_of=lambda rank: stories.text_of(int(ranking.story_of[rank])),
        title_of=lambda rank: stories.titles[int(ranking.story_of[rank])].as_py() or "",
        config=config,
    )
    parent = forest.attach_contained(
        parent,
        classes,
        a,
        b,
        kind,
        edges.b_coverage,
        exact_words=np.rint(edges.alike * edges.stretches[:, 2]).astype(np.int64),
        prints=prints,
        round_ups=round_ups,
        headlines=ranking.by_rank(name_codes(pc.utf8_lower(stories.titles))),
        published_us=ranking.by_rank(stories.published_us),
    )
    parent = forest.join_extended(
        parent, classes, a, b, kind, edges.a_coverage, round_ups=round_ups
    )
    checks = Checks(ranking, flow.verifier(stories, line_status, sketches), config)
    parent = forest.part_unrelated(parent, checks.kinds)
    return (Forest(parent, forest.roots(parent)),)


def select(
    stories: Stories,
    line_status: LineStatus,
    sketches: Sketches,
    edges: Edges,
    classes: Numbers,
    clusters: Forest,
    credits: Credits,  # noqa: A002  the table's name
    flow: Flow,
) -> tuple[pa.Table, Numbers, Copies, Copies, Copies, Numbers]:
    """Choose which copies stay, and the pairs to report; align those with passages."""
    found = choose(stories, line_status, sketches, edges, classes, clusters, credits, flow)
    return *describe(stories, found, flow.verifier(stories, line_status, sketches)), found.excepted


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Which copies stay, and the pairs to report; all by rank, -1 for none.

    Attributes
    ----------
    root, parent, keeper : ndarray of int64, shape (stories,)
        Canonical story of each one's cluster, the story that it hangs on, and the one that stays
        in its place.
    pairs : ndarray of int64, shape (pairs, 2)
        Those to report, ascending.
    excepted : ndarray of int64
        Clusters of which not all pairs are reported.
    again : Gone, optional
        What goes by the lines of what stays.
    """

    root: Numbers
    parent: Numbers
    keeper: Numbers
    pairs: Numbers
    excepted: Numbers
    again: Gone | None = None


def choose(
    stories: Stories,
    line_status: LineStatus,
    sketches: Sketches,
    edges: Edges,
    classes: Numbers,
    clusters: Forest,
    credits: Credits,  # noqa: A002  the table's name
    flow: Flow,
) -> Chosen:
    """Choose which copies stay, and the pairs to report."""
    given = stories, line_status, sketches
    ranking, publishers = flow.ranking(stories, sketches), stories.publisher_codes
    checks = Checks(ranking, flow.verifier(*given), flow.work.config, publishers)
    root, keeper = _decided(*given, edges, clusters, credits, checks, flow)
    keeper = _decided_again(*given, edges, keeper, credits, checks, flow)
    again = None
    if flow.features is not None:
        keeper, again = look_again(
            stories, flow.features, line_status, edges, keeper,
            ranking=ranking, checks=checks,
            decide=partial(_decided_alone, flow=flow), work=flow.work,
        )  # fmt: skip
    parent = forest.reroot(clusters.parent, root)
    limit = flow.work.config.pairs_limit
    pairs, excepted = pairs_to_report(edges, classes, root, (parent, keeper), flow.scope, limit)
    return Chosen(root, parent, keeper, pairs, excepted, again)


def _decided_alone(stories: Stories, line_status: LineStatus, *, flow: Flow) -> Gone:
    """Run over stories by themselves; return the rows that go."""
    flow = flow.alone()
    found: dict[str, Any] = {"stories": stories, "line_status": line_status}
    for name in ("sketch", "propose", "verify", "classes", "credit", "clusters"):
        found |= run_stage(STAGE[name], found, flow)
    chosen = choose(
        stories, line_status, found["sketches"], found["edges"], found["classes"],
        found["clusters"], found["credits"], flow,
    )  # fmt: skip
    rows = np.flatnonzero(chosen.keeper >= 0)
    pairs = np.stack([rows, chosen.keeper[rows]], axis=1)
    pairs = pairs[np.argsort(pair_keys(*pairs.T))]
    verifier = flow.verifier(stories, line_status, found["sketches"])
    none = np.full_like(chosen.parent, -1)
    alone = replace(chosen, parent=none, root=np.arange(none.size), pairs=pairs)
    relations, *_, removed = describe(stories, alone, verifier)
    return Gone(removed, relations)


def _decided(
    stories: Stories,
    line_status: LineStatus,
    sketches: Sketches,
    edges: Edges,
    found: Forest,
    credits_: Credits,
    checks: Checks,
    flow: Flow,
    gone: Numbers | None = None,
) -> tuple[Numbers, Numbers]:
    """Return canonical story and keeper of each one; `gone` are keepers that are known before."""
    ranking, config = flow.ranking(stories, sketches), flow.work.config
    if config.canonical == "best":
        texts = texts_of(stories, line_status)
        root = _best(found, stories, texts, sketches, edges, ranking, flow)
    else:
        root = _canonical(found, stories, credits_, ranking, config)
    removal = choose_removed(
        root,
        checks.shares,
        edges,
        order=np.arange(root.size),
        publishers=ranking.by_rank(stories.publisher_codes),
        published_us=ranking.by_rank(stories.published_us),
        config=config,
        gone=gone,
    )
    return root, removal.keeper


def _decided_again(
    stories: Stories,
    line_status: LineStatus,
    sketches: Sketches,
    edges: Edges,
    keeper: Numbers,
    credits_: Credits,
    checks: Checks,
    flow: Flow,
) -> Numbers:
    """Decide what stays of the stories that stay, as a second run over them does.

    Without those that go they make other clusters, whose canonical stories are others.
    """
    verifier = flow.verifier(stories, line_status, sketches)
    changed, compared = keeper >= 0, np.empty(0, dtype=np.int64)
    for _ in range(_MOST_PASSES):
        if not changed.any():
            break
        asked = pairs_to_compare(edges, keeper, changed)
        asked = asked[~among(asked, compared)]
        compared = merged(compared, asked)
        edges = Edges.all_of([edges, verifier.edges_of(asked)])
        left = edges_left(edges, keeper, changed)
        if not left.a.size:  # each is alone: nothing else would be decided
            break
        leaders = class_leaders(left, keeper.size)
        (found,) = clusters(stories, line_status, sketches, left, leaders, flow)
        _, now = _decided(
            stories, line_status, sketches, left, found, credits_, checks, flow, keeper
        )
        changed, keeper = now != keeper, now
    return keeper


def describe(
    stories: Stories, chosen: Chosen, verifier: Verifier
) -> tuple[pa.Table, Numbers, Copies, Copies, Copies]:
    """Return relations, canonical stories, and how stories relate to parent, canonical, keeper."""
    root, pairs, ranking = chosen.root, chosen.pairs, verifier.ranking
    reported = align_relations(
        verifier,
        stories.ids,
        pairs,
        of_one_cluster(pairs, root, chosen.keeper),
    )
    canonical = ranking.by_story(ranking.to_story(root))
    others = (chosen.parent, root, chosen.keeper)
    parent, member, removed = (reported.copies(ranking, one) for one in others)
    table = reported.table
    if chosen.again is not None:
        removed, table = chosen.again.instead_of(removed, table)
    return table, canonical, parent, member, removed


def _best(
    found: Forest,
    stories: Stories,
    texts: Texts,
    sketches: Sketches,
    edges: Edges,
    ranking: Ranking,
    flow: Flow,
) -> Numbers:
    """Fullest undamaged story of each one's cluster, by rank."""
    several = np.bincount(found.root, minlength=found.root.size)[found.root] > 1
    asked = ranking.story_of[several]
    signs = flow.signs(texts, asked, stories.mended)
    condition = clean.with_doubled(signs, texts, asked, found.root[several])
    return clean.choose_best(
        found.root,
        ranking.by_rank(sketches.body_words),
        condition.take(ranking.story_of),
        edges,
        ranking.by_rank(stories.published_us),
    )


def _canonical(
    found: Forest,
    stories: Stories,
    credits_: Credits,
    ranking: Ranking,
    config: Config,
) -> Numbers:
    """Canonical story of each one's cluster by another policy, by rank."""
    if config.canonical == "longest":
        return found.root
    own = _publishes_its_own(stories.publishers, credits_[0])
    return forest.choose_canonical(
        found.root,
        config=config,
        published_us=ranking.by_rank(stories.published_us),
        publishers=stories.publishers.take(to_arrow(ranking.story_of)).to_pylist(),
        own=ranking.by_rank(own),
    )


def _publishes_its_own(publishers: pa.Array, agencies: pa.Array) -> NDArray[np.bool_]:
    """Tell which stories are their publisher's: it is an agency that they credit."""
    named = pc.list_parent_indices(agencies)
    publisher = pc.utf8_lower(publishers.take(named))
    equal = pc.equal(publisher, pc.utf8_lower(pc.list_flatten(agencies)).cast(pa.large_string()))
    own = np.zeros(len(publishers), bool)
    own[to_numpy(named)[to_numpy(equal, missing=False)]] = True
    return own


FUNCTIONS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "lines": lines,
    "body": body,
    "sketch": sketch,
    "propose": propose,
    "verify": verify,
    "classes": classes,
    "credit": credit,
    "clusters": clusters,
    "select": select,
}


def run_stage(stage: Stage, found: Mapping[str, Any], flow: Flow) -> dict[str, Any]:
    """Run one stage on the products that it takes; return those that it gives, by table."""
    given = FUNCTIONS[stage.name](*(found[name] for name in stage.takes), flow)
    return dict(zip(stage.gives, given, strict=True))


def run_alone(stage: Stage, tables: Mapping[str, pa.Table], flow: Flow) -> dict[str, pa.Table]:
    """Run one stage on the tables that another run saved.

    Parameters
    ----------
    stage : Stage
        One of :data:`STAGES`.
    tables : mapping of str to pyarrow.Table
        At least those that the stage takes.
    flow : Flow
        A new one.

    Returns
    -------
    dict of str to pyarrow.Table
        Those that it gives.

    Raises
    ------
    FormatError, FormatVersionError, ConfigMismatchError
        When a table is not what the stage takes, or was made by other rules or settings.
    """
    made_by = digests(flow.work.config, flow.scope)
    found: dict[str, Any] = {}
    for name in sorted(stage.takes, key=lambda name: name not in {"stories", "sketches"}):
        check_stamp(tables[name], name, made_by[name])
        found[name] = from_table(name, tables[name], flow.naming(found) if found else None)
    given = run_stage(stage, found, flow)
    naming = flow.naming({**found, **given})
    return {
        name: stamped(to_table(name, product, naming), name, made_by[name])
        for name, product in given.items()
    }
