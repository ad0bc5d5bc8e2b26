"""Data sets: from a person's file to canonical rows with a frozen split, and nothing lost on the way."""
