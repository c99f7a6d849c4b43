"""Every exception that dupdetect raises on purpose.

::

    DupdetectError
    ├── ConfigError               a setting is unknown or out of its range
    ├── InputError                the stories given cannot be read as they are
    ├── UnknownIdError            no story has the id that was asked for; also a KeyError
    ├── OutputError               a result cannot be written where it was asked for
    ├── FormatError               a file is not one that dupdetect wrote
    │   ├── FormatVersionError    ... or was written in a version not known here
    │   └── ConfigMismatchError   ... or was written under other settings
    ├── KernelError               the native kernels are missing or of another version
    └── MissingDependencyError    an optional package is needed and not installed

``str()`` of each is one line that says what was found, what was expected and
what to do. Anything else that escapes the library is a bug.
"""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "ConfigMismatchError",
    "DupdetectError",
    "FormatError",
    "FormatVersionError",
    "InputError",
    "KernelError",
    "MissingDependencyError",
    "OutputError",
    "UnknownIdError",
]


def _one_line(text: str) -> str:
    """Escape what would break a line or a terminal: messages quote hostile input."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


class DupdetectError(Exception):
    """Base of all errors that dupdetect raises on purpose; ``str()`` is one line."""

    def __str__(self) -> str:
        return _one_line(super().__str__())


class ConfigError(DupdetectError):
    """A setting is unknown, has the wrong type or is out of its range."""


class KernelError(DupdetectError, ImportError):
    """The native kernels cannot be loaded, or are of another version than the package."""


class InputError(DupdetectError):
    """The stories cannot be read as they are.

    Parameters
    ----------
    reason : str
        What is wrong, with the value that was found.
    file : str or None
        The source as the caller gave it; ``"-"`` is standard input.
    line : int or None
        Line (or row) number, from 1.
    column : int or None
        Byte within the line, from 1.
    remedy : str
        What the caller can do.

    Examples
    --------
    >>> print(InputError("no field 'text'", file="a.jsonl", line=3, remedy="name it"))
    a.jsonl:3: no field 'text'; name it
    """

    def __init__(
        self,
        reason: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.file = file
        self.line = line
        self.column = column
        self.remedy = remedy

    def __str__(self) -> str:
        place = [self.file] if self.file is not None else []
        if self.line is not None:
            place.append(str(self.line) if place else f"line {self.line}")
            if self.column is not None:
                place.append(str(self.column))
        said = f"{':'.join(place)}: {self.reason}" if place else self.reason
        return _one_line(f"{said}; {self.remedy}" if self.remedy else said)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the keyword arguments, so that worker processes can raise it."""
        where = (self.reason, self.file, self.line, self.column, self.remedy)
        return (_input_error, where)


def _input_error(
    reason: str, file: str | None, line: int | None, column: int | None, remedy: str
) -> InputError:
    return InputError(reason, file=file, line=line, column=column, remedy=remedy)


class UnknownIdError(DupdetectError, KeyError):
    """No story has the id that was asked for, or ids are of another type.

    Examples
    --------
    >>> print(UnknownIdError("7: no such story; pass an id of `clusters`"))
    7: no such story; pass an id of `clusters`
    """

    def __str__(self) -> str:
        return _one_line(str(self.args[0]))  # a KeyError would show it in quotation marks


class OutputError(DupdetectError):
    """A result cannot be written where it was asked for."""


class FormatError(DupdetectError):
    """A file is not one that dupdetect wrote, or it is damaged."""


class FormatVersionError(FormatError):
    """A file was written in a format version that this release does not read."""


class ConfigMismatchError(FormatError):
    """Two outputs that are to be used together were made under different settings."""


class MissingDependencyError(DupdetectError, ImportError):
    """An optional package is needed for what was asked and is not installed."""
