"""Remembers and finds: Archive is the one object."""
