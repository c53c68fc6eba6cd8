-- Make room for vectors of another dimension; {dimension} is the model's.
DROP INDEX IF EXISTS chunk_vectors_embedding;
TRUNCATE chunk_vectors;
ALTER TABLE chunk_vectors ALTER COLUMN embedding TYPE halfvec({dimension});
CREATE INDEX chunk_vectors_embedding ON chunk_vectors
    USING hnsw (embedding halfvec_cosine_ops) WITH (m = 16, ef_construction = 200);
INSERT INTO embedding (model, dimension) VALUES ({model}, {dimension})
ON CONFLICT (single) DO UPDATE SET model = excluded.model, dimension = excluded.dimension;
