"""Where pyspark or Java is missing, one line says so; nothing else needs them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dupdetect.engines.spark import session
from dupdetect.engines.spark.failures import reason_of
from dupdetect.errors import ConfigError, MissingDependencyError

STORY = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."


def test_pyspark_is_imported_by_nothing_else() -> None:
    code = (
        "import sys, dupdetect, dupdetect.spark, dupdetect.cli.runs; "
        "print(sorted({'pyspark', 'pandas', 'py4j'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MissingDependencyError, match=r"no Java in JAVA_HOME=.*Java 17 or later"):
        session.require_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="no Java on the PATH"):
        session.require_java()
    monkeypatch.setattr(session, "find_spec", lambda _name: None)
    with pytest.raises(MissingDependencyError, match="pip install pyspark pandas"):
        session.require_pyspark()


def test_the_command_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_text(f'{{"id": "a", "text": "{STORY}"}}\n')
    paths = {**os.environ, "JAVA_HOME": str(tmp_path)}
    command = ["-m", "dupdetect", "cluster", "dump.jsonl", "-o", "out", "--engine", "spark"]
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, env=paths, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("dupdetect: ")
    assert done.stderr.count("\n") == 1
    assert "install" in done.stderr


def test_a_master_needs_the_engine(tmp_path: Path) -> None:
    command = ["-m", "dupdetect", "cluster", "dump.jsonl", "-o", "out", "--master", "local[2]"]
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "add --engine spark" in done.stderr


def test_a_master_that_does_not_answer_is_named_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        for master in (f"spark://127.0.0.1:{port}", f"sc://127.0.0.1:{port}/;user_id=a"):
            with pytest.raises(ConfigError, match=f"nothing answers at master '{master}'"):
                session.require_answer(master)
        with pytest.raises(ConfigError, match=r"nothing answers at master '[^']+:no'"):
            session.require_answer("spark://127.0.0.1:no")
        free.listen()
        session.require_answer(f"spark://127.0.0.1:{port}")
        session.require_answer(f"spark://127.0.0.1:1,127.0.0.1:{port}")
    for known in ("local", "local[2]", "local[*]", "local[2,4]", "yarn", "k8s://https://there:443"):
        session.require_answer(known)
    for unknown in ("foo", "", "local[]", "spark://"):
        with pytest.raises(ConfigError, match="is no master of Spark: expected local"):
            session.require_answer(unknown)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("calling o1.load.\n: a.b.FirstException: it failed\n\tat a.b(C.scala:1)", "it failed"),
        ("calling.\n: a.A: no.\nCaused by: a.b.C$D: no file\n\t... 9 more", "no file"),
        ("[PATH_NOT_FOUND] Path does not exist: file:/a\n\nmore", "[PATH_NOT_FOUND] Path does"),
        ("", "RuntimeError('')"),
    ],
)
def test_the_last_cause_is_given_in_one_line(said: str, reason: str) -> None:
    found = reason_of(RuntimeError(said))
    assert found.startswith(reason)
    assert "\n" not in found
