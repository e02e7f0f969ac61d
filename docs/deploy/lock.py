"""Makes the locks anew: ``python docs/deploy/lock.py [--upgrade]``; wants ``uv`` and a package index.

One resolution for every system and every Python from 3.11 on covers the project with all that users can install, so
that the parts go together. Each package stands with its version and the hashes of its files:

requirements.lock         the project with ``api`` and ``fast``
requirements-EXTRA.lock   what another extra needs beyond that
requirements-cuda.lock    what PyPI's Torch for Linux needs beyond that, on a machine without a GPU too

Versions stay as they are where they still fit; ``--upgrade`` takes the newest.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BASE = ("api", "fast")
NOT_FOR_USERS = {"test"}
CUDA = re.compile(r"(nvidia|cuda)-|triton==")
TORCH = re.compile(r"torch==")


def entries(text: str) -> dict[str, str]:
    """``name==version ; marker`` → the whole entry with its hashes, in the order of the file."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", "\n" + text)
    return {one.split("\\")[0].strip(): one.rstrip() + "\n" for one in blocks if re.match(r"[A-Za-z0-9]", one)}


def resolved(extras: tuple[str, ...], arguments: list[str], kept: str = "") -> dict[str, str]:
    """What the project with these extras needs; ``kept`` are pins to stay with where they fit."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.txt"
        out.write_text(kept, encoding="utf-8")
        command = ["uv", "pip", "compile", str(ROOT / "pyproject.toml"), "--universal", "--python-version", "3.11"]
        command += [word for extra in extras for word in ("--extra", extra)]
        command += ["--generate-hashes", "--no-annotate", "--no-header", "--quiet", "--output-file", str(out)]
        subprocess.run([*command, *arguments], check=True)
        return entries(out.read_text(encoding="utf-8"))


def joined(old: str, new: str) -> str:
    """Torch's entry with the hashes of both: those of the builds without CUDA (+cpu) stand in no package index."""
    hashes = sorted(set(re.findall(r"--hash=\S+", old + new)))
    return " \\\n    ".join([new.split("\\", maxsplit=1)[0].strip(), *hashes]) + "\n"


def write(name: str, what: str, found: dict[str, str]) -> None:
    """One lock file."""
    text = f"# {what}; made by docs/deploy/lock.py\n" + "".join(found.values())
    (HERE / name).write_text(text, encoding="utf-8")
    sys.stderr.write(f"{name}: {len(found)}\n")


def main(arguments: list[str]) -> int:
    """All locks; the exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    others = sorted(set(project["optional-dependencies"]) - NOT_FOR_USERS - set(BASE))
    old = "".join(path.read_text(encoding="utf-8") for path in sorted(HERE.glob("requirements*.lock")))
    whole = resolved((*BASE, *others), arguments, old)
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "pins.txt"
        pins.write_text("\n".join(whole), encoding="utf-8")
        base = resolved(BASE, ["--constraint", str(pins)])
        more = {extra: resolved((*BASE, extra), ["--constraint", str(pins)]) for extra in others}
    torch = next(name for name in base if TORCH.match(name))
    if torch in entries(old):
        base[torch] = joined(entries(old)[torch], base[torch])
    else:
        sys.stderr.write(f"{torch} is new here: add the hashes of its builds without CUDA by hand\n")
    write(
        "requirements.lock",
        "mingjian[api,fast]; without CUDA",
        {name: entry for name, entry in base.items() if not CUDA.match(name)},
    )
    write(
        "requirements-cuda.lock",
        "what PyPI's torch for Linux needs beyond requirements.lock",
        {name: entry for name, entry in base.items() if CUDA.match(name)},
    )
    for extra, found in more.items():
        write(
            f"requirements-{extra}.lock",
            f"what mingjian[{extra}] needs beyond requirements.lock",
            {name: entry for name, entry in found.items() if name not in base},
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
