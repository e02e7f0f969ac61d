"""The files of docs/deploy: linted, no hole known, no place of anybody's machine in them; the load test in small."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
SERVICE = (DEPLOY / "mingjian.service").read_text(encoding="utf-8")
HARDENED = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "CapabilityBoundingSet=",
)
EXPOSED = 2.0  # of 10, as systemd counts it


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AUDIT = loaded(ROOT / "tests" / "audit.py")
MAKER = loaded(DEPLOY / "lock.py")


@pytest.mark.parametrize("lock", AUDIT.LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_its_hash_and_names_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert AUDIT.faults(text) == []
    for bad in ("x==1\n", "--index-url https://a.example/simple\n" + text, "x @ file:///wheels/x.whl\n", ""):
        assert AUDIT.faults(bad)


def test_the_lock_has_what_the_program_stands_on() -> None:
    assert {"torch", "streamlit", "fastapi", "numpy", "lxml", "faiss-cpu"} <= set(AUDIT.pins(AUDIT.locked()))
    assert "psycopg-binary" in AUDIT.pins(AUDIT.locked("postgres"))
    assert {"rapidocr", "onnxruntime", "pillow"} <= set(AUDIT.pins(AUDIT.locked("ocr")))


@pytest.mark.parametrize("extra", sorted(AUDIT.wanted()), ids=lambda extra: extra or "mingjian")
def test_every_extra_is_locked_in_versions_that_the_project_allows(extra: str) -> None:
    asked = AUDIT.wanted()[extra]
    assert asked
    assert AUDIT.unmet(asked, AUDIT.locked(extra)) == []
    for one in asked:  # each of them, missing or in a version that is refused, is named
        name = re.split(r"[\[<>=!~; ]", one)[0].lower().replace("_", "-")
        without = re.sub(rf"(?m)^{re.escape(name)}==", "other==", AUDIT.locked(extra))
        assert any(name in told.lower() for told in AUDIT.unmet(asked, without)), one
        old = re.sub(rf"(?m)^{re.escape(name)}==[^ ;]+", f"{name}==0.0.1", AUDIT.locked(extra))
        assert any("0.0.1" in told for told in AUDIT.unmet(asked, old)), one


def test_every_extra_that_users_install_is_looked_at() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(AUDIT.wanted()) == {"", *extras} - {"test"}
    own = {lock.name for lock in AUDIT.LOCKS} - {"requirements.lock", "requirements-cuda.lock"}
    assert own == {f"requirements-{extra}.lock" for extra in set(extras) - {"test", "api", "fast"}}


def test_what_stands_below_a_requirement_is_followed() -> None:
    """uvicorn asks for h11, which pyproject.toml does not name."""
    without = re.sub(r"(?m)^h11==", "other==", AUDIT.locked())
    assert any("h11" in told for told in AUDIT.unmet(["uvicorn>=0.30,<1"], without))


def test_the_locks_go_together() -> None:
    """Any of them may be installed at once: a package has one version for one Python."""
    base = AUDIT.pins(AUDIT.locked())
    seen: dict[str, set[str]] = {}
    for lock in AUDIT.LOCKS:
        for name, versions in AUDIT.pins(lock.read_text(encoding="utf-8")).items():
            assert versions <= base.get(name, versions), (lock.name, name)
            assert seen.setdefault(name, versions) >= versions, (lock.name, name)


def test_cuda_is_in_a_lock_of_its_own_and_torch_is_known_with_and_without() -> None:
    base, cuda = AUDIT.pins(AUDIT.locked()), AUDIT.pins((DEPLOY / "requirements-cuda.lock").read_text(encoding="utf-8"))
    assert not [name for name in base if name.startswith(("nvidia-", "cuda-")) or name == "triton"]
    assert {name.split("-")[0] for name in cuda} == {"nvidia", "cuda", "triton"}
    torch = next(entry for name, entry in MAKER.entries(AUDIT.locked()).items() if name.startswith("torch=="))
    without = (
        "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"  # 2.13.0+cpu, Python 3.11, Linux, x86_64
    )
    assert without in torch or not torch.startswith("torch==2.13.0 ")


def test_a_lock_is_taken_apart_and_put_together() -> None:
    a, b = "a" * 64, "b" * 64
    text = f"# how\nx==1 ; python_version < '3.12' \\\n    --hash=sha256:{a}\ny==2 \\\n    --hash=sha256:{b}\n"
    found = MAKER.entries(text)
    assert list(found) == ["x==1 ; python_version < '3.12'", "y==2"]
    assert "# how\n" + "".join(found.values()) == text
    both = MAKER.joined(found["y==2"], f"y==2 \\\n    --hash=sha256:{a}\n")
    assert both == f"y==2 \\\n    --hash=sha256:{a} \\\n    --hash=sha256:{b}\n"


def test_the_container_runs_as_nobody_in_particular() -> None:
    lines = [line.strip() for line in CONTAINER.splitlines() if line.strip() and not line.startswith("#")]
    words = [line.split(" ", 1)[0] for line in lines if re.match(r"[A-Z]+ ", line)]
    assert "ADD" not in words
    assert re.search(r"^USER \d+$", CONTAINER, re.M), "a number, so that a cluster can see that it is not root"
    assert "HEALTHCHECK" in CONTAINER
    assert ":latest" not in CONTAINER
    assert all(":" in line for line in lines if line.startswith("FROM"))
    assert not re.search(r"(TOKEN|PASSWORD)=\S", CONTAINER.replace("MINGJIAN_TOKEN=…", ""))
    for name in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER, re.M):
        for one in name.split():
            assert "*" in one or (ROOT / one).exists(), one


def found(name: str) -> str | None:
    """A program of this environment, or of the system."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def test_the_container_file_passes_the_linter() -> None:
    linter = found("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed")
    subprocess.run([linter, str(DEPLOY / "Containerfile")], check=True)


@pytest.mark.parametrize("name", ["install.sh", "offline.sh"])
def test_scripts_are_shell(name: str) -> None:
    if shutil.which("sh") is None:
        pytest.skip("no shell")
    subprocess.run(["sh", "-n", str(DEPLOY / name)], check=True)
    linter = found("shellcheck")
    if linter is not None:
        subprocess.run([linter, str(DEPLOY / name)], check=True)


def test_wheels_are_made_of_what_comes_as_source_only() -> None:
    """jieba has no wheel of its own: downloading wheels alone ended in an error."""
    gather = (DEPLOY / "offline.sh").read_text(encoding="utf-8").split("install)")[0]
    assert "pip wheel" in gather
    assert "--only-binary" not in gather


def test_the_service_is_fenced_in() -> None:
    for line in HARDENED:
        assert re.search(f"^{re.escape(line)}$", SERVICE, re.M), line
    assert "0.0.0.0" not in SERVICE
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not here")
    told = subprocess.run(
        [analyze, "security", "--offline=true", str(DEPLOY / "mingjian.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: (\d+\.\d+)", told.stdout)
    if found is None:
        pytest.skip("this systemd cannot judge a file")
    assert float(found[1]) <= EXPOSED
    for unit in ("mingjian.service", "mingjian-backup.service", "mingjian-backup.timer"):
        verified = subprocess.run([analyze, "verify", str(DEPLOY / unit)], capture_output=True, text=True, check=False)
        lines = [line for line in verified.stderr.splitlines() if unit in line and "is not executable" not in line]
        assert lines == []


@pytest.mark.slow
def test_a_few_people_at_once_are_all_answered(tmp_path: Path) -> None:
    """The load test in small: no request fails. Times are those of the machine at the moment and not judged here."""
    pytest.importorskip("streamlit")
    if any(importlib.util.find_spec(name) is None for name in ("locust", "websocket", "fastapi", "prometheus_client")):
        pytest.skip("locust is not installed")
    import json

    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "bench" / "load.py"), "--small"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    found = json.loads(done.stdout[done.stdout.index("{") :])
    assert found["errors"] == []
    assert found["requests"] >= 20
    assert any(name.startswith("page ") and name != "page html" for name in found["rows"])
