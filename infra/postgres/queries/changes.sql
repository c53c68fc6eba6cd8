-- The next changes, as many as name about `most` chunks.
SELECT id, operation, chunk_ids
FROM (
    SELECT
        id,
        operation,
        chunk_ids,
        sum(cardinality(chunk_ids)) OVER (ORDER BY id) - cardinality(chunk_ids) AS named_before
    FROM (SELECT * FROM vector_changes WHERE id > %(position)s ORDER BY id LIMIT %(most)s) AS next_ones
) AS counted
WHERE named_before < %(most)s
ORDER BY id
