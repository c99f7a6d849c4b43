"""``python -m benchmarks.generate``: write made-up stories to a file."""

from __future__ import annotations

import sys

from benchmarks.generate.stories import main

if __name__ == "__main__":
    sys.exit(main())
