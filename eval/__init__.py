"""Measures retrieval, answers, speed and memory; see `docs/measurements.md`."""
