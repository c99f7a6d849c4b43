"""Clusters and relations on Spark are those of a run in one process.

One classic session for all tests; without pyspark, pandas or Java they skip.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import dupdetect
from benchmarks.generate import stories as generate
from benchmarks.scale.kills import killed_in, killing
from dupdetect import Config, FieldNames, corpus
from dupdetect.cli import spark_run
from dupdetect.engines.spark import run as engine
from dupdetect.engines.spark.corpus import cluster_corpus
from dupdetect.engines.spark.plan import Plan
from dupdetect.errors import ConfigMismatchError, InputError
from dupdetect.spark import SparkClustering, cluster

for _name in ("pyspark", "pandas"):
    pytest.importorskip(_name, reason=f"{_name} is not installed: pip install '.[spark]'")
if shutil.which("java") is None:
    pytest.skip("no Java on the PATH", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")  # of pyspark about pandas, and of its sockets

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"
SHARED = Path(os.environ.get("DUPDETECT_SHARED", Path(__file__).parents[3] / "shared"))
COLUMNS = ["id", "text", "title", "publisher", "published"]


def sample() -> pa.Table:
    """Return the stories of the sample."""
    rows = [json.loads(line) for line in SAMPLE.read_bytes().splitlines()]
    return pa.table({name: [row.get(name) for row in rows] for name in COLUMNS})


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a session as small as it gets: jobs are many and rows few, so little is compiled."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  (optional)

    before = {name: os.environ.get(name) for name in ("PYSPARK_PYTHON", "PYTHONPATH")}
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    scratch = tmp_path_factory.mktemp("scratch")
    session = (
        SparkSession.builder.master("local[2,4]")
        .appName("dupdetect tests")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        .config("spark.local.dir", str(scratch))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


def rows_of(table: pa.Table, *keys: str) -> list[dict[str, Any]]:
    """Return the rows in the order of their ids; places in files are a local run's alone."""
    kept = table.select([name for name in table.column_names if name != "place"])
    return kept.sort_by([(key, "ascending") for key in keys]).to_pylist()  # type: ignore[no-any-return]


def require_equal(found: SparkClustering, local: dupdetect.Clustering) -> None:
    clusters, relations = found.clusters.toArrow(), found.relations.toArrow()
    assert rows_of(clusters, "id") == rows_of(local.clusters, "id")
    assert rows_of(relations, "a", "b") == rows_of(local.relations, "a", "b")
    for name in (
        "stories",
        "clusters",
        "removed",
        "kinds",
        "kept_parts",
        "compared_pairs",
        "dated",
    ):
        assert found.summary[name] == local.summary[name], name


@pytest.fixture(scope="module")
def run(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[SparkClustering, Any, str]:
    """A run over the sample in five partitions."""
    work = str(tmp_path_factory.mktemp("run") / "work")
    df = spark.createDataFrame(sample()).repartition(5)
    return cluster(df, work=work, partitions=5), df, work


def test_the_answer_is_that_of_a_local_run(run: tuple[SparkClustering, Any, str]) -> None:
    found, df, _ = run
    local = dupdetect.cluster(sample())
    require_equal(found, local)
    kept = [row["id"] for row in found.kept().select("id").collect()]
    assert sorted(kept) == sorted(local.kept_ids())
    assert found.kept().columns == df.columns


def test_a_stopped_run_goes_on(run: tuple[SparkClustering, Any, str]) -> None:
    _, df, work = run
    for table in ("chosen", "related"):
        Path(work, table, "_SUCCESS").unlink()
    before = Path(work, "bodies", "_SUCCESS").stat().st_mtime_ns
    require_equal(cluster(df, work=work, partitions=2, resume=True), dupdetect.cluster(sample()))
    assert Path(work, "bodies", "_SUCCESS").stat().st_mtime_ns == before


def test_a_run_of_other_settings_or_rows_is_not_gone_on_with(
    run: tuple[SparkClustering, Any, str],
) -> None:
    _, df, work = run
    with pytest.raises(InputError, match="holds the tables of a run; go on with resume=True"):
        cluster(df, work=work)
    with pytest.raises(ConfigMismatchError, match="rules and settings"):
        cluster(df, work=work, config=Config(contained=0.9), resume=True)
    with pytest.raises(ConfigMismatchError, match="made by input 41 rows"):
        cluster(df.limit(40), work=work, resume=True)


@pytest.mark.slow
def test_a_corpus_that_was_read_here_gives_the_same_tables(spark: Any) -> None:
    """Rows stand in the same order, too, so that the files of the command are the same."""
    local = dupdetect.cluster(SAMPLE)
    with corpus.read(SAMPLE) as read:
        found = cluster_corpus(spark, read, config=Config())
        assert found.clusters.to_pylist() == local.clusters.to_pylist()
        assert found.relations.to_pylist() == local.relations.to_pylist()
    assert found.summary["engine"] == "spark"
    assert found.summary["furniture"] == local.summary["furniture"]


def test_an_output_that_is_there_is_told_before_the_work_is_done(
    spark: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del spark  # the command takes the session that there is
    (tmp_path / "relations").mkdir()
    monkeypatch.setattr(sys, "argv", ["spark", str(SAMPLE), "-o", str(tmp_path)])
    assert spark_run.main() == 1
    assert f"dupdetect: {tmp_path}/relations: is there already" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


@pytest.mark.slow
def test_other_names_settings_and_all_relations(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "Plan", partial(Plan, few=0))  # all pairs to executors
    ids = pa.array(range(100, 100 + sample().num_rows))
    table = sample().set_column(0, "nr", ids).rename_columns(["nr", "words", *COLUMNS[2:]])
    names = FieldNames(id="nr", text="words")
    config = Config(canonical="agency")
    df, work = spark.createDataFrame(table), tmp_path / "work"
    found = cluster(df, work=work, names=names, partitions=2, relations="all", config=config)
    clusters = found.clusters.toArrow()
    local = dupdetect.cluster(table, names=names, relations="all", config=config)
    assert clusters.schema.field("id").type == pa.int64()
    assert rows_of(clusters, "id") == rows_of(local.clusters, "id")
    assert rows_of(found.relations.toArrow(), "a", "b") == rows_of(local.relations, "a", "b")


@pytest.mark.slow
def test_stories_that_share_nothing(spark: Any, tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b"], "text": ["Fog stopped the ferry to Gozo.", ""]})
    config = Config(company_words=0)
    found = cluster(spark.createDataFrame(table), work=tmp_path / "a", config=config, partitions=2)
    require_equal(found, dupdetect.cluster(table, config=config))
    assert found.summary["largest"] == []
    assert found.summary["without_body"] == 1


@pytest.mark.slow
def test_rows_without_an_id_of_their_own_are_refused(spark: Any, tmp_path: Path) -> None:
    twice = spark.createDataFrame(pa.concat_tables([sample().slice(0, 3), sample().slice(1, 1)]))
    with pytest.raises(InputError, match=r"the id '[^']+' stands in 2 rows; give every row an id"):
        cluster(twice.repartition(4), work=tmp_path / "a", partitions=2)
    with pytest.raises(InputError, match="no column of ids among 'text'"):
        cluster(spark.createDataFrame(sample().select(["text"])), work=tmp_path / "b")
    with pytest.raises(InputError, match="no rows"):
        cluster(spark.createDataFrame(sample()).where("id = ''"), work=tmp_path / "c")


@cache
def corpus_of(name: str) -> tuple[pa.Table, dupdetect.Clustering]:
    """Made-up stories, or pages of real outlets, with furniture, where they are; and the answer."""
    if name == "generated":
        lines = [line for line, _ in generate.stories(300, seed=9, family=20)]
    else:
        path = SHARED / "data" / "outlets_us" / "stories.jsonl.gz"
        if not path.exists():
            pytest.skip(f"no {path}")
        with gzip.open(path) as file:
            lines = list(islice(file, 800))
    rows = [json.loads(line) for line in lines]
    table = pa.table({name: [row.get(name) for row in rows] for name in COLUMNS})
    return table, dupdetect.cluster(table)


STAGES = {
    "align_pairs_of_parts", "choose_in_components", "find_company", "make_bodies", "merge_lines",
    "pack_bands", "pack_fingerprints", "pack_lines", "pages_needed",
    "read_stories", "relate_parts", "send_rows", "settle_pairs", "share_bands",
    "share_fingerprints",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True], ids=["whole", "killed"])
@pytest.mark.parametrize("adaptive", [True, False], ids=["adaptive", "static"])
@pytest.mark.parametrize("partitions", [2, 5, 16])
@pytest.mark.parametrize("name", ["generated", "outlets"])
def test_neither_partitions_nor_plans_nor_killed_workers_change_the_answer(
    spark: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    partitions: int,
    *,
    adaptive: bool,
    killed: bool,
) -> None:
    """Where workers are killed, one is in every stage, as it hands over its rows."""
    table, local = corpus_of(name)
    monkeypatch.setattr(engine, "Plan", partial(Plan, few=0))  # all pairs to executors
    deaths = tmp_path / "killed"
    deaths.mkdir()
    spark.conf.set("spark.sql.adaptive.enabled", str(adaptive).lower())
    try:
        df = spark.createDataFrame(table).repartition(7)
        with killing(deaths) if killed else nullcontext():
            found = cluster(df, work=tmp_path / "work", partitions=partitions)
            require_equal(found, local)
    finally:
        spark.conf.set("spark.sql.adaptive.enabled", "true")
    assert not killed or set(killed_in(deaths)) >= STAGES
