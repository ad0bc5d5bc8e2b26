"""Which adapter is best here? Several of them on the same data, side by side."""
