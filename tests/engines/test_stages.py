"""Stages as they are declared: each runs alone on the tables that another run saved."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dupdetect import corpus
from dupdetect.config import Config
from dupdetect.engines.declared import STAGE, STAGES, Scope, Stage, digests
from dupdetect.engines.local import cluster_corpus
from dupdetect.engines.stages import FUNCTIONS, Flow, run_alone
from dupdetect.engines.work import Work
from dupdetect.errors import ConfigMismatchError, FormatError, FormatVersionError
from dupdetect.products.schemas import TABLES
from dupdetect.products.tables import Naming, from_table, stamped, to_table
from dupdetect.settings import SECTIONS

DUMP = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"


class Only:
    """Settings of which a stage sees those that it declares."""

    def __init__(self, config: Config, stage: Stage) -> None:
        self._config = config
        self._seen = {item.name for name in stage.settings for item in fields(SECTIONS[name])}

    def __getattr__(self, name: str) -> Any:
        if name not in self._seen | {"digest", "guarantee"}:
            raise AssertionError(f"the stage reads {name}, which it does not declare")
        return getattr(self._config, name)


def load(folder: Path, name: str) -> pa.Table:
    with pa.memory_map(str(folder / f"{name}.arrow")) as file:
        return pa.ipc.open_file(file).read_all()


def as_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def saved(folder: Path, config: Config, scope: Scope = "canonical", threads: int = 1) -> Path:
    with corpus.read(str(DUMP)) as stories:
        cluster_corpus(stories, config=config, relations=scope, threads=threads, tables=folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("run") / "tables", Config())


CONFIGS: dict[str, tuple[Config, Scope]] = {
    "default": (Config(), "canonical"),
    "all pairs": (Config(), "all"),
    "the first": (Config(canonical="earliest"), "canonical"),
    "the agency's": (Config(canonical="agency"), "all"),
    "few of all": (Config(max_classes=2, pairs_limit=1), "all"),
    "little furniture": (Config(page_lines=False, company_words=200), "canonical"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_stage_runs_alone_on_what_another_run_saved(name: str, tmp_path: Path) -> None:
    config, scope = CONFIGS[name]
    folder = saved(tmp_path, config, scope, threads=2)
    assert {path.stem for path in folder.glob("*.arrow")} == set(TABLES)
    for stage in STAGES:
        work = Work(Only(config, stage))  # type: ignore[arg-type]  # stands in for settings
        tables = {taken: load(folder, taken) for taken in stage.takes}
        given = run_alone(stage, tables, Flow(work, scope))
        assert tuple(given) == stage.gives
        for table, found in given.items():
            assert as_bytes(found) == (folder / f"{table}.arrow").read_bytes(), table
            assert found.num_rows > 0 or table in {"stock", "excepted"}


def test_without_passages_everything_else_is_the_same() -> None:
    with corpus.read(str(DUMP)) as read:
        whole, bare = cluster_corpus(read), cluster_corpus(read, passages=False)
    rest = [found.clusters.drop_columns(["furniture"]) for found in (bare, whole)]
    assert rest[0].equals(rest[1])
    assert any(whole.clusters["furniture"].to_pylist())
    assert not any(bare.clusters["furniture"].to_pylist())
    spans = ["passages", "changed"]
    assert bare.relations.drop_columns(spans).equals(whole.relations.drop_columns(spans))
    assert any(whole.relations["passages"].to_pylist())
    assert not any(row[name] for row in bare.relations.to_pylist() for name in spans)
    for name in ("kinds", "kept_parts", "removed", "compared_pairs", "largest", "excepted"):
        assert bare.summary[name] == whole.summary[name]
    split = [found.summary["comparing"]["split_texts"] for found in (bare, whole)]
    assert split[0] < split[1]


def test_the_tables_make_the_results(folder: Path) -> None:
    with corpus.read(str(DUMP)) as read:
        found = cluster_corpus(read)
    relations = load(folder, "relations")
    assert found.relations.to_pylist() == relations.to_pylist()
    stories, copies = load(folder, "stories"), load(folder, "copies")
    ids = dict(zip(stories["key"].to_pylist(), stories["id"].to_pylist(), strict=True))
    pairs = zip(copies["story"].to_pylist(), copies["other"].to_pylist(), strict=True)
    parents = {ids[story]: ids[parent] for story, parent in pairs}
    expected = {row["id"]: row["parent"] for row in found.clusters.to_pylist() if row["parent"]}
    assert parents == expected


def test_what_a_stage_takes_was_given_before() -> None:
    given = {"stories"}
    for stage in STAGES:
        assert set(stage.takes) <= given, stage.name
        assert not set(stage.gives) & given, stage.name
        given |= set(stage.gives)
        assert set(stage.settings) <= set(SECTIONS)
    assert given == set(TABLES)
    assert {name for stage in STAGES for name in stage.settings} == set(SECTIONS)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_function_of_a_stage_takes_what_is_declared(stage: Stage) -> None:
    taken = inspect.signature(FUNCTIONS[stage.name]).parameters
    assert tuple(taken) == (*stage.takes, "flow")


def test_a_digest_differs_where_a_table_depends_on_the_setting() -> None:
    ours = digests(Config())
    for name, value, first in (
        ("canonical", "earliest", "select"),
        ("max_classes", "21", "propose"),
        ("window", "9", "sketch"),
        ("doubtful_words", "11", "body"),
    ):
        theirs = digests(Config.load(overrides={name: value}))
        differ = {table for table in ours if ours[table] != theirs[table]}
        expected = {first}
        tables: set[str] = set()
        for stage in STAGES:
            if stage.name in expected or tables & set(stage.takes):
                tables |= set(stage.gives)
        assert differ == tables
    assert digests(Config(), "all")["relations"] != ours["relations"]
    assert digests(Config(), "all")["clusters"] == ours["clusters"]


def test_tables_of_other_settings_or_kinds_are_not_taken(folder: Path) -> None:
    stage = STAGE["sketch"]
    tables = {name: load(folder, name) for name in stage.takes}
    with pytest.raises(ConfigMismatchError, match="line_status was made by rules and settings"):
        run_alone(stage, tables, Flow(Work(Config(company_words=30))))
    with pytest.raises(FormatError, match="table 'stories': expected 'line_status'"):
        run_alone(stage, {**tables, "line_status": tables["stories"]}, Flow(Work(Config())))
    metadata = tables["stories"].schema.metadata | {b"schema_version": b"0"}
    old = tables["stories"].replace_schema_metadata(metadata)
    with pytest.raises(FormatVersionError, match="table stories is of version 0, this release"):
        run_alone(stage, {**tables, "stories": old}, Flow(Work(Config())))
    other = stamped(
        tables["stories"].drop_columns("title"), "stories", digests(Config())["stories"]
    )
    with pytest.raises(FormatError, match="other columns"):
        run_alone(stage, {**tables, "stories": other}, Flow(Work(Config())))


def test_a_key_that_is_no_story_is_named_as_an_error(folder: Path) -> None:
    stories = from_table("stories", load(folder, "stories"), None)
    sketches = from_table("sketches", load(folder, "sketches"), Naming(stories.keys))
    flow = Flow(Work(Config()))
    naming = flow.naming({"stories": stories, "sketches": sketches})
    strange = Naming(stories.keys + np.uint64(1), naming.ranking)
    with pytest.raises(FormatError, match="a key is no story's"):
        from_table("edges", load(folder, "edges"), strange)
    with pytest.raises(FormatError, match="cannot be ranked"):
        from_table("edges", load(folder, "edges"), Naming(stories.keys))


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("lines", ("offsets", "keys", "words", "flags")),
        ("line_status", ("offsets", "status")),
        ("sketches", ("digests", "body_words", "band_keys", "offsets", "fingerprints")),
    ],
)
def test_arrays_and_tables_share_memory(folder: Path, name: str, arrays: tuple[str, ...]) -> None:
    stories = from_table("stories", load(folder, "stories"), None)
    naming = Naming(stories.keys)
    product = from_table(name, load(folder, name), naming)
    again = from_table(name, to_table(name, product, naming), naming)
    for array in arrays:
        assert np.shares_memory(getattr(product, array), getattr(again, array)), array
    texts = from_table("stories", to_table("stories", stories, naming), None)
    assert np.shares_memory(texts.text, stories.text)
    assert np.shares_memory(texts.text_offsets, stories.text_offsets)


def test_a_story_alone_makes_tables_without_rows(tmp_path: Path) -> None:
    with corpus.read([{"text": ""}]) as stories:
        cluster_corpus(stories, tables=tmp_path)
    for stage in STAGES:
        tables = {taken: load(tmp_path, taken) for taken in stage.takes}
        for table, found in run_alone(stage, tables, Flow(Work(Config()))).items():
            assert as_bytes(found) == (tmp_path / f"{table}.arrow").read_bytes(), table
