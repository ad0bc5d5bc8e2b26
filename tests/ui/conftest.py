"""Makes this folder one that tests below it import helpers from (``finding``)."""
