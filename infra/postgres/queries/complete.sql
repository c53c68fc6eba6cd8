UPDATE versions
SET status = 'indexed',
    current = true,
    title = %(title)s,
    pages = %(pages)s,
    pages_done = %(pages)s,
    chunks = %(chunks)s,
    terms = %(terms)s,
    error = '',
    seconds = coalesce(extract(epoch FROM clock_timestamp() - started_at), 0)
WHERE id = %(version_id)s
