"""Stories that are kept: ask which of them a new one is a copy of, and add to them day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.engines import exchange, steps
from dupdetect.engines.answer import QUERY, answer
from dupdetect.engines.damage import names_damage, naming_damage, refuse_damaged
from dupdetect.engines.exchange import Added, KnownId, Preview
from dupdetect.engines.generation import (
    check_all,
    made_with,
    new_manifest,
    require_made_by,
    summary_of,
)
from dupdetect.engines.local import clustering_of
from dupdetect.engines.naming import CHANGES
from dupdetect.engines.stages import describe
from dupdetect.engines.window import describe_live, run_all
from dupdetect.engines.work import Progress, Work, silent
from dupdetect.errors import InputError, OutputError
from dupdetect.output.clustering import Clustering
from dupdetect.products.corpus import Corpus, DuplicateId, OnBadRow
from dupdetect.products.schemas import REMOVED
from dupdetect.products.stories import Stories
from dupdetect.store.files import Files, Folder, Memory, decoded
from dupdetect.store.view import load
from dupdetect.store.write import Numbering, Step, write
from dupdetect.support.arguments import require_choice, require_type
from dupdetect.support.columns import to_arrow, to_numpy
from dupdetect.support.dates import UNKNOWN_TIME
from dupdetect.support.threads import threads_to_use

__all__ = ["Added", "Index", "KnownId", "Preview"]

_NAMES = FieldNames()


class Index:
    """Stories that are kept, in a folder or in memory.

    Open one with :meth:`create`, :meth:`open` or :meth:`in_memory`. It shows one generation:
    another process, or thread, may write the next one meanwhile; see :meth:`refresh`.

    Examples
    --------
    >>> story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    >>> index = Index.in_memory()
    >>> added = index.add([{"id": "a", "text": story}, {"id": "b", "text": "Nothing like it."}])
    >>> index.query(story + " No one was hurt.").select(["story", "kind"]).to_pylist()
    [{'story': 'a', 'kind': 'truncation'}]
    """

    def __init__(self, files: Files, *, writable: bool, threads: int | None = None) -> None:
        self._files = files
        self._writable = writable
        self._threads = threads_to_use(threads)
        with naming_damage(files, opening=True):
            self._manifest, self._view = load(files)
            self.config = Config.of_release(self._manifest["config"])

    @classmethod
    def create(
        cls, path: Path | str, *, config: Config | None = None, threads: int | None = None
    ) -> Index:
        """Make an index of no stories in a folder, open for writing.

        Parameters
        ----------
        path : path
            A folder that is not there, or empty.
        config : Config, optional
            Settings; the index keeps them.
        threads : int, optional
            Threads to use, all cores by default; no result depends on it.

        Raises
        ------
        OutputError
            When the folder cannot be made, or is not empty.
        """
        require_type("config", config, Config)
        made = Folder.create(path, new_manifest(config or Config()))
        return cls(made, writable=True, threads=threads)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        write: bool = False,
        config: Config | None = None,
        threads: int | None = None,
    ) -> Index:
        """Open an index in a folder.

        Parameters
        ----------
        path : path
            The folder.
        write : bool
            To change it. One process may at a time; others can read meanwhile.
        config : Config, optional
            The settings that it must have been made with; not looked at by default.
        threads : int, optional
            Threads to use, all cores by default; no result depends on it.

        Raises
        ------
        FormatError
            When there is none, or it is damaged; `FormatVersionError` when another release's
            format, `ConfigMismatchError` when it was made by other rules or settings.
        OutputError
            When another process, or another `Index` of this one, writes to it.
        """
        require_type("config", config, Config)
        files = Folder(path, write=write)
        try:
            with naming_damage(files, opening=True):
                require_made_by(files.name, files.manifest(), config)
            return cls(files, writable=write, threads=threads)
        except BaseException:
            files.close()
            raise

    @classmethod
    def rebuild(
        cls,
        path: Path | str,
        *,
        config: Config | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Index:
        """Make an index anew from its stories, by the rules of this release; open for writing.

        For an index that :meth:`open` refuses because other rules or settings made it. It is
        settled then; clusters keep their names where most of their stories stay. Until all is
        written the index is what it was.

        Parameters
        ----------
        path : path
            The folder.
        config : Config, optional
            Other settings; by default those that it was made with.
        threads : int, optional
            Threads to use, all cores by default; no result depends on it.
        progress : callable, optional
            Called with stage, done and total.

        Raises
        ------
        FormatError
            When there is none, or it is damaged; `FormatVersionError` when another release's
            format: index the stories again then.
        OutputError
            When another process writes to it, or it cannot be written.
        """
        require_type("config", config, Config)
        files = Folder(path, write=True)
        try:
            opened = cls(files, writable=True, threads=threads)
            if config is not None:
                opened.config = config
            step = steps.rebuild(opened._view, opened._work(progress), **opened._numbers())
            opened._manifest |= made_with(opened.config)
            opened._write(step, rebuilt=True)
        except BaseException:
            files.close()
            raise
        return opened

    @classmethod
    def in_memory(cls, *, config: Config | None = None, threads: int | None = None) -> Index:
        """Make an index of no stories that no file holds; it can do all that one in a folder can.

        Parameters
        ----------
        config : Config, optional
            Settings.
        threads : int, optional
            Threads to use, all cores by default; no result depends on it.
        """
        require_type("config", config, Config)
        return cls(Memory(new_manifest(config or Config())), writable=True, threads=threads)

    @property
    def generation(self) -> int:
        """Number of the generation that is shown; each change makes the next one."""
        return int(self._manifest["generation"])

    @property
    def settled(self) -> bool:
        """Whether nothing was changed since :meth:`settle`."""
        return bool(self._manifest["settled"])

    def __len__(self) -> int:
        """Return the number of stories."""
        return int(self._view.live.seq.size)

    @names_damage
    def __contains__(self, story_id: object) -> bool:
        """Tell whether there is a story of this id."""
        if not isinstance(story_id, str):
            return False
        return bool(self._view.has_keys(exchange.keys_of([story_id]))[0])

    def __enter__(self) -> Index:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close, whatever happened."""
        self.close()

    def close(self) -> None:
        """Let others write; what was read stays readable."""
        self._files.close()
        self._writable = False

    def refresh(self) -> bool:
        """Show the newest generation; tell whether it is another one than before.

        Not to be called while another thread uses this object.
        """
        if self._files.manifest()["generation"] == self.generation:
            return False
        self._manifest, self._view = load(self._files)
        return True

    def add(
        self,
        stories: Any,  # noqa: ANN401  paths, tables, frames, lists: see corpus.read
        *,
        names: FieldNames = _NAMES,
        on_bad_row: OnBadRow = "stop",
        duplicate_id: DuplicateId = "version",
        known_id: KnownId = "stop",
        progress: Progress | None = None,
    ) -> Added:
        """Add stories.

        They join the clusters of what they are copies of; until :meth:`settle` that is
        provisional, as is which of their lines are furniture.

        Parameters
        ----------
        stories
            All that :func:`dupdetect.cluster` takes.
        names, on_bad_row, duplicate_id, progress
            As there.
        known_id : {"stop", "skip", "replace"}
            What to do about stories whose id the index has. With ``skip`` an input can be given
            again after a run that was broken off.

        Raises
        ------
        InputError
            When the input cannot be read, or an id is in the index.
        OutputError
            When the index cannot be written, or was opened for reading; it is as before then.
        """
        require_choice("known_id", known_id, ("stop", "skip", "replace"))
        self._require_writable()
        with read(
            stories, names=names, on_bad_row=on_bad_row, duplicate_id=duplicate_id,
            threads=self._threads,
        ) as corpus:  # fmt: skip
            return self.add_corpus(corpus, known_id=known_id, progress=progress)

    @names_damage
    def add_corpus(
        self, corpus: Corpus, *, known_id: KnownId = "stop", progress: Progress | None = None
    ) -> Added:
        """Add stories that were read; see :meth:`add`."""
        self._require_writable()
        new = Stories.of(corpus)
        known = self._view.has_keys(new.keys)
        if known.any() and not all("id" in source.fields for source in corpus.sources):
            raise InputError(
                "the rows have no ids, and the index knows others by the same row numbers",
                remedy="name the field that holds the id with --id-field (names= in Python)",
            )
        if known_id == "stop":
            exchange.require_new(new, known)
        skipped = int(known.sum()) if known_id == "skip" else 0
        if skipped:
            new = new.take(np.flatnonzero(~known))
        instead = self._view.live.seq[:0]
        if known.any():
            instead = self._view.live.seq[np.isin(self._view.keys, new.keys)]
        superseded = corpus.superseded
        bad = len(corpus.rejected) - superseded
        if not len(new.ids):
            return Added(0, skipped, bad, CHANGES.empty_table(), superseded)
        step = steps.add(
            self._view, new, self._work(progress), instead_of=instead, **self._numbers()
        )
        self._write(step)
        return Added(len(new.ids), skipped, bad, step.changes, superseded)

    @names_damage
    def preview(
        self, corpus: Corpus, *, known_id: KnownId = "stop", progress: Progress | None = None
    ) -> Preview:
        """Tell what adding stories would do to each; nothing is stored.

        Parameters
        ----------
        corpus : Corpus
            The stories.
        known_id : {"stop", "skip", "replace"}
            What to do about those whose id the index has: refuse all; call them not new, without
            a look at them; or compare them as if they took the place of the one before.
        progress : callable, optional
            Called with stage, done and total.
        """
        require_choice("known_id", known_id, ("stop", "skip", "replace"))
        new = Stories.of(corpus)
        known = self._view.has_keys(new.keys)
        if known_id == "stop":
            exchange.require_new(new, known)
        keep, asked = np.zeros(known.size, bool), np.ones(known.size, bool)
        if known_id == "skip":
            asked = ~known
            new = new.take(np.flatnonzero(asked))
        if not len(new.ids):
            return Preview(keep, REMOVED.empty_table())
        instead = self._view.live.seq[:0]
        if known.any():
            instead = self._view.live.seq[np.isin(self._view.keys, new.keys)]
        work = self._work(progress)
        step = steps.add(self._view, new, work, instead_of=instead, **self._numbers())
        memory = step.view.memory
        for part in step.parts:
            memory = memory.extended(*part)
        view = replace(step.view, memory=memory)
        clusters, relations = describe_live(view, work, name=self._files.name)
        removed = Clustering(clusters, relations, {}).removed()
        ids = new.ids.cast(pa.string())
        mine = removed.filter(pc.is_in(removed["id"], value_set=ids))
        keep[asked] = to_numpy(pc.invert(pc.is_in(ids, value_set=mine["id"].combine_chunks())))
        return Preview(keep, mine)

    def query(
        self,
        stories: Any,  # noqa: ANN401  a text, or what `add` takes
        *,
        names: FieldNames = _NAMES,
        limit: int = 32,
    ) -> pa.Table:
        """Tell which stories of the index others are copies of, or share passages with.

        Nothing is stored, and nothing is said that was not aligned.

        Parameters
        ----------
        stories : str, dict, or what :meth:`add` takes
            A str is one text, and refused where it names a file; a dict is one row.
        names : FieldNames
            Which fields to use.
        limit : int
            Stories that each one is aligned with: those that may be copies and share most, and of
            one cluster no more than a quarter of them while there are others. More are where none
            of them is a copy and others may be.

        Returns
        -------
        pyarrow.Table
            Schema :data:`dupdetect.engines.answer.QUERY`; of each story copies first, and of
            these the stories of the cluster that it would join, all of which ``joins`` marks:
            identical ones, near-duplicates, then the fullest one before others.
        """
        exchange.require_limit(limit)
        with read(exchange.rows_of(stories), names=names) as corpus:
            return self.query_corpus(corpus, limit=limit)

    @names_damage
    def query_corpus(self, corpus: Corpus, *, limit: int = 32) -> pa.Table:
        """Ask about stories that were read; see :meth:`query`."""
        view, generation, asked = self._view, self.generation, Stories.of(corpus)
        if not len(asked.ids) or not len(self):
            return QUERY.empty_table()
        return answer(view, asked, self._work(), limit=limit, generation=generation)

    @names_damage
    def delete(self, ids: Iterable[str]) -> pa.Table:
        """Take stories out; their bytes are gone after :meth:`compact`.

        Parameters
        ----------
        ids : iterable of str
            Their ids.

        Returns
        -------
        pyarrow.Table
            See :meth:`changes`.

        Raises
        ------
        InputError
            When there is no such story; nothing is deleted then.
        """
        wanted = exchange.ids_of(ids)
        self._require_writable()
        if not wanted:
            return CHANGES.empty_table()
        keys = exchange.keys_of(wanted)
        missing = ~self._view.has_keys(keys)
        if missing.any():
            raise InputError(
                f"no story with the id {wanted[int(np.flatnonzero(missing)[0])]!r}",
                remedy="pass ids that the index has",
            )
        return self._remove(np.isin(self._view.keys, keys), "deleted")

    @names_damage
    def expire(self, before: str | date) -> pa.Table:
        """Take out the stories published before a time; of unknown times, those added before.

        Parameters
        ----------
        before : str, date or datetime
            Such as ``"2026-10-01"``; a time without a zone is UTC.

        Returns
        -------
        pyarrow.Table
            See :meth:`changes`.
        """
        self._require_writable()
        limit = exchange.time_of(before)
        if not len(self):
            return CHANGES.empty_table()
        when, live = self._view.published_us, self._view.live.seq
        added = to_numpy(self._view.stories_of(live, ["added_us"])["added_us"])
        return self._remove(np.where(when == UNKNOWN_TIME, added, when) < limit, "expired")

    @names_damage
    def settle(self, *, progress: Progress | None = None) -> pa.Table:
        """Decide everything as :func:`dupdetect.cluster` does on the same stories.

        Returns
        -------
        pyarrow.Table
            See :meth:`changes`.
        """
        self._require_writable()
        if self.settled:
            return CHANGES.empty_table()
        refuse_damaged(self._files)
        step = steps.settle(self._view, self._work(progress), **self._numbers())
        self._write(step)
        return step.changes

    @names_damage
    def clusters(self) -> pa.Table:
        """Return the clusters as they stand, a row a story in the order in which it was added.

        Returns
        -------
        pyarrow.Table
            Columns of ``dupdetect.products.schemas.CLUSTERS``, and ``name`` (int64): that of the
            cluster, which lasts. After :meth:`settle` the first are those that
            :func:`dupdetect.cluster` gives.
        """
        clusters, _ = describe_live(self._view, self._work(), name=self._files.name)
        return clusters.append_column("name", to_arrow(self._view.live.name.astype(np.int64)))

    @names_damage
    def relations(self) -> pa.Table:
        """Return the relations as they stand; see ``dupdetect.products.schemas.RELATIONS``."""
        return describe_live(self._view, self._work(), name=self._files.name)[1]

    @names_damage
    def changes(self, since: int = 0) -> pa.Table:
        """Return what became of stories.

        Parameters
        ----------
        since : int
            Generations after this one, which is none later than the one shown.

        Returns
        -------
        pyarrow.Table
            Schema :data:`dupdetect.engines.naming.CHANGES`: ``generation``, ``id``, the names of
            its cluster ``before`` and ``after``, and ``reason``, one of
            :data:`dupdetect.engines.naming.REASONS`.
        """
        exchange.require_generation(since, self.generation)
        names = self._manifest["tables"]["changes"]
        tables = [decoded(self._files.buffer(name)) for name in names]
        whole = pa.concat_tables([CHANGES.empty_table(), *tables])
        newer = to_numpy(whole["generation"]) > since
        return whole.filter(to_arrow(newer)).combine_chunks()

    @contextmanager
    def results(self, *, progress: Progress | None = None) -> Iterator[tuple[Corpus, Clustering]]:
        """Give the stories, and what :func:`dupdetect.cluster` finds in them, for a report.

        As :meth:`settle`, but nothing is written.
        """
        work = self._work(progress)
        free = int(self._manifest["next_uid"])
        done = run_all(self._view, work, name=self._files.name, spans=True, next_uid=free)
        given = done.stories, done.found["line_status"], done.found["sketches"]
        verifier = done.flow.verifier(*given)
        names = ("relations", "canonical", "copies", "members", "removed")
        described = dict(zip(names, describe(done.stories, done.chosen, verifier), strict=True))
        found = {**done.found, **described, "excepted": done.chosen.excepted}
        with done.corpus as corpus:
            compared = int(done.found["candidates"].size)
            yield corpus, clustering_of(corpus, done.stories, found, done.flow, compared)

    @names_damage
    def stories(self, ids: Iterable[str]) -> Corpus:
        """Return stories as they were added, in the order in which they were; unknown ids aside.

        Parameters
        ----------
        ids : iterable of str
            Their ids.
        """
        chosen = np.isin(self._view.keys, exchange.keys_of(exchange.ids_of(ids)))
        return self._view.corpus(self._view.live.seq[chosen], name=self._files.name)

    @names_damage
    def summary(self) -> dict[str, Any]:
        """Return counts: generation, stories, clusters, bytes, segments, settings."""
        return summary_of(self._manifest, self._view)

    def check(self) -> list[str]:
        """Return what is wrong with the newest generation, a line each; nothing if it is whole."""
        return check_all(self._files, self._manifest, self._view)

    @names_damage
    def compact(self) -> None:
        """Put all files together and leave out what is gone.

        No text, id or passage of a story that was deleted is in any file then; what became of it
        is in :meth:`changes` no longer.
        """
        self._require_writable()
        refuse_damaged(self._files)
        numbers = self._numbers()["numbering"]
        step = Step(self._view, numbers, CHANGES.empty_table(), settled=self.settled)
        self._write(step, compact=True)

    def _remove(self, chosen: NDArray[np.bool_], reason: str) -> pa.Table:
        if not chosen.any():
            return CHANGES.empty_table()
        step = steps.remove(
            self._view, self._view.live.seq[chosen], self._work(), reason=reason, **self._numbers()
        )
        self._write(step)
        return step.changes

    def _write(self, step: Step, *, compact: bool = False, rebuilt: bool = False) -> None:
        self._manifest, self._view = write(
            self._files, self._manifest, step, compact=compact, rebuilt=rebuilt
        )

    def _require_writable(self) -> None:
        if not self._writable:
            raise OutputError(
                f"{self._files.name}: is closed, or was opened for reading; open it with write=True"
            )

    def _numbers(self) -> dict[str, Any]:
        """Name of the index, free numbers and number of the next generation."""
        numbering = Numbering(*(self._manifest[f"next_{one}"] for one in ("seq", "uid", "name")))
        return {
            "name": self._files.name,
            "numbering": numbering,
            "generation": self.generation + 1,
        }

    def _work(self, progress: Progress | None = None) -> Work:
        return Work(self.config, self._threads, progress or silent)
