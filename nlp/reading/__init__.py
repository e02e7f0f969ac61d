"""Files of any supported format become one neutral Document."""
