"""Files of any supported format become one neutral Document."""

from nlp.reading.archive import is_archive, read_archive, read_members
from nlp.reading.limits import Limits
from nlp.reading.reader import read, read_bytes
from nlp.reading.sniff import SUFFIXES

__all__ = ["SUFFIXES", "Limits", "is_archive", "read", "read_archive", "read_bytes", "read_members"]
