-- Locks a version's document until the transaction ends, so that what happens to it happens one after the other.
SELECT d.id
FROM documents d
JOIN versions v ON v.document_id = d.id
WHERE v.id = %(version_id)s
FOR UPDATE OF d
