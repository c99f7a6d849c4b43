"""What a generation of an index says of itself, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from dupdetect.config import Config
from dupdetect.engines.declared import digests
from dupdetect.errors import FormatError
from dupdetect.stages.constants import constants
from dupdetect.store.files import FORMAT, Files, Manifest, check_file, require_same
from dupdetect.store.view import TRIES, View, load
from dupdetect.store.write import KINDS
from dupdetect.support.dates import UNKNOWN_TIME
from dupdetect.version import VERSION

__all__ = ["check_all", "made_with", "new_manifest", "require_made_by", "summary_of"]


def new_manifest(config: Config) -> Manifest:
    """Return the generation of no stories."""
    return {
        "format": FORMAT,
        "generation": 0,
        "settled": True,
        **made_with(config),
        "tables": {kind: [] for kind in KINDS},
        "files": {},
        **dict.fromkeys(("next_file", "next_seq", "next_uid", "next_name", "settled_seq"), 0),
    }


def made_with(config: Config) -> Manifest:
    """Return what a generation says of the release and the settings that made it."""
    return {"version": VERSION, "digest": made_by(config), "config": config.by_section()}


def made_by(config: Config) -> str:
    """Return 16 hexadecimal digits of all rules and settings."""
    stages = json.dumps(digests(config), sort_keys=True)
    rules = [stages, *map(constants, ("engines.lookup", "engines.steps"))]
    return hashlib.sha256("".join(rules).encode()).hexdigest()[:16]


def summary_of(manifest: Manifest, view: View) -> dict[str, Any]:
    """Return counts of a generation; see :meth:`dupdetect.Index.summary`."""
    live = view.live
    when = view.published_us
    when = when[when != UNKNOWN_TIME]
    sizes = np.unique(live.name, return_counts=True)[1]
    dates = [np.datetime_as_string(day.astype("datetime64[us]"), unit="D")
             for day in (when.min(), when.max())] if when.size else [None, None]  # fmt: skip
    return {
        "format": manifest["format"],
        "version": manifest["version"],
        "generation": manifest["generation"],
        "settled": manifest["settled"],
        "stories": int(live.seq.size),
        "clusters": int(sizes.size),
        "clusters_with_copies": int((sizes > 1).sum()),
        "kept": int((live.keeper == live.seq).sum()),
        "first_published": None if dates[0] is None else str(dates[0]),
        "last_published": None if dates[1] is None else str(dates[1]),
        "segments": len(view.stories),
        "bytes": sum(size for size, *_ in manifest["files"].values()),
        "digest": manifest["digest"],
        "config": manifest["config"],
    }


def require_made_by(name: str, manifest: Manifest, config: Config | None) -> None:
    """Raise `ConfigMismatchError` when an index was made by other rules or settings.

    Parameters
    ----------
    name : str
        Of the index.
    manifest : dict
        Its generation.
    config : Config, optional
        The settings that it must have; any by default.
    """
    stored = Config.of_release(manifest["config"])
    apart = []
    if config is not None:
        was, ours = stored.by_section(), config.by_section()
        apart = [
            f"{setting} is {value!r} there and {ours[section][setting]!r} here"
            for section, values in was.items()
            for setting, value in values.items()
            if ours[section][setting] != value
        ]
    require_same(name, manifest["digest"], made_by(config or stored), apart)


def check_all(files: Files, manifest: Manifest, view: View) -> list[str]:
    """Return what is wrong with the files of an index; see :meth:`dupdetect.Index.check`.

    Parameters
    ----------
    files : Files
        Where they stand.
    manifest, view : Manifest and View
        A generation: the newest one is looked at instead if a writer made another meanwhile, which
        removes files.
    """
    for _ in range(TRIES):
        try:
            if files.manifest()["generation"] != manifest["generation"]:
                manifest, view = load(files)
            found = [
                check_file(files, name, size, digest)
                for name, (size, digest, _) in sorted(manifest["files"].items())
            ]
            newest = files.manifest()["generation"]
        except FormatError as error:
            return [str(error)]
        wrong = [one for one in found if one]
        if not wrong or newest == manifest["generation"]:
            break
    if wrong:
        return wrong
    if not np.isin(view.live.seq, view.story_seqs).all():
        wrong.append("live: a story is in no segment")
    if not np.isin(view.live.uid, view.sketch_uids).all():
        wrong.append("live: a story was not sketched")
    if not np.isin(view.live.pairs, view.live.seq).all():
        wrong.append("reported: a relation of a story that is gone")
    return wrong
