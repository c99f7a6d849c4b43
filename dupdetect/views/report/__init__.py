"""The HTML report: one file with everything in it, for looking at what was found.

`write_report` reads a results folder and the stories it is about, and writes the page.
`build_page` makes the page from tables in memory.

The page
--------
The overview is plain HTML and shows at once. The clusters follow as blocks of JSON, compressed
and in base64, that a script opens one at a time. A Content-Security-Policy in the page lets
nothing run but that script, by its hash, forbids every request, and forbids turning strings into
markup; the story texts become text nodes only.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dupdetect.errors import FormatError
from dupdetect.views.report.build import MAX_BYTES, MAX_CLUSTERS, build_page
from dupdetect.views.report.chosen import choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from dupdetect.output.clustering import Clustering
    from dupdetect.products.corpus import Corpus
    from dupdetect.support.progress import Progress

__all__ = ["MAX_BYTES", "MAX_CLUSTERS", "build_page", "write_report"]


def write_report(
    results: Path | str | Clustering,
    report: Path | str,
    *,
    corpus: Corpus | None = None,
    moved: Sequence[str] = (),
    max_bytes: int = MAX_BYTES,
    max_clusters: int = MAX_CLUSTERS,
    progress: Progress | None = None,
) -> None:
    r"""Write the report of a results folder, or of results in memory.

    Parameters
    ----------
    results
        Folder that `dupdetect cluster` or `Clustering.write` made, or a `Clustering`.
    report
        HTML file to write; it appears only when it is whole.
    corpus
        The stories, if they are in memory; by default those that the page shows are read again
        from the inputs that `summary.json` names.
    moved
        Where these inputs are now, file by file.
    max_bytes, max_clusters
        Limits of the page. What exceeds them is left out, the smallest clusters first, and the
        page says so.
    progress
        Called now and then with the stage, the stories done, and how many there are.

    Raises
    ------
    FormatError
        When the folder holds no results or those of another version.
    InputError
        When the stories cannot be read, or are not those of the results.
    OutputError
        When the report cannot be written.

    Examples
    --------
    >>> import dupdetect, tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> story = '{"text": "The ferry to Gozo was stopped by fog at dawn and sailed before noon."}'
    >>> _ = (folder / "stories.jsonl").write_text(f"{story}\n{story}\n")
    >>> dupdetect.cluster(folder / "stories.jsonl").write(folder / "out")
    >>> write_report(folder / "out", folder / "report.html")
    >>> (folder / "report.html").read_text().startswith("<!doctype html>")
    True
    """
    from dupdetect import output  # noqa: PLC0415 - heavy, and only needed to read and write
    from dupdetect.corpus import reopen  # noqa: PLC0415
    from dupdetect.corpus.fields import ALSO  # noqa: PLC0415

    if isinstance(results, str | Path):
        folder = Path(results)
        summary = output.read_summary(folder)
        clusters, relations = output.read_clusters(folder), output.read_relations(folder)
        _check_canonical(folder, clusters)
    else:
        summary, (clusters, relations) = results.summary, results.as_text()
    with _without_collector():
        chosen = choose(clusters, relations, limit=max_clusters)
        stories = corpus
        if stories is None:
            ids = chosen.ids().to_pylist()
            stories = reopen.read_stories(summary, clusters, ids, moved=moved, also=tuple(ALSO))
        try:
            page = build_page(
                clusters,
                relations,
                summary=summary,
                stories=stories,
                chosen=chosen,
                max_bytes=max_bytes,
                progress=progress,
            )
        finally:
            if corpus is None:
                stories.close()
    with output.atomic(Path(report)) as file:
        file.write(page.encode())


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leave out the search for cycles, a third of the time: of a million spans none has any."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check_canonical(folder: Path, clusters: pa.Table) -> None:
    """Refuse results in which a cluster lacks the story that it is named after."""
    import pyarrow.compute as pc  # noqa: PLC0415  (heavy)

    named = clusters.filter(pc.equal(clusters["id"], clusters["cluster"]))["id"].combine_chunks()
    stray = clusters.filter(pc.invert(pc.is_in(clusters["cluster"], value_set=named)))
    if stray.num_rows:
        name = stray["cluster"][0].as_py()
        raise FormatError(
            f"{folder}: cluster {name!r} lacks the story it is named after; run 'cluster' again"
        )
