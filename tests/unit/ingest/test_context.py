"""What is embedded for a chunk."""

import pytest

from ingest.context import contextual_text, document_label


@pytest.mark.parametrize(
    ("name", "title", "label"),
    [
        ("Travel_Policy-2024.pdf", "Contoso Group", "Travel Policy 2024 - Contoso Group"),
        ("handbook.pdf", "Employee Handbook", "Employee Handbook"),
        ("employee-handbook-2024.pdf", "Employee Handbook", "employee handbook 2024"),
        ("HANDBOOK.PDF", "handbook", "handbook"),
        ("___.pdf", "Employee Handbook", "Employee Handbook"),
        ("Überstunden.docx", "Regeln", "Überstunden - Regeln"),
        ("notes.v2.md", "notes.v2", "notes.v2"),
    ],
)
def test_a_label_tells_documents_apart(name: str, title: str, label: str) -> None:
    assert document_label(name, title) == label


def test_label_and_headings_come_first() -> None:
    assert (
        contextual_text("Handbook", ("Absence", "Leave"), "Twelve days.") == "Handbook > Absence > Leave\nTwelve days."
    )


def test_nothing_is_said_twice() -> None:
    assert contextual_text("Handbook", ("Handbook", "Leave", "Leave"), "Twelve.") == "Handbook > Leave\nTwelve."
    assert contextual_text("Handbook", ("", "Leave"), "Twelve.") == "Handbook > Leave\nTwelve."


def test_text_alone_stays_alone() -> None:
    assert contextual_text("", (), "Twelve days.") == "Twelve days."
