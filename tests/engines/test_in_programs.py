"""`cluster` inside of other programs: stopped by Ctrl-C, in threads, in forks, in interpreters."""

from __future__ import annotations

import importlib.util
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import dupdetect
from benchmarks.attacks.texts import ATTACKS

ROOT = Path(__file__).resolve().parents[2]
SANITIZED = pytest.mark.skipif(
    any(name in os.environ.get("LD_PRELOAD", "") for name in ("asan", "tsan")),
    reason="sanitizers slow everything down, or know no fork",
)

STOPPED = """
import os, resource, sys
sys.path.append(sys.argv[1])
import numpy as np
import _dupdetect as native
import dupdetect
from dupdetect.kernels import AlignRule
from dupdetect.config import Config
from dupdetect.stages.align import align_rule

words = np.tile(np.arange(50_000, dtype=np.uint32), 2)
offsets = np.array([0, 50_000, 100_000])
pairs = np.zeros(200_000, np.int64)
rule = align_rule(Config())
rule = AlignRule(**{name: getattr(rule, name) for name in AlignRule.FIELDS})
os.write(1, b"ready\\n")
try:
    native.align(
        words, np.full(words.size, 1, np.uint8), offsets, np.full(2, 50_000, np.int32),
        *native.mask_table(np.empty(0, np.uint32), np.empty(0, np.uint64)),
        a=pairs, b=pairs + 1, rule=rule,
        speech_words=np.empty(0, np.uint32), passages=False, changed=False,
        skip_unrelated=False, threads=int(sys.argv[2]),
    )
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("threads", [1, 3])
def test_control_c_ends_a_kernel_that_works_for_minutes(threads: int) -> None:
    words = [sys.executable, "-c", STOPPED, str(ROOT), str(threads)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=60)
    assert (said, errors, process.returncode) == (b"stopped\n", b"", 0)


def rows(seed: int) -> list[dict[str, str]]:
    texts = list(ATTACKS["stretches"].make(0.005))
    return [{"id": f"{seed}-{n}", "text": text} for n, text in enumerate(texts[seed:])]


def found(seed: int) -> list[object]:
    return list(dupdetect.cluster(rows(seed), threads=2).labels)


def test_several_runs_at_once_find_what_one_finds() -> None:
    seeds = [0, 1, 2, 3] * 2
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(found, seeds))
    assert at_once == [found(seed) for seed in seeds]


@SANITIZED
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("busy", [False, True])
def test_a_forked_child_works(busy: bool) -> None:
    """Also while another thread of its parent is in a kernel."""
    expected = found(0)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(lambda: [found(1) for _ in range(3)]) if busy else None
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            signal.alarm(50)
            os._exit(0 if found(0) == expected else 3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        if other is not None:
            other.result()


MODULE = next(
    (name for name in ("_interpreters", "_xxsubinterpreters") if importlib.util.find_spec(name)),
    None,
)
INSIDE = """
import sys
import {module} as interpreters

code = '''
try:
    from dupdetect import cluster
except ImportError as error:
    print(type(error).__name__, error)
'''
interpreters.run_string(interpreters.create(), code)
"""


@pytest.mark.skipif(MODULE is None, reason="no subinterpreters here")
def test_a_subinterpreter_is_refused_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INSIDE.format(module=MODULE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
    assert done.stdout.startswith("KernelError dupdetect was asked for in a subinterpreter")
    assert done.stdout.count("\n") == 1
