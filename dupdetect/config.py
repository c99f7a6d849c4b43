"""Settings: one frozen dataclass whose every field says its unit and what it decides."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from dupdetect.errors import ConfigError

CANONICAL_POLICIES = ("longest", "earliest", "publisher", "agency")

FORMER_SETTINGS = frozenset(
    {
        "least_prose",
        "repeated_publisher",
        "repeated_any",
        "rest_words",
        "rest_share",
        "rest_shared",
        "rest_tries",
    }
)
"""Settings of rules that were replaced: results of older releases name them."""


def _setting(
    default: Any,  # noqa: ANN401  the type is the annotated field's
    unit: str,
    doc: str,
    *,
    low: float = 0.0,
    high: float = 0.0,
    rule: str = "",
    off: float | bool | None = None,
) -> Any:  # noqa: ANN401
    """Describe one setting; `rule` and `off` name the rule that value `off` switches off.

    Numbers have a `high`: beyond it the kernels' 32 bits or somebody's patience would end.
    """
    metadata = {"unit": unit, "doc": doc, "low": low, "high": high, "rule": rule, "off": off}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a run.

    Shares are in 0-1, lengths in words. Every field's ``metadata`` holds ``unit``, ``doc``,
    ``low`` and ``high`` (inclusive), and for rules that can be switched off ``rule`` and ``off``.

    Raises
    ------
    ConfigError
        When a value is of the wrong type or out of its range.

    Examples
    --------
    >>> config = Config(contained=0.9)
    >>> config.guarantee
    12
    >>> Config(window=0)
    Traceback (most recent call last):
    ...
    dupdetect.errors.ConfigError: window = 0: expected 1 to 64 (shingles); change the setting
    """

    shingle_words: int = _setting(5, "words", "length of a shingle", low=1, high=32)
    window: int = _setting(8, "shingles", "winnowing window", low=1, high=64)
    num_perm: int = _setting(128, "permutations", "length of a signature", low=8, high=1024)
    seed: int = _setting(1, "", "seed of the permutations, as in datasketch", high=2**32 - 1)
    bands: int = _setting(21, "bands", "bands of the signature", low=1, high=256)
    rows: int = _setting(6, "rows", "signature values in a band", low=1, high=64)
    pairwise_classes: int = _setting(
        8,
        "story classes",
        "a fingerprint in up to this many classes proposes all their pairs",
        low=2,
        high=1000,
    )
    max_classes: int = _setting(
        20,
        "story classes",
        "a fingerprint in more unrelated story classes than this is a stock phrase",
        low=2,
        high=10_000,
    )
    seed_words: int = _setting(4, "words", "shortest run of equal words", low=2, high=16)
    run_words: int = _setting(8, "words", "a run that counts by itself", low=2, high=64)
    near_words: int = _setting(
        64,
        "words",
        "a shorter run counts within this distance of another on the same course",
        high=10_000,
        rule="short runs",
        off=0,
    )
    near_diagonal: int = _setting(
        12, "words", "how far the course of two runs may differ", high=10_000
    )
    bridge_words: int = _setting(
        3,
        "words",
        "gaps up to this on both sides belong to the passage",
        high=32,
        rule="bridges",
        off=0,
    )
    gap_words: int = _setting(
        64, "words", "gaps up to this are aligned word by word", high=255, rule="gaps", off=0
    )
    word_dice: float = _setting(
        0.6,
        "share",
        "two words are alike from this Dice coefficient of their letter pairs on",
        high=2,
        rule="words alike",
        off=2.0,
    )
    sentence_share: float = _setting(
        0.5,
        "share",
        "a sentence counts whole when this share of its words stands in the other",
        high=2,
        rule="sentences",
        off=2.0,
    )
    sentence_words: int = _setting(4, "words", "and at least this many", high=10_000)
    contained: float = _setting(0.8, "share", "coverage from which a story is contained", high=1)
    near_coverage: float = _setting(
        0.7,
        "share",
        "second coverage of a near-duplicate whose lengths are alike",
        high=1,
        rule="edited near-duplicates",
        off=1.0,
    )
    near_ratio: float = _setting(1.25, "ratio", "up to which lengths are alike", low=1, high=100)
    contained_words: int = _setting(
        8, "words", "a contained story has at least this many", high=10_000
    )
    overlap_words: int = _setting(25, "words", "an overlap shares at least this many", high=10_000)
    overlap_prose_words: int = _setting(
        35,
        "words",
        "an overlap shares this many outside quotations and doubtful lines",
        high=10_000,
        rule="quotations",
        off=0,
    )
    overlap_prose_share: float = _setting(
        0.14,
        "share",
        "of the smaller story that is enough where it is fewer words",
        high=1,
        rule="short stories",
        off=1.0,
    )
    overlap_prose_least: int = _setting(
        28, "words", "outside quotations and doubtful lines, however short the story", high=10_000
    )
    solid_prose_words: int = _setting(
        12,
        "words",
        "or this many, outside quotations, in one passage long enough for an overlap by itself",
        high=10_000,
        rule="prose beside quotations",
        off=10_000,
    )
    cut_words: int = _setting(
        100,
        "words",
        "at the start of a text cut in mid-sentence that count as prose, in quotation marks or not",
        high=10_000,
        rule="cut texts",
        off=0,
    )
    passage_words: int = _setting(
        8, "words", "passages of an overlap have at least this many", high=10_000
    )
    extended_share: float = _setting(
        0.7,
        "share",
        "of a story that another is, which it holds whole: it joins that one's cluster",
        high=2,
        rule="extended stories",
        off=2.0,
    )
    round_ups: bool = _setting(
        True,
        "",
        "texts made of several stories take in none of them",
        rule="round-ups",
        off=False,
    )
    kept_density: float = _setting(
        0.85,
        "share",
        "of the kept stretch: from here on it is one run, below it is scattered",
        high=1,
    )
    kept_edge: float = _setting(
        0.04, "share", "of the story within which head and tail lie", high=1
    )
    phrase_lines: bool = _setting(
        True,
        "",
        "lines of sharing, signing up, copyright and the like are furniture",
        rule="phrases",
        off=False,
    )
    doubtful_words: int = _setting(
        12,
        "words",
        "shorter lines that end no sentence count only where they match",
        high=10_000,
        rule="doubtful lines",
        off=0,
    )
    caption_words: int = _setting(
        60,
        "words",
        "a longer one, too, up to this, when it stands alone before prose: a caption",
        high=1000,
        rule="captions",
        off=0,
    )
    caption_lines: int = _setting(2, "lines", "side by side that still stand alone", high=64)
    page_lines: bool = _setting(
        True,
        "",
        "captions with their credits, captions printed twice and players' texts are furniture",
        rule="credits and captions",
        off=False,
    )
    least_body: int = _setting(
        25,
        "words",
        "of body, if less than half of a text: with fewer all of it counts, but not as prose",
        high=10_000,
        rule="least body",
        off=0,
    )
    company_words: int = _setting(
        100,
        "words",
        "that pages print together are never furniture, however often",
        high=10_000,
        rule="repetition",
        off=0,
    )
    canonical: str = _setting(
        "longest", "", "which copy stands for a cluster: longest, earliest, publisher or agency"
    )
    publisher_priority: tuple[str, ...] = _setting(
        (), "publishers", "in falling priority, for canonical = publisher"
    )
    pairs_limit: int = _setting(
        50_000,
        "story pairs",
        "clusters and pairs of clusters with more stay canonical",
        high=1_000_000_000,
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            wanted = type(item.default)
            if wanted is float and type(value) is int:
                object.__setattr__(self, item.name, float(value))
            elif type(value) is not wanted:
                raise ConfigError(
                    f"{item.name} = {value!r}: expected {wanted.__name__}; change the setting"
                )
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                low, high = item.metadata["low"], item.metadata["high"]
                if not low <= value <= high:
                    unit = f" ({item.metadata['unit']})" if item.metadata["unit"] else ""
                    raise ConfigError(
                        f"{item.name} = {value}: expected {low} to {high}{unit}; change the setting"
                    )
        if self.canonical not in CANONICAL_POLICIES:
            raise ConfigError(
                f"canonical = {self.canonical!r}: expected one of {', '.join(CANONICAL_POLICIES)}; "
                "change the setting"
            )
        if self.bands * self.rows > self.num_perm:
            raise ConfigError(
                f"bands * rows = {self.bands * self.rows}: expected at most num_perm = "
                f"{self.num_perm}; lower bands or rows, or raise num_perm"
            )

    @property
    def guarantee(self) -> int:
        """Shared runs of this many words are never missed (winnowing guarantee)."""
        return self.shingle_words + self.window - 1

    def digest(self) -> str:
        """Return 16 hexadecimal digits that differ when any setting differs."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def load(
        cls, path: Path | str | None = None, overrides: Mapping[str, str] | None = None
    ) -> Config:
        """Read settings from a TOML file and from ``name=value`` texts, which win.

        Parameters
        ----------
        path : path, optional
            A TOML file with settings at its top level.
        overrides : mapping of str to str, optional
            Values as they would stand in TOML; bare words are strings.

        Raises
        ------
        ConfigError
            When the file cannot be read, or a name or value is not a setting's.

        Examples
        --------
        >>> Config.load(overrides={"contained": "0.9", "canonical": "earliest"}).canonical
        'earliest'
        """
        values: dict[str, Any] = {}
        if path is not None:
            try:
                values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
            except OSError as error:
                raise ConfigError(f"{path}: {error.strerror}; pass a readable TOML file") from error
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ConfigError(f"{path}: not TOML ({error}); correct the file") from error
        for name, text in (overrides or {}).items():
            try:
                values[name] = tomllib.loads(f"value = {text}")["value"]
            except tomllib.TOMLDecodeError:
                values[name] = text
        known = {item.name for item in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise ConfigError(
                    f"{name}: no such setting; expected one of {', '.join(sorted(known))}"
                )
            if isinstance(value, list):
                values[name] = tuple(map(str, value))
        return cls(**values)
