"""Tunes an index to a recall target: which queries, what is true, how sure, and which setting is the cheapest."""
