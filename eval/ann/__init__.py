"""Measures vector indexes: recall against exact search, latency, build time, bytes, memory."""
