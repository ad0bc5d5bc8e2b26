"""One file, one way to adapt a model."""
