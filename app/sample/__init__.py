"""The sample document: the handbook of a fictional company, and the script that typesets it."""
