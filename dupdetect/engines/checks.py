"""What is asked about pairs of stories once clusters are known; by rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect.engines.verify import Verifier
from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.pairs import Numbers, Ranking, among, distinct_pairs
from dupdetect.products.schemas import NONE, OVERLAP, TEMPLATE
from dupdetect.settings import SelectSettings
from dupdetect.stages.removal import Shared, differences_of, has_own_story, names_more


class Checks:
    """Answers what stories share, with the pairs that were aligned before at hand.

    Parameters
    ----------
    ranking : Ranking
        The order of the stories.
    verifier : Verifier
        Aligns pairs.
    config : SelectSettings
        ``min_certainty``, ``removed_share``, ``own_words``.
    publishers : ndarray of int32, shape (stories,), optional
        By story: equal numbers for equal publishers; -1 for unknown ones. What only a row names is
        not counted where its own words keep it from one of its publisher anyway.
    """

    def __init__(
        self,
        ranking: Ranking,
        verifier: Verifier,
        config: SelectSettings,
        publishers: NDArray[np.int32] | None = None,
    ) -> None:
        self._ranking = ranking
        self._publishers = publishers
        self._verifier = verifier
        self._config = config
        self._asked = np.empty(0, dtype=np.int64)  # rows, and those that stay; ascending
        self._shared: Shared | None = None  # in the same order

    def kinds(self, a: Numbers, b: Numbers) -> NDArray[np.int8]:
        """Tell how pairs of ranks of one cluster relate: codes of KINDS."""
        return self._relation(a, b)[1].kind

    def shares(self, rows: Numbers, kept: Numbers) -> Shared:
        """Return what rows have in common with rows that stay; each pair is looked at once."""
        keys = rows << 32 | kept
        new = distinct_pairs(keys)
        new = new[~among(new, self._asked)]
        if self._shared is None or new.size:
            found = self._found(new >> 32, new & 0xFFFFFFFF)
            asked = np.concatenate([self._asked, new])
            order = np.argsort(asked)
            parts = [found] if self._shared is None else [self._shared, found]
            self._asked, self._shared = asked[order], Shared.joined(parts).take(order)
        return self._shared.take(np.searchsorted(self._asked, keys))

    def _found(self, rows: Numbers, kept: Numbers) -> Shared:
        aligned, found, first = self._relation(rows, kept)
        share = np.where(first, found.a_exact, found.b_exact)
        copies = (found.kind != NONE) & (found.kind != OVERLAP) & (found.kind != TEMPLATE)
        copies &= found.certainty >= self._config.min_certainty
        characters, short = (aligned.fact(name) == 1 for name in ("characters", "short"))
        facts_apart, senses_apart = differences_of(aligned)
        words, exact = (
            np.where(first, aligned.column(f"a_{one}"), aligned.column(f"b_{one}"))
            for one in ("words", "exact")
        )
        own_words = np.where(copies & (share < 1), words - exact, 0)
        stays = own_words > self._config.own_words
        stays &= self._one_publisher(rows, kept)
        asked = np.flatnonzero(copies & ~stays & (share >= self._config.removed_share))
        own_story = np.zeros(rows.size, dtype=bool)
        if asked.size:
            own = self._verifier.own_facts(rows[asked], kept[asked])
            facts_apart[asked] |= names_more(own)
            own_story[asked] = has_own_story(own)
        return Shared(
            share=np.where(copies, share, -1.0),
            facts_apart=facts_apart,
            own_story=own_story | senses_apart,
            characters=characters,
            short=short,
            own_words=own_words,
        )

    def _one_publisher(self, rows: Numbers, kept: Numbers) -> NDArray[np.bool_]:
        if self._publishers is None:
            return np.zeros(rows.size, dtype=bool)
        one, other = (self._publishers[self._ranking.to_story(each)] for each in (rows, kept))
        return np.asarray((one >= 0) & (one == other))

    def _relation(self, x: Numbers, y: Numbers) -> tuple[Alignments, Related, NDArray[np.bool_]]:
        """Align pairs of one cluster; how they relate, and where x has the larger body."""
        found, related = self._verifier.aligned_copies(x, y)
        return found, related, found.a == self._ranking.to_story(x)
