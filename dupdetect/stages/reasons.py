"""Why each line of a text is taken for what it is, by the same rules as in a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.kernels.codes import CAPTION, CREDIT, LINK_LIST, PHRASE, PLAYER, TWIN
from dupdetect.products.texts import (
    BODY,
    DOUBTFUL,
    FURNITURE,
    STANDING,
    WEAK,
    LineFeatures,
    word_spans,
)
from dupdetect.settings import BodySettings
from dupdetect.stages import furniture, languages
from dupdetect.stages.notices import printed_before, set_aside

__all__ = ["REASONS", "LineReason", "body_settings", "explain_lines"]

Verdict = Literal["body", "doubtful", "furniture", "standing", "weak"]
_VERDICTS: dict[int, Verdict] = {
    BODY: "body", DOUBTFUL: "doubtful", FURNITURE: "furniture", STANDING: "standing", WEAK: "weak",
}  # fmt: skip

_FLAGS = {
    CREDIT: "credit", CAPTION: "caption", TWIN: "twin", PLAYER: "player", LINK_LIST: "link list",
}  # fmt: skip

REASONS = (
    "prose", "short line", "open line", "short page", "repetition", "printed before", "notice",
    "picture", "sharing", "sign-up", "copyright", "video", "poll", "own", "editors", "label",
    "address",
    *_FLAGS.values(),
)  # fmt: skip
"""Codes of the reasons; ``dupdetect.views.wording`` says them in words."""

_OF_PHRASES = {
    "caption": "picture", "picture note": "picture", "player": "video", "note on a poll": "poll",
    "editors' note": "editors", "broadcast": "own", "contest": "own", "pointer": "sharing",
    "short copyright": "copyright", "short sign-up": "sign-up", "short caption": "picture",
}  # fmt: skip
"""Reasons for kinds of phrases that are not called as their kind."""


def body_settings(config: Mapping[str, Any]) -> BodySettings:
    """Return the settings of a run's summary that decide about lines; others are the defaults.

    Examples
    --------
    >>> body_settings({"company_words": 90, "window": 8}).company_words
    90
    """
    known = {field.name for field in fields(BodySettings)}
    return BodySettings(**{name: value for name, value in config.items() if name in known})


@dataclass(frozen=True, slots=True)
class LineReason:
    """One line of a text.

    Attributes
    ----------
    start, end : int
        Half-open span in characters, from its first word to its last.
    words : int
        Its words.
    verdict : str
        ``body``; ``doubtful`` (counts where it matches the other story); ``furniture`` (left out);
        ``standing`` and ``weak`` (count, never as prose).
    reason : str
        One of :data:`REASONS`.
    """

    start: int
    end: int
    words: int
    verdict: Verdict
    reason: str


def explain_lines(
    text: str, *, config: BodySettings, left_out: Sequence[tuple[int, int]] | None = None
) -> tuple[LineReason, ...]:
    r"""Say of every line what it is taken for, and why.

    Parameters
    ----------
    text : str
        Raw text.
    config : BodySettings
        Settings.
    left_out : sequence of (int, int), optional
        What a run over many pages left out, half-open spans in characters: they decide, and a line
        that is furniture for nothing it holds itself is so by repetition. By default the text is
        looked at by itself.

    Examples
    --------
    >>> text = "Share on Facebook Copy link\n\nThe ferry ran onto a sandbank with ninety people."
    >>> [(line.verdict, line.reason) for line in explain_lines(text, config=BodySettings())]
    [('furniture', 'sharing'), ('body', 'prose')]
    """
    data = text.encode("utf-8", "replace")
    array = np.frombuffer(data, np.uint8)
    offsets = np.array([0, array.size], np.int64)
    found = furniture.scan_lines(array, offsets)
    status = furniture.find_furniture(
        array, offsets, np.full(1, -1, np.int32), config=config, features=found
    ).status
    reasons = _reasons(array, offsets, found, status, config)
    words = word_spans(text)
    ends = np.cumsum(found.words, dtype=np.int64)
    lines = []
    for line, last in enumerate(ends.tolist()):
        start, end = int(words[last - int(found.words[line]), 0]), int(words[last - 1, 1])
        verdict, reason = _VERDICTS[int(status[line])], reasons[line]
        if left_out is not None:
            verdict, reason = _as_run(verdict, reason, start, left_out)
        lines.append(LineReason(start, end, int(found.words[line]), verdict, reason))
    return tuple(lines)


def _as_run(
    verdict: Verdict, reason: str, start: int, left_out: Sequence[tuple[int, int]]
) -> tuple[Verdict, str]:
    """Make a verdict that of a run that left those spans out."""
    gone = any(first <= start < last for first, last in left_out)
    if gone and verdict != "furniture":
        return "furniture", "repetition"
    if not gone and verdict == "furniture":  # all of the page came back
        return "weak", "short page"
    return verdict, reason


def _reasons(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    found: LineFeatures,
    status: NDArray[np.uint8],
    config: BodySettings,
) -> list[str]:
    """Return the reason for the status of each line of one text looked at by itself."""
    aside = np.zeros(status.size, np.uint8)
    set_aside(text, offsets, found.offsets, aside)
    again = printed_before(text, offsets, found.offsets, found.keys, found.words)
    flags = found.flags & np.uint8(furniture.taken_flags(config))
    phrases = _phrase_reasons(text, offsets) if (flags & PHRASE).any() else {}
    reasons = []
    for line, taken in enumerate(status.tolist()):
        if taken != FURNITURE:
            short = found.words[line] < config.doubtful_words
            doubt = "short line" if short else "open line"
            reasons.append({DOUBTFUL: doubt, WEAK: "short page"}.get(taken, "prose"))
        elif aside[line]:
            reasons.append("notice")
        elif flags[line] & PHRASE:
            reasons.append(phrases.get(line, "address"))
        elif again[line] and not flags[line]:
            reasons.append("printed before")
        else:
            reasons.append(next(name for flag, name in _FLAGS.items() if flags[line] & flag))
    return reasons


@cache
def _terms_of_kinds() -> dict[str, furniture.Terms]:
    return {kind: furniture.phrases_of(kind) for kind in languages.words_of("phrases")}


def _phrase_reasons(text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> dict[int, str]:
    """Reason for each line that holds a phrase, by its number."""
    address = _with_phrase(text, offsets, furniture.phrases_of(""))
    found: dict[int, str] = {}
    for kind, terms in _terms_of_kinds().items():
        for line in np.flatnonzero(_with_phrase(text, offsets, terms) & ~address).tolist():
            found.setdefault(line, _OF_PHRASES.get(kind, kind))
    return found


def _with_phrase(
    text: NDArray[np.uint8], offsets: NDArray[np.int64], terms: furniture.Terms
) -> NDArray[np.bool_]:
    flags = kernels.scan_lines(text, offsets, *terms, 1)[3]
    with_phrase: NDArray[np.bool_] = (flags & PHRASE) != 0
    return with_phrase
