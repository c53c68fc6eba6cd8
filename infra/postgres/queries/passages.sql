SELECT
    k.id, d.id AS document_id, v.id AS version_id, d.name AS document, v.number AS version, v.title, k.ordinal,
    k.page, k.page_end, k.heading_path, k.text, k.sentences
FROM chunks k
JOIN versions v ON v.id = k.version_id
JOIN documents d ON d.id = v.document_id
JOIN collections c ON c.id = d.collection_id
WHERE c.readers && %(principals)s::text[]
