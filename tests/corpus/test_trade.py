"""Records of the trade are read, and clustered by the command, without an option."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dupdetect import Clustering
from dupdetect.cli import main
from dupdetect.corpus import read
from tests.support.trade_samples import SAMPLES, STORIES, Sample


def written(sample: Sample, folder: Path) -> list[Path]:
    files = {sample.name: sample.data, **sample.others}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def squeezed(text: str) -> str:
    return " ".join(text.replace("\u2060", "").split())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_record_is_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = SAMPLES[name]
    monkeypatch.chdir(tmp_path)
    paths = [path.relative_to(tmp_path) for path in written(sample, tmp_path)]
    with read(paths) as corpus:
        assert corpus.ids.to_pylist() == list(sample.ids)
        for number, story in enumerate(STORIES):
            assert squeezed(corpus.text_of(number)) == " ".join(story)
        assert corpus.publishers[0].as_py() == sample.publisher
        assert corpus.titles[0].as_py() == sample.title
        assert corpus.authors[0].as_py() == sample.author
        if sample.date is None:
            assert corpus.published[0].as_py() is None
        else:
            day = dt.datetime.fromtimestamp(corpus.published_us[0] / 1e6, dt.UTC).date()
            assert day.isoformat() == sample.date
        assert not corpus.unread
        assert not corpus.rejected


@pytest.mark.parametrize("name", SAMPLES)
def test_records_are_clustered_by_the_command(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    written(SAMPLES[name], folder)
    assert main(["cluster", str(folder), "-o", str(tmp_path / "out"), "--quiet"]) == 0
    assert Clustering.read(tmp_path / "out").labels.tolist() == [0, 0, 1]
