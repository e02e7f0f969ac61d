"""Connections that read, a few beside each other, so that a long question keeps nobody else waiting."""

from __future__ import annotations

import threading
from contextlib import suppress

from index.settings import READERS
from index.stores.base import Connection, Engine


class Readers:
    """A few connections to one database; safe from several threads.

    The one used last is given first: what it has read lies in its memory. A database that several machines share is
    read through one, for every connection is a process over there.
    """

    def __init__(self, engine: Engine) -> None:
        """Open the first; raises what the engine raises."""
        self._engine = engine
        self._most = 1 if engine.shared else READERS
        self._idle = [self._engine.reader()]
        self._file = self._identity()
        self._open = 1
        self._changed = threading.Condition()
        self._closed = False

    def take(self) -> Connection | None:
        """A connection for this thread alone until :meth:`give`; None where all are closed."""
        with self._changed:
            while True:
                if self._closed:
                    return None
                if self._idle:
                    found = self._idle.pop()
                    if not found.brief:
                        return found
                    self._end(found)  # the first one of all
                    break
                if not self._open or (self._open < self._most and self._file == self._identity()):
                    self._open += 1
                    break
                self._changed.wait()
        try:
            return self._engine.reader()
        except BaseException:
            self._forget()
            raise

    def give(self, connection: Connection) -> None:
        """Give a connection back."""
        with self._changed:
            if connection.brief:
                self._open -= 1
                self._changed.notify()
            elif not self._closed:
                self._idle.append(connection)
                self._changed.notify()
                return
        self._end(connection)

    def anew(self, connection: Connection) -> Connection:
        """Another connection in place of one that is lost; where there is none, the place is free again."""
        self._end(connection)
        try:
            return self._engine.reader()
        except BaseException:
            self._forget()
            raise

    def close(self) -> None:
        """Close all; those in use when they are given back. Twice is once."""
        with self._changed:
            self._closed, idle = True, self._idle
            self._idle = []
            self._changed.notify_all()
        for connection in idle:
            self._end(connection)

    def _identity(self) -> tuple[int, int] | None:
        """Tells the file from another that took its place, which these readers do not go over to."""
        try:
            found = self._engine.file.stat() if self._engine.file is not None else None
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if found is not None else None

    def _forget(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify()

    def _end(self, connection: Connection) -> None:
        with suppress(*self._engine.errors):
            connection.close()
