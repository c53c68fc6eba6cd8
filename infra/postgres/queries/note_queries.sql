-- Queries of the present embedding model; those of another one cannot be compared with what is stored.
INSERT INTO query_log (model, embedding)
SELECT model, %(vector)s
FROM embedding
WHERE dimension = %(dimension)s
