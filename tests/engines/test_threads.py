"""More threads than the system grants: those that start do the work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WORK = """
import resource
import numpy as np
import _dupdetect

threads, more = 1000, {more} << 20
texts = [b"Alpha beta gamma %d delta.\\nNext line of it." % i for i in range(256 * threads)]
data = np.frombuffer(b"".join(texts), np.uint8)
offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
rest = (
    np.array([], np.uint64), np.array([0]), np.array([], np.int32), np.array([], np.uint8)
)
expected = _dupdetect.scan_lines(data, offsets, *rest, 1)
with open("/proc/self/statm") as statm:
    size = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + more, size + more))
found = _dupdetect.scan_lines(data, offsets, *rest, threads)
print(all((x == y).all() for x, y in zip(expected, found)))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits are Linux's here")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="sanitizers need the room")
@pytest.mark.parametrize("more", [100, 1000])
def test_threads_that_cannot_start_are_done_without(more: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORK.format(more=more)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr
