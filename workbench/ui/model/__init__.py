"""The Model tab: which base model, and which adapter on it."""
