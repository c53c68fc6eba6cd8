SELECT chunk_id, 1 - (embedding <=> %(vector)s::halfvec) AS similarity
FROM chunk_vectors
ORDER BY embedding <=> %(vector)s::halfvec
LIMIT %(k)s
