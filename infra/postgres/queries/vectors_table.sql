-- Vectors of the current versions with the fields that filters need. {dimension} is the model's.
CREATE TABLE chunk_vectors (
    chunk_id bigint PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
    version_id bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    document_id bigint NOT NULL,
    collection_id bigint NOT NULL,
    file_type text NOT NULL,
    tags text[] NOT NULL,
    uploaded_at timestamptz NOT NULL,
    embedding halfvec({dimension}) NOT NULL
);
CREATE INDEX chunk_vectors_embedding ON chunk_vectors
    USING hnsw (embedding halfvec_cosine_ops) WITH (m = 16, ef_construction = 200);
CREATE INDEX chunk_vectors_version ON chunk_vectors (version_id);
CREATE INDEX chunk_vectors_document ON chunk_vectors (document_id);
CREATE INDEX chunk_vectors_collection ON chunk_vectors (collection_id);
CREATE INDEX chunk_vectors_file_type ON chunk_vectors (file_type);
CREATE INDEX chunk_vectors_uploaded_at ON chunk_vectors (uploaded_at);
CREATE INDEX chunk_vectors_tags ON chunk_vectors USING gin (tags);
