-- The nearest vectors; the relaxed order of an iterative scan is put right outside of it.
WITH candidates AS MATERIALIZED (
    SELECT chunk_id, embedding <=> %(vector)s AS distance
    FROM chunk_vectors
    WHERE
        collection_id = ANY(ARRAY(SELECT id FROM collections WHERE readers && %(principals)s::text[])){filters}
    ORDER BY embedding <=> %(vector)s
    LIMIT %(k)s::int + %(spare)s::int
)
SELECT chunk_id, 1 - distance AS similarity
FROM candidates
ORDER BY distance, chunk_id
LIMIT %(k)s
