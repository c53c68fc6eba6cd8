SELECT q.embedding
FROM query_log q
JOIN embedding e ON e.model = q.model
WHERE vector_dims(q.embedding) = e.dimension
ORDER BY q.id DESC
LIMIT %(most)s
