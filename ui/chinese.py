"""Typer's help and usage errors in Chinese: its own texts are English literals."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from ui.render import fit, width

HELP_WIDTH = 100
_QUOTED = re.compile(r"'([^']*)'")


def _first(text: str) -> str:
    found = _QUOTED.search(text)
    return found[1] if found else ""


def _hint(error: Any) -> str:
    """What the error is about: "--year", "检索词"."""
    param = getattr(error, "param", None)
    if param is None:
        return _first(str(getattr(error, "param_hint", "") or "")) or "参数"
    if param.param_type_name == "argument":
        return str(param.metavar or param.name)
    return str(param.opts[0])


def usage_error(error: Any) -> str:
    """One Chinese line for a usage error of Typer, told by its class and message."""
    kind, message = type(error).__name__, str(getattr(error, "message", error))
    if kind == "MissingParameter":
        return f"缺少{_hint(error)}"
    if kind == "NoSuchOption":
        near = "、".join(sorted(error.possibilities or ()))
        return f"没有 {error.option_name} 这个选项" + (f"（是不是 {near}）" if near else "")
    if kind == "BadOptionUsage":
        return f"选项 {error.option_name} 的用法不对（后面要不要跟一个值，请看帮助）"
    if message.startswith("No such command"):
        near = "、".join(_QUOTED.findall(message)[1:])
        return f"没有 {_first(message)} 这个命令" + (f"（是不是 {near}）" if near else "")
    if message.startswith("Got unexpected extra argument"):
        return f"多出了参数：{message.partition('(s) (')[2].rstrip(')')}（含空格的词请用引号括起来）"
    if message == "Missing command.":
        return "缺少命令"
    if message.isascii():
        return f"{_hint(error)} 的值不对" + ("，应当是整数" if "integer" in message else "，不在允许的范围内")
    return message


def _describe(param: Any) -> str:
    """A parameter's help with its default and environment variable."""
    text = param.help or ""
    extras = []
    if param.required:
        extras.append("必填")
    elif getattr(param, "show_default", False) and param.default not in (None, False, (), []):
        extras.append(f"默认 {param.default}")
    if getattr(param, "envvar", None):
        extras.append(f"环境变量 {param.envvar}")
    return f"{text}（{'；'.join(extras)}）" if extras else text


def _option_names(param: Any) -> str:
    names = ", ".join([*sorted(param.opts, key=len), *param.secondary_opts])
    return names if getattr(param, "is_flag", False) else f"{names} {param.metavar or '值'}"


def _rows(rows: list[tuple[str, str]]) -> str:
    left = max(width(name) for name, _ in rows)
    return "".join(f"  {name}{' ' * (left - width(name))}  {text}".rstrip() + "\n" for name, text in rows)


def _summary(command: Any) -> str:
    return fit((command.help or "").strip().split("\n")[0], HELP_WIDTH)


def help_text(command: Any, ctx: Any) -> str:
    """The whole help of a command or of the group of commands."""
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option" and "--help" not in param.opts]
    usage = [ctx.command_path, *(str(param.metavar or param.name) for param in arguments)]
    subcommands = getattr(command, "commands", {})
    usage.append("命令 …" if subcommands else "[选项]")
    parts = [f"用法：{' '.join(usage)}\n"]
    if command.help:
        parts.append(command.help.strip() + "\n")
    if subcommands:
        parts.append("命令：\n" + _rows([(name, _summary(sub)) for name, sub in subcommands.items()]))
    if arguments:
        parts.append("参数：\n" + _rows([(str(p.metavar or p.name), _describe(p)) for p in arguments]))
    shown = [(_option_names(param), _describe(param)) for param in options]
    parts.append("选项：\n" + _rows([*shown, ("--help", "显示这份帮助")]))
    return "\n".join(parts)


class ChineseCommand(TyperCommand):
    """A command whose help is Chinese throughout."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(help_text(self, ctx))


class ChineseGroup(TyperGroup):
    """The group of commands, its help Chinese throughout."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(help_text(self, ctx))
