"""Known holes in what the project installs: ``python tests/audit.py``.

1. Every pin of ``docs/deploy/requirements*.lock`` carries hashes and names no registry and no path of any machine.
2. The locks cover the project and every extra that users can install, in versions that ``pyproject.toml`` allows, and
   so down through all that is installed here in the locked version.
3. What is installed here in another version than the locked one is named: what is tested is then not what is locked.
4. ``pip-audit`` over the locks, where a vulnerability service can be reached; where none can, that is said in one line
   and the pins with their hashes are what is left. A known hole ends with exit code 1.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
LOCKS = sorted(DEPLOY.glob("requirements*.lock"))
BASE = ("api", "fast")  # in requirements.lock itself; each other extra has what it needs beyond that in its own
NOT_FOR_USERS = {"test"}
PROJECT = "the project"
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
ELSEWHERE = re.compile(r"https?://|file:|--index-url|--extra-index-url|--find-links|(?:^|\s)/\w|@ ")
UNREACHABLE = (
    "ConnectionError",
    "Connection",
    "Max retries",
    "timed out",
    "Name or service",
    "resolve",
    "403",
    "404",
    "502",
    "503",
)
SECONDS = 120


def pins(text: str) -> dict[str, set[str]]:
    """Name → versions, which may differ by system or Python."""
    out: dict[str, set[str]] = {}
    for one in filter(None, (PIN.match(line) for line in text.splitlines())):
        out.setdefault(canonicalize_name(one["name"]), set()).add(one["version"])
    return out


def for_this_machine(text: str) -> str:
    """The lock without the pins that are for another system or Python."""
    lines = []
    for line in text.splitlines():
        marker = line.partition(";")[2].strip(" \\") if PIN.match(line) else ""
        lines += [line] if not marker or Marker(marker).evaluate() else []
    return "\n".join(lines)


def locked(extra: str = "") -> str:
    """The lock for the project with ``api`` and ``fast``, and with another extra's where one is named."""
    names = ["requirements.lock", *([f"requirements-{extra}.lock"] if extra and extra not in BASE else [])]
    return "".join((DEPLOY / name).read_text(encoding="utf-8") for name in names if (DEPLOY / name).exists())


def wanted(project_file: Path = ROOT / "pyproject.toml") -> dict[str, list[str]]:
    """Extra → what the project with it asks for, as ``pyproject.toml`` says it; "" is the project without any."""
    project = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return {"": project["dependencies"]} | {name: extras[name] for name in extras if name not in NOT_FOR_USERS}


def walked(requirements: Iterable[str], text: str) -> tuple[set[str], list[str]]:
    """The names of all that these requirements bring along on this machine, and what a lock lacks of it.

    Followed down through the packages that are installed here in the locked version.
    """
    have, below_them = pins(text), pins(for_this_machine(text))
    names: set[str] = set()
    seen: set[str] = set()
    bad: list[str] = []
    waiting = [(Requirement(one), PROJECT) for one in requirements]
    while waiting:
        one, source = waiting.pop()
        if str(one) in seen or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        seen.add(str(one))
        name = canonicalize_name(one.name)
        names.add(name)
        versions = (have if source == PROJECT else below_them).get(name, set())
        if not versions or not all(one.specifier.contains(each, prereleases=True) for each in versions):
            bad.append(f"{source} wants {one}, locked {' or '.join(sorted(versions)) or 'nothing'}")
            continue
        waiting += [(below, name) for below in needed(name, versions, one.extras)]
    return names, sorted(bad)


def unmet(requirements: Iterable[str], text: str) -> list[str]:
    """What a lock lacks of these requirements, or has in a version they do not allow."""
    return walked(requirements, text)[1]


def closure(requirements: Iterable[str], text: str) -> set[str]:
    """The names of all that these requirements bring along on this machine."""
    return walked(requirements, text)[0]


def needed(name: str, versions: set[str], extras: set[str]) -> list[Requirement]:
    """What a package asks for on this machine; nothing where it is not here in one of these versions."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return []
    if found.version.split("+")[0] not in versions:
        return []
    out = []
    for line in found.requires or []:
        one = Requirement(line)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            one.marker = None
            out.append(one)
    return out


def faults(text: str) -> list[str]:
    """What is wrong with a lock file."""
    bad = [f"names a place: {line.strip()}" for line in text.splitlines() if ELSEWHERE.search(line.partition("#")[0])]
    bad += [f"names a place: {line.strip()}" for line in text.splitlines() if re.search(r"https?://|/\w+/\w+/", line)]
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + text)
    bad += [f"no hash: {one.split()[0]}" for one in entries if PIN.match(one) and not HASH.search(one)]
    return bad + ([] if pins(text) else ["no pins"])


def differing(text: str) -> list[str]:
    """Locked packages that are installed here in another version: what is tested is not what is locked."""
    out = []
    for name, wanted in pins(text).items():
        try:
            here = version(name)
        except PackageNotFoundError:
            continue
        if here.split("+")[0] not in wanted:
            out.append(f"{name} {here}, locked {' or '.join(sorted(wanted))}")
    return out


def audit() -> tuple[int, str]:
    """pip-audit over the locks: exit code and what to say."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"]
    command += [word for lock in LOCKS for word in ("--requirement", str(lock))]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return 0, "audit skipped: no vulnerability service answered in time; the locks with their hashes hold"
    if "No module named" in run.stderr:
        return 0, "audit skipped: pip-audit is not installed; the locks with their hashes hold"
    try:
        found = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = next((one for one in UNREACHABLE if one in run.stderr), "")
        if reason:
            return (
                0,
                f"audit skipped: no vulnerability service can be reached ({reason}); the locks with their hashes hold",
            )
        return 1, f"audit failed: {run.stderr.strip().splitlines()[-1] if run.stderr.strip() else run.returncode}"
    holes = [f"{one['name']} {one['version']}: {hole['id']}" for one in found for hole in one.get("vulns", ())]
    return (1, "\n".join(holes)) if holes else (0, f"audit: {len(found)} packages, no known hole")


def main() -> int:
    """All four; the exit code."""
    texts = {lock.name: lock.read_text(encoding="utf-8") for lock in LOCKS}
    bad = [f"{name}: {fault}" for name, text in texts.items() for fault in faults(text)]
    bad += [f"{extra or 'mingjian'}: {one}" for extra, asked in wanted().items() for one in unmet(asked, locked(extra))]
    code, told = audit()
    for line in [*bad, *(f"differs: {one}" for one in differing("".join(texts.values()))), told]:
        sys.stderr.write(line + "\n")
    return 1 if bad else code


if __name__ == "__main__":
    raise SystemExit(main())
