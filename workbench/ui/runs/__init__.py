"""The list of the project's runs."""
