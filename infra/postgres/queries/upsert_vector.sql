-- A vector of a chunk that is stored; nothing where the chunk has been deleted.
INSERT INTO chunk_vectors (
    chunk_id, version_id, document_id, collection_id, file_type, tags, uploaded_at, embedding
)
SELECT
    id, version_id, %(document_id)s, %(collection_id)s, %(file_type)s, %(tags)s, %(uploaded_at)s, %(vector)s
FROM chunks
WHERE id = %(chunk_id)s
ON CONFLICT (chunk_id) DO UPDATE SET
    document_id = excluded.document_id,
    collection_id = excluded.collection_id,
    file_type = excluded.file_type,
    tags = excluded.tags,
    uploaded_at = excluded.uploaded_at,
    embedding = excluded.embedding
