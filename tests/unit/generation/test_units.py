"""What can be quoted."""

from generation.units import Unit, merge_regions, units
from ingest.model import Box, Region
from tests.unit.material import passage


def found(*texts: str, joint: str = "\n\n", heading_path: tuple[str, ...] = ("Leave",)) -> list[Unit]:
    return list(units(passage(*texts, joint=joint, heading_path=heading_path)))


def test_a_sentence_is_a_unit_under_its_heading() -> None:
    (first, second) = found("You get twelve days.", "They expire in March.")
    assert (first.text, first.context, first.first, first.last) == ("You get twelve days.", "Leave", 0, 0)
    assert (second.text, second.first) == ("They expire in March.", 1)
    assert second.regions == (Region(1, (Box(1, 0, 2, 1),)),)


def test_the_nearest_heading_is_the_context() -> None:
    (unit,) = found("You get twelve days.", heading_path=("Absence", "Casual leave"))
    assert unit.context == "Casual leave"
    (bare,) = found("You get twelve days.", heading_path=())
    assert bare.context == ""


def test_scraps_are_left_out() -> None:
    assert found("Leave", "Casual leave", "3.") == []


def test_a_table_row_comes_with_its_header() -> None:
    rows = found("Grade | Notice", "A | 4 weeks", "B | 8 weeks", joint="\n")
    assert [one.text for one in rows] == ["Grade | Notice\nA | 4 weeks", "Grade | Notice\nB | 8 weeks"]
    assert [(one.first, one.last) for one in rows] == [(1, 1), (2, 2)]
    assert rows[1].regions == (Region(1, (Box(0, 0, 1, 1), Box(2, 0, 3, 1))),)


def test_a_row_alone_is_quoted_alone() -> None:
    (row, sentence) = found("A | 4 weeks", "Notice must be in writing.", joint="\n\n")
    assert (row.text, sentence.text) == ("A | 4 weeks", "Notice must be in writing.")


def test_two_tables_have_two_headers() -> None:
    texts = [
        one.text
        for one in found("Grade | Notice", "A | 4 weeks", "Other tables follow.", "City | Rate", "Ulm | 90 EUR")
    ]
    assert texts == ["Grade | Notice\nA | 4 weeks", "Other tables follow.", "City | Rate\nUlm | 90 EUR"]


def test_a_list_comes_with_its_introduction_and_each_item_too() -> None:
    first, *items = found("Leave is paid for:", "your own wedding day", "the birth of a child", joint="\n")
    assert first.text == "Leave is paid for:\nyour own wedding day\nthe birth of a child"
    assert (first.first, first.last) == (0, 2)
    assert [one.text for one in items] == ["your own wedding day", "the birth of a child"]
    assert {one.context for one in items} == {"Leave Leave is paid for:"}


def test_a_long_list_is_quoted_up_to_its_twelfth_item() -> None:
    items = [f"item number {number}" for number in range(1, 15)]
    assert found("Leave is paid for:", *items, joint="\n")[0].text.splitlines() == ["Leave is paid for:", *items[:12]]


def test_a_list_ends_at_an_empty_line() -> None:
    texts = ("Leave is paid for:", "your own wedding day", "Nothing else is paid.")
    assert found(*texts, joint="\n")[0].last == 2
    assert found(*texts, joint="\n\n")[0].last == 1


def test_the_introduction_of_an_ended_list_is_forgotten() -> None:
    *_, last = found("Leave is paid for:", "your own wedding day", "Nothing else is paid.", joint="\n\n")
    assert (last.text, last.context) == ("Nothing else is paid.", "Leave")


def test_a_colon_at_the_end_of_the_passage_introduces_nothing() -> None:
    (unit,) = found("Leave is paid for:")
    assert (unit.text, unit.last) == ("Leave is paid for:", 0)


def test_regions_are_merged_a_page_without_repeats() -> None:
    one, two, three = Box(0, 0, 1, 1), Box(0, 2, 1, 3), Box(0, 4, 1, 5)
    merged = merge_regions([Region(4, (one,)), Region(3, (two, three)), Region(4, (one, two))])
    assert merged == (Region(3, (two, three)), Region(4, (one, two)))
    assert merge_regions([Region(2)]) == (Region(2),)


def test_a_short_clause_is_quoted_whole_with_its_exception() -> None:
    (clause,) = found("You may carry six days over.", "They lapse on 31 March.", joint=" ")
    assert clause.text == "You may carry six days over. They lapse on 31 March."
    assert (clause.first, clause.last) == (0, 1)


def test_a_long_clause_is_quoted_in_parts_that_cover_it() -> None:
    sentences = [f"Sentence number {number} has exactly ten words to be counted." for number in range(14)]
    parts = found(*sentences, joint=" ")
    assert [(one.first, one.last) for one in parts] == [(0, 5), (6, 11), (12, 13)]
    assert " ".join(one.text for one in parts) == " ".join(sentences)


def test_a_question_is_the_context_of_its_answer_and_no_unit() -> None:
    (answer,) = found("What does a new badge cost?", "The first one is free.", heading_path=("Questions",))
    assert (answer.text, answer.context) == ("The first one is free.", "Questions What does a new badge cost?")
