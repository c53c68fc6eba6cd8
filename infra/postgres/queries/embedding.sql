-- Make room for vectors of another dimension; {dimension} is the model's.
TRUNCATE chunk_vectors;
ALTER TABLE chunk_vectors ALTER COLUMN embedding TYPE halfvec({dimension});
INSERT INTO embedding (model, dimension) VALUES ({model}, {dimension})
ON CONFLICT (single) DO UPDATE SET model = excluded.model, dimension = excluded.dimension;
