"""Arguments of public functions, refused where they cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dupdetect.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["require_bool", "require_choice", "require_type"]


def require_bool(name: str, value: object) -> None:
    """Raise `ConfigError` when an argument is neither True nor False."""
    if not isinstance(value, bool):
        raise ConfigError(f"{name} = {value!r}: expected True or False; pass one")


def require_choice(name: str, value: object, known: Collection[str]) -> None:
    """Raise `ConfigError` when an argument is none of the values it can have."""
    if not isinstance(value, str) or value not in known:
        expected = " or ".join(map(repr, known))
        raise ConfigError(f"{name} = {value!r}: expected {expected}; pass one")


def require_type(name: str, value: object, kind: type) -> None:
    """Raise `ConfigError` when an argument is neither of a type nor None."""
    if value is not None and not isinstance(value, kind):
        raise ConfigError(
            f"{name}: {type(value).__name__}, expected {kind.__name__}; "
            f"pass dupdetect.{kind.__name__}(...)"
        )
