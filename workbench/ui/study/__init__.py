"""How much data do I need? The learning curve of a classifier over shares of its rows."""
