"""Milvus: a vector index in a folder (Milvus Lite), on one server, or on a cluster."""
