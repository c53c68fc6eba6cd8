import numpy as np

from eval.ann.likeness import local_dimension
from eval.ann.material import EVERYTHING, neighbours, passing
from eval.ann.recipe import BLOCK_DOCUMENTS, Halves, Recipe

SMALL = Recipe(dimension=64, topics=20, subjects=5)


def drawn(recipe: Recipe, count: int, questions: int) -> tuple[Halves, Halves]:
    blocks = list(recipe.blocks(count, questions))
    return np.concatenate([one for one, _ in blocks]), np.concatenate([one for _, one in blocks])


def test_the_same_seed_gives_the_same_vectors_and_another_seed_others() -> None:
    first, second = drawn(SMALL, 500, 20), drawn(SMALL, 500, 20)
    other = drawn(Recipe(dimension=64, topics=20, subjects=5, seed=1), 500, 20)
    assert all((one == two).all() for one, two in zip(first, second, strict=True))
    assert not (first[0] == other[0]).all()


def test_there_are_as_many_vectors_and_questions_as_were_asked_for() -> None:
    size = SMALL.document * BLOCK_DOCUMENTS
    blocks = list(SMALL.blocks(2 * size + 300, 11))
    assert [len(chunks) for chunks, _ in blocks] == [size, size, 300]
    assert sum(len(questions) for _, questions in blocks) == 11


def test_more_vectors_begin_with_the_same_ones() -> None:
    size = SMALL.document * BLOCK_DOCUMENTS
    fewer, _ = next(iter(SMALL.blocks(size, 0)))
    more, _ = next(iter(SMALL.blocks(2 * size, 0)))
    assert (fewer == more).all()


def test_vectors_have_unit_length_as_far_as_sixteen_bits_tell() -> None:
    for vectors in drawn(SMALL, 300, 30):
        assert vectors.dtype == np.float16
        assert np.allclose(np.linalg.norm(vectors.astype(np.float32), axis=1), 1.0, atol=1e-3)


def test_no_question_is_among_the_vectors() -> None:
    chunks, questions = drawn(SMALL, 2_000, 100)
    nearest = neighbours(chunks, questions.astype(np.float32), passing(EVERYTHING, len(chunks), 100), 1)
    assert nearest.similarities.max() < 0.99


def test_chunks_of_a_section_are_nearer_to_one_another_than_to_others() -> None:
    chunks, _ = drawn(SMALL, 1_000, 0)
    vectors = chunks.astype(np.float32)
    similar = vectors @ vectors.T
    rows = np.arange(len(chunks))
    section = rows // SMALL.document * 100 + rows % SMALL.document // SMALL.section
    together = (section[:, None] == section) & ~np.eye(len(rows), dtype=bool)
    apart = rows[:, None] // SMALL.document != rows // SMALL.document
    assert similar[together].mean() > similar[apart].mean() + 0.15


def test_few_directions_carry_most_of_the_variance() -> None:
    chunks, _ = drawn(Recipe(), 3_000, 0)
    variances = np.linalg.eigvalsh(np.cov(chunks.astype(np.float32).T))[::-1]
    assert variances[:64].sum() > variances.sum() / 2


def test_a_question_has_more_dimensions_around_it_than_a_chunk() -> None:
    chunks, questions = drawn(Recipe(document=7), 2_800, 200)
    everything = passing(EVERYTHING, len(chunks), 7)
    around_chunks = neighbours(chunks, chunks[::10].astype(np.float32), everything, 21).similarities[:, 1:]
    around_questions = neighbours(chunks, questions.astype(np.float32), everything, 20).similarities
    assert 4 < local_dimension(around_chunks) < 12
    assert 14 < local_dimension(around_questions) < 34
