-- Changes are noted in the order of their ids, so what is old enough is a beginning of the log.
WITH forgotten AS (
    DELETE FROM vector_changes
    WHERE
        id <= coalesce(
            (SELECT min(applied) FROM vector_indexes WHERE applied IS NOT NULL),
            (SELECT max(id) FROM vector_changes)
        )
        AND noted_at < clock_timestamp() - make_interval(secs => %(kept_s)s)
    RETURNING id
)
INSERT INTO facts (name, value)
SELECT %(fact)s, max(id)::text FROM forgotten HAVING max(id) IS NOT NULL
ON CONFLICT (name) DO UPDATE SET value = greatest(facts.value::bigint, excluded.value::bigint)::text
