"""What the documents promise is run: README blocks, links, and the reference of commands."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "corpora").rglob("*.md")]
COMMANDS = [line[2:] for line in README.splitlines() if line.startswith("$ mingjian ")]
SERVING = {"serve", "demo", "api"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the checkout to the README's commands."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "corpora").symlink_to(ROOT / "corpora", target_is_directory=True)
    return folder


def test_readme_commands_run_in_order(folder: Path) -> None:
    assert len(COMMANDS) >= 5
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    env.pop("MINGJIAN_ARCHIVE", None)
    for command in COMMANDS:
        words = shlex.split(command)[1:]
        if words[0] in SERVING:
            continue
        run = subprocess.run(
            [sys.executable, "-m", "ui.cli", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, (command, run.stderr)
        assert run.stdout or run.stderr, command


def test_readme_python_runs(folder: Path) -> None:
    block = re.search(r"```python\n(.+?)```", README, re.S)
    assert block
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", block[1]], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_first_screen_shows_both_commands_and_real_output() -> None:
    head = README.splitlines()[:20]
    assert "$ python -m ui.bootstrap demo" in head
    assert "$ python -m ui.bootstrap test" in head
    assert any("网页已就绪：http://127.0.0.1:" in line for line in head)


@pytest.mark.parametrize("document", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name} → {target}"


def test_every_command_of_the_contract_exists() -> None:
    contract = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    table = contract.split("| command |")[1].split("\n\n")[0]
    promised = set(re.findall(r"`mingjian ([a-z]+)", table))
    run = subprocess.run(
        [sys.executable, "-m", "ui.cli", "--help"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    listed = set(re.findall(r"^\s*([a-z]+)\s", run.stdout, re.M))
    assert promised - listed == set()


def test_bootstrap_explains_itself() -> None:
    run = subprocess.run([sys.executable, "-m", "ui.bootstrap"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 2
    assert "用法：python -m ui.bootstrap demo|test" in run.stderr
