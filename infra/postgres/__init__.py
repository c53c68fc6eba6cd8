"""Postgres: the system of record, the job queue, the lexical index and the default vector index."""
