"""Keeping the interpreter's search for rubbish short, in a server that holds large tables for as long as it runs.

Streamlit would have everything gone through whenever a page was computed, twice a second where one shows how far
something is; with dictionaries, columns and an encoder of a hundred thousand objects in memory that is most of what a
page costs, and nobody else gets on meanwhile. It is told not to (:func:`ui.serve.configure`): the interpreter looks
through what is young by itself. What has stayed is set aside, and from time to time all of it is gone through once,
so that nothing piles up.
"""

from __future__ import annotations

import gc
import threading

EVERY = 30.0  # seconds between two looks
MANY = 200_000  # objects that are there beside those set aside


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
        if len(gc.get_objects()) > MANY:
            tidy()
