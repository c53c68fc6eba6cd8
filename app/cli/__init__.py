"""The command `footnote`."""
