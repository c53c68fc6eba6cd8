-- Only the newest are kept.
DELETE FROM query_log
WHERE id <= (SELECT id FROM query_log ORDER BY id DESC OFFSET %(kept)s LIMIT 1)
