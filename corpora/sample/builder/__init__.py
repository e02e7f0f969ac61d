"""Builds the sample corpus from the data beside it; the same bytes every time."""
