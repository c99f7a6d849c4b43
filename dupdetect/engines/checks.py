"""What is asked about pairs of stories once clusters are known; by rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dupdetect.engines.verify import Verifier
from dupdetect.engines.work import Work
from dupdetect.products.alignments import Related
from dupdetect.products.pairs import Numbers, Ranking
from dupdetect.products.schemas import NONE
from dupdetect.products.texts import Texts
from dupdetect.stages import relate
from dupdetect.stages.removal import sums_of_money


class Checks:
    """Answers what stories share, with the pairs that were aligned before at hand.

    Parameters
    ----------
    texts : Texts
        Raw texts and line status.
    ranking : Ranking
        The order of the stories.
    verifier : Verifier
        Aligns pairs.
    work : Work
        Settings.
    """

    def __init__(self, texts: Texts, ranking: Ranking, verifier: Verifier, work: Work) -> None:
        self._texts = texts
        self._ranking = ranking
        self._verifier = verifier
        self._work = work
        self._sums: dict[int, frozenset[float]] = {}

    def related(self, a: Numbers, b: Numbers) -> NDArray[np.bool_]:
        """Tell which pairs of ranks of one cluster relate."""
        return np.asarray(self._relation(a, b)[0].kind != NONE)

    def shares(self, rows: Numbers, kept: Numbers) -> NDArray[np.float64]:
        """Return what share of each row stands in the kept one, 0-1; -1 where nothing relates."""
        found, first = self._relation(rows, kept)
        share = np.where(first, found.a_exact, found.b_exact)
        return np.where(found.kind == NONE, -1.0, share)

    def money_apart(self, a: Numbers, b: Numbers) -> NDArray[np.bool_]:
        """Tell which pairs of ranks name sums of money and none that is the same."""
        sums = [(self._sums_of(x), self._sums_of(y)) for x, y in np.stack([a, b], axis=1).tolist()]
        return np.array([bool(x and y) and not x & y for x, y in sums], dtype=bool)

    def _relation(self, x: Numbers, y: Numbers) -> tuple[Related, NDArray[np.bool_]]:
        """How pairs of one cluster relate, and where x has the larger body."""
        found = self._verifier.aligned(x, y)
        copies = np.ones(x.size, dtype=bool)
        related = relate.relate(found, config=self._work.config, copies=copies)
        return related, found.a == self._ranking.to_story(x)

    def _sums_of(self, rank: int) -> frozenset[float]:
        if rank not in self._sums:
            story = int(self._ranking.story_of[rank])
            first, end = self._texts.text_offsets[story : story + 2]
            self._sums[rank] = sums_of_money(self._texts.text[first:end].tobytes())
        return self._sums[rank]
