"""``python -m dupdetect.spark`` and ``spark-submit -m dupdetect.spark``."""

from __future__ import annotations

import sys

from dupdetect.cli.spark_run import main

if __name__ == "__main__":
    sys.exit(main())
