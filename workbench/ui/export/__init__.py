"""The Export tab: a result as a folder that other programs load."""
