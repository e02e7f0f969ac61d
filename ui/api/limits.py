"""What one request may cost. Sizes in bytes, times in seconds."""

from __future__ import annotations

BODY = 64 * 1024  # of a request
BODY_SECONDS = 10.0  # until a request's body is there
QUERY_STRING = 16 * 1024
QUERY = 1_000  # characters of what is searched for
VALUE, VALUES = 100, 100  # characters of a filter's value, values of one filter
CONDITION = 200  # characters of a group's condition: a field, "=" and its value
ID = 200  # characters of an id, or of an agency's name
HITS = 1_000  # of a search
ROWS = 10_000  # of a list, in one answer
EXPORTED = 100_000  # rows of a file
SECONDS = 60.0  # until an answer starts
AT_ONCE = 64  # requests worked on
