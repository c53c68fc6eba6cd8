-- Indexes outside of the database, and what is being built, hold vectors of the model before.
UPDATE vector_indexes
SET status = 'retired', applied = NULL
WHERE status = 'building' OR (status = 'active' AND store <> 'pgvector')
