"""File formats: each writer turns a draft into the bytes of one file."""
