"""PAN text alignment (2012 to 2015): suspicious and source documents, passages in XML.

A folder with `pairs` (suspicious and source file name a line), `susp/`, `src/`, and one folder a
kind of case (01-no-plagiarism, 02-no-obfuscation, ...) with its own `pairs` and one XML a pair:
`<feature name="plagiarism" this_offset this_length source_reference source_offset source_length>`.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.formats import lines
from benchmarks.quality.labelled import JudgedPair, LabelledSet, Passages, Story

FORMAT = "pan"
LOOKS_LIKE = "a folder with pairs, src/, susp/ and the folders of cases"


def recognises(path: Path) -> bool:
    """Tell by the pair list and the two document folders."""
    return (path / "susp").is_dir() and (path / "src").is_dir()


def read(path: Path) -> LabelledSet:
    """Read the pairs with their labelled passages, the suspicious document first."""
    pairs = []
    for folder in [path, *sorted(p for p in path.iterdir() if p.is_dir())]:
        # The list at the top repeats those of the folders: it counts only where there are none.
        listed = folder / "pairs"
        nested = folder == path and any(path.glob("*/pairs"))
        if nested or not listed.is_file():
            continue
        category = re.sub(r"^\d+-", "", folder.name) if folder != path else "pairs"
        entries = (entry.split() for entry in lines.text_of(listed).splitlines())
        pairs += [_pair(path, folder, e[0], e[1], category) for e in entries if len(e) == 2]
    if not pairs:
        raise lines.LabelledSetError(f"{path}: no pairs file with pairs; expected {LOOKS_LIKE}")
    used = {("susp", p.a) for p in pairs} | {("src", p.others[0]) for p in pairs}
    stories = tuple(Story(name, _document(path / folder / name)) for folder, name in sorted(used))
    return LabelledSet(path.name, FORMAT, stories, pairs=tuple(pairs))


def _document(path: Path) -> str:
    if not path.is_file():
        raise lines.LabelledSetError(f"{path}: named in pairs, not there")
    return lines.text_of(path)


def _pair(root: Path, folder: Path, susp: str, src: str, category: str) -> JudgedPair:
    name = f"{Path(susp).stem}-{Path(src).stem}.xml"
    file = next((f for f in (folder / name, *root.glob(f"*/{name}")) if f.is_file()), None)
    if file is None:
        raise lines.LabelledSetError(f"{folder / name}: no labels for a pair of {folder / 'pairs'}")
    passages = _passages(file, src)
    return JudgedPair(susp, (src,), bool(passages), category=category, passages=passages)


def _passages(file: Path, src: str) -> Passages:
    try:
        features = ElementTree.parse(file).getroot().iter("feature")
    except ElementTree.ParseError as error:
        raise lines.LabelledSetError(f"{file}: not XML ({error})") from error
    found = []
    for feature in features:
        if "plagiarism" in feature.get("name", "") and feature.get("source_reference") == src:
            this, its = int(feature.get("this_offset", 0)), int(feature.get("source_offset", 0))
            this_end = this + int(feature.get("this_length", 0))
            found.append((this, this_end, its, its + int(feature.get("source_length", 0))))
    return tuple(found)
