"""Where the tables of an index stand: in a folder or in memory; one generation after the other.

A file is never changed. A generation is the list of the files that make it, in ``MANIFEST``, which
takes the place of the one before in one step: whatever happens, one or the other is there, whole.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import orjson
import pyarrow as pa
import xxhash

from dupdetect.errors import (
    ConfigMismatchError,
    FormatError,
    FormatVersionError,
    InputError,
    OutputError,
)
from dupdetect.output.atomic import atomic, cannot_write, require_no_file, sync_folder
from dupdetect.support import system

__all__ = ["FORMAT", "Files", "Folder", "Manifest", "Memory", "is_index"]

FORMAT = 3
"""Version of the layout of an index."""

_MANIFEST = "MANIFEST"
_LOCK = "LOCK"
_ENDING = ".arrow"
_REBUILD = "'index rebuild' (Index.rebuild in Python)"
_SMALL = 1 << 17  # bytes of a table that is not compressed
PACKED_ROWS = 1024
"""Rows of a record batch of a packed table, which is read by itself."""
_ALIGNED = 64  # bytes, at a multiple of which each table of a file begins

Manifest = dict[str, Any]
"""What a generation is; ``files`` maps the name of each file to its bytes, their hash, and where
each of its tables ends: those that come and go together are in one."""

Tables = Mapping[str, Sequence[pa.Table]]
"""The tables of files, by the name of the file."""
Packed = Mapping[str, Collection[int]]
"""Which of the tables of files are compressed."""


class Files(Protocol):
    """Where tables stand."""

    name: str

    def manifest(self) -> Manifest:
        """Return the newest generation."""

    def buffer(self, name: str) -> pa.Buffer:
        """Return the bytes of a file; `FileNotFoundError` when a newer generation dropped it."""

    def commit(
        self, manifest: Manifest, tables: Tables, packed: Packed, *, purge: bool
    ) -> Manifest:
        """Write tables, then make the manifest the newest generation; return it with its files."""

    def close(self) -> None:
        """Let others write."""


class Folder:
    """Tables in a folder.

    Parameters
    ----------
    path : path
        The folder.
    write : bool
        Take the lock: one process may write at a time.

    Raises
    ------
    FormatError
        When it holds no index.
    OutputError
        When another process, or another `Index` of this one, writes to it.
    """

    def __init__(self, path: Path | str, *, write: bool = False) -> None:
        _require_path(path)
        self.name = os.fspath(path)
        self._folder = Path(path)
        self._lock: IO[bytes] | None = None
        if write:
            self._lock = self._locked()
            try:
                self._remove_strays(self.manifest()["files"])
            except BaseException:
                self.close()
                raise

    @classmethod
    def create(cls, path: Path | str, manifest: Manifest) -> Folder:
        """Make a folder with an index of no stories, open for writing.

        Raises
        ------
        OutputError
            When it cannot be made, or is not empty.
        """
        _require_path(path)
        folder = Path(path)
        try:
            require_no_file(folder)
            folder.mkdir(parents=True, exist_ok=True)
            strays = [entry.name for entry in folder.iterdir() if entry.name != _LOCK]
        except OSError as error:
            raise cannot_write(path, error) from error
        if any(not name.startswith(".") for name in strays):
            raise OutputError(f"{os.fspath(path)}: is not empty; give a folder that is not there")
        made = cls.__new__(cls)
        made.name, made._folder, made._lock = os.fspath(path), folder, None
        made._lock = made._locked()
        made.commit(manifest, {}, {}, purge=False)
        return made

    def _locked(self) -> IO[bytes]:
        if not self._folder.is_dir():
            raise FormatError(f"{self.name}: there is no such folder; create an index first")
        try:
            lock = (self._folder / _LOCK).open("a+b")
        except OSError as error:
            raise cannot_write(self._folder / _LOCK, error) from error
        try:
            if system.HAS_LOCKS:
                system.lock(lock.fileno())
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().decode("ascii", "replace").strip()
            lock.close()
            raise OutputError(_taken_by(self.name, holder)) from error
        lock.truncate(0)
        lock.write(b"%d\n" % os.getpid())
        lock.flush()
        return lock

    def manifest(self) -> Manifest:
        """Return the newest generation.

        Raises
        ------
        FormatError
            When there is none, or it is damaged; `FormatVersionError` when it is of another format.
        """
        try:
            found = orjson.loads((self._folder / _MANIFEST).read_bytes())
        except FileNotFoundError as error:
            raise FormatError(
                f"{self.name}: holds no index; make one with 'index create' (Index.create in "
                "Python)"
            ) from error
        except (OSError, ValueError) as error:
            raise FormatError(
                f"{self.name}: MANIFEST cannot be read ({error}); restore it, or index again"
            ) from error
        if not isinstance(found, dict) or not isinstance(found.get("files"), dict):
            raise FormatError(f"{self.name}: MANIFEST is damaged; restore it, or index again")
        if found.get("format") != FORMAT:
            raise FormatVersionError(
                f"{self.name}: an index of format {found.get('format')}, this release reads "
                f"{FORMAT}; index the stories again"
            )
        return found

    def buffer(self, name: str) -> pa.Buffer:
        """Map a file into memory; it stays readable when it is removed."""
        place = self._place(name)
        try:
            with pa.memory_map(place) as file:
                return file.read_buffer()
        except FileNotFoundError:
            raise  # said of the whole view
        except (OSError, pa.ArrowException) as error:
            raise FormatError(f"{place}: cannot be read ({error}); restore the folder") from error

    def commit(
        self, manifest: Manifest, tables: Tables, packed: Packed, *, purge: bool
    ) -> Manifest:
        """Write tables, then make the manifest the newest generation.

        Parameters
        ----------
        manifest : dict
            The new generation; its ``files`` those that stay.
        tables : mapping of str to sequence of pyarrow.Table
            New ones, in files of names that no generation had.
        packed : mapping of str to collection of int
            Those of them that are compressed.
        purge : bool
            Remove what the generation before used at once; else it goes with the next one, so
            that a reader which has just read the manifest before finds its files.

        Raises
        ------
        OutputError
            When the disk is full or not writable; the generation before is in force then.
        """
        before = self._listed()
        files = dict(manifest["files"])
        written: list[str] = []
        try:
            for name, parts in tables.items():
                pieces = encoded(parts, packed.get(name, ()))
                written.append(self._place(name))
                _write(written[-1], pieces)
                files[name] = _said_of(pieces)
            manifest = {**manifest, "files": files}
            sync_folder(self._folder)
            with atomic(self._folder / _MANIFEST) as file:
                file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        except BaseException:
            if not set(tables) <= self._listed():
                for place in written:
                    with suppress(OSError):
                        os.unlink(place)  # noqa: PTH108  see _place
            raise
        self._remove_strays(files if purge else before | set(files))
        return manifest

    def _place(self, name: str) -> str:
        """Return the path of a file; many are opened, and making a `Path` takes as long."""
        return os.path.join(self.name, name + _ENDING)  # noqa: PTH118

    def _listed(self) -> set[str]:
        place = self._folder / _MANIFEST
        return set(self.manifest()["files"]) if place.exists() else set()

    def _remove_strays(self, used: Collection[str]) -> None:
        """Remove files that no generation in force uses."""
        for entry in os.scandir(self._folder):
            name = entry.name.removesuffix(_ENDING)
            if name != entry.name and not name.startswith(".") and name not in used:
                with suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108  see _place

    def close(self) -> None:
        """Let others write."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _require_path(path: object) -> None:
    """Raise `InputError` when something cannot be the name of a folder."""
    if not isinstance(path, str | os.PathLike):
        raise InputError(
            f"a {type(path).__name__} where the folder of an index is expected",
            remedy="give its path first and settings as config=...; one in memory has no folder: "
            "add its stories to a new one",
        )


def _taken_by(name: str, holder: str) -> str:
    """Say who writes to an index; `holder` is the number of the process, if it is known."""
    if holder == str(os.getpid()):
        return f"{name}: this process writes to this index already; use that Index, or close it"
    number = f" ({holder})" if holder else ""
    return f"{name}: another process{number} writes to this index; try again when it has ended"


def _write(place: str, pieces: Sequence[pa.Buffer]) -> None:
    """Write a file that nobody knows of yet."""
    try:
        with open(place, "wb", buffering=0) as file:  # noqa: PTH123  see _place
            for piece in pieces:
                left = memoryview(piece)
                while left:
                    left = left[file.write(left) :]
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(place, error) from error


class Memory:
    """Tables in memory, for an index that no file holds."""

    def __init__(self, manifest: Manifest) -> None:
        self.name = "<memory>"
        self._manifest = manifest
        self._buffers: dict[str, pa.Buffer] = {}

    def manifest(self) -> Manifest:
        """Return the newest generation."""
        return self._manifest

    def buffer(self, name: str) -> pa.Buffer:
        """Return the bytes of a file."""
        try:
            return self._buffers[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def commit(
        self,
        manifest: Manifest,
        tables: Tables,
        packed: Packed,
        *,
        purge: bool,  # noqa: ARG002  readers hold what they use
    ) -> Manifest:
        """Make the manifest, with new tables, the newest generation; see :class:`Folder`."""
        data = {name: encoded(parts, packed.get(name, ())) for name, parts in tables.items()}
        new = {name: _said_of(pieces) for name, pieces in data.items()}
        files = {**manifest["files"], **new}
        whole = {
            name: pa.py_buffer(np.concatenate([np.frombuffer(one, np.uint8) for one in pieces]))
            for name, pieces in data.items()
        }
        self._buffers = {name: whole.get(name) or self._buffers[name] for name in files}
        self._manifest = {**manifest, "files": files}
        return self._manifest

    def close(self) -> None:
        """Do nothing: nobody else can write."""


def encoded(tables: Sequence[pa.Table], packed: Collection[int]) -> list[pa.Buffer]:
    """Return tables as Arrow files, with what fills up the room between each two of them.

    Those whose numbers are in `packed` are read batch by batch. One of few bytes is not compressed:
    the next ones are soon put together with it, and a call of the compressor costs as much as many
    of them.
    """
    pieces: list[pa.Buffer] = []
    for number, table in enumerate(tables):
        sink = pa.BufferOutputStream()
        compressed = number in packed and table.nbytes > _SMALL
        options = pa.ipc.IpcWriteOptions(compression="zstd" if compressed else None)
        with pa.ipc.new_file(sink, table.schema, options=options) as writer:
            if number in packed:
                writer.write_table(table, max_chunksize=PACKED_ROWS)
            else:
                writer.write_table(table.combine_chunks())
        data = sink.getvalue()
        pieces += [data, pa.py_buffer(bytes(-data.size % _ALIGNED))]
    return pieces[:-1]


def _said_of(pieces: Sequence[pa.Buffer]) -> list[Any]:
    """Return bytes and hash of a file, and where each of its tables ends."""
    digest = xxhash.xxh3_64()
    for piece in pieces:
        digest.update(piece)
    ends = list(accumulate(piece.size for piece in pieces))
    return [ends[-1], digest.hexdigest(), ends[::2]]


def tables_in(files: Files, manifest: Manifest, name: str) -> list[pa.Buffer]:
    """Return the Arrow files in a file of a generation."""
    data, ends = files.buffer(name), manifest["files"][name][2]
    firsts = [0, *(end + -end % _ALIGNED for end in ends[:-1])]
    return [data.slice(first, end - first) for first, end in zip(firsts, ends, strict=True)]


@contextmanager
def undamaged() -> Iterator[None]:
    """Have errors of Arrow say that a file of an index is damaged."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise FormatError(
            f"a file of the index cannot be read ({error}); 'index check' names it; restore the "
            "folder, or index the stories again"
        ) from error


@undamaged()
def decoded(data: pa.Buffer) -> pa.Table:
    """Return a table over the memory of an Arrow file."""
    return pa.ipc.open_file(data).read_all()


@undamaged()
def count_batches(data: pa.Buffer) -> int:
    """Return of how many batches a packed table is."""
    return int(pa.ipc.open_file(data).num_record_batches)


@undamaged()
def batches(data: pa.Buffer, columns: Collection[str]) -> pa.RecordBatchFileReader:
    """Open a packed table for reading some columns batch by batch."""
    everything = pa.ipc.open_file(data).schema
    places = [everything.get_field_index(name) for name in columns]
    return pa.ipc.open_file(data, options=pa.ipc.IpcReadOptions(included_fields=places))


def check_file(files: Files, name: str, size: int, digest: str) -> str:
    """Return what is wrong with a file, nothing when it is whole."""
    try:
        data = files.buffer(name)
    except FormatError as error:
        return str(error)
    except FileNotFoundError:
        return f"{name}: is missing"
    if data.size != size:
        return f"{name}: {data.size} bytes, expected {size}"
    if xxhash.xxh3_64_hexdigest(data) != digest:
        return f"{name}: its bytes are not those that were written"
    return ""


def require_same(name: str, stored: str, ours: str, apart: Collection[str] = ()) -> None:
    """Raise `ConfigMismatchError` when an index was made by other rules or settings.

    Parameters
    ----------
    name : str
        Of the index.
    stored, ours : str
        Digests of both.
    apart : collection of str
        Settings that differ, as they are to be shown; without any, the rules do.
    """
    if stored == ours:
        return
    if apart:
        raise ConfigMismatchError(
            f"{name}: an index made with other settings: {', '.join(apart)}; leave them out to use "
            f"those of the index, or make it anew with {_REBUILD}"
        )
    raise ConfigMismatchError(
        f"{name}: an index made by rules and settings {stored}, these are {ours}; use the "
        f"settings and the release that made it, or make it anew with {_REBUILD}"
    )


def is_index(folder: Path | str) -> bool:
    """Tell whether a folder holds an index."""
    return (Path(folder) / _MANIFEST).is_file()
