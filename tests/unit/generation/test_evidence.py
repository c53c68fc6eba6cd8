"""Choosing evidence, with a cross-encoder that counts words."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from generation.evidence import EvidenceSettings, readable, select_evidence
from retrieval.model import Hit
from tests.unit.material import WordReranker, hit, passage

SETTINGS = EvidenceSettings()


def chosen(question: str, *hits: Hit, settings: EvidenceSettings = SETTINGS) -> list[str]:
    return [one.text for one in select_evidence(question, hits, WordReranker(), settings)]


def test_the_sentence_with_the_words_comes_first() -> None:
    found = hit(passage("The office opens early.", "Casual leave is twelve days.", "Parking is free here."))
    evidence = select_evidence("How many days of casual leave?", [found], WordReranker(), SETTINGS)
    assert [one.number for one in evidence] == [1, 2, 3]
    assert evidence[0].text == "Casual leave is twelve days."
    assert evidence[0].score == 3.0
    assert evidence[0].hit is found
    assert evidence[0].regions == found.passage.sentences[1].regions


def test_the_heading_counts() -> None:
    office = hit(passage("You get twelve of them.", heading_path=("Parking",), chunk_id=1))
    leave = hit(passage("You get thirteen of them.", heading_path=("Casual leave",), chunk_id=2))
    assert chosen("casual leave", office, leave)[0] == "You get thirteen of them."


def test_units_of_a_better_hit_win() -> None:
    far = hit(passage("Casual leave lasts.", chunk_id=1), score=0.1)
    near = hit(passage("Casual leave ends here.", chunk_id=2), score=0.9)
    assert chosen("casual leave", far, near) == ["Casual leave ends here.", "Casual leave lasts."]
    even = replace(SETTINGS, hit_weight=0.0)
    assert chosen("casual leave", far, near, settings=even) == ["Casual leave lasts.", "Casual leave ends here."]


def test_a_list_and_its_items_are_not_both_chosen() -> None:
    found = hit(passage("Leave is paid for:", "your own wedding day", "the birth of a child", joint="\n"))
    texts = chosen("paid leave wedding", found)
    assert len(texts) == 1
    assert "your own wedding day" in texts[0]


def test_the_same_words_from_two_documents_count_once() -> None:
    one = hit(passage("Casual leave is twelve days a year.", chunk_id=1, document="a.pdf"))
    other = hit(passage("Casual leave is 12 days a year.", chunk_id=2, document="b.pdf"))
    assert chosen("casual leave", one, other) == ["Casual leave is twelve days a year."]


def test_a_list_is_left_out_when_its_last_item_answers_better() -> None:
    class Terse(WordReranker):
        def score(self, question: str, texts: Sequence[str]) -> list[float]:
            return [-float(len(text)) for text in texts]

    found = hit(passage("Leave is paid for your:", "own wedding day", "son", joint="\n"))
    last = hit(passage("Leave is paid for these long reasons:", "the first and longest", "a third one", joint="\n"))
    for one, item in ((found, "own wedding day"), (last, "a third one")):
        texts = [piece.text for piece in select_evidence("leave", [one], Terse(), SETTINGS)]
        assert texts[0] == item
        assert not [text for text in texts if "\n" in text]


def test_four_words_of_five_are_the_same() -> None:
    one = hit(passage("Casual leave covers whole days.", chunk_id=1))
    other = hit(passage("Casual leave covers whole.", chunk_id=2))
    third = hit(passage("Casual leave covers mornings.", chunk_id=3))
    assert chosen("casual leave", one, other, third) == [
        "Casual leave covers whole days.", "Casual leave covers mornings.",
    ]  # fmt: skip


def test_only_so_many_hits_are_read_and_so_many_units_chosen() -> None:
    hits = [hit(passage(f"Leave of kind {name}.", chunk_id=place)) for place, name in enumerate("abcdefghijkl")]
    settings = EvidenceSettings(hits=6, most=4)
    reranker = WordReranker()
    assert len(select_evidence("leave", hits, reranker, settings)) == 4
    assert len(reranker.read) == 6


def test_ties_are_in_the_order_of_chunks_and_sentences() -> None:
    second = hit(passage("Leave with alpha words.", "Leave with beta words.", chunk_id=9))
    first = hit(passage("Leave with gamma words.", chunk_id=3))
    assert chosen("leave", second, first) == [
        "Leave with gamma words.", "Leave with alpha words.", "Leave with beta words.",
    ]  # fmt: skip


@pytest.mark.parametrize("hits", [(), (hit(passage("Leave")),)])
def test_nothing_to_quote_is_no_evidence(hits: tuple[Hit, ...]) -> None:
    assert chosen("leave", *hits) == []


def test_what_the_cross_encoder_reads_is_cut() -> None:
    assert readable("Leave", "one two") == "Leave. one two"
    assert readable("", "one  two") == "one two"
    assert len(readable("", "word " * 500).split()) == 120
