-- Files that only this document's versions refer to.
SELECT DISTINCT v.sha256
FROM versions v
WHERE
    v.document_id = %(id)s
    AND NOT EXISTS (SELECT 1 FROM versions other WHERE other.sha256 = v.sha256 AND other.document_id <> %(id)s)
ORDER BY v.sha256
