"""Sizes that everything keeps to, in device-independent pixels."""

GRID = 8
"""All distances are multiples (or halves) of this."""

RADIUS = 6
"""Corners of cards, fields and buttons."""
