-- The collections that the principals may read and the filters name, and in these the documents that the filters name.
WITH readable AS (
    SELECT id
    FROM collections
    WHERE
        readers && %(principals)s::text[]
        AND (%(collections)s::text[] IS NULL OR name = ANY(%(collections)s::text[]))
)
SELECT
    ARRAY(SELECT id FROM readable ORDER BY id) AS collections,
    CASE WHEN %(documents)s::text[] IS NOT NULL THEN
        ARRAY(
            SELECT d.id
            FROM documents d
            JOIN readable ON readable.id = d.collection_id
            WHERE d.name = ANY(%(documents)s::text[])
            ORDER BY d.id
        )
    END AS documents
