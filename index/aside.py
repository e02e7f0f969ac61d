"""Long readings beside short ones: through a connection of their own, so that who reads meanwhile does not wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from index.columns import keep_for, kept_of
from index.store import Store


@contextmanager
def aside(store: Store) -> Iterator[Store]:
    """The same store through another connection, which knows what is kept of it (:mod:`index.columns`) already.

    What is worked out on it is its own; only ``topics`` are known to both. The caller holds no snapshot of the store.
    """
    source = store.again()
    try:
        keep_for(source, replace(kept_of(store), lock=threading.RLock(), findings=None))
        yield source
    finally:
        source.close()
