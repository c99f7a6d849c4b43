"""``python -m dupdetect`` and the command ``dupdetect``: the command line."""

from __future__ import annotations

import os
import sys


def run() -> int:
    """Run the command line; Ctrl-C while it is still being loaded ends it as later on.

    Returns
    -------
    int
        The exit code.
    """
    try:
        from dupdetect.cli import main  # noqa: PLC0415  (what takes time to load)

        return main()
    except KeyboardInterrupt:
        # Half-loaded libraries do not all survive the usual way out.
        os.write(2, b"dupdetect: stopped; no output was left half written\n")
        os._exit(130)


if __name__ == "__main__":
    sys.exit(run())
