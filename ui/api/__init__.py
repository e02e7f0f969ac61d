"""The HTTP API: parses what a program wants, calls Archive, answers with the same forms as ``--json``."""
