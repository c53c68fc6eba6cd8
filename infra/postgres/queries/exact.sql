-- Exact similarities of the candidates, and of what was stored after the position up to which the index is complete.
WITH proposed AS (
    SELECT DISTINCT unnest(%(chunk_ids)s::bigint[]) AS chunk_id
    {pending}
),
scored AS MATERIALIZED (
    SELECT chunk_id, embedding <=> %(vector)s::halfvec AS distance
    FROM chunk_vectors
    JOIN proposed USING (chunk_id)
    WHERE {selection}
)
SELECT chunk_id, 1 - distance AS similarity
FROM scored
ORDER BY distance, chunk_id
LIMIT %(k)s
