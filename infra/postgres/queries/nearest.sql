-- The nearest vectors by the index's own distance, put into exact order: the relaxed order of an iterative scan and
-- the coarse one of a compressed index are put right outside of it.
WITH candidates AS MATERIALIZED (
    SELECT chunk_id, embedding <=> %(vector)s::halfvec AS distance
    FROM chunk_vectors
    WHERE {selection}
    ORDER BY {distance}
    LIMIT %(candidates)s
)
SELECT chunk_id, 1 - distance AS similarity
FROM candidates
ORDER BY distance, chunk_id
LIMIT %(k)s
