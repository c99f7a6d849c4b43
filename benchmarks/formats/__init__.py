"""Readers of labelled sets in their published formats.

A reader has `recognises(path)`, which looks at names only, and `read(path)`, which returns a
`benchmarks.quality.labelled.LabelledSet`. Only sets the user has are read:
none of the published ones
is shipped here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.formats import clough, core, meter, newscopy, pan, webpairs, wirebench
from benchmarks.formats.lines import LabelledSetError
from benchmarks.quality.labelled import LabelledSet

__all__ = ["READERS", "LabelledSetError", "Reader", "read"]


@dataclass(frozen=True)
class Reader:
    """A format: what its path looks like, and the functions that know it."""

    looks_like: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], LabelledSet]


READERS: dict[str, Reader] = {
    module.FORMAT: Reader(module.LOOKS_LIKE, module.recognises, module.read)
    for module in (wirebench, webpairs, clough, newscopy, meter, pan, core)
}


def read(path: Path, *, form: str | None = None) -> LabelledSet:
    """Read a labelled set.

    Parameters
    ----------
    path
        File or folder of the set.
    form
        A key of `READERS`; by default the first format that recognises the path.

    Raises
    ------
    LabelledSetError
        The path is not there, no reader knows it, or its content is not what the format says.
    """
    if not path.exists():
        raise LabelledSetError(f"{path}: no such file or folder")
    if form is None:
        form = next((name for name, r in READERS.items() if r.recognises(path)), None)
    if form is None:
        known = "; ".join(f"{name}: {r.looks_like}" for name, r in READERS.items())
        raise LabelledSetError(f"{path}: not a labelled set this command knows ({known})")
    return READERS[form].read(path)
