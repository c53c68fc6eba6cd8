"""Measures retrieval on an installation's own documents, for which nobody has said what is right."""
