"""The report of a run: how good it has become, and the rows behind every number."""
