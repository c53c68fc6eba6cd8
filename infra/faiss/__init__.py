"""FAISS: a vector index in files of the home, shared by all processes of one machine."""
