-- How well indexes find, as it was measured. It goes with its index.
CREATE TABLE index_measurements (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    index_name text NOT NULL REFERENCES vector_indexes (name) ON UPDATE CASCADE ON DELETE CASCADE,
    -- The embedding model and the settings that it holds for.
    model text NOT NULL,
    settings jsonb NOT NULL,
    how text NOT NULL CHECK (how IN ('tuning', 'check')),
    source text NOT NULL CHECK (source IN ('log', 'generated', 'stored')),
    target double precision,
    k int NOT NULL CHECK (k >= 1),
    vectors bigint NOT NULL,
    -- {settings, strata: [{name, share, queries, recall, lower}], reaches, latency_ms}; `trials` is a list of these.
    chosen jsonb NOT NULL,
    trials jsonb NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX index_measurements_index ON index_measurements (index_name, id);

-- What was asked lately, to tune the index with: vectors only, and the day. No text, and nothing about who asked.
CREATE TABLE query_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model text NOT NULL,
    embedding halfvec NOT NULL,
    asked_on date NOT NULL DEFAULT current_date
);
