"""Shows: command line, page and HTTP API. Decides nothing."""
