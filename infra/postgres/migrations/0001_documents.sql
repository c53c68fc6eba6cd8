CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE collections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    readers text[] NOT NULL DEFAULT '{everyone}'
);

CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection_id bigint NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (collection_id, name)
);

CREATE TABLE versions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number int NOT NULL CHECK (number >= 1),
    file_type text NOT NULL,
    tags text[] NOT NULL DEFAULT '{}',
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'working', 'indexed', 'failed')),
    -- The version that searches see; at most one a document.
    current boolean NOT NULL DEFAULT false,
    title text NOT NULL DEFAULT '',
    pages int NOT NULL DEFAULT 0,
    pages_done int NOT NULL DEFAULT 0,
    chunks int NOT NULL DEFAULT 0,
    -- Lexemes in all chunks: the average length that BM25 needs.
    terms bigint NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    -- Workers that died while they worked on it.
    crashes int NOT NULL DEFAULT 0,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    seconds double precision NOT NULL DEFAULT 0,
    UNIQUE (document_id, number)
);
CREATE UNIQUE INDEX versions_current ON versions (document_id) WHERE current;
CREATE INDEX versions_sha256 ON versions (sha256);

CREATE TABLE pages (
    version_id bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    number int NOT NULL CHECK (number >= 1),
    width double precision NOT NULL,
    height double precision NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (version_id, number)
);

CREATE TABLE chunks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_id bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    ordinal int NOT NULL,
    text text NOT NULL,
    heading_path text[] NOT NULL,
    page int NOT NULL,
    page_end int NOT NULL,
    span_start int NOT NULL,
    span_end int NOT NULL,
    tokens int NOT NULL,
    -- [[start, end, [[page, [[x0, y0, x1, y1], ...]], ...]], ...]: one entry a sentence.
    sentences jsonb NOT NULL,
    UNIQUE (version_id, ordinal)
);

-- What is indexed and what is asked is cut into lexemes by this one function. Hyphens, slashes and underscores join
-- words that people search for one by one; the parser would take "and/or" for a path and "leave.Employees" for a host.
CREATE FUNCTION lexemes(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector(
    'english', regexp_replace(translate(said, '-/_\', '    '), '([[:alpha:]])\.([[:alpha:]])', '\1. \2', 'g')
);

-- Inverted lists of the current versions, one row for each term of a version: arrays of equal length.
CREATE TABLE postings (
    term text NOT NULL,
    version_id bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    chunk_ids bigint[] NOT NULL,
    frequencies int[] NOT NULL,
    lengths int[] NOT NULL,
    PRIMARY KEY (term, version_id)
);
CREATE INDEX postings_version ON postings (version_id);

-- Vectors of the current versions with the fields that filters need, so that a search reads one table.
-- The vectors' dimension and their HNSW index come with the embedding model (queries/embedding.sql).
CREATE TABLE chunk_vectors (
    chunk_id bigint PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
    version_id bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    document_id bigint NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    collection_id bigint NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    file_type text NOT NULL,
    tags text[] NOT NULL,
    uploaded_at timestamptz NOT NULL,
    embedding halfvec NOT NULL
);
CREATE INDEX chunk_vectors_version ON chunk_vectors (version_id);
CREATE INDEX chunk_vectors_document ON chunk_vectors (document_id);
CREATE INDEX chunk_vectors_collection ON chunk_vectors (collection_id);
CREATE INDEX chunk_vectors_file_type ON chunk_vectors (file_type);
CREATE INDEX chunk_vectors_uploaded_at ON chunk_vectors (uploaded_at);
CREATE INDEX chunk_vectors_tags ON chunk_vectors USING gin (tags);

-- The embedding model that the stored vectors come from: one row.
CREATE TABLE embedding (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    model text NOT NULL,
    dimension int NOT NULL CHECK (dimension > 0)
);

-- Facts about this home that must survive a restart, such as "the sample was offered".
CREATE TABLE facts (
    name text PRIMARY KEY,
    value text NOT NULL
);
