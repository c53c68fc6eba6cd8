from pathlib import Path

import numpy as np
import pytest

from eval.ann import material as module
from eval.ann.material import EVERYTHING, FILTERS, TAGS, Material, fewer, material, neighbours, passing, tags_of
from eval.ann.recipe import Recipe

RECIPE = Recipe(dimension=32, topics=5, subjects=3)


@pytest.fixture
def drawn(tmp_path: Path) -> Material:
    return material(tmp_path / "cache", RECIPE, 1_000, 12)


def test_neighbours_are_those_of_comparing_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 97)
    random = np.random.default_rng(0)
    vectors, questions = random.normal(size=(500, 8)).astype(np.float16), random.normal(size=(9, 8)).astype(np.float32)
    mask = random.random(500) < 0.3
    found = neighbours(vectors, questions, mask, 7)
    exact = vectors.astype(np.float64)
    cosines = questions @ exact.T / np.linalg.norm(questions, axis=1)[:, None] / np.linalg.norm(exact, axis=1)
    cosines[:, ~mask] = -9
    assert (found.rows == np.argsort(-cosines, axis=1)[:, :7]).all()
    assert np.allclose(found.similarities, -np.sort(-cosines, axis=1)[:, :7], atol=1e-6)


def test_where_fewer_pass_the_places_are_empty() -> None:
    vectors = np.eye(4, dtype=np.float16)
    found = neighbours(vectors, np.ones((1, 4), dtype=np.float32), np.array([True, False, False, True]), 3)
    assert found.rows.tolist() == [[0, 3, -1]]


def test_filters_pass_the_share_that_they_are_named_for() -> None:
    assert passing(EVERYTHING, 20_000, 100).all()
    assert {name: passing(name, 20_000, 100).mean() for name in TAGS} == {"one in ten": 0.1, "one in a hundred": 0.01}


def test_the_rows_that_pass_are_those_whose_document_has_the_tag() -> None:
    for name in TAGS:
        tagged = [name in tags_of(row // 100) for row in range(20_000)]
        assert passing(name, 20_000, 100).tolist() == tagged


def test_every_filter_has_right_answers(drawn: Material) -> None:
    assert set(drawn.truths) == set(FILTERS)
    for name, truth in drawn.truths.items():
        assert passing(name, 1_000, RECIPE.document)[truth.rows[:, 0]].all()


def test_a_second_time_everything_is_read(drawn: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "neighbours", None)
    monkeypatch.setattr(module, "_draw", None)
    again = material(tmp_path / "cache", RECIPE, 1_000, 12)
    assert again.content == drawn.content
    assert (again.vectors == drawn.vectors).all()
    assert (again.truths[EVERYTHING].rows == drawn.truths[EVERYTHING].rows).all()


def test_neighbours_belong_to_the_very_vectors(drawn: Material, tmp_path: Path) -> None:
    file = next((tmp_path / "cache").glob("*-vectors.npy"))
    changed = np.load(file)
    changed[0] = drawn.questions[0]
    np.save(file, changed)
    again = material(tmp_path / "cache", RECIPE, 1_000, 12)
    assert again.content != drawn.content
    assert again.truths[EVERYTHING].rows[0, 0] == 0


def test_another_seed_is_other_material(drawn: Material, tmp_path: Path) -> None:
    other = material(tmp_path / "cache", Recipe(dimension=32, topics=5, subjects=3, seed=1), 1_000, 12)
    assert other.content != drawn.content


def test_the_first_questions_keep_their_answers(drawn: Material) -> None:
    part = fewer(drawn, 3)
    assert len(part.questions) == 3
    assert (part.truths[EVERYTHING].rows == drawn.truths[EVERYTHING].rows[:3]).all()
