"""Every failure the package reports on purpose.

A caller that catches :class:`MingjianError` catches all of them; each message is Chinese, one line,
names the file or value at fault and says what would mend it.
"""

from __future__ import annotations


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
