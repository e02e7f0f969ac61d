"""What people call labels and kinds, turned into ids; what is not known is refused with names that are near."""

from __future__ import annotations

import getpass
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy

NEAR = 4  # names told where one is not known
LONGEST_NAME = 60
KINDS = {"problem": ("问题",), "measure": ("措施", "改进措施"), "none": ("都不是", "无")}


def find_label(text: str) -> str:
    """The id of the label that a person means by its id or Chinese name.

    Raises:
        MingjianError: there is none; the message tells names that are near.
    """
    wanted = text.strip()
    taxonomy = Taxonomy.load()
    for entry in taxonomy:
        if wanted in (entry.id, entry.zh):
            return entry.id
    near = _near(wanted, taxonomy)
    told = f"相近的有：{_listed(near, taxonomy)}" if near else f"可用：{_listed([e.id for e in taxonomy], taxonomy)}"
    raise MingjianError(f"没有“{wanted}”这个标签，{told}")


def find_kind(text: str) -> str:
    """problem, measure or none by id or Chinese name.

    Raises:
        MingjianError: it is none of them.
    """
    wanted = text.strip()
    for kind, names in KINDS.items():
        if wanted == kind or wanted in names:
            return kind
    raise MingjianError(
        f"没有“{wanted}”这个种类，可用："
        + "、".join(f"{k}（{n[-1 if k == 'measure' else 0]}）" for k, n in KINDS.items())
    )


def _near(wanted: str, taxonomy: Taxonomy) -> list[str]:
    """Labels whose id or name is like what was asked for, the likest first."""
    names = {name: entry.id for entry in taxonomy for name in (entry.id, entry.zh)}
    inside = [name for name in names if len(wanted) > 1 and wanted in name]
    like = get_close_matches(wanted, names, n=NEAR, cutoff=0.5)
    shared = sorted(names, key=lambda name: -_common(wanted, name))[:NEAR]
    shared = [name for name in shared if 2 * _common(wanted, name) >= max(2, len(set(wanted)))]
    return [*dict.fromkeys(names[name] for name in (*inside, *like, *shared))][:NEAR]


def _common(one: str, other: str) -> int:
    """How many Chinese characters two names share."""
    return len({c for c in one if not c.isascii()} & set(other))


def _listed(ids: Iterable[str], taxonomy: Taxonomy) -> str:
    return "、".join(f"{taxonomy.name(label)}（{label}）" for label in ids)


def signed(by: str | None) -> str:
    """The name that a correction is kept under: what was given, else the account's.

    Raises:
        MingjianError: the name is too long.
    """
    name = _plain(by or "") or _plain(_account())
    if len(name) > LONGEST_NAME:
        raise MingjianError(f"署名太长，请不要超过 {LONGEST_NAME} 个字")
    return name or "未署名"


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in some containers
        return ""


def _plain(name: str) -> str:
    """One line without control characters."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)
    return " ".join(kept.split())
