"""Numbers that the kernels take and give for what lines are."""

from __future__ import annotations

import numpy as np

BODY, DOUBTFUL, FURNITURE, STANDING, WEAK = range(5)
"""What a line is taken for.

Doubtful and standing lines count only where they match the other story; standing and weak ones
never count as prose.
"""

ENDS_SENTENCE, PHRASE, ENDS_COLON, CREDIT = 1, 2, 4, 8
CAPTION, TWIN, PLAYER, LINK_LIST = 16, 32, 64, 128
"""Bits of a line's flags: how it ends, and what it is by itself."""

SENTENCE_START, QUOTED, LINE_START, ANNOUNCED, POST = (1 << bit for bit in range(5))
"""Bits of a word's mark; words of an embedded post are quoted, too."""

TAGS, ENTITIES, TWICE, CONTROLS = 1, 2, 4, 8
QUOTED_PRINTABLE, WRAPPED, LOST, LINKS = 16, 32, 64, 128
"""Bits of what a raw text may be besides plain: signs that are cheap to see and prove nothing."""

SURROUNDING_BITS = 24
ANYWHERE = (1 << SURROUNDING_BITS) - 1
"""The lowest bits of a fingerprint tell of the words around it; all ones equal any.

0: nothing is known of them.
"""

TERMS = (
    "furniture",
    "opening",
    "picture opening",
    "picture",
    "caption",
    "caption hint",
    "player",
    "agency",
    "credit opening",
    "byline",
    "month",
    "weekday",
    "side",
    "before side",
    "and",
    "cut short",
    "gallery",
    "gallery title",
    "sign-off",
)
"""Kinds of terms by number; ``stages/furniture.toml`` says what each is."""

ALL_PAGES, UNKNOWN_PUBLISHER = -2, -1
"""Whose pages a summary of a line is about, if not a publisher's."""

UNKNOWN_DAY = int(np.iinfo(np.int32).min)
