WITH active AS (
    SELECT store, kind, to_regclass(name) AS graph, applied FROM vector_indexes WHERE status = 'active'
)
SELECT
    (SELECT coalesce(max(number), 0) FROM migrations) AS migration,
    (SELECT count(*) FROM documents) AS documents,
    (SELECT coalesce(sum(chunks), 0)::bigint FROM versions WHERE current) AS chunks,
    (SELECT count(*) FROM chunk_vectors) AS vectors,
    pg_database_size(current_database()) AS database_bytes,
    (SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'ingest' AND status IN ('todo', 'doing')) AS jobs_waiting,
    (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '12 seconds') AS workers_alive,
    coalesce((SELECT model FROM embedding), '') AS embedding_model,
    coalesce((SELECT dimension FROM embedding), 0) AS dimension,
    (SELECT store FROM active) AS store,
    (SELECT kind FROM active) AS kind,
    (
        SELECT pg_relation_size(g.indexrelid) FROM pg_index g JOIN active ON active.graph = g.indexrelid WHERE g.indisvalid
    ) AS index_bytes,
    (
        SELECT coalesce(sum(cardinality(c.chunk_ids)), 0)::bigint FROM vector_changes c JOIN active ON c.id > active.applied
    ) AS pending
