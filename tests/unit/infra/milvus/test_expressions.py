"""Filter expressions."""

from datetime import timedelta

import pytest

from infra.milvus.expressions import chunks, condition, literal
from retrieval.model import Selection
from tests.unit.infra.milvus.material import MOMENT


def test_every_field_of_a_selection_is_pushed_down() -> None:
    selection = Selection((2, 1, 2), (5, 4), ("pdf", "md"), ("b", "a"), MOMENT, MOMENT + timedelta(microseconds=1))
    assert condition(selection) == (
        'collection_id in [1, 2] and document_id in [4, 5] and file_type in ["md", "pdf"]'
        ' and array_contains_all(tags, ["a", "b"])'
        " and uploaded_at >= 1793536215123456 and uploaded_at < 1793536215123457"
    )


def test_no_limit_gives_no_condition() -> None:
    assert condition(Selection((1,))) == "collection_id in [1]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", '"plain"'),
        ('a"b', r'"a\"b"'),
        ("a'b", '"a\'b"'),
        ("a\\", r'"a\\"'),
        ('\\"', r'"\\\""'),
        ("50%_x", '"50%_x"'),
        ("a\nb\rc\td", r'"a\nb\rc\td"'),
        ("é漢字🎉", '"é漢字🎉"'),
        ("\ud800", '"\ufffd"'),
        ('"] or chunk_id > 0 or array_contains_all(tags, ["', r'"\"] or chunk_id > 0 or array_contains_all(tags, [\""'),
    ],
)
def test_text_cannot_leave_its_literal(text: str, expected: str) -> None:
    assert literal(text) == expected


def test_numbers_are_numbers() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        chunks(["1] or chunk_id > 0 or chunk_id in [2"])  # type: ignore[list-item]
