"""How much data do I need? A classifier is trained on shares of the rows, and accuracy is held against rows."""
