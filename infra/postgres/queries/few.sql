-- Does a selection admit some chunks only, and at most so many?
SELECT CASE
    WHEN count(*) <= %(most)s::bigint THEN EXISTS (SELECT FROM chunk_vectors WHERE NOT ({selection}))
    ELSE false
END
FROM (SELECT FROM chunk_vectors WHERE {selection} LIMIT %(most)s::bigint + 1) AS admitted
