"""The README's two commands: ``python -m ui.bootstrap demo`` and ``… test``; only the standard library.

It makes ``.venv`` beside ``pyproject.toml``, installs the project into it and goes on there, so that one line
works in every shell and on every system. What follows the verb is handed on: ``… demo --port 8600``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = Path(os.environ.get("MINGJIAN_VENV", ROOT / ".venv"))
VERBS = {"demo": "", "test": "[test,fast]"}
OLDEST = (3, 11)

SHARED_OUT = ("-n", "2", "--dist", "loadfile")  # test files shared out to two processes: many of them wait for others


def say(line: str) -> None:
    """One line for the person, on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def venv_python(folder: Path) -> Path:
    """The interpreter of a virtual environment, named as this system names it."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(extras: str) -> Path:
    """Make the environment where there is none, install the project into it; its interpreter."""
    python = venv_python(VENV)
    if not python.exists():
        say(f"正在创建运行环境：{VENV}")
        venv.create(VENV, with_pip=True)
    say("正在安装明鉴及其依赖（首次需要几分钟，之后几秒）……")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--editable", f"{ROOT}{extras}"], check=True, cwd=ROOT)
    return python


def main(arguments: list[str]) -> int:
    """Install, then run the demo or the tests; the exit code of what was run."""
    if sys.version_info < OLDEST:
        say(f"需要 Python 3.11 或更新的版本，当前是 {sys.version.split()[0]}")
        return 1
    if not arguments or arguments[0] not in VERBS:
        say("用法：python -m ui.bootstrap demo|test [其他参数]")
        return 2
    verb, rest = arguments[0], arguments[1:]
    try:
        python = install(VERBS[verb])
    except subprocess.CalledProcessError as error:
        say(f"安装没有成功（pip 的退出码 {error.returncode}），上面是 pip 的说明")
        return 1
    command = ["-m", "pytest", *SHARED_OUT, *rest] if verb == "test" else ["-m", "ui.cli", "demo", *rest]
    try:
        return subprocess.run([str(python), *command], check=False, cwd=ROOT).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
