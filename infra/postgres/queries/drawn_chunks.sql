-- Chunks of current versions at random: the same ones for the same seed.
SELECT v.title, c.heading_path, c.text, c.sentences
FROM (
    SELECT chunk_id
    FROM chunk_vectors
    ORDER BY hashint8extended(chunk_id, %(seed)s::bigint), chunk_id
    LIMIT %(most)s
) AS drawn
JOIN chunks c ON c.id = drawn.chunk_id
JOIN versions v ON v.id = c.version_id
ORDER BY c.id
