"""Hold results against the plain rules, with other collections each time.

python -m tests.checker --minutes 60          # random seeds, which are printed where one fails
python -m tests.checker --seed 17 --minutes 0 # one of them again
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random, SystemRandom

from tests.checker.corpora import families
from tests.checker.real import RELEASES, releases
from tests.checker.runs import CLASSES, RUN_WORDS, check_families, check_real, check_shared_run


def main() -> int:
    """Check until the time is over; the exit code says whether anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.checker", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, help="the first collection's")
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    seed, checked, failed = given.seed, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while not checked or time.monotonic() < end:
            seed = SystemRandom().randrange(2**32) if seed is None or checked else seed
            random = Random(seed)
            wrong = check_families(families(seed, random.randint(4, 20)), seed, Path(folder))
            wrong += check_shared_run(seed, random.choice(CLASSES), random.choice(RUN_WORDS))
            if RELEASES.exists():
                wrong += check_real(releases(seed, random.randint(20, 60)), seed, Path(folder))
            checked += 1
            failed += bool(wrong)
            for one in wrong[:10]:
                sys.stdout.write(f"seed {seed}: {one[:400]}\n")
    sys.stdout.write(f"{checked} collections, {failed} with faults\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
