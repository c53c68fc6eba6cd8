from eval.corpus.questions import count_words, key_sentence, made_question
from ingest.model import Sentence, Span
from retrieval.model import Passage


def passage(*sentences: str, headings: tuple[str, ...] = (), title: str = "Handbook", chunk_id: int = 1) -> Passage:
    spans, start = [], 0
    for one in sentences:
        spans.append(Sentence(Span(start, start + len(one)), ()))
        start += len(one) + 1
    text = " ".join(sentences)
    return Passage(chunk_id, 1, 1, "a.pdf", 1, title, 0, 1, 1, headings, text, tuple(spans))


COMMON = passage("Employees ask their manager about leave and travel in the office.", chunk_id=2)


def test_the_key_sentence_has_the_rarest_words() -> None:
    source = passage(
        "Employees ask their manager about leave in the office.",
        "Canteen lunch vouchers expire after ninety days without notice.",
        "See below.",
    )
    words = count_words([source, COMMON, COMMON])

    assert key_sentence(source, words).startswith("Canteen")


def test_a_question_is_the_heading_and_the_rarest_words_in_their_order() -> None:
    source = passage(
        "Employees ask their manager before canteen vouchers expire and lockers rust.", headings=("Benefits", "Lunch")
    )
    words = count_words([source, *[COMMON] * 5])

    assert made_question(source, words) == "Lunch canteen vouchers expire lockers"


def test_words_of_the_heading_are_not_repeated_and_numbers_are_left_out() -> None:
    source = passage("Travel vouchers cost 4.80 euros in 2026 at any counter.", headings=("Travel",))

    asked = made_question(source, count_words([source])).split()

    assert asked.count("Travel") == 1
    assert not any(character.isdigit() for character in "".join(asked))


def test_without_headings_the_title_leads() -> None:
    source = passage("Vouchers expire after ninety quiet days.")

    assert made_question(source, count_words([source])).startswith("Handbook Vouchers")


def test_a_chunk_without_words_still_gets_a_question() -> None:
    source = passage("12 | 14 | 16", title="")

    assert made_question(source, count_words([source])) == "12 | 14 | 16"
