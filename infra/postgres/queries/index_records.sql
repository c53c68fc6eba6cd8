SELECT i.number, i.name, i.store, i.kind, i.settings, e.dimension
FROM vector_indexes i
CROSS JOIN embedding e
WHERE
