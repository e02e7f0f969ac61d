"""An office without a network: ``docs/deploy/offline.sh`` gathers a wheelhouse, then installs from it alone.

The script is the one that people run. In the ordinary run it works on a light copy of the project: Torch is an empty
wheel, and what only the web page and other people's models want stays away (the whole set is 0.5 GB, with PyPI's Torch
2.9 GB). ``MINGJIAN_OFFLINE=whole`` takes the project as it is, with all extras that users can install.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WHOLE = os.environ.get("MINGJIAN_OFFLINE") == "whole"
LEFT_OUT = ("sentence-transformers", "streamlit")
NOWHERE = "http://127.0.0.1:9"  # no one listens there
TOOLS = ("sh", "sha256sum", "awk", "sed", "mktemp")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800 if WHOLE else 900),  # seconds of a busy machine; an idle one wants under one minute
    pytest.mark.skipif(any(shutil.which(name) is None for name in TOOLS), reason="no POSIX shell with sha256sum"),
]


@dataclass(frozen=True, slots=True)
class House:
    """A gathered wheelhouse and the script that gathered it."""

    script: Path
    folder: Path
    extras: tuple[str, ...]


def audit() -> object:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "tests" / "audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def closed() -> tuple[list[str], dict[str, str]]:
    """What stands before a command, and its environment, so that it has no way out.

    A network namespace of its own where this user may have one; everywhere proxies at which nobody listens, and none of
    this machine's pip settings.
    """
    env = {name: value for name, value in os.environ.items() if not name.upper().startswith(("PIP_", "PYTHON"))}
    env |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
    env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"{NOWHERE}/simple", "PIP_RETRIES": "0", "PYTHONUTF8": "1"}
    alone = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0:
        return alone, env
    return [], env


def run_closed(*command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    before, env = closed()
    return subprocess.run([*before, *command], env=env | more, capture_output=True, text=True, check=False)


def empty_torch(folder: Path, version: str) -> Path:
    """A wheel of Torch's name with nothing in it, as a build of its own, which pip prefers to the index's."""
    name = f"torch-{version}+stub"
    folder.mkdir()
    path = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        about = f"{name}.dist-info"
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}+stub\n")
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", f"{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return path


def checkout(target: Path) -> None:
    """What git tracks, and what is new, without anything that lies about."""
    tracked = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, tracked.stdout.decode("utf-8").split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def lighten(project: Path, stub: Path) -> None:
    """Take out what is left out, and put the empty Torch's checksum among those of the lock."""
    module = audit()
    file = project / "pyproject.toml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(
        "".join(one for one in lines if not one.strip().startswith(tuple(f'"{n}' for n in LEFT_OUT))), "utf-8"
    )
    asked = module.wanted(file)  # type: ignore[attr-defined]
    names = module.closure([*asked[""], *asked["api"], *asked["fast"]], module.locked())  # type: ignore[attr-defined]
    lock = project / "docs" / "deploy" / "requirements.lock"
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))
    kept = [one for one in entries if re.split(r"[= ]", one)[0] in names]
    own = f" \\\n    --hash=sha256:{hashlib.sha256(stub.read_bytes()).hexdigest()}"
    lock.write_text("\n".join(one.rstrip() + own * one.startswith("torch==") for one in kept) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A wheelhouse that the script gathered from this machine's package index."""
    top = tmp_path_factory.mktemp("offline")
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--timeout", "15", "--retries", "1"]
    if subprocess.run([*probe, "-d", top / "probe", "typer"], capture_output=True, check=False).returncode:
        pytest.skip("no package index can be reached to gather from")
    project = top / "project"
    checkout(project)
    env = dict(os.environ)
    module = audit()
    extras = tuple(sorted(set(module.wanted()) - {"", "api", "fast"})) if WHOLE else ("llm",)  # type: ignore[attr-defined]
    if not WHOLE:
        version = next(iter(module.pins(module.locked())["torch"]))  # type: ignore[attr-defined]
        stub = empty_torch(top / "stub", version)
        lighten(project, stub)
        env["PIP_FIND_LINKS"] = f"{stub.parent} {env.get('PIP_FIND_LINKS', '')}".strip()
    script = project / "docs" / "deploy" / "offline.sh"
    before = {path for path in project.rglob("*") if path.is_file()}
    done = subprocess.run(
        ["sh", script, "gather", top / "wheels", sys.executable, *extras],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {path for path in project.rglob("*") if path.is_file()} == before, "building left something in the checkout"
    return House(script, top / "wheels", extras)


def test_installs_from_the_wheelhouse_alone_and_works(house: House, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    done = run_closed("sh", house.folder / "offline.sh", "install", house.folder, venv, sys.executable)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"安装完好：{venv}/bin/mingjian"
    told = run_closed(venv / "bin" / "mingjian", "info", "--archive", venv / "first-run", "--json")
    assert json.loads(told.stdout)["counts"]["reports"] == 5
    found = run_closed(venv / "bin" / "mingjian", "search", "人手不足", "--archive", venv / "first-run", "--json")
    assert json.loads(found.stdout)["hits"], found.stderr
    assert run_closed(venv / "bin" / "python", "-c", "import openai, fastapi").returncode == 0


def test_every_gathered_version_is_a_locked_one(house: House) -> None:
    module = audit()
    have = module.pins("".join(path.read_text(encoding="utf-8") for path in module.LOCKS))  # type: ignore[attr-defined]
    names = [path.name.split("-")[:2] for path in house.folder.glob("*.whl")]
    assert len(names) > 40
    for name, version in names:
        if name != "mingjian":
            assert version.split("+")[0] in have[re.sub(r"[-_.]+", "-", name).lower()], name
    assert (house.folder / "EXTRAS").read_text(encoding="utf-8").split() == [",".join(("api", "fast", *house.extras))]


def less(house: House, target: Path, name: str) -> Path:
    """A copy of the wheelhouse from whose checksums one wheel is taken out; that wheel."""
    shutil.copytree(house.folder, target, copy_function=os.link)
    wheel = next(target.glob(f"{name}-*.whl"))
    sums = target / "SHA256SUMS"
    lines = sums.read_text(encoding="utf-8").splitlines(keepends=True)
    sums.unlink()
    sums.write_text("".join(one for one in lines if wheel.name not in one), encoding="utf-8")
    return wheel


def test_what_is_missing_is_taken_from_nowhere_else(house: House, tmp_path: Path) -> None:
    """Not even where this machine's pip is told of a folder that has it."""
    wheel = less(house, tmp_path / "wheels", "xlsxwriter")
    (tmp_path / "elsewhere").mkdir()
    shutil.move(wheel, tmp_path / "elsewhere")
    more = {"PIP_FIND_LINKS": str(tmp_path / "elsewhere")}
    done = run_closed("sh", house.script, "install", tmp_path / "wheels", tmp_path / "venv", sys.executable, **more)
    assert done.returncode != 0
    assert "xlsxwriter" in done.stderr.lower()


def test_a_changed_byte_is_refused_before_anything_is_installed(house: House, tmp_path: Path) -> None:
    shutil.copytree(house.folder, tmp_path / "wheels", copy_function=os.link)
    wheel = next((tmp_path / "wheels").glob("typer-*.whl"))
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.unlink()
    wheel.write_bytes(data)
    done = run_closed("sh", house.script, "install", tmp_path / "wheels", tmp_path / "venv", sys.executable)
    assert done.returncode != 0
    assert wheel.name in done.stdout + done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_wheel_that_the_lock_does_not_know_is_not_gathered(house: House, tmp_path: Path) -> None:
    """A Torch from elsewhere, under the right name and version."""
    version = next(house.folder.glob("torch-*.whl")).name.split("-")[1].split("+")[0]
    stub = empty_torch(tmp_path / "stub", version)
    strange = stub.with_name(stub.name.replace("+stub", "+zzz"))
    with zipfile.ZipFile(stub) as old, zipfile.ZipFile(strange, "w") as new:
        for one in old.namelist():
            new.writestr(one.replace("+stub", "+zzz"), old.read(one).replace(b"+stub", b"+zzz"))
    env = os.environ | {"PIP_FIND_LINKS": str(strange.parent)}
    command = ["sh", house.script, "gather", tmp_path / "wheels", sys.executable]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "校验和不在锁定文件里" in done.stderr
    assert not (tmp_path / "wheels" / "SHA256SUMS").exists()


def test_gathering_again_wants_an_empty_folder_and_a_known_extra(house: House, tmp_path: Path) -> None:
    """Two versions side by side would be carried over as one."""
    again = run_closed("sh", house.script, "gather", house.folder, sys.executable)
    assert again.returncode == 2
    assert "请换一个空文件夹" in again.stderr
    for extra in ("nonsuch", "cuda", "test"):
        done = run_closed("sh", house.script, "gather", tmp_path / "wheels", sys.executable, extra)
        assert done.returncode == 2
        assert extra in done.stderr
