"""The window: widgets only, a folder per tab."""
