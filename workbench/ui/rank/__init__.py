"""The Rank tab: answers side by side, put into an order from best to worst."""
