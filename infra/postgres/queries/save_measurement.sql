INSERT INTO index_measurements (index_name, model, settings, how, source, target, k, vectors, chosen, trials, measured_at)
SELECT
    i.name, e.model, %(settings)s, %(how)s, %(source)s, %(target)s, %(k)s, %(vectors)s, %(chosen)s, %(trials)s,
    %(measured_at)s
FROM vector_indexes i
CROSS JOIN embedding e
WHERE i.name = %(name)s
