"""Understands one report: file to Report. Knows nothing of storage or screens."""
