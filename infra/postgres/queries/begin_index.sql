-- Names are unlike those of other installations, which may share a store.
WITH next_one AS (
    SELECT nextval(pg_get_serial_sequence('vector_indexes', 'number')) AS number
)
INSERT INTO vector_indexes (number, name, store, kind, settings, applied, status)
OVERRIDING SYSTEM VALUE
SELECT
    number,
    CASE %(store)s
        WHEN 'pgvector' THEN 'chunk_vectors_embedding_' || number
        ELSE 'footnote_' || number || '_' || left(md5(gen_random_uuid()::text), 10)
    END,
    %(store)s,
    %(kind)s,
    %(settings)s,
    %(applied)s::bigint,
    'building'
FROM next_one
RETURNING number
