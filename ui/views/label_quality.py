"""标注 → 标签质量: how well each label is given, what is taken for what, and how far two people agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import markup, names

if TYPE_CHECKING:
    from index import Archive

CONFUSIONS = 15


def show(archive: Archive) -> None:
    """Draw the figures of the labeller in use."""
    found = archive.label_quality()
    if not found:
        st.info("这个标签模型没有附带检验结果，运行 mingjian train 可重新训练并检验。")
        return
    quality = found["quality"]
    st.html(
        f'<p class="mj-lead">用 {found["examples"]:,} 句人工标注训练'
        f"（其中本档案里改过的 {found['corrected']:,} 句）。下面的数字都是把每位作者的句子轮流留出、"
        f"由没见过他的模型来判得到的：标签 F1 按次 {quality['micro_f1']:.1%}，"
        f"按标签平均 {quality['macro_f1']:.1%}；问题与措施的区分 {found['kinds']['micro_f1']:.1%}。</p>"
    )
    if found["before"] and found["after"]:
        st.html(
            f'<p class="mj-lead">在本档案改过的句子上：训练前 F1 {found["before"]["micro_f1"]:.1%}，'
            f"训练后 {found['after']['micro_f1']:.1%}。</p>"
        )
    agreement = archive.label_agreement()
    head = ["标签", "应有（句）", "查准率", "查全率", "F1", "两人一致（κ）"]
    rows = [_row(one, agreement) for one in sorted(quality["labels"], key=lambda one: float(one["f1"]))]
    st.html(markup.table(head, rows))
    st.subheader("最容易混的")
    pairs = [(names.name("label", a), names.name("label", b), str(n)) for a, b, n in quality["confusions"][:CONFUSIONS]]
    if pairs:
        st.html(markup.table(["本该是", "却标成", "句数"], pairs))
    st.html(
        '<p class="mj-lead">查准率低：标多了，改的时候多去掉；查全率低：标漏了，改的时候多加上。'
        "改够几十句后运行 mingjian train，模型会照着学。</p>"
    )


def _row(one: Mapping[str, Any], agreement: Mapping[str, float]) -> tuple[str, ...]:
    kappa = agreement.get(one["label"])
    return (
        names.name("label", one["label"]),
        f"{one['support']:,}",
        _share(one["precision"]),
        _share(one["recall"]),
        _share(one["f1"]),
        "—" if kappa is None else f"{kappa:.2f}",
    )


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"
