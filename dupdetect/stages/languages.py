"""What pages print around stories, by language: the files in ``words/``.

The words of all languages are looked for in every text, whatever its language: pages mix them, and
no phrase of one is ordinary prose of another.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from dupdetect.errors import ConfigError
from dupdetect.stages.lists import read_lists

__all__ = ["LANGUAGES", "language_files", "words_of"]

LANGUAGES = (
    "english", "german", "french", "spanish", "portuguese", "italian", "polish", "dutch", "russian",
)  # fmt: skip

_PARTS = frozenset({"phrases", "terms", "notices", "speech", "facts"})


def language_files() -> tuple[str, ...]:
    """Return the names of the files, from ``dupdetect.stages`` on."""
    return tuple(f"words/{language}.toml" for language in LANGUAGES)


@cache
def _file(name: str) -> dict[str, Any]:
    listed = read_lists(name)
    if set(listed) != _PARTS:
        raise ConfigError(
            f"{name}: has {', '.join(sorted(listed))}, expected {', '.join(sorted(_PARTS))}; "
            "reinstall dupdetect"
        )
    return listed


def words_of(part: str, language: str | None = None) -> dict[str, tuple[str, ...]]:
    """Return the lists of a part of the files, by kind, each text once.

    Parameters
    ----------
    part : {"phrases", "terms", "notices", "speech", "facts"}
        Part of the files.
    language : str, optional
        One of :data:`LANGUAGES`; all of them by default.

    Examples
    --------
    >>> words_of("terms", "german")["and"]
    ('und',)
    >>> "und" in words_of("terms")["and"]
    True
    """
    names = language_files() if language is None else (f"words/{language}.toml",)
    found: dict[str, dict[str, None]] = {}
    for name in names:
        for kind, texts in _file(name)[part].items():
            found.setdefault(kind, {}).update(dict.fromkeys(texts))
    return {kind: tuple(texts) for kind, texts in found.items()}
