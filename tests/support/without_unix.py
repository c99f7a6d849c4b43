"""Runs dupdetect as on a system without Unix's modules, flags and open files that take a name.

python tests/support/without_unix.py dedupe dump.jsonl -o kept.jsonl
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

MODULES = {"fcntl", "resource", "pwd", "grp", "termios"}
NAMES = ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "fchmod", "getuid", "sched_getaffinity")


class _Absent:
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        del path, target
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _is_open(path: Path) -> bool:
    links = Path("/proc/self/fd").iterdir()
    return any(link.is_symlink() and link.readlink() == path for link in links)


def _refuse_open(name: str) -> None:
    given = getattr(Path, name)

    def checked(self: Path, *more: Any) -> Any:
        if _is_open(self.absolute()):
            raise PermissionError(13, "The process cannot access the file: it is open", str(self))
        return given(self, *more)

    setattr(Path, name, checked)


def main() -> int:
    """Take away, then run the command line."""
    import tempfile  # noqa: F401, PLC0415 - the standard library may use what is taken away below

    sys.meta_path.insert(0, _Absent())
    for name in MODULES:
        sys.modules.pop(name, None)
    for name in NAMES:
        if hasattr(os, name):
            delattr(os, name)
    _refuse_open("replace")
    _refuse_open("rename")
    from dupdetect.cli import main as command  # noqa: PLC0415

    code = command(sys.argv[1:])
    from dupdetect.support import system  # noqa: PLC0415

    if system.HAS_LOCKS:
        sys.stderr.write("the modules were not taken away\n")
        return 99
    return code


if __name__ == "__main__":
    sys.exit(main())
