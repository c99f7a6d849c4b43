"""A file is under its name whole or not at all, and killed runs leave nothing for long."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dupdetect.errors import OutputError
from dupdetect.output import atomic
from dupdetect.output.atomic import atomic_packed, together

WRITER = """
import sys, time
from dupdetect.output import atomic
with atomic(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("ready", flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_name_appears_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic(target) as file:
        file.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("packed", [False, True])
def test_an_error_leaves_the_old_file_and_no_other(
    tmp_path: Path, error: type[BaseException], packed: bool
) -> None:
    target = tmp_path / "a.gz"
    target.write_bytes(b"old")
    opened = atomic_packed if packed else atomic

    def fail() -> None:
        with opened(target) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a.gz"]


def test_what_a_killed_run_left_goes_with_the_next_run_and_living_runs_stay(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    writers[0].send_signal(signal.SIGKILL)
    writers[0].wait()
    assert target.read_bytes() == b"old"
    assert len(names(tmp_path)) == 3
    with atomic(tmp_path / "other.txt") as file:
        file.write(b"next")
    left = [name for name in names(tmp_path) if name.endswith(".dupdetect-part")]
    assert len(left) == 1
    writers[1].kill()
    writers[1].wait()
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()
    with atomic(target) as file:
        file.write(b"new")
    assert names(tmp_path) == ["a.txt", "other.txt"]
    assert target.read_bytes() == b"new"


def test_an_existing_file_keeps_its_rights_and_a_link_its_target(tmp_path: Path) -> None:
    target, link = tmp_path / "a.txt", tmp_path / "link"
    target.write_bytes(b"")
    target.chmod(0o640)
    link.symlink_to(target)
    with atomic(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    with atomic(tmp_path / "a") as file:
        file.write(b"")
    plain = tmp_path / "b"
    plain.touch()
    assert (tmp_path / "a").stat().st_mode == plain.stat().st_mode


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with atomic(pipe) as file:
        file.write(b"through")
    reader.join()
    assert read == [b"through"]
    assert pipe.is_fifo()


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder; give the name of a file"), atomic(tmp_path):
        pass
    missing = tmp_path / "no" / "a"
    with pytest.raises(OutputError, match=r"No such file.*make its folder first"), atomic(missing):
        pass
    (tmp_path / "plain").touch()
    with pytest.raises(OutputError, match="cannot be written"), atomic(tmp_path / "plain" / "a"):
        pass
    with pytest.raises(OutputError, match="shorter name"), atomic(tmp_path / ("x" * 300)) as file:
        file.write(b"")
    assert names(tmp_path) == ["plain"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    link = tmp_path / "full"
    link.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device; free some"), atomic(link) as f:
        f.write(b"x" * 100_000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with (
        pytest.raises(OutputError, match="Permission denied; write elsewhere"),
        atomic(folder / "a"),
    ):
        pass


def test_what_only_looks_like_a_stray_stays(tmp_path: Path) -> None:
    pipe, folder = tmp_path / ".a.1.dupdetect-part", tmp_path / ".b.2.dupdetect-part"
    os.mkfifo(pipe)
    folder.mkdir()
    (tmp_path / ".c.3.dupdetect-part").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").touch()
    with atomic(tmp_path / "d") as file:
        file.write(b"whole")
    assert names(tmp_path) == [
        ".a.1.dupdetect-part",
        ".b.2.dupdetect-part",
        ".c.3.dupdetect-part",
        "d",
        "elsewhere",
    ]


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        del descriptor, operation
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    (tmp_path / ".x.1.dupdetect-part").touch()
    with atomic(tmp_path / "a") as file:
        file.write(b"whole")
    # Without a lock nobody knows whose it is.
    assert names(tmp_path) == [".x.1.dupdetect-part", "a"]


def test_an_open_file_is_written_to(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as given:
        with atomic_packed(given) as file:
            file.write(b"through")
        assert not given.closed
    assert (tmp_path / "a").read_bytes() == b"through"


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize(("error", "said"), [(OSError, OutputError), (KeyboardInterrupt, None)])
@pytest.mark.parametrize("busy", ["a", "b", "c"])
def test_when_one_cannot_take_its_name_all_is_as_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    busy: str,
    error: type[BaseException],
    said: type[BaseException] | None,
    links: bool,
) -> None:
    for name in "bcx":
        (tmp_path / name).write_bytes(b"old " + name.encode())
    if not links:

        def no_links(*_: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_links)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    replace, failed = Path.replace, [False]

    def refusing(self: Path, target: Path) -> Path:
        # The part is refused, what was there before can come back.
        if Path(target).name == busy and not failed[0]:
            failed[0] = True
            raise error(errno.EBUSY, "Device or resource busy")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refusing)

    def write() -> None:
        with together(instead_of=[tmp_path / "c", tmp_path / "x"]):
            for name in "abc":
                with atomic(tmp_path / name) as file:
                    file.write(b"new")

    with pytest.raises(said or error):
        write()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    failed[0] = True
    write()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == dict.fromkeys(
        "abc", b"new"
    )


def test_what_is_outdated_is_removed_last_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "outdated").mkdir()

    def write() -> None:
        with together(instead_of=[tmp_path / "gone", tmp_path / "outdated"]):
            for name in "ab":
                with atomic(tmp_path / name) as file:
                    file.write(b"new")

    (tmp_path / "gone").write_bytes(b"old")
    with pytest.raises(OutputError, match="outdated: cannot be written: Is a directory"):
        write()
    assert names(tmp_path) == ["a", "gone", "outdated"]
    assert (tmp_path / "a").read_bytes() == b"old"
    (tmp_path / "outdated").rmdir()
    write()
    assert names(tmp_path) == ["a", "b"]
