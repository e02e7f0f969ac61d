"""The house's walls: imports run ui → index → nlp only, and heavy libraries stay behind their fences."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = {"nlp": 0, "index": 1, "ui": 2}
FENCES = {
    "streamlit": ("ui/",),
    "typer": ("ui/",),
    "fastapi": ("ui/",),
    "prometheus_client": ("ui/api/metrics.py",),
    "altair": ("ui/",),
    "faiss": ("index/backends/faiss.py",),
    "tantivy": ("index/lexical.py",),
    "datasketch": ("index/neardup.py",),
    "msgspec": ("index/transport.py", "index/cutting.py"),
    "openai": ("index/rewriting/endpoint.py",),
    "sqlite3": ("index/stores/sqlite.py", "index/stores/snapshot.py"),
    "psycopg": ("index/stores/postgres.py",),
    "pymilvus": ("index/backends/milvus.py",),
    "distributed": ("index/cluster.py",),
    "jieba": ("nlp/segment.py",),
    "rjieba": ("nlp/segment.py",),
    "sentence_transformers": ("index/encoder.py", "index/training/"),
    "torch": ("index/encoder.py", "index/training/"),
}
FILES = sorted(path for room in ORDER for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> list[str]:
    """Every module that a file imports, wherever in the file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(node.module or "")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_downwards_and_stay_behind_their_fences(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[0]
    for module in imports(path):
        top = module.split(".")[0]
        if top in ORDER:
            assert ORDER[top] <= ORDER[room], f"{place} imports {module}"
        assert top not in {"tests", "pickle", "joblib", "dill"}, f"{place} imports {module}"
        if top in FENCES:
            assert place.startswith(FENCES[top]), f"{place} imports {module}, allowed only in {FENCES[top]}"


@pytest.mark.parametrize("module", ["ui.cli", "index", "index.archive", "nlp.parse"])
def test_heavy_libraries_are_not_imported_at_start(module: str) -> None:
    heavy = {"torch", "sentence_transformers", "sklearn", "pandas", "streamlit", "faiss", "jieba", "tantivy"}
    heavy |= {"datasketch", "msgspec"}
    code = f"import sys, {module}; print(*sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.split() == []
