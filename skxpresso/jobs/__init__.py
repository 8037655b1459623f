"""One file for each command, as a function of Python."""
