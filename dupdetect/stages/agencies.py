"""What ``agencies.toml`` says, as the tables that the credit kernel searches with.

A pattern there becomes alternatives for what stands left and right of the agency, and each
alternative a sequence of byte runs: a set of bytes and how many of them there may be.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dupdetect.errors import ConfigError
from dupdetect.stages.lists import read_lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = [
    "GENERIC",
    "SearchTables",
    "agency_languages",
    "agency_names",
    "agency_years",
    "search_tables",
]

GENERIC = "wires"
"""Agency name of a credit to agencies that are not named ("ABC/wires")."""

_PLACES = ("dateline", "byline", "signoff", "inside", "mention", "author")
_LEVELS = ("past", "names", "short", "words")


class SearchTables(NamedTuple):
    """What the kernel searches for; see ``dupdetect.kernels.reference.credit.scan_credits``."""

    names: NDArray[np.uint8]
    name_offsets: NDArray[np.int64]
    name_agency: NDArray[np.int32]
    name_level: NDArray[np.uint8]
    form_place: NDArray[np.uint8]
    form_level: NDArray[np.uint8]
    form_anchor: NDArray[np.uint8]
    form_sequences: NDArray[np.int64]
    sequence_runs: NDArray[np.int64]
    runs: NDArray[np.uint8]
    classes: NDArray[np.uint8]
    head: int
    tail: int


@cache
def agency_names() -> tuple[str, ...]:
    """Return the names of all agencies known, in the order of ``agencies.toml``."""
    return tuple(_definition()["agencies"])


_MARGIN_YEARS = 2
_ALWAYS = (0, 9999)


@cache
def agency_years() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last year, both included, in which papers may name each agency."""
    given = [agency.get("years", ()) for agency in _definition()["agencies"].values()]
    spans = [(*years, *_ALWAYS[len(years) :]) for years in given]
    first, last = np.array(spans, np.int64).T
    return first - _MARGIN_YEARS, last + _MARGIN_YEARS


@cache
def agency_languages() -> tuple[tuple[str, ...], ...]:
    """Return the languages (ISO 639) of the papers that name each agency."""
    return tuple(tuple(agency["languages"]) for agency in _definition()["agencies"].values())


@cache
def _definition() -> dict[str, Any]:
    definition = read_lists("agencies.toml")
    if definition.get("format") != 2:
        raise ConfigError(
            f"agencies.toml: format {definition.get('format')!r}, expected 2; reinstall dupdetect"
        )
    return definition


_RUN_BYTES = 3
_Run = tuple[bytes, int, int]
_Sequence = tuple[_Run, ...]

_HIGH = bytes(range(0x80, 0x100))
_UPPER = bytes(range(ord("A"), ord("Z") + 1))
_LOWER = _UPPER.lower()
_DIGIT = b"0123456789"
_BLANK = b" \t\xc2\xa0"
_WORD = _UPPER + _LOWER + _HIGH
_SPACE: _Sequence = ((_BLANK, 1, 4),)
_CAPITALISED: _Sequence = ((_UPPER + _HIGH, 1, 1), (_WORD + b".'-", 0, 30))
_SMALL: _Sequence = ((_LOWER, 1, 5),)
_MONTH: _Sequence = ((_WORD + b".", 3, 24),)
_DAY: _Sequence = ((_DIGIT, 1, 2), (_LOWER + b".", 0, 3))
_YEAR: _Sequence = ((_DIGIT, 4, 4),)
_COMMA: _Sequence = ((b", ", 1, 2),)


def _joined(word: _Sequence, separator: _Sequence, most: int) -> list[_Sequence]:
    return [word + (separator + word) * (count - 1) for count in range(1, most + 1)]


def _exact(text: str) -> _Sequence:
    """Turn text into runs: its letters in either case, its spaces as one to four."""
    return tuple(
        chain.from_iterable(
            _SPACE
            if character == " "
            else [(bytes({byte, *bytes([byte]).swapcase()}), 1, 1) for byte in character.encode()]
            for character in text
        )
    )


_POINTS = b".,;:'\""
_GAP: _Sequence = ((_BLANK + _POINTS, 0, 4),)
_DASHES: list[_Sequence] = [
    ((b"-_=", 1, 1), (b"-", 0, 1)),
    *(
        ((b"\xe2", 1, 1), (b"\x80", 1, 1), (bytes(range(0x90, 0x96)), 1, 1)) * count
        for count in (1, 2)
    ),
]
_STROKE: _Sequence = ((_BLANK, 0, 1), (b"/,-+&", 1, 1), (_BLANK, 0, 1))
_OPEN: _Sequence = ((b"([{<", 1, 1), (_BLANK, 0, 2))
_CLOSE: _Sequence = ((_BLANK + b".,;:'*-", 0, 4), (b")]}>1|!", 1, 1))

_PIECES: Mapping[str, list[_Sequence]] = {
    "sp": [((_BLANK, 0, 2),)],
    "gap": [_GAP],
    "to": [((_BLANK + _POINTS + b"-_=\xe2\x80" + bytes(range(0x90, 0x96)), 0, 9),)],
    "whole": [_CLOSE],
    "open": [_OPEN, (*_OPEN, (_WORD + _DIGIT + _BLANK + b"./,-+&", 2, 26), *_STROKE)],
    "close": [_CLOSE, (*_STROKE, (_WORD + _DIGIT + _BLANK + b"./,-+&", 2, 26), *_CLOSE)],
    "misread": [((b"l1iftcrj|<{", 1, 1),)],
    "pair": [_STROKE],
    "noise": [((bytes(set(range(0x20, 0x100)) - set(_UPPER + _LOWER + _DIGIT)), 0, 12),)],
    "town": _joined(_CAPITALISED, ((_BLANK + b"-", 1, 1),), 2),
    "city": [
        *_joined(_CAPITALISED, ((_BLANK + b",/", 1, 2),), 5),
        _CAPITALISED + _SPACE + _SMALL + _SPACE + _CAPITALISED,
        _CAPITALISED + _SPACE + _SMALL + _SPACE + _SMALL + _SPACE + _CAPITALISED,
    ],
    "date": [
        _MONTH + _SPACE + _DAY,
        _MONTH + _SPACE + _DAY + _COMMA + _YEAR,
        _DAY + _SPACE + _MONTH,
        _DAY + _SPACE + _MONTH + _COMMA + _YEAR,
        (*_YEAR, (b".", 0, 1), *_SPACE, *_MONTH, *_SPACE, *_DAY),
        (*_YEAR, (b".", 0, 1), *_SPACE, *_MONTH, *_SPACE, *_DAY, *_COMMA, *_MONTH),
        ((_DIGIT + b"./", 5, 10),),
    ],
    "day": [
        (
            (_DIGIT, 1, 2),
            (_BLANK + b".,", 0, 3),
            (_UPPER + _LOWER + _HIGH, 0, 20),
            (_BLANK + _DIGIT + b"h.,", 0, 9),
        ),
    ],
    "dash": _DASHES,
    "stop": [
        ((b".!?)]\"'", 1, 1),),
        *(_exact(mark) for mark in "”’“»…。！？」』）؟।۔"),
    ],
    "person": [((_WORD + _BLANK + b".,'&-", 2, 80),)],
    "partners": [((_WORD + _DIGIT + _BLANK + b"/.,-", 2, 40),)],
    "caps": [((_UPPER + _HIGH, 3, 30),)],
    "capital": [((_UPPER + _HIGH, 1, 1),)],
    "small": [((_LOWER + _HIGH, 3, 3),)],
    "outlet": _joined(
        ((_UPPER + _HIGH + _DIGIT, 1, 1), (_WORD + _DIGIT + b".&'-", 0, 24)), _SPACE, 3
    ),
    "word": [((_WORD + _DIGIT + b".&-", 2, 20),)],
    "desk": [((_WORD, 1, 4),)],
    "year": [_YEAR],
    "num": [((_DIGIT, 1, 2),)],
    "place": [((_HIGH, 2, 36),)],
}


class _Coded:
    """Sequences as the kernel takes them: three bytes a run, the number of its set of bytes first.

    Few sets are distinct, and each piece of a pattern stands in many alternatives.
    """

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self.sets: dict[frozenset[int], int] = {}
        self._letters: dict[str, bytes] = {}
        self._pieces = {
            name: [self._code(sequence) for sequence in sequences]
            for name, sequences in _PIECES.items()
        } | {name: [self._exactly(text) for text in texts] for name, texts in phrases.items()}

    def _code(self, sequence: _Sequence) -> bytes:
        return bytes(
            chain.from_iterable(
                (self.sets.setdefault(frozenset(members), len(self.sets)), least, most)
                for members, least, most in sequence
            )
        )

    def _exactly(self, text: str) -> bytes:
        known = self._letters
        for letter in text:
            if letter not in known:
                known[letter] = self._code(_exact(letter))
        return b"".join([known[letter] for letter in text])

    def alternatives(self, pattern: str) -> list[bytes]:
        """Expand one side of a pattern."""
        parts: list[list[bytes]] = []
        for piece in pattern.replace("{", "\0{").replace("}", "}\0").split("\0"):
            if not piece.startswith("{"):
                parts.append([self._exactly(piece)])
                continue
            known = self._pieces.get(piece[1:-1])
            if known is None:
                names = ", ".join(sorted(self._pieces))
                raise ConfigError(f"agencies.toml: {piece} in a pattern, expected one of: {names}")
            parts.append(known)
        return [b"".join(choice) for choice in product(*parts)]


def _spellings(definition: Mapping[str, Any]) -> list[tuple[bytes, int, int]]:
    """List all spellings as (bytes, agency, level), longest first, each once."""
    found: dict[bytes, tuple[int, int]] = {}
    misread = definition["misread"]
    for agency, levels in enumerate(definition["agencies"].values()):
        for level, name in enumerate(_LEVELS):
            for spelling in levels.get(name, []):
                forms = [spelling, spelling.upper() if len(spelling) >= 5 else spelling]
                for form in forms:
                    found.setdefault(form.encode(), (agency, level))
                for form in _misread(spelling, misread) if spelling in misread["names"] else ():
                    found.setdefault(form.encode(), (agency, len(_LEVELS) - 1))
    return sorted(
        ((spelling, *meaning) for spelling, meaning in found.items()),
        key=lambda entry: (-len(entry[0]), entry[0]),
    )


def _misread(spelling: str, letters: Mapping[str, list[str]]) -> list[str]:
    """Spellings with one letter taken for another, a letter lost, or a blank inside."""
    taken = [
        spelling[:at] + wrong + spelling[at + 1 :]
        for at, letter in enumerate(spelling)
        for wrong in letters.get(letter, [])
    ]
    inner = range(1, len(spelling))
    parted = [spelling[:at] + " " + spelling[at:] for at in inner]
    return taken + parted + [spelling[:at] + spelling[at + 1 :] for at in inner]


def _offsets(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


@cache
def search_tables() -> SearchTables:
    """Return the tables of ``agencies.toml``, made once."""
    definition = _definition()
    coded = _Coded(definition["phrases"])
    forms: list[tuple[int, int, int]] = []
    sides: list[list[bytes]] = []
    for place, levels in definition["forms"].items():
        for level, patterns in levels.items():
            for pattern in patterns:
                left, agency, right = pattern.partition("{agency}")
                if not agency or "{agency}" in right:
                    raise ConfigError(f"agencies.toml: {pattern!r}, expected {{agency}} once in it")
                after_stop = left.startswith("{stop}^")
                left = left.removeprefix("{stop}") if after_stop else left
                anchors = left.startswith("^") | right.endswith("$") << 1 | after_stop << 2
                forms.append((_PLACES.index(place), _LEVELS.index(level), anchors))
                sides.append(coded.alternatives(left.removeprefix("^")))
                sides.append(coded.alternatives(right.removesuffix("$")))
    names = _spellings(definition)
    sequences = list(chain.from_iterable(sides))
    classes = np.zeros((len(coded.sets), 256), np.uint8)
    for members, number in coded.sets.items():
        classes[number, sorted(members)] = 1
    places, form_levels, anchors_of = np.array(forms, np.uint8).T
    return SearchTables(
        np.frombuffer(b"".join(spelling for spelling, _, _ in names), np.uint8),
        _offsets(len(spelling) for spelling, _, _ in names),
        np.array([agency for _, agency, _ in names], np.int32),
        np.array([level for _, _, level in names], np.uint8),
        np.ascontiguousarray(places),
        np.ascontiguousarray(form_levels),
        np.ascontiguousarray(anchors_of),
        _offsets(map(len, sides)),
        _offsets(map(len, sequences)) // _RUN_BYTES,
        np.frombuffer(b"".join(sequences), np.uint8),
        classes.reshape(-1),
        int(definition["head_bytes"]),
        int(definition["tail_bytes"]),
    )
