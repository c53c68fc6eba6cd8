-- BM25 over what the scope may see (its document frequencies and lengths), ranked among what the filters admit.
WITH visible AS (
    SELECT v.id, v.chunks, v.terms, ({admitted}) AS admitted
    FROM versions v
    JOIN documents d ON d.id = v.document_id
    JOIN collections c ON c.id = d.collection_id
    WHERE v.current AND c.readers && %(principals)s::text[]
),
corpus AS (
    SELECT sum(chunks)::float8 AS n, greatest(sum(terms)::float8 / nullif(sum(chunks), 0), 1) AS average
    FROM visible
),
lists AS (
    SELECT p.term, cardinality(asked.positions) AS repeats, p.chunk_ids, p.frequencies, p.lengths, visible.admitted
    FROM unnest(lexemes(%(question)s)) AS asked (lexeme, positions, weights)
    JOIN postings p ON p.term = asked.lexeme
    JOIN visible ON visible.id = p.version_id
),
weights AS (
    SELECT term, repeats * ln(1 + (corpus.n - found.df + 0.5) / (found.df + 0.5)) AS weight
    FROM (SELECT term, repeats, sum(cardinality(chunk_ids))::float8 AS df FROM lists GROUP BY term, repeats) AS found
    CROSS JOIN corpus
),
scored AS (
    SELECT
        one.chunk_id,
        sum(
            weights.weight * one.frequency * (%(k1)s::float8 + 1)
            / (one.frequency + %(k1)s::float8 * (1 - %(b)s::float8 + %(b)s::float8 * one.length / corpus.average))
        ) AS score
    FROM lists
    JOIN weights USING (term)
    CROSS JOIN corpus
    CROSS JOIN LATERAL unnest(lists.chunk_ids, lists.frequencies, lists.lengths) AS one (chunk_id, frequency, length)
    WHERE lists.admitted
    GROUP BY one.chunk_id
)
-- Rounded, so that the order in which terms were added up cannot break ties.
SELECT chunk_id, round(score * 1e9) / 1e9 AS score
FROM scored
ORDER BY score DESC, chunk_id
LIMIT %(k)s
