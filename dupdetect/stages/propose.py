"""Which stories to compare: equal digests, bands, then postings of fingerprints over classes.

Every proposal is handed to a `verify` function; only what it confirms becomes an edge. Stories are
numbered by rank here (longest body first, ties by content, then by id), so the outcome does not
depend on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
from dupdetect.kernels.codes import SURROUNDING_BITS
from dupdetect.products.edges import Edges, Stock
from dupdetect.products.pairs import (
    Numbers,
    Ranking,
    among,
    distinct_pairs,
    group_starts,
    merged,
    pair_ends,
    pair_keys,
    places_in_groups,
)
from dupdetect.products.sketches import Sketches
from dupdetect.support.spill import Spill

_ALIKE = 0.7  # share, word for word, from which a story is represented by its class leader
_MANY_PAIRS = 48  # of a story: from more on, those within one class are left out
_OTHERS = 8  # for each pair that is compared in rounds, so that it may be compared with them


#: Aligns pairs of ranks, decides their kinds and gives those that relate.
Verify = Callable[[Numbers, Numbers], Edges]

#: Takes keys of pairs that are likely to be verified after those that follow.
Expect = Callable[[Numbers], None]

#: Takes ranks; gives those of them that share a bucket, ascending in each, and numbers of buckets.
Buckets = Callable[[Numbers], tuple[Numbers, Numbers]]

#: What ``kernels.postings`` gives: pairs, and long lists.
Shared = tuple[Numbers, Numbers, Numbers, NDArray[np.uint64], NDArray[np.uint32]]

#: Takes which ranks take part, a label of each rank, and some ranks that the pairs are asked of, or
#: None for any; gives what shares fingerprints, at least as far as these ranks have them.
Postings = Callable[[NDArray[np.bool_], Numbers, "NDArray[np.bool_] | None"], Shared]


def equal_digests(digests: NDArray[np.uint64], body_words: NDArray[np.uint32]) -> Numbers:
    """Return, for each rank, the first rank with the same body; empty bodies stay alone.

    Ranks must already be sorted so that equal digests stand side by side.
    """
    same = np.zeros(len(digests), dtype=bool)
    same[1:] = (digests[1:] == digests[:-1]).all(axis=1) & (body_words[1:] > 0)
    return np.maximum.accumulate(np.where(same, 0, np.arange(len(digests))))


def propose_pairs(
    sketches: Sketches,
    ranking: Ranking,
    verify: Verify,
    *,
    config: Config,
    threads: int = 1,
) -> tuple[Numbers, Stock]:
    """Propose pairs of different bodies, by bands, then by postings; each is verified at once.

    Parameters
    ----------
    sketches : Sketches
        By story number.
    ranking : Ranking
        The order of the stories.
    verify : callable
        See :data:`Verify`.
    config : Config
        Settings.
    threads : int
        Threads to use; the result does not depend on it.

    Returns
    -------
    tuple
        Keys of the pairs of ranks that were compared, ascending; stock phrases.
    """
    words = ranking.by_rank(sketches.body_words)
    first = equal_digests(ranking.by_rank(sketches.digests), words)

    def buckets(stories: Numbers) -> tuple[Numbers, Numbers]:
        return _all_buckets(sketches.band_keys, ranking.story_of, stories, threads)

    postings = _postings_of(
        sketches.fingerprints, sketches.offsets, ranking.rank_of, config, threads
    )
    return propose_by(first, words > 0, buckets, postings, verify, config=config, threads=threads)


def propose_by(
    first: Numbers,
    has_body: NDArray[np.bool_],
    buckets: Buckets,
    postings: Postings,
    verify: Verify,
    *,
    config: Config,
    threads: int = 1,
    expect: Expect | None = None,
) -> tuple[Numbers, Stock]:
    """Propose pairs, wherever buckets and postings are.

    Parameters
    ----------
    first : ndarray of int64, shape (stories,)
        Of each rank, from :func:`equal_digests`.
    has_body : ndarray of bool, shape (stories,)
        Of each rank.
    buckets, postings, verify : callable
        See :data:`Buckets`, :data:`Postings` and :data:`Verify`.
    config : Config
        Settings.
    threads : int
        Threads to use; the result does not depend on it.
    expect : callable, optional
        See :data:`Expect`; the result does not depend on it.

    Returns
    -------
    tuple
        As from :func:`propose_pairs`.
    """
    copies = np.flatnonzero(first != np.arange(first.size))
    copied = pair_keys(first[copies], copies)
    if expect is not None:
        expect(np.sort(copied))
    distinct = np.flatnonzero((first == np.arange(first.size)) & has_body)
    near, compared = bucket_classes(*buckets(distinct), first.size, verify, expect=expect)
    same = verify(first[copies], copies)
    edges = Edges.all_of([same, near])
    takes_part = np.zeros(first.size, dtype=bool)
    takes_part[distinct] = True
    # Equal words in other quotation marks count otherwise.
    takes_part[copies[~among(copies, np.sort(same.b[same.alike == 1]))]] = True
    return compare_classes(
        postings,
        takes_part,
        class_leaders(edges, first.size),
        edges,
        verify,
        config=config,
        compared=merged(compared, np.sort(copied)),
        threads=threads,
        expect=expect,
    )


def class_leaders(edges: Edges, stories: int) -> Numbers:
    """Return the leader of each rank's class: near-duplicates, and theirs, make one class."""
    near = edges.near()
    return kernels.components(stories, edges.a[near], edges.b[near])


def band_classes(
    band_keys: NDArray[np.uint32],
    order: Numbers,
    stories: Numbers,
    verify: Verify,
    *,
    threads: int = 1,
) -> tuple[Edges, Numbers]:
    """Collapse near-duplicates that share a bucket into classes; see :func:`bucket_classes`.

    Parameters
    ----------
    band_keys : ndarray of uint32, shape (stories, bands)
        Keys by story number.
    order : ndarray of int64, shape (stories,)
        Story number of each rank.
    stories : ndarray of int64
        Ranks that take part, ascending.
    verify : callable
        See :data:`Verify`.
    threads : int
        Threads to use; the result does not depend on it.
    """
    members, bucket = _all_buckets(band_keys, order, stories, threads)
    return bucket_classes(members, bucket, len(band_keys), verify)


def bucket_classes(
    members: Numbers,
    bucket: Numbers,
    stories: int,
    verify: Verify,
    *,
    expect: Expect | None = None,
) -> tuple[Edges, Numbers]:
    """Collapse near-duplicates that share a bucket into classes, round by round.

    In each round every story that still leads itself is compared with the longest of the stories
    that head its buckets and that it was not compared with before; what is found to be a
    near-duplicate drops out. It ends when nothing is new. The outcome depends on the set of stories
    alone.

    Parameters
    ----------
    members, bucket : ndarray of int64, shape (members,)
        Ranks that share buckets, ascending in each bucket, and the numbers of these, side by side;
        buckets of the same stories may be left out but for one.
    stories : int
        How many there are.
    verify : callable
        See :data:`Verify`.
    expect : callable, optional
        Takes the pairs of all heads from the second round on; see :data:`Expect`.

    Returns
    -------
    tuple
        Edges; keys of the pairs compared, ascending.
    """
    leader = np.arange(stories)
    edges = [Edges.empty()]
    tried = np.empty(0, dtype=np.int64)
    while members.size:
        heads, others = _heads(members, bucket)
        pairs = pair_keys(heads, members)
        others &= ~among(pairs, tried)
        asked, first = members[others], heads[others]
        by_story = np.lexsort((first, asked))
        asked, first = asked[by_story], first[by_story]
        longest = group_starts(asked)
        new = np.sort(pair_keys(first[longest], asked[longest]))
        if not new.size:
            break
        if expect is not None and tried.size:
            expect(distinct_pairs(pairs[others]))
        found = verify(*pair_ends(new))
        tried = merged(tried, new)
        edges.append(found)
        near = found.near()
        leader[np.maximum(found.a, found.b)[near]] = np.minimum(found.a, found.b)[near]
        alone = leader[members] == members
        members, bucket = members[alone], bucket[alone]
    return Edges.all_of(edges), tried


def _all_buckets(
    band_keys: NDArray[np.uint32], order: Numbers, stories: Numbers, threads: int
) -> tuple[Numbers, Numbers]:
    """Stories of the buckets of all bands, ascending in each, and a number for each bucket."""
    members, buckets, count = [], [], 0
    for band in range(band_keys.shape[1]):
        positions, offsets = kernels.buckets(band_keys, band, order[stories], threads)
        members.append(stories[positions])
        buckets.append(np.repeat(np.arange(offsets.size - 1), np.diff(offsets)) + count)
        count += offsets.size - 1
    return np.concatenate(members), np.concatenate(buckets)


def _heads(members: Numbers, bucket: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    """First story of each one's bucket, and which are not that story themselves."""
    first = np.ones(members.size, dtype=bool)
    first[1:] = bucket[1:] != bucket[:-1]
    heads = members[np.maximum.accumulate(np.where(first, np.arange(members.size), 0))]
    return heads, ~first


def posting_edges(
    fingerprints: NDArray[np.uint64],
    offsets: Numbers,
    ranks: Numbers,
    classes: Numbers,
    edges: Edges,
    verify: Verify,
    *,
    config: Config,
    compared: Numbers,
    threads: int = 1,
) -> tuple[Numbers, Stock]:
    """Compare classes that share fingerprints, which are here; see :func:`compare_classes`.

    Parameters
    ----------
    fingerprints, offsets : ndarray of uint64, ndarray of int64 of shape (stories + 1,)
        Fingerprints by story.
    ranks : ndarray of int64, shape (stories,)
        Rank of each story; -1 leaves it out.
    classes, edges, verify, config, compared, threads
        As there.
    """
    takes_part = np.zeros(classes.size, dtype=bool)
    takes_part[ranks[ranks >= 0]] = True
    postings = _postings_of(fingerprints, offsets, ranks, config, threads)
    return compare_classes(
        postings, takes_part, classes, edges, verify,
        config=config, compared=compared, threads=threads,
    )  # fmt: skip


def _postings_of(
    fingerprints: NDArray[np.uint64], offsets: Numbers, ranks: Numbers, config: Config, threads: int
) -> Postings:
    """Share fingerprints that are here, by story; `ranks` is that of each story."""

    def postings(
        takes_part: NDArray[np.bool_], labels: Numbers, asked: NDArray[np.bool_] | None
    ) -> Shared:
        here = (ranks >= 0) & takes_part[ranks]
        given = fingerprints, offsets
        if asked is not None:
            given = _shared_with(here & asked[ranks], *given)
        return kernels.postings(
            *given,
            numbers=np.where(here, ranks, -1),
            labels=labels,
            most=config.max_classes,
            run_words=config.window - 1,
            threads=threads,
        )

    return postings


def compare_classes(
    postings: Postings,
    takes_part: NDArray[np.bool_],
    classes: Numbers,
    edges: Edges,
    verify: Verify,
    *,
    config: Config,
    compared: Numbers,
    threads: int = 1,
    expect: Expect | None = None,
) -> tuple[Numbers, Stock]:
    """Compare classes that share fingerprints.

    A fingerprint in up to ``max_classes`` classes proposes all pairs of them, a more frequent
    one the pairs with its longest story; a single one only where the words around it are the same,
    too, in a run of ``guarantee`` words, as far as a few bits of each tell. What these
    comparisons relate counts as one family from then on; a fingerprint in up to ``max_classes``
    families proposes all pairs of families. So it does where only copies count as one family, and
    one in more of these is a stock phrase.

    Parameters
    ----------
    postings : callable
        See :data:`Postings`.
    takes_part : ndarray of bool, shape (ranks,)
        False leaves a rank out.
    classes : ndarray of int64, shape (ranks,)
        Leader of each rank's class.
    edges : Edges
        What is known already: the near-duplicates that make the classes.
    verify : callable
        See :data:`Verify`.
    config : Config
        Settings.
    compared : ndarray of int64
        Keys of the pairs compared before, ascending; their relations are among the edges.
    threads : int
        Threads to use; the result does not depend on it.
    expect : callable, optional
        Takes the pairs that are compared in rounds, where they are few; see :data:`Expect`.

    Returns
    -------
    tuple
        Keys of all pairs compared, ascending; stock phrases.
    """
    pairs, rows, row_offsets, keys, around = postings(takes_part, classes, None)
    new = _with_leaders(pair_keys(pairs[:, 0], pairs[:, 1]), classes)
    new = new[~among(new, compared)]
    edges, compared, classes = _longest_first(new, edges, compared, classes, verify, expect=expect)
    printed = _with_most_printed(rows, row_offsets, classes, edges)
    printed = _between(printed[~among(printed, compared)], classes)
    edges = Edges.all_of([edges, verify(*pair_ends(printed))])
    compared = merged(compared, printed)
    long_lists = _LongLists(rows, row_offsets, keys, around)
    related, _ = long_lists.pairs(_joined(classes, edges), config=config, threads=threads)
    # A passage alone makes stories one family, too; which pairs that leaves out only copies tell.
    alone, stock = long_lists.pairs(
        _joined(classes, edges.take(np.flatnonzero(edges.contained()))),
        config=config,
        threads=threads,
    )
    second = _with_leaders(merged(related, alone[~among(alone, related)]), classes)
    second = second[~among(second, compared)]
    edges = Edges.all_of([edges, verify(*pair_ends(second))])
    compared = merged(compared, second)
    classes = _joined(classes, edges.take(np.flatnonzero(edges.near())))
    own = np.where(_represented(classes, edges), classes, np.arange(classes.size))
    pairs, *_ = postings(takes_part, own, own != classes)
    apart = classes[pairs[:, 0]] != classes[pairs[:, 1]]
    apart &= ((own != classes)[pairs]).any(axis=1)
    third = pair_keys(*pairs[apart].T)
    third = third[~among(third, compared)]
    verify(*pair_ends(third))
    return merged(compared, third), stock


def _longest_first(
    pairs: Numbers,
    edges: Edges,
    compared: Numbers,
    classes: Numbers,
    verify: Verify,
    *,
    expect: Expect | None = None,
) -> tuple[Edges, Numbers, Numbers]:
    """Compare pairs; those of two stories that have many not where a class has both by then.

    Of these each story is compared with its longest first, then with the next one, the next two,
    four and so on; what is found to be a near-duplicate is of one class from then on.

    Returns
    -------
    tuple
        Edges, keys of the pairs compared and classes, each with what was there before.
    """
    a, b = pair_ends(pairs)
    count = np.bincount(np.concatenate([a, b]), minlength=classes.size)
    crowded = np.minimum(count[a], count[b]) > _MANY_PAIRS
    if expect is not None and _OTHERS * np.count_nonzero(crowded) <= crowded.size:
        expect(pairs[crowded])
    found = [edges, verify(a[~crowded], b[~crowded])]
    done, rest, most = [compared, pairs[~crowded]], pairs[crowded], 1
    while rest.size:
        longer, story = pair_ends(rest)
        order = np.lexsort((longer, story))
        place = np.empty_like(order)
        place[order] = places_in_groups(story[order])
        some = rest[place < most]
        new = verify(*pair_ends(some))
        found.append(new)
        done.append(some)
        classes = _joined(classes, new.take(np.flatnonzero(new.near())))
        rest, most = _between(rest[place >= most], classes), 2 * most
    return Edges.all_of(found), np.sort(np.concatenate(done)), classes


def _between(pairs: Numbers, classes: Numbers) -> Numbers:
    """Return the pairs of stories of different classes."""
    a, b = pair_ends(pairs)
    between: Numbers = pairs[classes[a] != classes[b]]
    return between


_KEY_BITS = 22  # of a fingerprint that are looked at, at most, when most are left out
_STORIES = 1 << 14  # at a time
_IN_MEMORY = 1 << 26  # bytes of the fingerprints that stay; more go to a temporary file


def _shared_with(
    chosen: NDArray[np.bool_], fingerprints: NDArray[np.uint64], offsets: Numbers
) -> tuple[NDArray[np.uint64], Numbers]:
    """Leave out the fingerprints that stand in none of the chosen stories, but for a few.

    All places of a fingerprint stay or none does.
    """
    bits = min(_KEY_BITS, fingerprints.size.bit_length() + 4)

    def parts() -> Iterator[tuple[int, Numbers, NDArray[np.uint64], NDArray[np.uint64]]]:
        for first in range(0, chosen.size, _STORIES):
            inside = offsets[first : first + _STORIES + 1]
            some = fingerprints[inside[0] : inside[-1]]
            keys = some >> np.uint64(SURROUNDING_BITS) & np.uint64((1 << bits) - 1)
            yield first, inside - inside[0], some, keys

    known = np.zeros(1 << bits, dtype=bool)
    for first, inside, _, keys in parts():
        known[keys[np.repeat(chosen[first : first + _STORIES], np.diff(inside))]] = True
    found, kept_offsets = Spill(_IN_MEMORY), np.zeros_like(offsets)
    for first, inside, some, keys in parts():
        kept = known[keys]
        found.append(some[kept].view(np.uint8))
        before = np.concatenate([[0], np.cumsum(kept)])[inside]
        kept_offsets[first : first + before.size] = kept_offsets[first] + before
    array, file = found.finish()
    if file is not None:
        file.close()  # mapped by now
    return array.view(np.uint64), kept_offsets


def _represented(classes: Numbers, edges: Edges) -> NDArray[np.bool_]:
    """Tell which stories their class leader stands for: most of it is the same, word for word.

    What a chain of small edits, or a looser likeness, connects with the leader is compared by
    itself.
    """
    found: NDArray[np.bool_] = classes == np.arange(classes.size)
    alike = edges.near() & (edges.alike >= _ALIKE) & (classes[edges.b] == edges.a)
    found[edges.b[alike]] = True
    return found


def _with_leaders(keys: Numbers, classes: Numbers) -> Numbers:
    """Add to each pair, which ascend, that of the leaders of its classes."""
    a, b = pair_ends(keys)
    leaders = pair_keys(classes[a], classes[b])
    leaders = distinct_pairs(leaders[leaders != keys])
    return merged(keys, leaders[~among(leaders, keys)])


def _with_most_printed(rows: Numbers, offsets: Numbers, classes: Numbers, edges: Edges) -> Numbers:
    """Pairs, in each long list, of what its longest story relates to with the largest class there.

    The longest may be a round-up that holds a part of a story: the part's copies stand in it, but
    belong to the story.
    """
    lists = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    longest = rows[offsets[lists]]
    known = np.sort(pair_keys(classes[edges.a], classes[edges.b]))
    related = among(pair_keys(classes[longest], classes[rows]), known)
    lists, rows = lists[related], rows[related]
    if not rows.size:
        return np.empty(0, dtype=np.int64)
    sizes = np.bincount(classes, minlength=classes.size)
    order = np.lexsort((rows, -sizes[classes[rows]], lists))
    lists, rows = lists[order], rows[order]
    first = np.r_[True, lists[1:] != lists[:-1]]
    most_printed = rows[np.maximum.accumulate(np.where(first, np.arange(rows.size), 0))]
    return distinct_pairs(pair_keys(most_printed, rows))


def _joined(classes: Numbers, edges: Edges) -> Numbers:
    """Return the family of each rank: classes that edges join."""
    return kernels.components(
        classes.size,
        np.concatenate([np.arange(classes.size), edges.a]),
        np.concatenate([classes, edges.b]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _LongLists:
    """Fingerprints of many classes: the rows of each, and what stands around it there."""

    rows: Numbers
    offsets: Numbers
    keys: NDArray[np.uint64]
    around: NDArray[np.uint32]

    def pairs(self, family: Numbers, *, config: Config, threads: int) -> tuple[Numbers, Stock]:
        """Pairs of each list's families, by their first story there; and the lists of too many.

        Families pair where the words around the fingerprint are the same in both, in a run as long
        as is promised.
        """
        pairs, stock, ranks, sizes = kernels.family_pairs(
            self.rows,
            self.offsets,
            self.around,
            families=family,
            most=config.max_classes,
            run_words=config.window - 1,
            threads=threads,
        )
        return pairs, Stock(self.keys[stock], ranks, sizes)
