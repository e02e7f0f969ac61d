"""How the built-in encoder was made; not needed to run it."""
