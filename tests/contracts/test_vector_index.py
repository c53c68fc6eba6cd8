"""The contract of `VectorIndex`."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.memory.index import MemoryVectorIndex
from infra.postgres.server import Database
from ingest.errors import InvalidVectors
from ingest.ports import Vectors
from retrieval.model import Scored, Selection
from retrieval.ports import VectorIndex
from tests.contracts.indexes import EVERYTHING, FACTORIES, MOMENT, SLOW, Bench, drawn, entries, entry, opened_with
from tests.contracts.stores import DIMENSION, directions, first_axis

DAY = timedelta(days=1)
TOLERANCE = 2e-3


@pytest.fixture(scope="module")
def halfvec_database(new_database: Callable[[], str]) -> Iterator[Database]:
    with opened_with(new_database(), "halfvec") as database:
        yield database


@pytest.fixture(scope="module")
def vector_database(new_database: Callable[[], str]) -> Iterator[Database]:
    with opened_with(new_database(), "vector") as database:
        yield database


@pytest.fixture(scope="module")
def bit_database(new_database: Callable[[], str]) -> Iterator[Database]:
    with opened_with(new_database(), "bit") as database:
        yield database


@pytest.fixture(params=[pytest.param(one, marks=pytest.mark.slow) if one in SLOW else one for one in FACTORIES])
def bench(request: pytest.FixtureRequest) -> Bench:
    return FACTORIES[request.param](request)


@pytest.fixture
def index(bench: Bench) -> VectorIndex:
    return bench.index


def ids(found: Sequence[Scored]) -> list[int]:
    return [one.chunk_id for one in found]


def search(
    index: VectorIndex, selection: Selection = EVERYTHING, k: int = 10, vector: Vectors | None = None
) -> list[int]:
    return ids(index.search(first_axis() if vector is None else vector, selection, k))


def three(index: VectorIndex) -> None:
    """Chunks 1 to 3, a day apart, in documents 10, 20 and 30 and in collections 1, 2 and 1."""
    index.upsert(
        [
            entry(1, document=10, tags=["x"]),
            entry(2, document=20, collection=2, file_type="md", tags=["x", "y"], uploaded_at=MOMENT + DAY),
            entry(3, document=30, file_type="txt", uploaded_at=MOMENT + 2 * DAY),
        ],
        directions(3),
    )


def test_it_says_what_it_is(index: VectorIndex) -> None:
    assert index.kind


def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    assert search(index) == []
    assert index.count() == 0


def test_the_nearest_come_first_with_their_cosine(index: VectorIndex) -> None:
    index.upsert(entries(range(1, 6)), directions(5))
    found = index.search(first_axis(), EVERYTHING, 3)
    assert ids(found) == [1, 2, 3]
    assert [one.score for one in found] == pytest.approx([1.0, np.cos(0.375), np.cos(0.75)], abs=TOLERANCE)
    assert index.count() == 5


def test_more_than_there_are_gives_all(index: VectorIndex) -> None:
    index.upsert(entries([4, 2]), directions(2))
    assert search(index, k=1_000) == [4, 2]


def test_writing_nothing_changes_nothing(index: VectorIndex) -> None:
    index.upsert([], np.empty((0, DIMENSION), dtype=np.float32))
    index.delete([])
    assert index.count() == 0


def test_an_entry_replaces_the_one_before(index: VectorIndex) -> None:
    three(index)
    index.upsert([entry(1, document=10, file_type="docx", tags=["z"])], -directions(1))
    assert index.count() == 3
    assert search(index) == [2, 3, 1]
    assert search(index, dataclasses.replace(EVERYTHING, tags=("x",))) == [2]
    assert search(index, dataclasses.replace(EVERYTHING, file_types=("docx",), tags=("z",))) == [1]


def test_of_entries_with_one_id_the_last_counts(index: VectorIndex) -> None:
    index.upsert([entry(1, tags=["old"]), entry(1, tags=["new"])], directions(2))
    assert index.count() == 1
    assert search(index, dataclasses.replace(EVERYTHING, tags=("new",))) == [1]
    assert search(index, dataclasses.replace(EVERYTHING, tags=("old",))) == []


def test_what_was_deleted_never_returns(index: VectorIndex) -> None:
    three(index)
    index.delete([2, 2, 99])
    assert search(index) == [1, 3]
    assert index.count() == 2
    index.delete([2])
    index.upsert([entry(2, document=20)], directions(1))
    index.delete([2])
    assert search(index) == [1, 3]


def test_a_document_is_deleted_with_all_its_chunks(index: VectorIndex) -> None:
    index.upsert([*entries(range(1, 9), document=7), *entries(range(9, 12), document=8)], directions(11))
    index.delete_document(7)
    assert search(index) == [9, 10, 11]
    index.delete_document(7)
    assert index.count() == 3


def test_clearing_removes_everything(index: VectorIndex) -> None:
    three(index)
    index.clear()
    assert (index.count(), search(index)) == (0, [])
    three(index)
    assert search(index) == [1, 2, 3]


FILTERS = [
    ({"documents": (10,)}, [1]),
    ({"documents": (10, 20)}, [1, 2]),
    ({"documents": (99,)}, []),
    ({"documents": ()}, []),
    ({"collections": (1,)}, [1, 3]),
    ({"collections": (2,)}, [2]),
    ({"collections": (99,)}, []),
    ({"collections": ()}, []),
    ({"file_types": ("md",)}, [2]),
    ({"file_types": ("md", "txt")}, [2, 3]),
    ({"file_types": ("doc",)}, []),
    ({"tags": ("x",)}, [1, 2]),
    ({"tags": ("x", "y")}, [2]),
    ({"tags": ("y", "z")}, []),
    ({"uploaded_from": MOMENT}, [1, 2, 3]),
    ({"uploaded_from": MOMENT + timedelta(microseconds=1)}, [2, 3]),
    ({"uploaded_to": MOMENT}, []),
    ({"uploaded_to": MOMENT + timedelta(microseconds=1)}, [1]),
    ({"uploaded_from": MOMENT + DAY, "uploaded_to": MOMENT + 2 * DAY}, [2]),
    ({"collections": (1,), "tags": ("x",)}, [1]),
    ({"collections": (1, 2), "file_types": ("md", "pdf"), "tags": ("x",), "uploaded_from": MOMENT + DAY}, [2]),
    ({"collections": (1,), "documents": (20,)}, []),
]


@pytest.mark.parametrize(("limits", "expected"), FILTERS, ids=str)
def test_filters(index: VectorIndex, limits: dict[str, object], expected: list[int]) -> None:
    three(index)
    selection = dataclasses.replace(EVERYTHING, **limits)  # type: ignore[arg-type]
    assert search(index, selection) == expected


@pytest.mark.parametrize(
    "tag", ['a "quoted" one', "it's", "back\\slash", "100 %", "naïve 漢字 🎓", "{a,b}", "a,b", " "]
)
def test_tags_may_hold_anything(index: VectorIndex, tag: str) -> None:
    index.upsert([entry(1, tags=[tag, "x"]), entry(2, tags=["x"])], directions(2))
    assert search(index, dataclasses.replace(EVERYTHING, tags=(tag,))) == [1]


def test_ties_are_broken_by_chunk_id(index: VectorIndex) -> None:
    shuffled = [int(one) for one in np.random.default_rng(1).permutation(np.arange(1, 31))]
    index.upsert(entries(shuffled), np.repeat(directions(1), 30, axis=0))
    for _ in range(3):
        assert search(index, k=12) == list(range(1, 13))


WRONG = [
    np.ones((1, DIMENSION + 1), dtype=np.float32),
    np.ones((1, DIMENSION - 1), dtype=np.float32),
    np.full((1, DIMENSION), np.nan, dtype=np.float32),
    np.full((1, DIMENSION), np.inf, dtype=np.float32),
    np.zeros((1, DIMENSION), dtype=np.float32),
]
NAMES = ["too long", "too short", "nan", "infinite", "zero"]


@pytest.mark.parametrize("wrong", WRONG, ids=NAMES)
def test_vectors_that_cannot_be_compared_are_refused(index: VectorIndex, wrong: Vectors) -> None:
    three(index)
    with pytest.raises(InvalidVectors):
        index.upsert([entry(1, tags=["bad"])], wrong)
    with pytest.raises(InvalidVectors):
        index.search(wrong[0], EVERYTHING, 3)
    assert search(index) == [1, 2, 3]


def test_one_bad_vector_among_many_means_that_none_is_stored(index: VectorIndex) -> None:
    rows = directions(50).copy()
    rows[49] = np.nan
    with pytest.raises(InvalidVectors):
        index.upsert(entries(range(1, 51)), rows)
    assert index.count() == 0


def test_a_filter_does_not_hide_what_lies_far_away(index: VectorIndex) -> None:
    near = np.random.default_rng(7).normal(size=(300, DIMENSION)).astype(np.float32) * 0.01 + first_axis()
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    index.upsert(entries(range(1, 301)), near)
    index.upsert([entry(999, document=9, tags=["far"])], -directions(1))
    for limits in ({"documents": (9,)}, {"tags": ("far",)}):
        assert search(index, dataclasses.replace(EVERYTHING, **limits), k=1) == [999]


def test_a_filter_that_admits_one_in_a_hundred_finds_exactly_the_nearest(index: VectorIndex) -> None:
    rows = drawn(1_200, seed=11)
    index.upsert(
        [
            entry(one, document=2 if one < 12 else 1, tags=["all", "rare"] if one < 12 else ["all"])
            for one in range(1_200)
        ],
        rows,
    )
    question = drawn(1, seed=12)[0]
    order = [int(one) for one in np.argsort(-(rows[:12] @ question))]
    for limits in ({"tags": ("rare",)}, {"documents": (2,)}):
        selection = dataclasses.replace(EVERYTHING, **limits)
        assert search(index, selection, 5, question) == order[:5]
        assert search(index, selection, 100, question) == order


def test_settling_changes_nothing_that_is_found(bench: Bench) -> None:
    bench.index.settle()
    rows = drawn(1_200, seed=11)
    bench.index.upsert(entries(range(1_200)), rows)
    bench.index.delete(range(100))
    bench.index.settle()
    bench.index.delete(range(100, 200))
    bench.index.upsert(entries([0]), rows[:1])
    for index in (bench.index, bench.reopen()):
        assert index.count() == 1_001
        assert search(index, k=1, vector=rows[0]) == [0]
        assert search(index, k=1, vector=rows[700]) == [700]
        assert not set(search(index, k=50, vector=rows[150])) & set(range(1, 200))


def test_two_writers_at_once_lose_nothing(index: VectorIndex) -> None:
    rows = drawn(80)

    def write(first: int) -> None:
        for start in range(first, 80, 20):
            index.upsert(entries(range(start, start + 10)), rows[start : start + 10])
            index.upsert(entries([100, 101]), rows[:2])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, [0, 10]))
    assert index.count() == 82
    assert sorted(search(index, k=200)) == [*range(80), 100, 101]


def test_a_restart_keeps_everything(bench: Bench) -> None:
    three(bench.index)
    bench.index.delete([3])
    again = bench.reopen()
    assert again.count() == 2
    assert ids(again.search(first_axis(), EVERYTHING, 10)) == [1, 2]
    assert ids(again.search(first_axis(), dataclasses.replace(EVERYTHING, tags=("y",)), 10)) == [2]


def test_what_one_process_writes_another_finds(bench: Bench) -> None:
    three(bench.index)
    other = bench.reopen()
    bench.index.upsert([entry(4)], directions(1))
    bench.index.delete([1])
    assert set(ids(other.search(first_axis(), EVERYTHING, 10))) == {2, 3, 4}


CHUNKS = st.integers(1, 12)
ENTRIES = st.builds(
    entry,
    CHUNKS,
    document=st.integers(1, 3),
    collection=st.integers(1, 3),
    file_type=st.sampled_from(["pdf", "md"]),
    tags=st.lists(st.sampled_from("xyz"), unique=True, max_size=3),
    uploaded_at=st.integers(0, 3).map(lambda days: MOMENT + days * DAY),
)
MOMENTS = st.none() | st.integers(0, 4).map(lambda days: MOMENT + days * DAY)
SELECTIONS = st.builds(
    Selection,
    collections=st.lists(st.integers(1, 3), unique=True).map(tuple),
    documents=st.none() | st.lists(st.integers(1, 3), unique=True).map(tuple),
    file_types=st.lists(st.sampled_from(["pdf", "md"]), unique=True).map(tuple),
    tags=st.lists(st.sampled_from("xyz"), unique=True, max_size=2).map(tuple),
    uploaded_from=MOMENTS,
    uploaded_to=MOMENTS,
)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("upsert"), st.lists(ENTRIES, min_size=1, max_size=6), st.integers(0, 20)),
        st.tuples(st.just("delete"), st.lists(CHUNKS, max_size=4)),
        st.tuples(st.just("delete_document"), st.integers(1, 3)),
        st.tuples(st.just("search"), SELECTIONS, st.integers(1, 15), st.integers(0, 20)),
        st.tuples(st.just("clear")),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_any_sequence_of_operations_ends_like_the_model(
    index: VectorIndex, operations: list[tuple[object, ...]]
) -> None:
    index.clear()
    model = MemoryVectorIndex(DIMENSION)
    for name, *arguments in operations:
        if name == "upsert":
            written, seed = arguments
            assert isinstance(written, list)
            assert isinstance(seed, int)
            rows = drawn(len(written), seed)
            for one in (model, index):
                one.upsert(written, rows)
        elif name == "search":
            compare(index, model, *arguments)  # type: ignore[arg-type]
        else:
            for one in (model, index):
                getattr(one, str(name))(*arguments)
        assert index.count() == model.count()
    compare(index, model, EVERYTHING, 15, 1)


def compare(index: VectorIndex, model: MemoryVectorIndex, selection: Selection, k: int, seed: int) -> None:
    """The same chunks with the same scores; near ties may be in another order."""
    question = drawn(1, seed)[0]
    found, expected = index.search(question, selection, k), model.search(question, selection, k)
    assert [one.score for one in found] == pytest.approx([one.score for one in expected], abs=TOLERANCE)
    truth = {one.chunk_id: one.score for one in model.search(question, selection, 1_000)}
    for one in found:
        assert one.score == pytest.approx(truth[one.chunk_id], abs=TOLERANCE)
    assert len(set(ids(found))) == len(found)
