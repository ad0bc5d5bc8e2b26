"""One file, one thing that can be trained."""
