"""The Data tab: files become data sets here."""
