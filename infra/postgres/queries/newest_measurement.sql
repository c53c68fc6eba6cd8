-- The last one of an index that holds for the way in which it searches now.
SELECT how, source, target, k, vectors, chosen, trials, measured_at
FROM index_measurements m
JOIN embedding e ON e.model = m.model
WHERE m.index_name = %(name)s AND m.settings = %(settings)s
ORDER BY m.id DESC
LIMIT 1
