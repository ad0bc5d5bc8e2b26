"""How the window looks: one palette, one stylesheet, icons drawn for the program."""
