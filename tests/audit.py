"""Known holes in what the project installs: ``python tests/audit.py``.

1. Every pin of ``docs/deploy/requirements.lock`` carries hashes and names no registry and no path of any machine.
2. What is installed here in another version than the locked one is named: what is tested is then not what is locked.
3. ``pip-audit`` over the lock, where a vulnerability service can be reached; where none can, that is said in one line
   and the pins with their hashes are what is left. A known hole ends with exit code 1.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "docs" / "deploy" / "requirements.lock"
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
        out.setdefault(one["name"].lower().replace("_", "-"), set()).add(one["version"])
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
    """pip-audit over the lock: exit code and what to say."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return 0, "audit skipped: no vulnerability service answered in time; the lock with its hashes holds"
    if "No module named" in run.stderr:
        return 0, "audit skipped: pip-audit is not installed; the lock with its hashes holds"
    try:
        found = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = next((one for one in UNREACHABLE if one in run.stderr), "")
        if reason:
            return (
                0,
                f"audit skipped: no vulnerability service can be reached ({reason}); the lock with its hashes holds",
            )
        return 1, f"audit failed: {run.stderr.strip().splitlines()[-1] if run.stderr.strip() else run.returncode}"
    holes = [f"{one['name']} {one['version']}: {hole['id']}" for one in found for hole in one.get("vulns", ())]
    return (1, "\n".join(holes)) if holes else (0, f"audit: {len(found)} packages, no known hole")


def main() -> int:
    """All three; the exit code."""
    text = LOCK.read_text(encoding="utf-8")
    bad = faults(text)
    code, told = audit()
    for line in [*bad, *(f"differs: {one}" for one in differing(text)), told]:
        sys.stderr.write(line + "\n")
    return 1 if bad else code


if __name__ == "__main__":
    raise SystemExit(main())
