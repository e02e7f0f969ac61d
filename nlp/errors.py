"""Every failure the package reports on purpose.

A caller that catches :class:`MingjianError` catches all of them; each message is Chinese, one line,
names the file or value at fault and says what would mend it.
"""

from __future__ import annotations

import errno
import json

CAUSES = {
    errno.ENOSPC: "磁盘已满，请腾出空间后再试",
    errno.EDQUOT: "磁盘配额已用完，请腾出空间后再试",
    errno.EACCES: "没有读写权限",
    errno.EPERM: "没有读写权限",
    errno.EROFS: "所在磁盘是只读的",
    errno.ENOENT: "文件或文件夹不存在",
    errno.EISDIR: "这是一个文件夹，不是文件",
    errno.ENOTDIR: "路径中间有一段不是文件夹",
    errno.ENAMETOOLONG: "文件名太长",
    errno.EADDRINUSE: "端口已被占用",
    errno.EIO: "磁盘读写出错，请检查磁盘",
}


class MingjianError(Exception):
    """Base of all errors that are meant for the person, not for the programmer."""


class UnreadableReport(MingjianError):
    """A file that cannot be read as a report.

    Attributes:
        source: the file's name as the person gave it.
        cause: one Chinese clause that says what is wrong with it.
    """

    def __init__(self, source: str, cause: str) -> None:
        """Join the file's name and the cause into the one line that is shown."""
        super().__init__(f"{source}：{cause}")
        self.source = source
        self.cause = cause


class MissingExtra(MingjianError):
    """A feature whose optional library is not installed; the message names the pip command."""

    def __init__(self, feature: str, extra: str) -> None:
        """Say which feature is missing and how to install it."""
        super().__init__(f"{feature}需要额外组件，请先运行：pip install 'mingjian[{extra}]'")
        self.feature = feature
        self.extra = extra


def because(error: Exception) -> str:
    """One Chinese clause for what the system or a JSON reader reports; an unforeseen error by its number or name."""
    if isinstance(error, OSError):
        number = f"错误号 {error.errno}" if error.errno else type(error).__name__
        return CAUSES.get(error.errno or 0, f"读写失败，{number}")
    if isinstance(error, json.JSONDecodeError):
        return f"第{error.lineno}行第{error.colno}个字符处不是 JSON"
    if isinstance(error, KeyError):
        return f"缺少 {error.args[0]}"
    return "数据的类型或内容不对"
