"""UTF-8 that was read as another encoding, once or more often; and quoted-printable lines."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dupdetect.corpus.mend.placed import Edit, Placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["decode_quoted_printable", "read_once", "restore_controls"]

_MOST_TIMES = 3
_SEVERAL = 2  # different sequences of one encoding, which are no chance
_ENCODINGS = (
    ("latin-1", "sloppy-windows-1252"),  # mixed often enough
    ("sloppy-windows-1250",),
    ("sloppy-windows-1251",),
    ("macroman",),
    ("cp437",),
)
_BEHIND = " \u00ab\u00bb\u201c\u201d\u2018\u2019\u201a\u201e\u2013\u2014\u2026\u2039\u203a"
"""What may stand behind a capital, too: of such pairs alone nothing follows."""
_CHANGED = {"\u00c3 ": "\u00e0", "\u00e2\u20ac\ufffd": "\u201d"}
"""Of which the last byte became a blank as any other, or was none of Windows-1252."""
_CONTROLS = {
    point: mark
    for point in range(0x80, 0xA0)
    if (mark := bytes([point]).decode("cp1252", "ignore"))
}


class _Reading(NamedTuple):
    """How bytes from 0x80 on look in an encoding."""

    byte_of: Mapping[str, int]
    sequences: re.Pattern[str]


@lru_cache
def _reading(encodings: tuple[str, ...]) -> _Reading:
    import ftfy.bad_codecs  # noqa: F401, PLC0415  knows the sloppy ones; takes long to import

    chars: dict[int, list[str]] = {byte: [] for byte in range(0x80, 0x100)}
    byte_of: dict[str, int] = {}
    for encoding in encodings:
        for byte, known in chars.items():
            char = bytes([byte]).decode(encoding)
            known.append(char)
            byte_of.setdefault(char, byte)

    def one_of(first: int, last: int) -> str:
        return f"[{re.escape(''.join(c for b in range(first, last + 1) for c in chars[b]))}]"

    goes_on = one_of(0x80, 0xBF)
    sequences = (
        f"{one_of(0xC2, 0xDF)}{goes_on}|{one_of(0xE0, 0xEF)}{goes_on}{{2}}"
        f"|{one_of(0xF0, 0xF4)}{goes_on}{{3}}|{'|'.join(_CHANGED)}"
    )
    return _Reading(byte_of, re.compile(sequences))


def read_once(placed: Placed) -> Placed:
    """Return a text with what was read in a wrong encoding read as UTF-8.

    Whether a text was is for ftfy to say, which knows what letters stand side by side in none.
    """
    for _ in range(_MOST_TIMES):
        edits = max((list(_edits(placed.text, names)) for names in _ENCODINGS), key=_letters)
        if not edits or not _is_proven(placed.text, edits):
            break
        placed = placed.edited(edits)
    return placed


def _edits(text: str, encodings: tuple[str, ...]) -> Iterator[Edit]:
    byte_of, sequences = _reading(encodings)
    for found in sequences.finditer(text):
        if found[0] in _CHANGED:
            yield Edit(found.start(), found.start() + len(found[0].rstrip()), _CHANGED[found[0]])
            continue
        try:
            char = bytes(byte_of[char] for char in found[0]).decode()
        except UnicodeDecodeError:
            continue
        yield Edit(found.start(), found.end(), char)


def _letters(edits: list[Edit]) -> int:
    """Return how many become what texts are written in: not phonetic signs and marks alone."""
    return sum(edit.text < "\u0250" or edit.text >= "\u0370" for edit in edits)


def _is_proven(text: str, edits: list[Edit]) -> bool:
    from ftfy.badness import is_bad  # noqa: PLC0415  takes long to import

    said = [text[edit.start : edit.end] for edit in edits]
    clear = {one for one in said if len(one) > 2 or one[0] == "\u00c2" or one[1:] not in _BEHIND}
    return 2 * _letters(edits) > len(edits) and (len(clear) >= _SEVERAL or any(map(is_bad, clear)))


def restore_controls(placed: Placed) -> Placed:
    """Return a text with the marks of Windows-1252 that were read as controls of Latin-1."""
    return Placed(placed.text.translate(_CONTROLS), placed.at)


_SOFT_BREAK = re.compile(r"=[ \t]*\r?\n")
_ESCAPE = re.compile(r"=([0-9A-F]{2})|=[ \t]*\r?\n")
_OCTET = re.compile(r"=[0-9A-F]{2}")
_LONGEST_LINE = 78
_LEAST_SIGNS = 2


def decode_quoted_printable(placed: Placed) -> Placed:
    r"""Return a text without soft line breaks and escapes, if its lines are short and have some.

    Examples
    --------
    >>> text = "The ferry was late=\nly at dawn =E2=80=94 fog"
    >>> decode_quoted_printable(Placed.of(text)).text
    'The ferry was lately at dawn — fog'
    """
    soft = len(_SOFT_BREAK.findall(placed.text))
    longest = max(map(len, placed.text.splitlines()))
    if longest > _LONGEST_LINE or soft + (_OCTET.search(placed.text) is not None) < _LEAST_SIGNS:
        return placed
    placed = placed.edited(
        Edit(found.start(), found.end(), chr(int(found[1], 16)) if found[1] else "")
        for found in _ESCAPE.finditer(placed.text)
    )
    return placed.edited(_edits(placed.text, _ENCODINGS[0]))
