"""Which adapter is best here? The same training with several of them, side by side."""
