SELECT
    (SELECT count(*) FROM versions WHERE document_id = %(id)s),
    (SELECT count(*) FROM pages JOIN versions v ON v.id = version_id WHERE v.document_id = %(id)s),
    (SELECT count(*) FROM chunks k JOIN versions v ON v.id = k.version_id WHERE v.document_id = %(id)s),
    (SELECT count(*) FROM chunk_vectors WHERE document_id = %(id)s)
