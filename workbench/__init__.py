"""A desktop program to make a language or image model your own."""

__version__ = "0.1.0"
