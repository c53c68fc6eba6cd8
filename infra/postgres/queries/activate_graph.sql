-- The graph in Postgres searches; a new number tells all processes.
WITH kept AS (
    UPDATE vector_indexes SET number = DEFAULT, kind = %(kind)s WHERE status = 'active' RETURNING name
)
INSERT INTO vector_indexes (name, store, kind, status)
SELECT 'chunk_vectors_embedding', %(store)s, %(kind)s, 'active' WHERE NOT EXISTS (SELECT FROM kept)
ON CONFLICT (name) DO UPDATE SET number = DEFAULT, kind = excluded.kind, settings = '{}', status = 'active'
