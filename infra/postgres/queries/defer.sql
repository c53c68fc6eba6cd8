-- A job in the current transaction; jobs of one document run one after the other.
SELECT procrastinate_defer_jobs_v1(
    ARRAY[
        ROW('ingest', 'ingest', 0, 'document:' || document_id, NULL, jsonb_build_object('version_id', id), NULL)
    ]::procrastinate_job_to_defer_v1[]
)
FROM versions
WHERE id = %(version_id)s
