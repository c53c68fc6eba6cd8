SELECT 1 FROM procrastinate_jobs WHERE queue_name = 'ingest' AND status IN ('todo', 'doing') LIMIT 1
