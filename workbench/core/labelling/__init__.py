"""Labels for texts that have none: a model proposes them, what it can be trusted with is measured, a person decides."""
