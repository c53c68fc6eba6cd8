SELECT embedding
FROM (
    SELECT embedding, chunk_id, row_number() OVER (ORDER BY chunk_id) AS place, count(*) OVER () AS total
    FROM chunk_vectors
) AS numbered
WHERE mod(place, greatest(1, total / %(most)s)) = 0
ORDER BY chunk_id
LIMIT %(most)s
