-- What storing a version needs; no row when it is gone or already indexed. Run it after `lock_version`, as a statement
-- of its own: only then does it see what others did while this transaction waited for the lock.
SELECT
    v.id, d.id AS document_id, d.collection_id, v.file_type, v.tags, v.uploaded_at,
    EXISTS (
        SELECT 1 FROM versions newer WHERE newer.document_id = d.id AND newer.current AND newer.number > v.number
    ) AS superseded
FROM versions v
JOIN documents d ON d.id = v.document_id
WHERE v.id = %(version_id)s AND v.status <> 'indexed'
