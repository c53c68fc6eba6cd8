SELECT
    v.id, v.document_id, v.number, d.name, c.name AS collection, v.file_type, v.tags, v.sha256, v.bytes, v.status,
    v.uploaded_at, v.pages, v.pages_done, v.chunks, v.title, v.error,
    CASE WHEN v.status = 'working' THEN extract(epoch FROM now() - v.started_at)::float8 ELSE v.seconds END AS seconds
FROM versions v
JOIN documents d ON d.id = v.document_id
JOIN collections c ON c.id = d.collection_id
