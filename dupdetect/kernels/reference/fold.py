"""Folding of code points: what the tokenizer makes of each character.

This file is the single definition. The reference tokenizer calls :func:`fold_char`; the build
derives the native kernel's table from it, so both treat every code point alike. It imports
nothing but the standard library because the build runs it before the package is installed.

Folding is NFKD, casefold, NFKD again and the removal of marks (Unicode Standard, chapter 3.13 and
Annex 15), extended by letters that have no canonical decomposition (``ł``, ``ø``, ``đ``, ...), so
that ``Władysław`` and ``Wladyslaw`` are one word.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

OTHER = 0
WORD = 1
SINGLE = 2
DROP = 3
APOSTROPHE = 4
QUOTE_OPEN = 5
QUOTE_CLOSE = 6
QUOTE_TOGGLE = 7
TERMINATOR = 8
NEWLINE = 9
SPACE = 10
CLOSER = 11
FULL_TERMINATOR = 12
QUOTE_SINGLE = 13
COLON = 14

_EXTRA = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ŋ": "ng",
        "ĸ": "k",
        "ѐ": "е",
    }
)
_APOSTROPHES = frozenset("\u0374'\u2019\u02bc\u02b9\uff07`\u00b4")
_QUOTE_OPEN = frozenset("\u201c\u00ab\u201e\u201f\u300c\u300e\u2039\u301d")
_QUOTE_CLOSE = frozenset("\u201d\u00bb\u300d\u300f\u203a\u301e\u301f")
_QUOTE_TOGGLE = frozenset('"\uff02')
_TERMINATORS = frozenset(".!?\u2026\u061f\u06d4\u0964\u0965\u203c\u2047\u2048\u2049")
_FULL_TERMINATORS = frozenset("\u3002\uff01\uff1f\uff0e\uff61")
_NEWLINES = frozenset("\n\r\u000b\u000c\u0085\u2028\u2029")
_QUOTE_SINGLE = frozenset("\u2018\u201a")
_COLONS = frozenset(":\uff1a")
_CLOSERS = frozenset(")]}\uff09\u3011\u300b\u3009*")
# Tatweel stretches Arabic words without changing them; U+FFFD stands in a word where a letter or an
# apostrophe was lost.
_DROPPED = frozenset("\u0640\ufffd")
_SINGLE_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # Han radicals
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3041, 0x30FF),  # Kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # half-width Kana
    (0x1B000, 0x1B16F),
    (0x20000, 0x323AF),
)


def _is_single_script(point: int) -> bool:
    return any(low <= point <= high for low, high in _SINGLE_RANGES)


def _class_of_mark_or_letter(char: str, category: str) -> int:
    single = _is_single_script(ord(char))
    if category[0] == "L" or category == "Nl":
        return SINGLE if single else WORD
    if category == "Mc":
        musical = 0x1D100 <= ord(char) <= 0x1D1FF  # stems and flags of notes, which are no words
        return DROP if single or musical else WORD
    return WORD if category[0] == "N" else DROP


_CLASSES = {
    **dict.fromkeys(_APOSTROPHES, APOSTROPHE),
    **dict.fromkeys(_QUOTE_OPEN, QUOTE_OPEN),
    **dict.fromkeys(_QUOTE_CLOSE, QUOTE_CLOSE),
    **dict.fromkeys(_QUOTE_TOGGLE, QUOTE_TOGGLE),
    **dict.fromkeys(_TERMINATORS, TERMINATOR),
    **dict.fromkeys(_FULL_TERMINATORS, FULL_TERMINATOR),
    **dict.fromkeys(_NEWLINES, NEWLINE),
    **dict.fromkeys(_CLOSERS, CLOSER),
    **dict.fromkeys(_QUOTE_SINGLE, QUOTE_SINGLE),
    **dict.fromkeys(_COLONS, COLON),
    **dict.fromkeys(_DROPPED, DROP),
}


@lru_cache(maxsize=65536)
def fold_char(char: str) -> tuple[int, str]:
    """Return the class of a character and what it folds to.

    Parameters
    ----------
    char : str
        One code point.

    Returns
    -------
    tuple of (int, str)
        One of this module's class constants, and the folded text: letters and digits only, empty
        for every class but ``WORD`` and ``SINGLE``.

    Examples
    --------
    >>> fold_char("Ł"), fold_char("é"), fold_char("中") == (SINGLE, "中")
    ((1, 'l'), (1, 'e'), True)
    """
    known = _CLASSES.get(char)
    if known is not None:
        return known, ""
    category = unicodedata.category(char)
    if category in ("Zs", "Cc"):
        return SPACE, ""
    if category == "Cf":
        return DROP, ""
    if category[0] not in "LNM":
        return OTHER, ""
    kind = _class_of_mark_or_letter(char, category)
    if kind == DROP:
        return DROP, ""
    decimal = unicodedata.decimal(char, None)
    if decimal is not None:
        return kind, str(decimal)
    # Marks go before casefolding, which would make a letter of the Greek iota below.
    text = "".join(
        c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn"
    )
    text = text.casefold()
    text = unicodedata.normalize("NFKD", text).translate(_EXTRA)
    text = "".join(c for c in text if unicodedata.category(c) == "Mc" or c.isalnum())
    return (kind, text) if text else (DROP, "")


def is_capital(char: str) -> bool:
    """Tell whether a character is an upper-case or title-case letter.

    Examples
    --------
    >>> is_capital("É"), is_capital("é"), is_capital("中")
    (True, False, False)
    """
    return unicodedata.category(char) in ("Lu", "Lt")
