"""Settings, the composition root and the entry points."""
