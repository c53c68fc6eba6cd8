from math import inf

import pytest

from generation.ranges import decide, quantities, stated_range

DAYS_A_YEAR = 365.25
NOTICE = (
    "Length of service | Notice\nLess than 2 years | 4 weeks",
    "Length of service | Notice\n2 to less than 5 years | 8 weeks",
    "Length of service | Notice\n5 to less than 10 years | 13 weeks",
    "Length of service | Notice\n10 years or more | 26 weeks",
)
REST = "Notice is given in writing."


@pytest.mark.parametrize(
    ("cell", "least", "most", "closed"),
    [
        ("Less than 40 km", 0, 40, (True, False)),
        ("under 40 km", 0, 40, (True, False)),
        ("up to 40 km", 0, 40, (True, True)),
        ("40 km or less", 0, 40, (True, True)),
        ("10 to less than 40 km", 10, 40, (True, False)),
        ("from 10 to under 40 km", 10, 40, (True, False)),
        ("10–40 km", 10, 40, (True, True)),
        ("10 - 40 km (one way)", 10, 40, (True, True)),
        ("between 10 and 40 km", 10, 40, (True, True)),
        ("More than 10 and up to 40 km", 10, 40, (False, True)),
        ("over 10 km up to 40 km", 10, 40, (False, True)),
        ("over 40 km", 40, inf, (False, True)),
        ("40 km or more", 40, inf, (True, True)),
        ("from 40 km", 40, inf, (True, True)),
        ("at least forty km", 40, inf, (True, True)),
        ("1,000+ km", 1000, inf, (True, True)),
    ],
)
def test_a_cell_states_a_range(cell: str, least: float, most: float, closed: tuple[bool, bool]) -> None:
    found = stated_range(cell)
    assert found
    assert (found.least, found.most, found.closed) == (least, most, closed)


@pytest.mark.parametrize(
    "cell",
    ["Team leader", "40 km", "4 weeks", "12 June to 14 July", "08:00 to 10:00", "9 am to 5 pm", "40 to 10 km", ""],
)
def test_a_cell_states_none(cell: str) -> None:
    assert stated_range(cell) is None


def test_durations_are_compared_in_days() -> None:
    assert [one.value for one in quantities("after 14 months, or two years")] == pytest.approx(
        [426.125, 2 * DAYS_A_YEAR]
    )


def test_a_number_that_counts_nothing_is_no_quantity() -> None:
    assert list(quantities("What changed in 2024?")) == []


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("I've been here for 6 years. How much notice?", 2),
        ("notice after eighteen months?", 0),
        ("2 years here, what notice do I get", 1),
        ("with ten years of service", 3),
    ],
)
def test_the_row_that_holds_takes_the_best_score_and_the_others_leave(question: str, row: int) -> None:
    texts = [*NOTICE, REST]
    decided = decide(question, texts, ["a"] * 5, [3.0, 2.0, 1.0, 0.0, 2.5])
    assert decided == [3.0 if place == row else None for place in range(4)] + [2.5]


@pytest.mark.parametrize(
    "question",
    [
        "What is the notice period?",
        "How much notice for 6 parcels?",
        "After 6 years, or after 12 years?",
    ],
)
def test_without_one_fitting_quantity_the_reader_decides(question: str) -> None:
    logits = [3.0, 2.0, 1.0, 0.0]
    assert decide(question, NOTICE, ["a"] * 4, logits) == logits


def test_tables_of_two_documents_are_decided_apart() -> None:
    texts = [NOTICE[0], NOTICE[2], NOTICE[0]]
    assert decide("notice after 6 years", texts, ["a", "a", "b"], [3.0, 1.0, 2.0]) == [None, 3.0, 2.0]


def test_a_value_that_no_row_holds_leaves_all_rows() -> None:
    rows = ["Distance | Rate\n10–40 km | €4", "Distance | Rate\n41–90 km | €6"]
    assert decide("rate for 200 km", rows, ["a", "a"], [1.0, 2.0]) == [1.0, 2.0]


def test_rows_that_share_a_range_keep_their_order() -> None:
    header = "Grade | Service | Leave\n"
    rows = [f"{header}{row}" for row in ("A | up to 2 years | 20", "A | over 2 years | 24", "B | over 2 years | 26")]
    assert decide("leave after 6 years as a B", rows, ["a"] * 3, [3.0, 1.0, 2.0]) == [None, 1.0, 2.0]


def test_currencies_are_known_by_sign_code_and_name() -> None:
    rows = ["Value | Sign\nup to EUR 500 | manager", "Value | Sign\nover EUR 500 | director"]
    for question in ("an order of €700", "who signs for 700 euros", "EUR 700 of goods"):
        assert decide(question, rows, ["a", "a"], [1.0, 0.0]) == [None, 1.0], question
