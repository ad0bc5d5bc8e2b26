"""The first fine-tune, a page at a time."""
