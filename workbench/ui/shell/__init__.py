"""The frame of the main window: rail, menu, status line."""
