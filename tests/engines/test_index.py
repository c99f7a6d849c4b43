"""An index: settled it is one run over all its stories; before that its answers hold, too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dupdetect
from dupdetect import Config, Index
from dupdetect.errors import (
    ConfigMismatchError,
    FormatError,
    FormatVersionError,
    InputError,
    OutputError,
)
from dupdetect.store.files import tables_in
from tests.support.index_stories import Rows, differences, made, table

FOG = (
    "The ferry to Gozo was stopped by fog at dawn and sailed again before noon. Two hundred "
    "people waited on the quay at Cirkewwa, most of them on their way to work, and the harbour "
    "master said that he had not seen the like since the winter of the great storms."
)
OTHER = "A heat wave closed the schools of three towns, whose halls have no shade at all."

_OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "delete", "expire", "query", "settle", "compact", "open"]),
        st.integers(0, 2**31),
        st.sampled_from([1, 3, 12, 40]),
    ),
    min_size=3,
    max_size=9,
)


def rows_of(count: int) -> Rows:
    return [dict(row) for row in made()[:count]]


class Model:
    """What an index should hold: the live rows in the order in which they were added."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.index = (
            Index.in_memory(threads=1)
            if folder is None
            else Index.create(folder / "news.idx", threads=1)
        )
        self.live: Rows = []
        self.pool = rows_of(len(made()))

    def do(self, operation: str, seed: int, count: int) -> None:
        rng = np.random.default_rng(seed)
        if operation == "add":
            rng.shuffle(self.pool)
            new, self.pool = self.pool[:count], self.pool[count:]
            if new:
                assert self.index.add(table(new)).stories == len(new)
            self.live += new
        elif operation == "delete" and self.live:
            places = set(rng.choice(len(self.live), min(count, len(self.live)), replace=False))
            gone = [row for k, row in enumerate(self.live) if k in places]
            self.index.delete(row["id"] for row in gone)
            self.live = [row for k, row in enumerate(self.live) if k not in places]
            self.pool += gone
        elif operation == "expire" and self.live:
            limit = sorted(row["published"] for row in self.live)[len(self.live) // 5]
            self.index.expire(limit)
            self.live = [row for row in self.live if row["published"] >= limit]
        elif operation == "query":
            before = self.index.generation
            self.index.query(table(rows_of(3)))
            assert self.index.generation == before
        elif operation == "compact":
            self.index.compact()
        elif operation == "open" and self.folder is not None:
            self.index.close()
            self.index = Index.open(self.folder / "news.idx", write=True, threads=1)
        elif operation == "settle":
            self.settle()
        assert len(self.index) == len(self.live)
        assert self.index.clusters()["id"].to_pylist() == [row["id"] for row in self.live]
        assert self.index.check() == []

    def settle(self) -> None:
        self.index.settle()
        if self.live:
            assert differences(self.index, self.live) == []


@pytest.mark.parametrize("in_folder", [False, True])
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(operations=_OPERATIONS)
def test_settled_it_is_one_run_over_its_stories(
    tmp_path_factory: pytest.TempPathFactory,
    in_folder: bool,
    operations: list[tuple[str, int, int]],
) -> None:
    model = Model(tmp_path_factory.mktemp("index") if in_folder else None)
    for operation in operations:
        model.do(*operation)
    model.settle()
    model.index.close()


def test_small_additions_settle_to_one_run(tmp_path: Path) -> None:
    rows = rows_of(150)
    with Index.create(tmp_path / "i", threads=1) as index:
        for first in range(0, len(rows), 15):
            index.add(table(rows[first : first + 15]))
        assert not index.settled
        index.settle()
        assert differences(index, rows) == []
        assert index.summary()["segments"] < 6


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    before=st.sampled_from([0, 5, 40, 90]),
    size=st.sampled_from([2, 11, 60]),
)
def test_the_order_within_an_addition_changes_nothing(seed: int, before: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [rows_of(len(made()))[k] for k in rng.permutation(len(made()))[: before + size]]
    found = []
    for order in (np.arange(size), rng.permutation(size)):
        index = Index.in_memory(threads=1)
        if before:
            index.add(table(rows[:before]))
        index.add(table([rows[before + k] for k in order]))
        clusters = index.clusters().select(["id", "cluster", "parent", "kind", "keeper"])
        relations = index.relations().select(["a", "b", "kind"])
        found.append([sorted(map(str, one.to_pylist())) for one in (clusters, relations)])
    assert found[0] == found[1]


def test_what_many_pages_of_a_site_print_is_learned_as_they_come() -> None:
    """Stories come one by one, and what the site wraps around them is known to nobody at first."""
    rng = np.random.default_rng(5)
    words = [f"{chr(97 + k % 26)}{chr(97 + k // 26)}word" for k in range(600)]
    own = [" ".join(rng.choice(words, 90)) for _ in range(16)]
    wrapped = [
        "Sunny in the bay today with a light wind from the north and a calm sea by the evening.\n"
        "Read the paper on your phone for less than a cup of coffee and never miss a goal again.\n"
        f"{text}\n"
        "Write to the editor at the old customs house on the quay or call in on any weekday."
        for text in own
    ]
    rows = [{"id": f"s{k}", "publisher": "Bay", "text": text} for k, text in enumerate(wrapped)]
    rows += [{"id": f"w{k}", "publisher": "Wire", "text": text} for k, text in enumerate(own)]
    index = Index.in_memory(threads=1)
    for row in rows:
        index.add([row])
    assert not index.settled
    before = index.clusters().drop_columns(["name"])
    index.settle()
    assert before.equals(index.clusters().drop_columns(["name"]))
    assert before["furniture"].to_pylist()[0]  # added before anybody could know


def test_a_copy_is_found_behind_any_number_of_forms() -> None:
    """Many notices in the words of the one that is asked about share more with it than its cut."""

    def notice(town: str, sums: int) -> str:
        return (
            f"The council of {town} has awarded a grant of {sums * 1237} pounds to the library "
            f"of {town} for new shelves and for repairs to its roof, which the storms of the "
            f"winter had torn open. Work on it begins on the {2 + sums % 25}th, the mayor of "
            f"{town} said, and the readers of the town will borrow their books from a van in "
            f"the market until the {3 + sums % 24}th of the next month. The van holds "
            f"{sums * 31} books, and children who come with their teachers may take {sums} of "
            f"them home at once. The money comes from the county, which has set aside "
            f"{sums * 4567} pounds for the libraries of {town} and of the villages around it."
        )

    ends = ("ford", "ham", "bury", "wick", "ton", "ley", "dale", "mouth")
    towns = [f"{tree}{end}" for tree in ("Ash", "Elm", "Oak", "Yew", "Fir", "Box") for end in ends]
    towns += [f"{tree}combe" for tree in ("Lime", "Birch", "Alder", "Maple", "Rowan", "Hazel")]
    asked = notice("Thornby", 97)
    cut = asked[: asked.index("Work on it")]
    rows = [{"id": town, "text": notice(town, k + 11)} for k, town in enumerate(towns)]
    index = Index.in_memory(threads=1)
    index.add([*rows, {"id": "cut", "text": cut}])
    found = index.query(asked).to_pylist()
    assert {row["kind"] for row in found if row["story"] != "cut"} == {"template"}
    assert [row["kind"] for row in found if row["story"] == "cut"] == ["truncation"]


def test_a_copy_is_found_with_its_passages_and_its_cluster() -> None:
    index = Index.in_memory()
    index.add([{"id": "a", "text": FOG}, {"id": "b", "text": FOG}, {"id": "c", "text": OTHER}])
    cut = FOG[: FOG.index(" and the harbour")] + "."
    found = index.query(cut)
    assert set(found["story"].to_pylist()) == {"a", "b"}
    row = found.to_pylist()[0]
    assert (row["kind"], row["kept"], row["larger"]) == ("truncation", "head", "story")
    assert row["coverage"] == 1.0
    assert 0 < row["story_coverage"] < 1
    assert row["cut_after"] > 0
    start, end, other_start, other_end, *_ = row["passages"][0]
    assert cut[start:end] == FOG[other_start:other_end]
    assert found["joins"].to_pylist() == [True, True]
    assert row["canonical"] == "a"
    assert index.query("Nothing of the kind was ever written here before.").num_rows == 0


def test_what_is_asked_stands_first_in_passages_of_fuller_stories() -> None:
    index = Index.in_memory()
    cut = FOG[: FOG.index(" and the harbour")] + "."
    index.add([{"id": "cut", "text": cut}])
    row = index.query({"id": "whole", "text": FOG}).to_pylist()[0]
    assert (row["query"], row["larger"], row["story_coverage"]) == ("whole", "query", 1.0)
    start, end, other_start, other_end, *_ = row["passages"][0]
    assert FOG[start:end] == cut[other_start:other_end]


def test_every_story_finds_a_mate_where_the_run_over_all_has_one() -> None:
    rows = rows_of(len(made()))
    index = Index.in_memory(threads=1)
    index.add(table(rows))
    clusters = index.clusters()
    cluster = dict(zip(clusters["id"].to_pylist(), clusters["cluster"].to_pylist(), strict=True))
    found = index.query(table(rows))
    pairs = zip(found["query"].to_pylist(), found["story"].to_pylist(), strict=True)
    with_mate = {a for a, b in pairs if a != b and cluster[a] == cluster[b]}
    names = list(cluster.values())
    assert with_mate == {story for story, name in cluster.items() if names.count(name) > 1}


@pytest.mark.parametrize("seed", range(8))
def test_a_shared_run_of_25_words_is_looked_at_wherever_it_stands(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = [f"{chr(97 + k % 26)}{chr(97 + k // 26)}word" for k in range(600)]
    stories = [list(rng.choice(words, 150)) for _ in range(2)]
    shared = list(rng.choice(words, 25))
    for story in stories:
        place = int(rng.integers(0, 151))
        story[place:place] = shared
    index = Index.in_memory(threads=1)
    index.add([{"id": "a", "text": " ".join(stories[0])}])
    assert index.query(" ".join(stories[1]))["kind"].to_pylist() == ["overlap"]


def test_names_of_clusters_last() -> None:
    index = Index.in_memory()
    index.add([{"id": "a", "text": FOG}, {"id": "o", "text": OTHER}])
    name = dict(zip("ao", index.clusters()["name"].to_pylist(), strict=True))
    longer = FOG + " By noon the last of them had crossed, and the sea lay as flat as a table."
    index.add([{"id": "b", "text": longer}])
    rows = {row["id"]: row for row in index.clusters().to_pylist()}
    assert rows["a"]["cluster"] == "b"  # another canonical story
    assert rows["a"]["name"] == rows["b"]["name"] == name["a"]
    newest = index.changes(since=1).to_pylist()
    assert [(row["id"], row["before"], row["after"], row["reason"]) for row in newest] == [
        ("b", None, name["a"], "added"),
        ("b", name["a"], name["a"], "canonical"),
    ]
    index.delete(["b"])
    assert index.clusters()["name"].to_pylist() == [name["a"], name["o"]]
    assert index.changes(since=2)["reason"].to_pylist() == ["deleted", "canonical"]


def test_merging_and_splitting_are_recorded() -> None:
    first, second = FOG[:140], FOG[140:]
    index = Index.in_memory()
    index.add([{"id": "x", "text": first}, {"id": "y", "text": second}])
    before = index.clusters()["name"].to_pylist()
    index.add([{"id": "z", "text": FOG}])
    merged = {row["id"]: row for row in index.changes(since=1).to_pylist()}
    after = index.clusters()["name"].to_pylist()
    assert len(set(after)) == 1
    assert after[0] == before[0]
    assert (merged["y"]["reason"], merged["y"]["before"]) == ("merged", before[1])
    index.delete(["z"])
    assert len(set(index.clusters()["name"].to_pylist())) == 2
    assert "split" in index.changes(since=2)["reason"].to_pylist()


def test_what_was_deleted_is_in_no_file_after_compact(tmp_path: Path) -> None:
    secret = "zyxomma kept quixotic logs of every vessel that had foundered off the reef since May"
    index = Index.create(tmp_path / "i")
    rows = rows_of(40)
    index.add(table(rows))
    text = f"{secret}. {FOG}"
    index.add([{"id": "the-secret-id", "publisher": "Quux Gazette", "text": text},
               {"id": "copy", "text": FOG}])  # fmt: skip
    index.delete(["the-secret-id"])
    index.compact()
    index.close()
    for name in (tmp_path / "i").iterdir():
        data = name.read_bytes()
        for part in (b"the-secret-id", b"Quux Gazette", b"zyxomma"):
            assert part not in data, name
    index = Index.open(tmp_path / "i", write=True)
    assert index.check() == []
    for name in index._manifest["files"]:
        for data in tables_in(index._files, index._manifest, name):
            whole = pa.ipc.open_file(data).read_all()
            assert "the-secret-id" not in str(whole.to_pylist())
            for block in whole["data"].to_pylist() if "data" in whole.column_names else ():
                assert b"zyxomma" not in unpacked(block)
    index.settle()
    index.close()
    assert differences(index, [*rows, {**dict.fromkeys(rows[0]), "id": "copy", "text": FOG}]) == []


def unpacked(block: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(block)


def test_the_dictionary_of_texts_forgets_what_was_deleted(tmp_path: Path) -> None:
    secret = "the quixotic zyxomma of Foundered Reef kept a log of each vessel that went by"
    rng = np.random.default_rng(4)
    words = [f"word{number}" for number in range(4000)]
    texts = [" ".join(rng.choice(words, 350)) for _ in range(400)]
    gone = [{"id": f"gone {k}", "text": f"{text} {secret}."} for k, text in enumerate(texts)]
    kept = [{"id": f"kept {k}", "text": text} for k, text in enumerate(texts)]
    with Index.create(tmp_path / "i", threads=1) as index:
        index.add(gone)
        assert any(b"zyxomma" in name.read_bytes() for name in (tmp_path / "i").iterdir())
        index.add(kept)
        index.delete(row["id"] for row in gone)
        index.compact()
        assert not any(b"zyxomma" in name.read_bytes() for name in (tmp_path / "i").iterdir())
        assert index.query(texts[7])["story"].to_pylist()[0] == "kept 7"


def test_an_id_that_is_known() -> None:
    index = Index.in_memory()
    index.add([{"id": "a", "text": FOG}])
    with pytest.raises(InputError, match="has a story with the id 'a' already"):
        index.add([{"id": "a", "text": OTHER}])
    again = index.add([{"id": "a", "text": OTHER}, {"id": "b", "text": OTHER}], known_id="skip")
    assert (again.stories, again.skipped) == (1, 1)
    index.add([{"id": "a", "text": OTHER}], known_id="replace")
    assert len(index) == 2
    assert "a" in index
    assert "c" not in index
    assert {row["cluster"] for row in index.clusters().to_pylist()} == {"a"}


def test_expiry_goes_by_publication_or_by_addition() -> None:
    index = Index.in_memory()
    index.add(
        [
            {"id": "old", "text": FOG, "published": "2020-01-01"},
            {"id": "new", "text": FOG, "published": "2026-01-01"},
            {"id": "undated", "text": OTHER},
        ]
    )
    changes = index.expire(datetime(2021, 1, 1, tzinfo=UTC))
    assert {"id": "old", "reason": "expired"} in changes.select(["id", "reason"]).to_pylist()
    assert index.clusters()["id"].to_pylist() == ["new", "undated"]
    index.expire("2100-01-01")
    assert len(index) == 0
    with pytest.raises(InputError, match="is no date"):
        index.expire("some day")


def test_other_settings_and_formats_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    Index.create(folder, config=Config(contained=0.9)).close()
    with Index.open(folder) as index:
        assert index.config.contained == 0.9
    with pytest.raises(ConfigMismatchError, match=r"contained is 0\.9 there and 0\.8 here; leave"):
        Index.open(folder, config=Config())
    manifest = folder / "MANIFEST"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"format": 3', '"format": 9'), encoding="utf-8")
    with pytest.raises(FormatVersionError, match="an index of format 9, this release reads 3"):
        Index.open(folder)
    manifest.write_text("{", encoding="utf-8")
    with pytest.raises(FormatError, match="MANIFEST cannot be read"):
        Index.open(folder)


def test_an_index_of_other_rules_is_made_anew(tmp_path: Path) -> None:
    """Another digest is refused; made anew it is one run again, and clusters keep their names."""
    folder, rows = tmp_path / "i", rows_of(60)
    with Index.create(folder, config=Config(contained=0.9), threads=1) as index:
        for first in (0, 25, 50):
            index.add(table(rows[first : first + 25]))
        index.delete([rows[3]["id"]])
        added_us = index._view.stories_of(index._view.live.seq, ["added_us"])
    rows.pop(3)
    manifest = folder / "MANIFEST"
    text = manifest.read_text(encoding="utf-8")
    digest = re.search(r'"digest": "([0-9a-f]{16})"', text)
    assert digest is not None
    manifest.write_text(text.replace(digest[1], "0" * 16), encoding="utf-8")
    with pytest.raises(ConfigMismatchError, match="make it anew with 'index rebuild'"):
        Index.open(folder)
    with Index.rebuild(folder, threads=1) as index:
        assert index.settled
        assert index.config.contained == 0.9
        assert differences(index, rows, Config(contained=0.9)) == []
        assert index._view.stories_of(index._view.live.seq, ["added_us"]).equals(added_us)
        names = index.clusters()["name"]
    with Index.rebuild(folder, config=Config(), threads=1) as index:
        assert differences(index, rows) == []
        assert index.check() == []
        assert set(index.clusters()["name"].to_pylist()) <= set(names.to_pylist())
    with Index.open(folder, config=Config(), threads=1) as index:
        assert {file.stem for file in folder.glob("*.arrow")} >= set(index._manifest["files"])
        assert index.query(rows[0])["story"].to_pylist()[0] == rows[0]["id"]


def test_an_index_of_no_stories_is_made_anew(tmp_path: Path) -> None:
    Index.create(tmp_path / "i").close()
    with Index.rebuild(tmp_path / "i", config=Config(contained=0.9)) as index:
        assert (len(index), index.config.contained) == (0, 0.9)
        index.add([{"id": "a", "text": FOG}])
    with Index.open(tmp_path / "i", config=Config(contained=0.9)) as index:
        assert len(index) == 1


def test_overlaps_of_new_stories_are_relations_before_settling() -> None:
    index = Index.in_memory()
    before = (
        "The mayor of Naxxar opened a library of maps in the old mill by the church today, and "
        "forty people came to look at them. Nets are mended by hand. "
    )
    after = (
        " Snow fell on the hills of Troodos, and the road to the pass was closed to lorries until "
        "the evening of Sunday, police said, and those of fish fell a little in the towns. "
    )
    index.add([{"id": "old", "text": before + FOG + after[::-1]}])
    index.add(
        [{"id": f"o{k}", "text": f"Another {k} matter was heard at length."} for k in range(5)]
    )
    index.add([{"id": "new", "text": before[::-1] + FOG + after}])
    assert not index.settled
    found = index.relations()
    assert [{row["a"], row["b"]} for row in found.to_pylist()] == [{"old", "new"}]
    assert found["kind"].to_pylist() == ["overlap"]
    index.settle()
    assert index.relations().equals(found)


def test_one_writes_and_readers_do_not_wait(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    with Index.create(folder) as writer:
        writer.add([{"id": "a", "text": FOG}])
        with pytest.raises(OutputError, match="this process writes to this index already"):
            Index.open(folder, write=True)
        with pytest.raises(OutputError, match="this process writes to this index already"):
            Index.rebuild(folder)
        opens = f"import dupdetect; dupdetect.Index.open({str(folder)!r}, write=True)"
        command = [sys.executable, "-c", opens]
        other = subprocess.run(command, check=False, capture_output=True, text=True)
        assert f"another process ({os.getpid()}) writes to this index" in other.stderr
        reader = Index.open(folder)
        writer.add([{"id": "b", "text": OTHER}])
        writer.compact()
        assert len(reader) == 1
        assert reader.query(FOG)["story"].to_pylist() == ["a"]  # its files are gone by now
        assert reader.refresh()
        assert not reader.refresh()
        assert len(reader) == 2
        with pytest.raises(OutputError, match="or was opened for reading"):
            reader.add([{"id": "c", "text": OTHER}])
    with Index.open(folder, write=True) as again:
        again.delete(["a"])


def test_what_is_no_index_and_what_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds no index"):
        Index.open(tmp_path)
    with pytest.raises(FormatError, match="no such folder"):
        Index.open(tmp_path / "not there", write=True)
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="is not empty"):
        Index.create(tmp_path)
    folder = tmp_path / "i"
    with Index.create(folder) as index:
        index.add(table(rows_of(20)))
        assert index.check() == []
    place = next(folder.glob("stories-*.arrow"))
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 0xFF
    place.write_bytes(data)
    with Index.open(folder) as index:
        assert index.check() == [f"{place.stem}: its bytes are not those that were written"]
    place.unlink()
    with pytest.raises(FormatError, match="is missing"):
        Index.open(folder)


def test_wrong_calls_say_what_is_wrong() -> None:
    index = Index.in_memory()
    wrong: list[tuple[Any, str]] = [
        (lambda: index.delete("a"), "ids: a str, expected several"),
        (lambda: index.delete(["a"]), "no story with the id 'a'"),
        (lambda: index.delete([100]), "ids: 100 is a int, expected str; .* pass '100'"),  # type: ignore[list-item]
        (lambda: index.delete(100), "ids: a int, expected several; pass"),  # type: ignore[arg-type]
        (lambda: index.stories([None]), "ids: None is a NoneType"),  # type: ignore[list-item]
        (lambda: index.expire(5), "before = 5 is no date; write it as"),  # type: ignore[arg-type]
        (lambda: index.changes("x"), "since = 'x', expected the number of a gen"),  # type: ignore[arg-type]
        (lambda: index.changes(True), "since = True, expected the number"),
        (lambda: index.query(FOG, limit=True), "limit = True, expected 1 or more"),
        (lambda: index.query(FOG, limit=0), "limit = 0, expected 1 or more"),
    ]
    for call, said in wrong:
        with pytest.raises(InputError, match=said):
            call()
    assert index.settle().num_rows == 0
    assert index.clusters().num_rows == 0
    assert index.query(FOG).num_rows == 0


def test_results_are_those_of_a_run_for_a_report() -> None:
    rows = rows_of(60)
    index = Index.in_memory(threads=1)
    index.add(table(rows[:50]))
    index.add(table(rows[50:]))
    at_once = dupdetect.cluster(table(rows), threads=1)
    with index.results() as (corpus, found):
        assert len(corpus) == 60
        assert found.clusters.equals(at_once.clusters)
        assert found.relations.equals(at_once.relations)
        same = ("kinds", "furniture", "stock_phrases", "largest", "removed")
        assert {k: found.summary[k] for k in same} == {k: at_once.summary[k] for k in same}
    assert not index.settled


def test_what_expired_does_not_pile_up_on_the_disk(tmp_path: Path) -> None:
    rows = rows_of(len(made()))
    sizes = []
    with Index.create(tmp_path / "i", threads=1) as index:
        for first in range(0, 120, 10):
            index.add(table(rows[first : first + 10]))
            if first >= 20:
                index.delete(row["id"] for row in rows[first - 20 : first - 10])
            held = [file.stat().st_size for file in (tmp_path / "i").glob("stories-*.arrow")]
            sizes.append(sum(held))
    assert len(index) == 20
    assert max(sizes[6:]) < 4 * max(sizes[:3])
