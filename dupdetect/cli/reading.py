"""From options to stories, settings and places to write."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
import orjson

from dupdetect import corpus
from dupdetect.config import Config
from dupdetect.corpus.read import expand
from dupdetect.corpus.streams import is_remote
from dupdetect.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dupdetect.cli.options import Setup
    from dupdetect.views.pair import Story
from dupdetect.products.corpus import Corpus


def configuration(setup: Setup) -> Config:
    """Make the configuration from ``--config``, then ``--set``."""
    return Config.load(setup.config_file, setup.settings)


def field_names(setup: Setup) -> corpus.FieldNames:
    """Make the field names from the ``--...-field`` options."""
    given: dict[str, Any] = dict(setup.fields)
    return corpus.FieldNames(**given)


@dataclass(frozen=True)
class Place(os.PathLike[str]):
    """A path as it was given: `Path` would make one slash of the two in ``s3://``."""

    text: str

    def __fspath__(self) -> str:
        """Return it."""
        return self.text


def expanded(sources: Sequence[str]) -> list[str]:
    """Return the inputs with patterns and folders replaced by the files in them."""
    return [
        path
        for source in sources
        for path in ([source] if source in {"-", ""} else expand(_place(source)))
    ]


def source_of(sources: Sequence[str]) -> str | list[os.PathLike[str]]:
    """One dump, or several read as one; - only by itself."""
    if "-" in sources and len(sources) > 1:
        raise click.UsageError(
            "- (standard input) cannot be read together with files", click.get_current_context()
        )
    only = sources[0] if len(sources) == 1 else None
    return only if only in {"-", ""} else [_place(source) for source in sources]


def _place(source: str) -> os.PathLike[str]:
    return Place(source) if is_remote(source) else Path(source)


def check_places(
    sources: Iterable[str], places: Mapping[str, str | None], *, folder: Path | None = None
) -> None:
    """Refuse before a long run what could not be written after it.

    Parameters
    ----------
    sources : iterable of str
        The inputs, which no output may replace.
    places : mapping of str to str or None
        The file to write by the option that names it; None where it was not given. Of these
        only ``--output`` may be - (standard output).
    folder : Path, optional
        One that is made if it is not there.
    """
    given = {option: path for option, path in places.items() if path is not None}
    inputs = {_real(source) for source in sources if source != "-"}
    seen: dict[Path, str] = {}
    for option, path in given.items():
        if path == "-" and option == "--output":
            continue
        require_name(option, path)
        place = Path(path)
        if place.is_dir():
            raise OutputError(f"{path}: is a folder; give {option} the name of a file")
        resolved = _real(path)
        if resolved.is_symlink():
            raise OutputError(f"{path}: is a link to itself; give {option} another name")
        if not place.parent.is_dir() and (folder is None or resolved.parent != _real(folder)):
            raise OutputError(
                f"{path}: there is no folder {str(place.parent)!r}; make it or change {option}"
            )
        if resolved in inputs:
            raise click.UsageError(
                f"{option} {path} is also an input; give {option} another name",
                click.get_current_context(),
            )
        if resolved in seen:
            raise click.UsageError(
                f"{seen[resolved]} and {option} name the same file {path}",
                click.get_current_context(),
            )
        seen[resolved] = option


def _real(path: str | Path) -> Path:
    """Follow links, also where they lead in a circle, of which one remains."""
    return Path(os.path.realpath(path))


def require_name(option: str, path: str) -> None:
    """Refuse an empty name, and - where nothing goes to standard output."""
    if path == "-":
        said = f"{option} - is not possible: only the kept stories go to standard output"
        raise click.UsageError(said, click.get_current_context())
    if not path:
        said = f"{option} is empty; give it the name of a file"
        raise click.UsageError(said, click.get_current_context())


def text_of(path: str, *, missing: str) -> str:
    """Read a whole text file, or standard input for ``-``; `missing` says what to do without.

    Raises
    ------
    InputError
        If there is no such file, or it is not UTF-8.
    """
    if path == "-" and sys.stdin is None:
        raise InputError("there is no standard input", file="-", remedy="name a file")
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 text (byte {error.start})",
            file=path,
            remedy="convert it first, for instance with iconv -t utf-8",
        ) from error
    except OSError as error:
        raise InputError(
            error.strerror or "cannot be read",
            file=path,
            remedy=missing,
        ) from error


def stories_of(stories: Corpus, ids: Iterable[str]) -> dict[str, Story]:
    """Take the stories with these ids out of a corpus; ids it does not have are left out."""
    from dupdetect.views.pair import Story  # noqa: PLC0415  (slow to load)

    wanted = set(ids)
    rows = [row for row, id_ in enumerate(stories.ids.to_pylist()) if id_ in wanted]
    return {
        story.id: story
        for story in (
            Story(
                id=stories.ids[row].as_py(),
                text=stories.text_of(row),
                title=stories.titles[row].as_py(),
                publisher=stories.publishers[row].as_py(),
                published=stories.published[row].as_py(),
            )
            for row in rows
        )
    }


def print_json(value: Any) -> None:  # noqa: ANN401  (whatever orjson writes)
    """Print for programs: UTF-8 bytes, whatever the terminal's encoding."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    click.echo(orjson.dumps(value, option=options), nl=False)


def standard_output() -> IO[bytes]:
    """Return where kept rows go under ``-o -``; `OutputError` when it was closed."""
    if sys.stdout is None:
        raise OutputError("standard output: is closed; give --output the name of a file")
    return sys.stdout.buffer
