"""What keeps the code readable: which way imports go, how long files are, who may print."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

import dupdetect

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dupdetect"
BUILD_SCRIPTS = PACKAGE / "kernels" / "tables"  # run by the build, not part of the package
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if BUILD_SCRIPTS not in p.parents)

STAGES = "dupdetect.stages"

# From the ground up: a file may import what stands in a line above its own, or its own part.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "version"),
    ("settings", "support"),
    ("config",),
    ("kernels",),
    ("products",),
    ("corpus",),
    ("stages", "output"),
    ("store", "views"),
    ("engines",),
    ("cli",),
    ("spark",),  # a public name for an engine, and its command
    ("__main__",),
)
LEVEL = {part: level for level, layer in enumerate(LAYERS) for part in layer}
ENTRY = {"__init__"}  # the public names: may name anything, is imported for them alone
# Imports that the layers would allow, and the plan does not.
FORBIDDEN = {
    ("stages", "corpus"),
    ("output", "corpus"),
    ("views", "kernels"),
}
# Within the stages: which may use which.
STAGE_IMPORTS = {
    "forest": {"roundups", "heads"},
    "removal": {"heads"},
    "facts": {"furniture", "languages", "lists"},
    "furniture": {"notices", "languages", "lists"},
    "notices": {"languages", "lists"},
    "languages": {"lists"},
    "agencies": {"lists"},
    "align": {"bodies"},
    "bodies": {"languages"},
    "sketch": {"bodies", "signature"},
    "credit": {"agencies"},
    "reasons": {"furniture", "languages", "notices"},
}


def part_of(path: Path) -> str:
    """Return the layer's name for a file: its module or its package under `dupdetect`."""
    if path.name == "__main__.py":  # run, and imported by nothing
        return "__main__"
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """Return the parts of the package that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            base = node.module or ""
            names = [
                f"{base}.{alias.name}" if base == "dupdetect" else base for alias in node.names
            ]
        else:
            continue
        for name in names:
            whole, _, rest = name.partition(".")
            if whole == "dupdetect":
                found.add(rest.partition(".")[0] or "__init__")
    return found


def test_the_layers_name_every_part_there_is() -> None:
    assert {part_of(path) for path in MODULES} - ENTRY - set(LEVEL) == set()


def test_a_stage_imports_another_only_where_the_plan_says_so() -> None:
    for path in (PACKAGE / "stages").glob("*.py"):
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(STAGES):
                name = (node.module or "").removeprefix(STAGES).lstrip(".")
                found |= {name} if name else {alias.name for alias in node.names}
        assert found <= STAGE_IMPORTS.get(path.stem, set()), path.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    part = part_of(path)
    if part in ENTRY:
        return
    for imported in imports_of(path) - {part}:
        if imported in ENTRY or imported not in LEVEL:  # a public name
            assert LEVEL[part] > LEVEL["engines"], f"{part} imports the public names"
        else:
            assert (part, imported) not in FORBIDDEN, f"{part} imports {imported}"
            assert LEVEL[imported] < LEVEL[part], f"{part} imports {imported}"


def test_no_relative_imports() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_no_file_is_longer_than_600_lines() -> None:
    kinds = {".py", ".cpp", ".hpp", ".js", ".css", ".html"}
    files = [
        path
        for folder in ("dupdetect", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds
    ]
    assert len(files) > len(MODULES)
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in files}
    assert {str(path): count for path, count in lengths.items() if count > 600} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    """Without its docstring, and without what stands in functions of its own inside it."""
    long = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if ast.get_docstring(node) and node.body[1:] else node.body[0]
                lines = (node.end_lineno or 0) - first.lineno + 1
                if lines > 60:
                    long[f"{path.name}:{node.name}"] = lines
    assert long == {}


def test_only_the_command_line_prints_and_exits() -> None:
    for path in MODULES:
        if part_of(path) in {"cli", "__main__"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path}:{getattr(node, 'lineno', 0)}"
            assert not isinstance(node, ast.Assert), f"{where}: assert on input"
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"print", "exit", "quit", "sys.exit", "os._exit"}, where
            if isinstance(node, ast.Raise) and node.exc is not None:
                assert not ast.unparse(node.exc).startswith("SystemExit"), where


def test_the_public_names() -> None:
    assert dupdetect.__all__ == [
        *("Clustering", "Config", "DupdetectError", "Evaluation", "FieldNames", "Index", "Passage"),
        *("Relation", "Shingles", "Signature", "SignatureIndex", "Tuning", "__version__"),
        *("cluster", "compare", "evaluate", "shingles", "tune"),
    ]
    assert all(getattr(dupdetect, name) is not None for name in dupdetect.__all__)
    assert set(dupdetect.__all__) <= set(dir(dupdetect))


def test_importing_the_package_is_quick_because_it_imports_little() -> None:
    heavy = {"numpy", "pyarrow", "orjson", "datasketch", "rich", "click", "jinja2"}
    code = f"import sys, dupdetect; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_run_over_a_file_does_not_load_pandas(tmp_path: Path) -> None:
    """Arrow would, to convert arrays: it takes longer than the stories of many a dump."""
    story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    rows = [{"id": str(k), "text": f"{story} {k}", "publisher": "A", "date": None} for k in (1, 2)]
    (tmp_path / "dump.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    code = (
        "import sys, dupdetect; dupdetect.cluster('dump.jsonl').write('out'); "
        "assert 'pyarrow' in sys.modules; print('pandas' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "False"
