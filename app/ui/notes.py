"""Numbers the footnotes of an answer and says in words where they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generation.model import AnswerSentence, Citation


@dataclass(frozen=True, slots=True)
class Note:
    """A numbered footnote of one answer; numbers count from 1 in order of first use."""

    number: int
    citation: Citation


def collect_notes(sentences: Sequence[AnswerSentence]) -> tuple[Note, ...]:
    """The footnotes of an answer; the same citation used twice is one footnote.

    Numbers only depend on the sentences before, so they stay as they are while further sentences arrive.
    """
    ordered = dict.fromkeys(citation for sentence in sentences for citation in sentence.citations)
    return tuple(Note(number, citation) for number, citation in enumerate(ordered, start=1))


def note_numbers(sentence: AnswerSentence, notes: Sequence[Note]) -> tuple[int, ...]:
    """The footnote numbers that stand at the end of a sentence, ascending."""
    wanted = set(sentence.citations)
    return tuple(note.number for note in notes if note.citation in wanted)


def page_label(pages: Iterable[int]) -> str:
    """Page numbers in words: `page 7`, `pages 7–8`, `pages 3, 7–9`; empty without pages."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    single = len(runs) == 1 and len(runs[0]) == 1
    return f"{'page' if single else 'pages'} {', '.join(parts)}" if parts else ""
