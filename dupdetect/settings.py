"""The settings, each a field of its stage's frozen dataclass.

Everything else (the command line, settings files, messages, digests, the table in the
documentation) is made from that field, so that a new setting is a field more and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dupdetect.errors import ConfigError

CANONICAL_POLICIES = ("best", "longest", "earliest", "publisher", "agency")


def _setting(
    default: Any,  # noqa: ANN401  the type is the annotated field's
    unit: str,
    doc: str,
    *,
    low: float = 0,
    high: float = 0,
    choices: tuple[str, ...] = (),
    rule: str = "",
    off: float | bool | None = None,
) -> Any:  # noqa: ANN401
    """Describe one setting in a sentence that says what a user sees change.

    `rule` is the rule that value `off` switches off; without a name, `off` is just that. Numbers
    have a `high`: beyond it the kernels' 32 bits or somebody's patience would end.
    """
    return field(
        default=default,
        metadata={
            "unit": unit,
            "doc": doc,
            "low": low,
            "high": high,
            "choices": choices,
            "rule": rule,
            "off": off,
        },
    )


_EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a word",
    tuple: "a list",
}


def _remedy(name: str, value: object, wanted: type) -> str:
    if wanted is tuple and isinstance(value, str):
        # As a settings file or the command line would hold it.
        return f"write {name}={json.dumps([value], ensure_ascii=False)}"
    return "change the setting"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the settings of every stage have in common: their values are checked when made."""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            wanted = type(item.default)
            if wanted is float and type(value) is int:
                object.__setattr__(self, item.name, float(value))
            elif wanted is tuple and isinstance(value, list):
                object.__setattr__(self, item.name, tuple(map(str, value)))
            elif type(value) is not wanted:
                raise ConfigError(
                    f"{item.name} = {value!r}: expected {_EXPECTED[wanted]}; "
                    + _remedy(item.name, value, wanted)
                )
            choices = item.metadata["choices"]
            if choices and value not in choices:
                raise ConfigError(
                    f"{item.name} = {value!r}: expected one of {', '.join(choices)}; "
                    "change the setting"
                )
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                low, high = item.metadata["low"], item.metadata["high"]
                if not low <= value <= high:
                    unit = f" ({item.metadata['unit']})" if item.metadata["unit"] else ""
                    raise ConfigError(
                        f"{item.name} = {value}: expected {low} to {high}{unit}; change the setting"
                    )


@dataclass(frozen=True, kw_only=True)
class BodySettings(Settings):
    """Which lines of a page are the story."""

    doubtful_words: int = _setting(
        12,
        "words",
        "A line of fewer words that ends no sentence, such as a headline, counts where the "
        "other story has it and is not missed where it has not.",
        high=10_000,
        rule="doubtful lines",
        off=0,
    )
    page_lines: bool = _setting(
        True,
        "",
        "When true, lines worded as sharing, sign-up or copyright notes, captions with their "
        "credits, captions printed twice, galleries, lists of links inside paragraphs and the text "
        "around video players are left out of every comparison.",
        rule="page lines",
        off=False,
    )
    company_words: int = _setting(
        100,
        "words",
        "Lines of this many words that pages print together are never furniture, however often; "
        "lower it when a paper's own paragraphs vanish from comparison, raise it when long "
        "footers stay.",
        high=10_000,
        rule="repetition",
        off=0,
    )


@dataclass(frozen=True, kw_only=True)
class SketchSettings(Settings):
    """What stands for a body when pairs are proposed."""

    shingle_words: int = _setting(
        5,
        "words",
        "Longer shingles propose fewer pairs that come to nothing; shorter ones find copies "
        "in which more words were changed.",
        low=1,
        high=32,
    )
    window: int = _setting(
        8,
        "shingles",
        "A shared run of shingle_words + window - 1 words is never missed; a smaller window "
        "shortens that run and costs time and memory.",
        low=1,
        high=64,
    )
    num_perm: int = _setting(
        128,
        "permutations",
        "A longer signature estimates resemblance more exactly and takes more time and memory.",
        low=8,
        high=1024,
    )
    seed: int = _setting(
        1,
        "",
        "Signatures can be compared with each other, and with those of datasketch, only where "
        "this number is the same.",
        high=2**32 - 1,
    )
    bands: int = _setting(
        21,
        "bands",
        "More bands propose pairs that resemble each other less, so that more is compared.",
        low=1,
        high=256,
    )
    rows: int = _setting(
        6,
        "rows",
        "More rows in a band propose only pairs that resemble each other more, so that less "
        "is compared.",
        low=1,
        high=64,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bands * self.rows > self.num_perm:
            raise ConfigError(
                f"bands * rows = {self.bands * self.rows}: expected at most num_perm = "
                f"{self.num_perm}; lower bands or rows, or raise num_perm"
            )

    @property
    def guarantee(self) -> int:
        """Shared runs of this many words are never missed (winnowing guarantee)."""
        return self.shingle_words + self.window - 1


@dataclass(frozen=True, kw_only=True)
class ProposeSettings(Settings):
    """Which pairs are compared."""

    max_classes: int = _setting(
        20,
        "story classes",
        "A fingerprint in more unrelated story classes than this is a stock phrase and "
        "proposes nothing; raise it when a passage that very many stories quote is missed.",
        low=2,
        high=10_000,
    )


@dataclass(frozen=True, kw_only=True)
class AlignSettings(Settings):
    """Which words of two bodies count as shared."""

    word_dice: float = _setting(
        0.6,
        "share",
        "Words whose letter pairs have this Dice coefficient count as equal, so that misread "
        "or misspelled words do not break a passage; 2 asks for equal words.",
        high=2,
        rule="words alike",
        off=2.0,
    )
    sentence_share: float = _setting(
        0.5,
        "share",
        "A sentence of which this share stands in the other story counts whole, so that "
        "changed names and figures leave a copy a copy; 2 counts single words only.",
        high=2,
        rule="sentences",
        off=2.0,
    )


@dataclass(frozen=True, kw_only=True)
class RelateSettings(Settings):
    """When shared words make a relation, and which."""

    within_days: float = _setting(
        0.0,
        "days",
        "Stories further apart than this are no copies of each other, only overlaps; 0: they may "
        "be, however far apart.",
        high=36_500,
        off=0.0,
    )
    contained: float = _setting(
        0.8,
        "share",
        "From this coverage on a story is a copy of another; lower it when edited copies are "
        "missed, raise it when different stories are taken for copies.",
        high=1,
    )
    near_coverage: float = _setting(
        0.7,
        "share",
        "Two stories of like length are near-duplicates when the less covered one reaches "
        "this share, although edits are scattered over it.",
        high=1,
        rule="edited near-duplicates",
        off=1.0,
    )
    overlap_words: int = _setting(
        25,
        "words",
        "Two different stories are related only when they share at least this many words; "
        "raise it when there are too many overlaps.",
        high=10_000,
    )
    overlap_prose_words: int = _setting(
        35,
        "words",
        "An overlap needs this many shared words outside quotations and doubtful lines; with "
        "0 a common quotation alone makes an overlap.",
        high=10_000,
        rule="quotations",
        off=0,
    )
    template_slots: float = _setting(
        0.6,
        "slots per 100 words",
        "A copy with this many names or figures opposite others, for each hundred words that "
        "stand equal, is a template: one wording with other facts, kept apart; lower it when "
        "forms are taken for copies, raise it when corrected copies are kept apart; 100 finds "
        "none.",
        high=100,
        rule="templates",
        off=100.0,
    )


@dataclass(frozen=True, kw_only=True)
class SelectSettings(Settings):
    """Which copy stays, and which pairs are reported."""

    canonical: str = _setting(
        "best",
        "",
        "The copy that stands for a cluster is the best (the earliest of those that hold nine "
        "tenths of the longest, undamaged ones first), the longest, the earliest, that of the "
        "first publisher in publisher_priority, or that of the agency.",
        choices=CANONICAL_POLICIES,
    )
    publisher_priority: tuple[str, ...] = _setting(
        (),
        "publishers",
        "With canonical = publisher the copy of the first of these that printed the story is kept.",
    )
    removed_share: float = _setting(
        0.85,
        "share",
        "A row is removed only when this share of its words stands word for word in a row that "
        "stays; raise it to keep every edited version, lower it to keep one of several.",
        high=1,
    )
    version_share: float = _setting(
        1.0,
        "share",
        "A row that is a later version (see version_days) is removed only when this share of its "
        "words stands in the row that stays, so that later stages of one matter stay.",
        high=1,
    )
    version_days: float = _setting(
        1.0,
        "days",
        "Stories of one publisher, or of an unknown one, that are further apart than this are "
        "versions, those of two publishers where a week lies between, and before that .95 of the "
        "words must be the same.",
        high=36_500,
    )
    own_words: int = _setting(
        12,
        "words",
        "Of two rows of one publisher both stay where more words of the one than this do not stand "
        "in the other.",
        high=1_000_000_000,
    )
    min_certainty: float = _setting(
        0.0,
        "share",
        "A row is removed only when its relation to the row that stays is at least this "
        "certain; raise it to keep what is doubtful.",
        high=1,
    )
    pairs_limit: int = _setting(
        50_000,
        "story pairs",
        "With --relations all, a cluster or pair of clusters that would have more pairs "
        "reports only those with its canonical stories.",
        high=1_000_000_000,
    )


SECTIONS: Mapping[str, type[Settings]] = {
    "body": BodySettings,
    "sketch": SketchSettings,
    "propose": ProposeSettings,
    "align": AlignSettings,
    "relate": RelateSettings,
    "select": SelectSettings,
}
