"""The only bridge between Qt and processes."""
