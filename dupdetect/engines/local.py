"""All stages in one process, from a corpus to its clusters and relations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from dupdetect.config import Config
from dupdetect.corpus import FieldNames, read
from dupdetect.engines.declared import STAGE, STAGES, Scope, digests
from dupdetect.engines.stages import Flow, run_stage, texts_of
from dupdetect.engines.verify import Verifier
from dupdetect.engines.work import Progress, Work, silent
from dupdetect.output import summary
from dupdetect.output.atomic import atomic, folder_for, together
from dupdetect.output.clustering import Clustering
from dupdetect.output.tables import clusters_table
from dupdetect.products.corpus import Corpus
from dupdetect.products.pairs import Numbers
from dupdetect.products.schemas import KEPT, KINDS
from dupdetect.products.stories import Stories
from dupdetect.products.tables import stamped, to_table
from dupdetect.support.arguments import require_bool, require_choice, require_type
from dupdetect.support.columns import to_arrow
from dupdetect.support.memory import Memory
from dupdetect.support.system import peak_memory
from dupdetect.support.threads import threads_to_use

# What a run is described by; any other product is dropped after the last stage that takes it.
_DESCRIBED = {
    *("stories", "line_status", "furniture", "sketches", "stock", "credits"),
    *("relations", "canonical", "copies", "members", "removed", "excepted"),
}


def cluster(
    stories: Any,  # noqa: ANN401  paths, tables, frames, lists: see corpus.read
    *,
    config: Config | None = None,
    names: FieldNames | None = None,
    relations: Literal["canonical", "all"] = "canonical",
    threads: int | None = None,
    memory: int | str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    duplicate_id: Literal["version", "last", "stop"] = "version",
    progress: Progress | None = None,
    again: bool = False,
) -> Clustering:
    """Find the copies in a collection of stories.

    Parameters
    ----------
    stories : path, list of paths, table, frame, series, list of str, rows
        One story a row. A path is one str (a pattern such as ``"wire/*.jsonl"``, a folder, and
        ``"-"`` for standard input, too) or a `pathlib.Path`; a list of str holds texts. See
        :func:`dupdetect.corpus.read` for all that is read.
    config : Config, optional
        Settings.
    names : FieldNames, optional
        Which fields hold id, text, title, publisher, date and author; found by name by default.
    relations : {"canonical", "all"}
        Each story against its parent, and overlaps between clusters one line a pair of classes;
        or every related pair of stories, each aligned by itself.
    threads : int, optional
        Threads to use, all cores by default, at most four a core; the result does not depend
        on it.
    memory : int or str, optional
        Bytes that may be filled before temporary files are, or a size such as ``"2G"``; what fits
        the machine by default. The result does not depend on it.
    on_bad_row : {"stop", "skip"}
        Whether a row that cannot be read stops the run.
    duplicate_id : {"version", "last", "stop"}
        What to do about rows with the id of another: compare all, the second ``a`` under the
        name ``a#2``; keep the last of them; or hold it for a bad row.
    progress : callable, optional
        Called with stage, done and total.
    again : bool
        Whether `keeper` is decided again by the lines of the stories that stay, as ``dedupe`` does:
        where pages that repeated a line are gone, it may be body. A second run over what stays then
        finds nothing more to remove.

    Returns
    -------
    Clustering

    Raises
    ------
    InputError
        When the input cannot be read; names file, line, reason and remedy.
    ConfigError
        When a setting, `threads` or `memory` is wrong.

    Examples
    --------
    >>> story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    >>> cluster([story, story, "Something else."]).clusters["cluster"].to_pylist()
    ['0', '0', '2']
    """
    require_type("config", config, Config)
    require_type("names", names, FieldNames)
    require_bool("again", again)
    require_choice("relations", relations, ("canonical", "all"))
    with read(
        stories,
        names=names or FieldNames(),
        on_bad_row=on_bad_row,
        duplicate_id=duplicate_id,
        memory_bytes=Memory.of(memory).texts,
        threads=threads_to_use(threads),
    ) as corpus:
        return cluster_corpus(
            corpus,
            config=config,
            relations=relations,
            threads=threads,
            memory=memory,
            progress=progress,
            again=again,
        )


def cluster_corpus(
    corpus: Corpus,
    *,
    config: Config | None = None,
    relations: Scope = "canonical",
    threads: int | None = None,
    memory: int | str | None = None,
    progress: Progress | None = None,
    passages: bool = True,
    tables: Path | None = None,
    again: bool = False,
) -> Clustering:
    """Find the copies in a corpus that was read; see :func:`cluster` for the parameters.

    Parameters
    ----------
    passages : bool
        Whether relations have passages and changes, and stories spans of furniture; without, these
        are empty.
    tables : Path, optional
        A folder into which the tables of all stages are saved, each as ``<name>.arrow``.

    Raises
    ------
    OutputError
        When a table cannot be written.
    """
    require_choice("relations", relations, ("canonical", "all"))
    require_type("config", config, Config)
    work = Work(config or Config(), threads_to_use(threads), progress or silent, Memory.of(memory))
    flow = Flow(work, relations, partial(Verifier, passages=passages), again=again)
    stories = Stories.of(corpus)
    found, compared = _run_stages(stories, flow, tables)
    return clustering_of(corpus, stories, found, flow, compared, spans=passages)


def clustering_of(
    corpus: Corpus,
    stories: Stories,
    found: Mapping[str, Any],
    flow: Flow,
    compared: int,
    *,
    spans: bool = True,
) -> Clustering:
    """Put what the stages gave, by table, together.

    Parameters
    ----------
    corpus : Corpus
        What was read.
    stories : Stories
        Its stories.
    found : mapping of str to object
        What the stages gave, by table.
    flow : Flow
        Of the run.
    compared : int
        Pairs that were compared.
    spans : bool
        Whether it says where each story's furniture stands.
    """
    work = flow.work
    texts = texts_of(stories, found["line_status"])
    furniture = np.zeros(len(stories.ids) + 1, np.int64), np.empty((0, 2), np.int64)
    if spans:
        furniture = texts.furniture(threads=work.threads)
        work.counts["split_texts"] += texts.with_furniture().size
    clusters = _clusters_of(stories, found, furniture, corpus.places())
    ranking = flow.ranking(stories, found["sketches"])
    kinds, kept = counts_of(found["relations"])
    described = summary.summarize(
        corpus,
        clusters,
        config=asdict(work.config),
        digest=work.config.digest(),
        kinds=kinds,
        kept_parts=kept,
        dropped=found["furniture"],
        stock=summary.stock_examples(texts, found["stock"], ranking, work.config),
        timings=work.timings,
        threads=work.threads,
        relations_scope=flow.scope,
        excepted=stories.ids.take(to_arrow(ranking.to_story(found["excepted"]))).to_pylist(),
        without_body=int(np.count_nonzero(found["sketches"].body_words == 0)),
        compared=compared,
        comparing=work.counts,
        peak_memory_bytes=peak_memory(),
    )
    return Clustering.of(corpus, clusters, found["relations"], described)


def _run_stages(stories: Stories, flow: Flow, folder: Path | None) -> tuple[dict[str, Any], int]:
    """Run all stages in order; return what describes the run, by table, and the pairs compared."""
    found: dict[str, Any] = {"stories": stories}
    compared = 0
    begun: dict[str, Callable[[], dict[str, Any]]] = {}
    flow.sort_ids(stories)
    with ExitStack() as files:
        if folder is not None:
            files.enter_context(together())
            files.enter_context(folder_for(folder))
            _save(folder, found, found, flow)
        for place, stage in enumerate(STAGES, 1):
            with flow.work.stage(stage.name):
                given = begun.pop(stage.name, partial(run_stage, stage, found, flow))()
            found |= given
            if stage.name == "sketch":  # kernels and Arrow, which need no lock
                credit = partial(run_stage, STAGE["credit"], {"stories": stories}, flow)
                begun["credit"] = flow.work.in_background(credit)
            if stage.name == "propose":
                compared = given["candidates"].size
            if folder is not None:
                _save(folder, given, found, flow)
            needed = _DESCRIBED.union(*(later.takes for later in STAGES[place:]))
            found = {name: product for name, product in found.items() if name in needed}
    return found, compared


def _save(folder: Path, given: Mapping[str, Any], found: Mapping[str, Any], flow: Flow) -> None:
    """Write the tables of some products."""
    made_by, naming = digests(flow.work.config, flow.scope), flow.naming(found)
    for name, product in given.items():
        table = stamped(to_table(name, product, naming), name, made_by[name])
        with (
            atomic(folder / f"{name}.arrow") as file,
            pa.ipc.new_file(file, table.schema) as writer,
        ):
            writer.write_table(table)


def _clusters_of(
    stories: Stories, found: Mapping[str, Any], furniture: tuple[Numbers, Numbers], place: Numbers
) -> pa.Table:
    """Return the table of clusters: each story with the ones it hangs on and stands in."""
    return clusters_table(
        stories.ids,
        found["canonical"],
        found["copies"],
        found["members"],
        found["removed"],
        publishers=stories.publishers,
        published=stories.published,
        credits=found["credits"],
        furniture=furniture,
        place=place,
    )


def counts_of(relations: pa.Table) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many relations are of each kind, and of each part that was kept."""

    def count(column: str, names: tuple[str | None, ...]) -> dict[str, int]:
        counted = relations[column].value_counts().to_pylist()
        found = {entry["values"]: entry["counts"] for entry in counted}
        return {str(name): found.get(name, 0) for name in names}

    return count("kind", KINDS[1:]), count("kept", KEPT[1:])
