"""METER (Gaizauskas, Clough et al. 2001): newspaper stories and the agency copy behind them.

The distributed layout, below a folder `meter_corpus`: `PA/rawtexts/DOMAIN/DATE/CATCHLINE/*.txt`,
`newspapers/rawtexts/DOMAIN/DATE/CATCHLINE/NAME_PAPER.txt` (or `annotated`, .sgml) and
`file_index/DOMAIN/{PA_DOMAIN_files,wholly_derived,partially_derived,non_derived}.txt`, which list
paths that start at `meter_corpus`.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path, PurePosixPath

from benchmarks.formats import lines
from benchmarks.quality.labelled import JudgedPair, LabelledSet, Story

FORMAT = "meter"
LOOKS_LIKE = "a folder with file_index/, PA/ and newspapers/"
EXPECTED = {"wholly_derived": True, "partially_derived": True, "non_derived": False}
TAG = re.compile(r"<[^>]*>")


def recognises(path: Path) -> bool:
    """Tell by the index folder."""
    return (path / "file_index").is_dir()


def read(path: Path) -> LabelledSet:
    """Label every newspaper story with all agency copy under its date and catchline."""
    stories: dict[str, Story] = {}
    agency: dict[PurePosixPath, list[str]] = {}
    pairs = []
    for domain in sorted(p for p in (path / "file_index").iterdir() if p.is_dir()):
        for index in sorted(domain.glob("PA_*files.txt")):
            for listed in _listed(index):
                story = _story(path, listed)
                stories[story.id] = story
                agency.setdefault(_event(listed), []).append(story.id)
        for category, related in EXPECTED.items():
            for listed in _listed(domain / f"{category}.txt"):
                story = _story(path, listed)
                stories[story.id] = story
                copy = tuple(agency.get(_event(listed), ()))
                if not copy:
                    raise lines.LabelledSetError(f"{path}: no agency copy for {listed}")
                pairs.append(JudgedPair(story.id, copy, related, category=category))
    if not pairs:
        raise lines.LabelledSetError(f"{path}/file_index: it lists no newspaper story")
    return LabelledSet(path.name, FORMAT, tuple(stories.values()), pairs=tuple(pairs))


def _listed(index: Path) -> list[PurePosixPath]:
    if not index.exists():
        return []
    entries = (entry.strip() for entry in lines.text_of(index).splitlines())
    return [PurePosixPath(entry.lstrip("/")) for entry in entries if entry]


def _event(listed: PurePosixPath) -> PurePosixPath:
    """Domain, date and catchline: the three folders above the file."""
    return PurePosixPath(*listed.parts[-4:-1])


def _story(root: Path, listed: PurePosixPath) -> Story:
    """Read the file from rawtexts, or from annotated where only that is there."""
    below = PurePosixPath(*listed.parts[1:])
    annotated = [part.replace("rawtexts", "annotated") for part in below.with_suffix("").parts]
    for file in (root / below, root.joinpath(*annotated).with_suffix(".sgml")):
        if file.is_file():
            text = lines.text_of(file)
            plain = unescape(TAG.sub("", text)).strip() if file.suffix == ".sgml" else text
            paper = listed.stem.rpartition("_")[2] if listed.parts[1] != "PA" else "PA"
            date = listed.parts[-3]
            return Story(str(below), plain, {"publisher": paper, "published": _iso(date)})
    raise lines.LabelledSetError(f"{root / below}: listed in file_index, not there")


def _iso(date: str) -> str:
    """Turn 27.09.99 into 1999-09-27; other forms stay."""
    day = re.fullmatch(r"(\d\d)\.(\d\d)\.(\d\d)", date)
    return f"19{day[3]}-{day[2]}-{day[1]}" if day else date
