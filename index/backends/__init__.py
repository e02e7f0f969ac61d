"""Nearest neighbours under a filter: one short abstract file and one file an engine."""
