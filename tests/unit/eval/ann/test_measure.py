import pytest

from eval.ann.material import EVERYTHING, Material, material, passing
from eval.ann.measure import recalls
from eval.ann.recipe import Recipe

NARROW = "one in ten"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material(tmp_path_factory.mktemp("cache"), Recipe(dimension=32, topics=5, subjects=3), 2_000, 8)


def exact(drawn: Material, name: str = EVERYTHING) -> list[list[int]]:
    return [rows[:10].tolist() for rows in drawn.truths[name].rows]


def test_the_exact_neighbours_have_recall_one_under_every_filter(drawn: Material) -> None:
    for name in drawn.truths:
        assert recalls(drawn, name, exact(drawn, name), 10) == [1.0] * 8


def test_each_missing_one_costs_its_share(drawn: Material) -> None:
    assert recalls(drawn, EVERYTHING, [rows[:7] for rows in exact(drawn)], 10) == [0.7] * 8


def test_nothing_found_is_recall_zero(drawn: Material) -> None:
    assert recalls(drawn, EVERYTHING, [[] for _ in range(8)], 10) == [0.0] * 8


def test_a_row_that_is_found_twice_counts_once(drawn: Material) -> None:
    assert recalls(drawn, EVERYTHING, [rows[:5] * 2 for rows in exact(drawn)], 10) == [0.5] * 8


def test_what_the_filter_forbids_does_not_count(drawn: Material) -> None:
    allowed = passing(NARROW, 2_000, drawn.recipe.document)
    found = exact(drawn, EVERYTHING)
    shares = recalls(drawn, NARROW, found, 10)
    assert shares == [sum(map(int, allowed[rows])) / 10 for rows in found]
    assert sum(shares) < 8


def test_more_hits_than_asked_for_do_not_help(drawn: Material) -> None:
    far = [rows[90:100].tolist() + rows[:10].tolist() for rows in drawn.truths[EVERYTHING].rows]
    assert recalls(drawn, EVERYTHING, far, 10) == [0.0] * 8
