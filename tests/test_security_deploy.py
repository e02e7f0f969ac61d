"""The files of docs/deploy: linted, no hole known, no place of anybody's machine in them; the load test in small."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

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


def audit() -> object:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "tests" / "audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_locked_package_has_its_hash_and_names_no_place() -> None:
    module = audit()
    text = (DEPLOY / "requirements.lock").read_text(encoding="utf-8")
    assert module.faults(text) == []  # type: ignore[attr-defined]
    assert {"torch", "streamlit", "fastapi", "numpy", "lxml", "faiss-cpu"} <= set(module.pins(text))  # type: ignore[attr-defined]
    for bad in ("x==1\n", "--index-url https://a.example/simple\n" + text, "x @ file:///wheels/x.whl\n", ""):
        assert module.faults(bad)  # type: ignore[attr-defined]


def test_every_direct_dependency_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["api"], *extras["fast"]]
    names = {re.split(r"[\[<>=!~; ]", one)[0].lower().replace("_", "-") for one in wanted}
    locked = set(audit().pins((DEPLOY / "requirements.lock").read_text(encoding="utf-8")))  # type: ignore[attr-defined]
    assert names - locked == set()


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


def test_the_container_file_passes_the_linter() -> None:
    linter = shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed")
    subprocess.run([linter, str(DEPLOY / "Containerfile")], check=True)


@pytest.mark.parametrize("name", ["install.sh", "offline.sh"])
def test_scripts_are_shell(name: str) -> None:
    if shutil.which("sh") is None:
        pytest.skip("no shell")
    subprocess.run(["sh", "-n", str(DEPLOY / name)], check=True)


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
