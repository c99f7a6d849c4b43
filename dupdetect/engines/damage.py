"""Errors in the middle of work on an index: where a damaged file is behind one, it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from dupdetect.errors import DupdetectError, FormatError
from dupdetect.store.files import Files, check_file

__all__ = ["names_damage", "naming_damage", "refuse_damaged"]

_REMEDY = "restore the folder from a copy, or index the stories again"
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class _OfFiles(Protocol):
    _files: Files


_Owner = TypeVar("_Owner", bound=_OfFiles)


@contextmanager
def naming_damage(files: Files, *, opening: bool = False, given: bool = True) -> Iterator[None]:
    """Have an error that comes of a damaged file name that file and say what to do.

    Files are looked through then and not before they are used, which would read all of them.

    Parameters
    ----------
    files : Files
        Those of the index.
    opening : bool
        While it is opened only what ``MANIFEST`` says can be wrong where all files are whole.
    given : bool
        Whether something was given that may be wrong: then only errors of formats, and those that
        nobody foresaw, have the files looked through.

    Raises
    ------
    FormatError
        When a file is damaged; any other error is as it was.
    """
    try:
        yield
    except Exception as error:
        foreseen = isinstance(error, DupdetectError) and type(error) is not FormatError
        if foreseen and given:
            raise
        found = _damaged(files)
        if not found and (isinstance(error, FormatError) or not opening):
            raise
        raise FormatError(_said(files, found)) from error


def refuse_damaged(files: Files) -> None:
    """Look through all files before others are made of them, which would hide the damage.

    Parameters
    ----------
    files : Files
        Those of the index.

    Raises
    ------
    FormatError
        When one is damaged.
    """
    found = _damaged(files)
    if found:
        raise FormatError(_said(files, found))


def _said(files: Files, found: list[str]) -> str:
    what = found[0] if found else "MANIFEST is damaged"
    more = f" ({len(found) - 1} more files are damaged)" if len(found) > 1 else ""
    return f"{files.name}: {what}{more}; {_REMEDY}"


def _damaged(files: Files) -> list[str]:
    """Say what is wrong with the files of the newest generation."""
    try:
        written = sorted(files.manifest()["files"].items())
        found = [check_file(files, name, size, digest) for name, (size, digest, _) in written]
    except (TypeError, ValueError):  # no sizes and digests are there
        return []
    return [one for one in found if one]


def names_damage(
    method: Callable[Concatenate[_Owner, _Given], _Result],
) -> Callable[Concatenate[_Owner, _Given], _Result]:
    """Have a method of an index name the damaged file that stops it; see :func:`naming_damage`."""

    @wraps(method)
    def named(self: _Owner, /, *args: _Given.args, **settings: _Given.kwargs) -> _Result:
        with naming_damage(self._files, given=bool(args or settings)):
            return method(self, *args, **settings)

    return named
