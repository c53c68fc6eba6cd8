-- Jobs whose worker is gone or has given no sign of life, with how often their version has cost a worker its life.
WITH lost AS (
    SELECT job.id, (job.args ->> 'version_id')::bigint AS version_id
    FROM procrastinate_jobs job
    LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE
        job.queue_name = 'ingest'
        AND job.status = 'doing'
        AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(seconds)s))
        AND (job.worker_id IS NULL OR job.worker_id <> ALL(%(own)s::bigint[]))
    FOR UPDATE OF job SKIP LOCKED
),
counted AS (
    UPDATE versions SET crashes = crashes + 1 FROM lost WHERE versions.id = lost.version_id
    RETURNING versions.id, versions.crashes
)
SELECT lost.id, lost.version_id, coalesce(counted.crashes, 0)
FROM lost
LEFT JOIN counted ON counted.id = lost.version_id
