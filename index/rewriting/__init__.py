"""A summary told again by a language model that the user runs: off unless asked for, and every part checked."""
