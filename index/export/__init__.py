"""Result lists as files."""
