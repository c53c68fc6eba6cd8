-- The inverted lists of one version. What is indexed is one expression: title, headings and text of each chunk.
WITH found AS (
    SELECT
        c.id,
        t.lexeme,
        cardinality(t.positions) AS frequency,
        (sum(cardinality(t.positions)) OVER (PARTITION BY c.id))::int AS length
    FROM chunks c
    CROSS JOIN LATERAL unnest(
        lexemes(concat_ws(E'\n', %(title)s::text, array_to_string(c.heading_path, E'\n'), c.text))
    ) AS t (lexeme, positions, weights)
    WHERE c.version_id = %(version_id)s
),
written AS (
    INSERT INTO postings (term, version_id, chunk_ids, frequencies, lengths)
    SELECT
        lexeme,
        %(version_id)s,
        array_agg(id ORDER BY id),
        array_agg(frequency ORDER BY id),
        array_agg(length ORDER BY id)
    FROM found
    GROUP BY lexeme
)
SELECT coalesce(sum(frequency), 0)::bigint AS terms FROM found
