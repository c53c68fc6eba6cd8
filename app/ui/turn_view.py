"""What the page shows of a turn, ready for the browser. All texts are plain text; the browser never parses them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ui.notes import Note, collect_notes, note_numbers, page_label
from app.ui.turn import Turn
from generation.model import Answer, AnswerSentence
from retrieval.model import Hit

NEAREST = 3
QUESTION_SHOWN = 2_000
WAITING = "Reading the documents"


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence and the numbers of its footnotes."""

    text: str
    notes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """A footnote as listed below the answer."""

    number: int
    document: str
    pages: str
    quote: str


@dataclass(frozen=True, slots=True)
class PassageView:
    """A nearest passage, offered where the documents don't say."""

    index: int
    document: str
    pages: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn in one of four states: `pending`, `answered`, `abstained`, `failed`."""

    number: int
    question: str
    within: str
    state: str
    message: str
    sentences: tuple[SentenceView, ...]
    notes: tuple[NoteView, ...]
    passages: tuple[PassageView, ...]
    caption: str
    active: str


def turn_view(turn: Turn, active: str = "") -> TurnView:
    """Describe a turn.

    Args:
        turn: The question and what is known of its answer.
        active: Which source is open, `note-2` or `passage-0`; empty for none.
    """
    notes = collect_notes(turn.sentences)
    answer = turn.answer
    state = _state(turn, answer)
    return TurnView(
        number=turn.number,
        question=_shortened(turn.question),
        within=turn.filters_in_words,
        state=state,
        message=turn.error or (WAITING if state == "pending" else ""),
        sentences=_sentences(turn.sentences, notes),
        notes=tuple(_note(note) for note in notes),
        passages=_passages(answer.hits) if answer is not None and state == "abstained" else (),
        caption=caption(answer) if answer is not None else "",
        active=active,
    )


def caption(answer: Answer) -> str:
    """Who wrote the answer and how long it took, in words."""
    seconds = answer.timings_ms.get("total", 0.0) / 1000
    took = f" in {seconds:.1f} s" if seconds else ""
    if answer.abstained:
        return f"Searched{took}"
    if answer.written_by == "quotes":
        why = f". {answer.notice}" if answer.notice else ""
        return f"Answered in the documents' own words{took}{why}"
    return f"Written by {answer.written_by}, every sentence checked against its quotes{took}"


def _shortened(question: str) -> str:
    return question if len(question) <= QUESTION_SHOWN else question[:QUESTION_SHOWN] + "…"


def _state(turn: Turn, answer: Answer | None) -> str:
    if turn.error:
        return "failed"
    if answer is None:
        return "pending"
    return "abstained" if answer.abstained else "answered"


def _sentences(sentences: Sequence[AnswerSentence], notes: Sequence[Note]) -> tuple[SentenceView, ...]:
    return tuple(SentenceView(sentence.text, note_numbers(sentence, notes)) for sentence in sentences)


def _note(note: Note) -> NoteView:
    citation = note.citation
    pages = page_label(region.page for region in citation.regions)
    return NoteView(note.number, citation.document, pages, citation.quote)


def _passages(hits: Sequence[Hit]) -> tuple[PassageView, ...]:
    return tuple(_passage(index, hit) for index, hit in enumerate(hits[:NEAREST]))


def _passage(index: int, hit: Hit) -> PassageView:
    passage = hit.passage
    pages = page_label(range(passage.page, passage.page_end + 1))
    return PassageView(index, passage.document, pages, " › ".join(passage.heading_path), passage.text)
