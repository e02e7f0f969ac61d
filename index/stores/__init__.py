"""The databases that a store may lie in: one file an engine, each imported only where it is used."""
