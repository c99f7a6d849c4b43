"""``python -m dupdetect`` and the command ``dupdetect``: the command line."""

from __future__ import annotations

import gc
import os
import sys

_OBJECTS = 100_000  # new ones after which cycles are looked for: nearly all that is made stays


def run() -> int:
    """Run the command line; Ctrl-C while it is still being loaded ends it as later on.

    Returns
    -------
    int
        The exit code.
    """
    gc.set_threshold(_OBJECTS)
    try:
        from dupdetect.cli import main  # noqa: PLC0415  (what takes time to load)

        return main()
    except KeyboardInterrupt:
        # Half-loaded libraries do not all survive the usual way out.
        os.write(2, b"dupdetect: stopped; no output was left half written\n")
        os._exit(130)


if __name__ == "__main__":
    sys.exit(run())
