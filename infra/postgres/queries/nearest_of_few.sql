-- The nearest of all that a selection admits, compared one by one.
WITH scored AS MATERIALIZED (
    SELECT chunk_id, embedding <=> %(vector)s::halfvec AS distance
    FROM chunk_vectors
    WHERE {selection}
)
SELECT chunk_id, 1 - distance AS similarity
FROM scored
ORDER BY distance, chunk_id
LIMIT %(k)s
