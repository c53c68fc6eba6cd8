from datetime import date, timedelta

from app.ui.filters import Choice, count_active, in_words, options_of, to_filters
from retrieval.model import Filters
from tests.unit.app.ui.samples import version


def test_options_come_from_the_library_each_once_and_sorted() -> None:
    options = options_of([version(tags=("b", "a")), version(name="a.md", file_type="md", tags=("a",))])
    assert options.documents == ("a.md", "rules.pdf")
    assert options.file_types == ("md", "pdf")
    assert options.tags == ("a", "b")
    assert options.collections == ("default",)


def test_nothing_chosen_limits_nothing() -> None:
    assert to_filters(Choice()) == Filters()
    assert count_active(Choice()) == 0
    assert in_words(Choice()) == ""


def test_days_are_whole_days_with_a_time_zone() -> None:
    filters = to_filters(Choice(first_day=date(2026, 3, 1), last_day=date(2026, 3, 1)))
    assert filters.uploaded_from is not None
    assert filters.uploaded_to is not None
    assert filters.uploaded_from.tzinfo is not None
    assert filters.uploaded_to - filters.uploaded_from == timedelta(days=1)


def test_a_choice_in_words() -> None:
    choice = Choice(documents=("a.md",), tags=("hr", "2026"), last_day=date(2026, 3, 1))
    assert in_words(choice) == "a.md · tag hr, 2026 · uploaded until 01 Mar 2026"
    assert count_active(choice) == 3
    assert to_filters(choice).tags == ("hr", "2026")
