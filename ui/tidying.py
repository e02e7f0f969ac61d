"""Keeping the interpreter's search for rubbish short, in a server that holds large tables for as long as it runs.

Streamlit has everything gone through whenever a page was computed; with dictionaries, columns and an encoder of
a hundred thousand objects in memory that is most of what a page costs, and nobody else is answered meanwhile. What
has stayed is therefore set aside; from time to time all of it is gone through once, so that nothing piles up.
"""

from __future__ import annotations

import gc
import threading

EVERY = 30.0  # seconds between two looks
MANY = 50_000  # objects that have stayed since the last time


def tidy() -> None:
    """Go through everything once, and set aside what stays."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def keep_tidy(closing: threading.Event) -> None:
    """Do so now, and then whenever much has come to stay, until ``closing`` is set."""
    if closing.is_set():
        return
    tidy()
    while not closing.wait(EVERY):
        if len(gc.get_objects(generation=2)) > MANY:
            tidy()
