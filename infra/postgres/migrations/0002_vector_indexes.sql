-- The indexes that search `chunk_vectors`: one is active, one may be in the making, replaced ones wait to be removed.
-- A process that finds another number on the active row opens that index.
CREATE TABLE vector_indexes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What it is called where it is: an index of this database, a collection, a folder.
    name text NOT NULL UNIQUE,
    store text NOT NULL,
    kind text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    -- The change up to which an index outside of this database has been brought; null for one inside.
    applied bigint,
    status text NOT NULL CHECK (status IN ('building', 'active', 'retired')),
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX vector_indexes_active ON vector_indexes (status) WHERE status = 'active';

INSERT INTO vector_indexes (name, store, kind, status)
VALUES ('chunk_vectors_embedding', 'pgvector', 'halfvec', 'active');

-- What happened to `chunk_vectors`, in the order of commits, as long as an index outside needs to hear of it.
CREATE TABLE vector_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation text NOT NULL CHECK (operation IN ('upsert', 'delete', 'clear')),
    chunk_ids bigint[] NOT NULL,
    document_id bigint,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Writers take turns from here to their commit, so that whoever has read up to a change has missed none before it.
CREATE FUNCTION note_vector_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM vector_indexes WHERE applied IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    IF tg_op = 'TRUNCATE' THEN
        PERFORM pg_advisory_xact_lock(7203317);
        INSERT INTO vector_changes (operation, chunk_ids) VALUES ('clear', '{}');
    ELSIF EXISTS (SELECT FROM changed) THEN
        PERFORM pg_advisory_xact_lock(7203317);
        INSERT INTO vector_changes (operation, chunk_ids, document_id)
        SELECT
            CASE tg_op WHEN 'DELETE' THEN 'delete' ELSE 'upsert' END,
            array_agg(chunk_id ORDER BY chunk_id),
            document_id
        FROM (
            SELECT
                chunk_id,
                document_id,
                (row_number() OVER (PARTITION BY document_id ORDER BY chunk_id) - 1) / 1000 AS part
            FROM changed
        ) AS numbered
        GROUP BY document_id, part
        ORDER BY min(chunk_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_inserted AFTER INSERT ON chunk_vectors
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_vector_changes();
CREATE TRIGGER note_updated AFTER UPDATE ON chunk_vectors
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_vector_changes();
CREATE TRIGGER note_deleted AFTER DELETE ON chunk_vectors
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_vector_changes();
CREATE TRIGGER note_truncated AFTER TRUNCATE ON chunk_vectors
FOR EACH STATEMENT EXECUTE FUNCTION note_vector_changes();

-- A vector goes with its chunk, and that with its version, document and collection; checking these too, row by row, took
-- half of the time of a load.
ALTER TABLE chunk_vectors
DROP CONSTRAINT chunk_vectors_version_id_fkey,
DROP CONSTRAINT chunk_vectors_document_id_fkey,
DROP CONSTRAINT chunk_vectors_collection_id_fkey;
