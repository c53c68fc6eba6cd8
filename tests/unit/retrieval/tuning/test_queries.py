"""Which queries, under which filters, and what they should find."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest

from infra.memory.index import MemoryVectorIndex
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Selection
from retrieval.tuning.queries import Queries
from retrieval.tuning.questions import ChunkText, questions
from retrieval.tuning.strata import selections
from retrieval.tuning.truth import exact_neighbours

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SENTENCES = ("We work.", "The quarry lends torque wrenches to apprentices for three weeks at most.")
CHUNKS = [
    ChunkText("Handbook", ("Rules", "Tool library"), SENTENCES),
    ChunkText("Handbook", (), ("The canteen opens at noon, and the canteen closes at two o'clock.",)),
]


def drawn(count: int, seed: int = 0, dimension: int = 16) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    exact: Vectors = rows.astype(np.float16).astype(np.float32)
    return exact


def entries(count: int, each: int = 5) -> list[IndexEntry]:
    return [IndexEntry(one, one // each, 1 + one % 2, "pdf", (), MOMENT) for one in range(count)]


def in_batches(rows: Vectors, size: int) -> Iterator[tuple[list[IndexEntry], Vectors]]:
    everything = entries(len(rows))
    for start in range(0, len(rows), size):
        yield everything[start : start + size], rows[start : start + size]


@pytest.mark.parametrize("size", [7, 1_000])
def test_the_truth_is_what_comparing_all_finds(size: int) -> None:
    rows, asked = drawn(300), drawn(6, seed=1)
    index = MemoryVectorIndex(16)
    index.upsert(entries(300), rows)
    everywhere, somewhere = Selection((1, 2)), Selection((1,), documents=(3, 4, 50))
    found, shares = exact_neighbours(in_batches(rows, size), asked, [[everywhere] * 6, [somewhere] * 6], 10)
    for place, selection in enumerate((everywhere, somewhere)):
        for row, truth in zip(asked, found[place], strict=True):
            expected = index.search(row, selection, 10)
            assert [one.chunk_id for one in truth] == [one.chunk_id for one in expected]
            assert [one.score for one in truth] == pytest.approx([one.score for one in expected], abs=1e-5)
    assert shares == pytest.approx([1.0, sum(somewhere.admits(one) for one in entries(300)) / 300])


def test_filters_let_about_the_wanted_share_pass_and_differ() -> None:
    sizes = {one: 1 + one % 7 for one in range(400)}
    made = selections((1, 2), sizes, 0.1, 50, least=10, seed=4)
    shares = [sum(sizes[one] for one in selection.documents or ()) / sum(sizes.values()) for selection in made]
    assert len(made) == 50
    assert np.mean(shares) == pytest.approx(0.1, rel=0.1)
    assert min(shares) > 0.05
    assert max(shares) < 0.15
    assert len({selection.documents for selection in made}) > 40
    assert made == selections((1, 2), sizes, 0.1, 50, least=10, seed=4)
    assert made != selections((1, 2), sizes, 0.1, 50, least=10, seed=5)


@pytest.mark.parametrize("sizes", [{1: 100}, {1: 50, 2: 50}, dict.fromkeys(range(20), 1)])
def test_where_no_documents_make_such_a_share_there_is_none(sizes: dict[int, int]) -> None:
    assert selections((1,), sizes, 0.1, 20, least=10, seed=0) == []


def test_questions_are_made_of_headings_and_telling_sentences() -> None:
    made = questions(CHUNKS, 200, seed=1)
    assert "Handbook Tool library" in made
    parts = [one for one in made if not one.startswith("Handbook")]
    assert all(any(part in sentence for chunk in CHUNKS for sentence in chunk.sentences) for part in parts)
    assert not any("We work" in part for part in parts)
    assert {len(part.split()) for part in parts} <= set(range(4, 15))
    assert made == questions(CHUNKS, 200, seed=1)
    assert made != questions(CHUNKS, 200, seed=2)


@pytest.mark.parametrize("chunk", [ChunkText("", (), ()), ChunkText("", (), ("",)), ChunkText("T", (), ("One two.",))])
def test_a_chunk_without_much_text_still_makes_a_question(chunk: ChunkText) -> None:
    assert all(questions([chunk], 20, seed=0))
    assert questions([], 20, seed=0) == []


@dataclass
class Past:
    """The `PastQueries` port."""

    rows: Vectors

    def newest(self, most: int) -> Vectors:
        return self.rows[:most]


class Texts:
    """The `ChunkTexts` port."""

    def drawn(self, most: int, seed: int) -> Sequence[ChunkText]:
        return CHUNKS[:most]


def embedded(text: str) -> Vectors:
    return np.full(16, len(text), dtype=np.float32)


def test_what_was_asked_comes_first_in_random_order() -> None:
    log = drawn(300)
    source, rows = Queries(Past(log), Texts(), embedded).drawn(200, 150, seed=1)
    assert (source, len(rows)) == ("log", 200)
    known = {tuple(row) for row in log.tolist()}
    assert all(tuple(row) in known for row in rows.tolist())
    assert not np.array_equal(rows, log[:200])


@pytest.mark.parametrize("logged", [0, 90, 149])
def test_too_short_a_log_is_left_alone(logged: int) -> None:
    source, rows = Queries(Past(drawn(logged)), Texts(), embedded).drawn(200, 150, seed=1)
    assert (source, len(rows)) == ("generated", 200)
    assert len(np.unique(rows[:, 0])) > 5
