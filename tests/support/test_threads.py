"""Work in the background: its result, its errors, and what is written while others go on."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect import Signature, cluster
from dupdetect.corpus import read
from dupdetect.errors import ConfigError, OutputError
from dupdetect.support import spill, threads


def test_threads_beyond_the_cores_are_not_started() -> None:
    most = 4 * (os.cpu_count() or 1)
    assert threads.threads_to_use(most + 1) == most
    found = cluster(["One story.", "Another one."], threads=50_000)
    assert found.summary["threads"] == most


@pytest.mark.parametrize("asked", [0, -1, threads.MOST_THREADS + 1, 3_000_000_000, 2.0])
def test_impossible_numbers_of_threads(asked: Any) -> None:
    with pytest.raises(ConfigError, match="expected 1 to 4,194,304"):
        cluster(["One story."], threads=asked)
    with pytest.raises(ConfigError, match="expected 1 to 4,194,304"):
        Signature.of_many(["One story."], threads=asked)


def test_work_goes_on_in_the_background() -> None:
    asked, answered = threading.Event(), threading.Event()

    def work() -> str:
        asked.set()
        assert answered.wait(10)
        return "done"

    wait = threads.in_background(work)
    assert asked.wait(10)
    assert threads.any_in_background()
    answered.set()
    assert wait() == "done"


def test_its_errors_are_those_of_the_wait() -> None:
    def work() -> None:
        raise OutputError("no room")

    wait = threads.in_background(work)
    with pytest.raises(OutputError, match="no room"):
        wait()


def test_where_no_thread_is_granted_the_work_is_done_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done: list[int] = []
    wait = threads.in_background(lambda: done.append(1))
    assert done == [1]
    assert wait() is None
    with pytest.raises(RuntimeError, match="can't start new thread"):
        threads.in_background(lambda: done.append(2), abandoned=True)
    assert done == [1]


@given(st.lists(st.binary(max_size=40)), st.integers(0, 60), st.integers(1, 2), st.integers(0, 200))
def test_spilled_bytes_are_given_back(
    parts: list[bytes], memory_bytes: int, threads: int, expected_bytes: int
) -> None:
    kept = spill.Spill(memory_bytes, threads=threads, expected_bytes=expected_bytes)
    given_away = np.empty(40, np.uint8)  # changes as soon as it has taken it
    for part in parts:
        given_away[: len(part)] = np.frombuffer(part, np.uint8)
        kept.append(given_away[: len(part)])
    whole = b"".join(parts)
    assert kept.size == len(whole)
    assert kept.finish()[0].tobytes() == whole
    kept.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_full_disk_shows_at_the_latest_at_the_end(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spill, "write_all", full)
    kept = spill.Spill(0, threads=threads)

    def keep() -> None:
        kept.append(np.arange(9, dtype=np.uint8))
        kept.finish()

    with pytest.raises(OutputError, match=r"cannot keep stories in .*: No space left.*TMPDIR"):
        keep()


def test_dates_stay_with_their_rows_when_others_are_set_aside() -> None:
    rows = [{"id": one, "text": "x", "date": f"197{k}-01-01"} for k, one in enumerate("abacb")]
    alone, both = (
        read(rows, on_bad_row="skip", duplicate_id="stop", threads=count) for count in (1, 2)
    )
    assert both.ids.to_pylist() == ["a", "b", "c"]
    assert both.published.to_pylist() == ["1970-01-01", "1971-01-01", "1973-01-01"]
    assert both.published_us.tolist() == alone.published_us.tolist() == [
        0, 31_536_000_000_000, 94_694_400_000_000
    ]  # fmt: skip
