"""The command ``mingjian``: what a person asks for goes to a command, every failure becomes one Chinese line."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from nlp.errors import MingjianError, because
from ui.chinese import ChineseCommand, ChineseGroup, usage_error
from ui.logs import error, logged

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
SELDOM = 200_000  # objects that come before rubbish is looked for

ABOUT = "明鉴：读懂政府信息公开工作年度报告，检索、比较、统计，全程离线。"
# command → its function in ui.commands, and what it is for
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("web.demo", "用样例报告试一试：没有档案就先建一个，然后打开网页。"),
    "add": ("intake.add", "收入报告：读取文件和文件夹，未变的跳过，改过的替换旧版。"),
    "parse": ("intake.parse", "只读不存：打印报告里的单位、年份、表格、问题和措施。"),
    "search": ("find.search", "按意思和字词检索各单位写的问题、措施和正文。"),
    "tag": ("find.tag", "给句子贴标签：每行读入一句，每行给出种类和标签。"),
    "similar": ("find.similar", "找意思相近的句子：看别处怎么说同一件事。"),
    "solutions": ("find.solutions", "看别的单位怎么解决这类问题。"),
    "topics": ("insight.topics", "看反复出现的问题和措施：各标签的占比，归纳出的话题和代表句。"),
    "trends": ("insight.trends", "看占比怎么变：写到某类问题或措施的报告，占同组报告的几成。"),
    "stats": ("insight.stats", "看统计数字：申请、办理结果、许可处罚、复议诉讼等。"),
    "check": ("insight.check", "查数字对不对得上：表内关系、与上年的衔接。"),
    "compare": ("groups.compare", "两组报告对比：各写什么问题和措施，差别在哪里。"),
    "together": ("groups.together", "看哪些问题一起出现，什么措施对什么问题，哪些没人答。"),
    "agency": ("groups.agency", "看一个单位的历年：年年提的问题、照抄的文字、数字变化、缺报年份。"),
    "summary": ("summary.summary", "写简报：一段范围里的主要问题、变化、措施和数字，句句有出处。"),
    "show": ("reports.show", "看一份报告：单位、问题和措施、数字核对。"),
    "list": ("reports.list_reports", "列出报告。"),
    "remove": ("intake.remove", "取出一份报告：从档案里删去（原文件不动）。"),
    "export": ("reports.export", "导出成表格或文档，筛选条件写在文件里。"),
    "label": ("label.label", "改标签：给一句话加减标签、改种类，列出、撤销、导出人工标注。"),
    "serve": ("web.serve", "打开网页，查看自己的档案。"),
    "api": ("api.api", "提供 HTTP 接口，供别的程序使用（需 mingjian[api]）。"),
    "train": ("measure.train", "训练标签模型：用自带的标注语料和人工标注，说明各标签前后的变化。"),
    "evaluate": ("measure.evaluate", "评测：把解析、标签、检索的结果与人工核对的比。"),
    "info": ("intake.info", "档案概况：有多少报告、句子，用什么模型。"),
    "verify": ("intake.verify", "检查档案是否完好：任何一个字节被改动都会说出来。"),
    "backup": ("keep.backup", "备份档案：写成一个带校验的文件，别的程序照常写入。"),
    "restore": ("keep.restore", "恢复档案：由备份在新文件夹里重建，绝不覆盖。"),
    "rebuild": ("intake.rebuild", "重建索引：由已存的报告重新生成检索用的文件；换模型也用它。"),
}
# They take --log: what runs long, or by itself at night.
LOGGED = ("demo", "add", "serve", "api", "train", "verify", "backup", "restore", "rebuild")
EVERYWHERE = "--archive"  # an option that may stand before the command

Everywhere = Annotated[Path | None, typer.Option(EVERYWHERE, metavar="文件夹", help="档案所在的文件夹")]


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The commands that these arguments may mean: the one they name, else all.

    Typer makes an adapter for every option of a command: for all of them a search would wait in vain.
    """
    app = typer.Typer(
        name="mingjian",
        cls=ChineseGroup,
        rich_markup_mode=None,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback(help=ABOUT)(root)
    one = named(arguments)
    for name in COMMANDS if one is None else [one]:
        place, purpose = COMMANDS[name]
        module, _, function = place.partition(".")
        command: Callable[..., None] = getattr(import_module(f"ui.commands.{module}"), function)
        app.command(name, cls=ChineseCommand, help=purpose)(logged(command) if name in LOGGED else command)
    return app


def named(arguments: Sequence[str]) -> str | None:
    """The command that arguments name; None where they name none that there is, or ask for help with all."""
    rest = iter(arguments)
    for argument in rest:
        if argument == EVERYWHERE:
            next(rest, None)
        elif not argument.startswith(EVERYWHERE + "="):
            return argument if argument in COMMANDS else None
    return None


def root(archive: Everywhere = None) -> None:
    """Let the group take its help from above; ``--archive`` may stand before the command as well as after it."""
    if archive is not None:
        os.environ["MINGJIAN_ARCHIVE"] = str(archive)


def explain(error: Exception) -> str:
    """One Chinese line for a failure, naming the file where there is one."""
    if isinstance(error, MingjianError):
        return str(error)
    if isinstance(error, OSError):
        cause = because(error)
        return f"{error.filename}：{cause}" if error.filename else cause
    if isinstance(error, MemoryError):
        return "内存不足"
    detail = " ".join(str(error).split())
    return f"程序内部出错（{type(error).__name__}：{detail}）；设置环境变量 MINGJIAN_DEBUG=1 再运行可看到详情"


def utf8() -> None:
    """Write UTF-8 whatever the console's code page is; an odd file name must not stop the output."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def complain(line: str) -> None:
    """One line on stderr."""
    if not error(" ".join(line.splitlines())):
        sys.stderr.write(" ".join(line.splitlines()) + "\n")


def run(arguments: list[str] | None = None) -> int:
    """Run one command line; the exit code."""
    try:
        given = sys.argv[1:] if arguments is None else arguments
        code = get_command(application(given))(args=given, prog_name="mingjian", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # the reader of a pipe left: nothing to say, and nothing more may be written at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (typer.Exit, SystemExit) as stop:
        return int(getattr(stop, "exit_code", getattr(stop, "code", FAILED)) or 0)
    except Exception as error:
        return refuse(error)
    if code == INTERRUPTED:
        complain("已中断。已经完成的都保存了，没有完成的不留痕迹；可以重新运行。")
    return code if isinstance(code, int) else DONE


def refuse(error: Any) -> int:
    """Say what is wrong in one line; the exit code."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(error.format_message().rstrip() + "\n")
        return USAGE
    if getattr(error, "exit_code", None) == USAGE:
        complain(f"{usage_error(error)}。用法见：{getattr(error.ctx, 'command_path', 'mingjian')} --help")
        return USAGE
    if os.environ.get("MINGJIAN_DEBUG"):
        traceback.print_exc()
    complain(explain(error))
    return FAILED


def main() -> None:
    """Entry point: never a bare stack trace."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads slow a shared machine down
    gc.set_threshold(SELDOM)  # loading makes many objects that stay: looking for rubbish meanwhile is a tenth of it
    utf8()
    raise SystemExit(run())


if __name__ == "__main__":
    main()
