"""``python -m dupdetect``: the command line."""

from __future__ import annotations

import sys

from dupdetect.cli import main

sys.exit(main())
