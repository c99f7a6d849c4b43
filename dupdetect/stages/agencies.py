"""What ``agencies.toml`` says, as the tables that the credit kernel searches with.

A pattern there becomes alternatives for what stands left and right of the agency, and each
alternative a sequence of byte runs: a set of bytes and how many of them there may be.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from itertools import chain, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dupdetect.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = ["GENERIC", "SearchTables", "agency_names", "search_tables"]

GENERIC = "wires"
"""Agency name of a credit to agencies that are not named ("ABC/wires")."""

_PLACES = ("dateline", "byline", "signoff", "author")
_LEVELS = ("names", "short", "words")


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


@cache
def _definition() -> dict[str, Any]:
    source = (
        resources.files("dupdetect.stages").joinpath("agencies.toml").read_text(encoding="utf-8")
    )
    definition = tomllib.loads(source)
    if definition.get("format") != 1:
        raise ConfigError(
            f"agencies.toml: format {definition.get('format')!r}, expected 1; reinstall dupdetect"
        )
    return definition


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


_PIECES: Mapping[str, list[_Sequence]] = {
    "sp": [((_BLANK, 0, 2),)],
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
    "dash": [
        ((b"-_=", 1, 1), (b"-", 0, 1)),
        *(
            ((b"\xe2", 1, 1), (b"\x80", 1, 1), (bytes(range(0x90, 0x96)), 1, 1)) * count
            for count in (1, 2)
        ),
    ],
    "stop": [
        ((b".!?)]\"'", 1, 1),),
        *(_exact(mark) for mark in "”’“»…。！？」』）؟।۔"),
    ],
    "person": [((_WORD + _BLANK + b".,'&-", 2, 80),)],
    "partners": [((_WORD + _DIGIT + _BLANK + b"/.,-", 2, 40),)],
    "caps": [((_UPPER + _HIGH, 3, 30),)],
    "capital": [((_UPPER + _HIGH, 1, 1),)],
    "outlet": _joined(
        ((_UPPER + _HIGH + _DIGIT, 1, 1), (_WORD + _DIGIT + b".&'-", 0, 24)), _SPACE, 3
    ),
    "word": [((_WORD + _DIGIT + b".&-", 2, 20),)],
    "desk": [((_WORD, 1, 4),)],
    "year": [_YEAR],
    "num": [((_DIGIT, 1, 2),)],
    "place": [((_HIGH, 2, 36),)],
}


def _sequences(pattern: str, phrases: Mapping[str, list[_Sequence]]) -> list[_Sequence]:
    """Expand one side of a pattern into its alternatives."""
    parts: list[list[_Sequence]] = []
    for piece in pattern.replace("{", "\0{").replace("}", "}\0").split("\0"):
        if not piece.startswith("{"):
            parts.append([_exact(piece)])
            continue
        known = phrases.get(piece[1:-1]) or _PIECES.get(piece[1:-1])
        if known is None:
            names = ", ".join(sorted({*_PIECES, *phrases}))
            raise ConfigError(f"agencies.toml: {piece} in a pattern, expected one of: {names}")
        parts.append(known)
    return [tuple(chain.from_iterable(choice)) for choice in product(*parts)]


def _spellings(definition: Mapping[str, Any]) -> list[tuple[bytes, int, int]]:
    """List all spellings as (bytes, agency, level), longest first, each once."""
    found: dict[bytes, tuple[int, int]] = {}
    for agency, levels in enumerate(definition["agencies"].values()):
        for level, name in enumerate(_LEVELS):
            for spelling in levels.get(name, []):
                for form in (spelling, spelling.upper() if len(spelling) >= 5 else spelling):
                    found.setdefault(form.encode(), (agency, level))
    return sorted(
        ((spelling, *meaning) for spelling, meaning in found.items()),
        key=lambda entry: (-len(entry[0]), entry[0]),
    )


def _offsets(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


@cache
def search_tables() -> SearchTables:
    """Return the tables of ``agencies.toml``, made once."""
    definition = _definition()
    phrases = {
        key: [_exact(phrase) for phrase in values] for key, values in definition["phrases"].items()
    }
    forms: list[tuple[int, int, int]] = []
    sides: list[list[_Sequence]] = []
    for place, levels in definition["forms"].items():
        for level, patterns in levels.items():
            for pattern in patterns:
                left, agency, right = pattern.partition("{agency}")
                if not agency or "{agency}" in right:
                    raise ConfigError(f"agencies.toml: {pattern!r}, expected {{agency}} once in it")
                anchors = left.startswith("^") | right.endswith("$") << 1
                forms.append((_PLACES.index(place), _LEVELS.index(level), anchors))
                sides.append(_sequences(left.removeprefix("^"), phrases))
                sides.append(_sequences(right.removesuffix("$"), phrases))
    names = _spellings(definition)
    sequences = list(chain.from_iterable(sides))
    numbers: dict[frozenset[int], int] = {}
    coded: dict[_Run, bytes] = {}  # few runs are distinct
    runs = list(chain.from_iterable(sequences))
    for run in dict.fromkeys(runs):
        members, least, most = run
        coded[run] = bytes((numbers.setdefault(frozenset(members), len(numbers)), least, most))
    run_table = b"".join(map(coded.__getitem__, runs))
    classes = np.zeros((len(numbers), 256), np.uint8)
    for bytes_of, number in numbers.items():
        classes[number, sorted(bytes_of)] = 1
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
        _offsets(map(len, sequences)),
        np.frombuffer(run_table, np.uint8),
        classes.reshape(-1),
        int(definition["head_bytes"]),
        int(definition["tail_bytes"]),
    )
