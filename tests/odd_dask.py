"""Loaded into Dask's workers (``--preload``): files named so make the whole worker die, once or always."""

from __future__ import annotations

import json
import os
from pathlib import Path

from index import cluster

MARKS = Path(os.environ["ODD_MARKS"])  # a folder: what died, for whom
_real = getattr(cluster, "real_parse_task", cluster.parse_task)  # the module is loaded more than once


def parse_task(request: str, data: bytes, bundle: cluster.Bundle | None) -> bytes:
    name = Path(json.loads(request)["name"]).name
    if name.startswith("always") or (name.startswith("once") and not list(MARKS.glob(f"{name}-*"))):
        (MARKS / f"{name}-{os.getpid()}").touch()
        os._exit(1)
    return _real(request, data, bundle)


cluster.real_parse_task = _real  # type: ignore[attr-defined]
cluster.parse_task = parse_task
