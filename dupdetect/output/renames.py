"""Many files that take their names together, or none of them."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dupdetect.errors import OutputError
from dupdetect.support import system

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ENDING", "Part", "cannot_write", "drop", "hidden_name", "take_names"]

ENDING = ".dupdetect-part"
"""Of hidden files; whoever finds one that no run has locked may remove it."""

_LONGEST_NAME = 150
_FLAGS = os.O_RDONLY | system.flags("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW")


@dataclass(frozen=True)
class Part:
    """A file that is whole and waits for its name.

    A second descriptor holds the lock; where there are no locks a file has to be closed before it
    is named, and there is none.
    """

    path: Path
    target: Path
    given: str
    descriptor: int | None

    def unlock(self) -> None:
        """Give the lock back."""
        if self.descriptor is not None:
            os.close(self.descriptor)


@dataclass
class _Former:
    """Files that were there before, under hidden names, until all new ones are in place."""

    of_target: dict[Path, Path] = field(default_factory=dict)
    locks: list[int] = field(default_factory=list)

    def keep(self, target: Path, *, away: bool) -> None:
        """Give what is there a second name; with `away` take its first one from it."""
        if target in self.of_target or not os.path.lexists(target):
            return
        if target.is_dir() and not target.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        hidden = self.of_target[target] = hidden_name(target)
        if system.HAS_LOCKS:  # elsewhere no open file can be renamed
            with suppress(OSError):  # who may not read it goes without the lock
                descriptor = os.open(target, _FLAGS)
                self.locks.append(descriptor)
                system.lock(descriptor)
        if not away:
            with suppress(OSError):  # no links here, or none to a file of others
                os.link(target, hidden)
                return
        target.replace(hidden)

    def restore(self) -> None:
        for target, hidden in [*self.of_target.items()]:
            try:
                hidden.replace(target)  # nothing happens where both are the same file
            except FileNotFoundError:
                pass  # it was not even moved
            except OSError:
                if not target.exists():
                    del self.of_target[target]  # better under a hidden name than lost

    def close(self) -> None:
        for hidden in self.of_target.values():
            drop(hidden)
        for descriptor in self.locks:
            os.close(descriptor)


def take_names(parts: Sequence[Part], outdated: Sequence[Path]) -> None:
    """Give all parts their names and remove what is outdated; if it fails, undo all of it.

    What is replaced is kept under a hidden name until then. What is outdated and also replaced
    is away while the others take their names, so that a run that is killed meanwhile leaves no
    mixture that looks whole; what is only outdated goes when all are in place.

    Parameters
    ----------
    parts : sequence of Part
        In the order in which they take their names.
    outdated : sequence of Path
        Files that need not be there.

    Raises
    ------
    OutputError
        When one of them cannot be renamed; all is as it was then.
    """
    former = _Former()
    targets = {os.fspath(part.target) for part in parts}
    replaced = [path for path in outdated if os.path.realpath(path) in targets]
    removed = [path for path in outdated if os.path.realpath(path) not in targets]
    place: str | Path = ""
    try:
        for place in replaced:
            former.keep(Path(os.path.realpath(place)), away=True)
        for part in parts:
            place = part.given
            former.keep(part.target, away=False)
        for part in parts:
            place = part.given
            part.path.replace(part.target)
        for place in removed:
            former.keep(place, away=True)
    except BaseException as error:
        for part in parts:
            if part.target not in former.of_target and not part.path.exists():
                drop(part.target)
        former.restore()
        if isinstance(error, OSError):
            raise cannot_write(place, error) from error
        raise
    finally:
        former.close()


def cannot_write(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Return the error of a place that cannot be written to, with what to do."""
    remedies = {
        errno.ENOENT: "make its folder first",
        errno.ENOSPC: "free some space, or write elsewhere",
        errno.EDQUOT: "free some space, or write elsewhere",
        errno.ENAMETOOLONG: "give a shorter name",
        errno.EMFILE: "allow more of them, with 'ulimit -n 256'",
        errno.ELOOP: "remove that link",
    }
    remedy = remedies.get(error.errno or 0, "write elsewhere, or mend the rights")
    return OutputError(f"{os.fspath(path)}: cannot be written: {error.strerror}; {remedy}")


def hidden_name(target: Path) -> Path:
    """Return a name next to a file that nobody else has."""
    return target.with_name(f".{target.name[:_LONGEST_NAME]}.{os.urandom(4).hex()}{ENDING}")


def drop(path: Path) -> None:
    """Remove a file if it is there and can be removed."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
