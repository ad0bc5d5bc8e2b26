"""Will it fit? Reckoned with a model that has shapes and no weights, then tried with the real one."""
