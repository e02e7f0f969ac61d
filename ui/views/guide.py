"""说明: how to ask, how to read what one sees, what the labels mean, where the data are."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

from nlp.taxonomy import Taxonomy
from ui import markup, names
from ui.views import common

KINDS = {"problem": "问题的标签", "measure": "措施的标签"}


def page() -> None:
    """Draw the page."""
    st.title("说明")
    found = parts()
    links = "".join(f'<a class="mj-link" href="#{part["id"]}">{markup.safe(part["title"])}</a>' for part in found)
    st.html(f'<nav class="mj-row" aria-label="目录">{links}<a class="mj-link" href="#labels">各标签收什么</a></nav>')
    for part in found:
        _part(part)
    _labels()


@cache
def parts() -> list[dict[str, Any]]:
    """The parts of the help, in order."""
    told: list[dict[str, Any]] = tomllib.loads(files("ui").joinpath("guide.toml").read_text(encoding="utf-8"))["part"]
    return told


def questions() -> list[dict[str, Any]]:
    """The links that answer what people come with."""
    return next(list(part["links"]) for part in parts() if part["id"] == "questions")


def _part(part: dict[str, Any]) -> None:
    st.subheader(part["title"], anchor=part["id"])
    st.html("".join(f'<p class="mj-lead">{markup.safe(text)}</p>' for text in part["text"]))
    for link in part.get("links", ()):
        common.link(link["page"], link["words"], link["query"], ":material/arrow_forward:")


def _labels() -> None:
    st.subheader("各标签收什么", anchor="labels")
    taxonomy = Taxonomy.load()
    for kind, title in KINDS.items():
        with st.expander(f"{title}（{len(taxonomy.of_kind(kind))} 个）"):
            rows = [(names.name("label", entry.id), common.collects(entry)) for entry in taxonomy.of_kind(kind)]
            st.html(markup.table(["标签", "收什么"], rows))
