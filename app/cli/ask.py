"""`footnote ask`."""

import typer

from app.cli import render
from app.cli.options import (
    Collections,
    Documents,
    FileTypes,
    Json,
    Question,
    Tags,
    UploadedFrom,
    UploadedTo,
    filters,
)
from app.cli.output import Output
from app.cli.session import session
from app.cli.shapes import answer_shape
from generation.model import Answer, AnswerSentence
from generation.writing import Audience


def ask(
    context: typer.Context,
    question: Question,
    document: Documents = None,
    collection: Collections = None,
    file_type: FileTypes = None,
    tag: Tags = None,
    uploaded_from: UploadedFrom = None,
    uploaded_to: UploadedTo = None,
    as_json: Json = False,
) -> None:
    """Answer a question; every sentence carries footnotes that quote your documents."""
    where = filters(document, collection, file_type, tag, uploaded_from, uploaded_to)
    output = Output(as_json)
    writer = AnswerWriter(output)
    with session(context).application() as application:
        answer = application.ask(question, filters=where, audience=writer.audience())
    writer.end(answer)


class AnswerWriter:
    """Prints sentences as they come, then the footnotes.

    Args:
        output: Where to print.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._marks = 0
        self._sentences = 0

    def sentence(self, sentence: AnswerSentence) -> None:
        """Print one verified sentence."""
        self._output.text(render.sentence_text(sentence, self._marks + 1))
        self._marks += len(sentence.citations)
        self._sentences += 1

    def audience(self) -> Audience:
        """Prints what it hears."""
        return Audience(on_sentence=self.sentence, on_restart=self.restart)

    def restart(self) -> None:
        """Say that what stands there is void."""
        self._output.text(f"\n{render.TAKEN_BACK}\n")
        self._marks = self._sentences = 0

    def end(self, answer: Answer) -> None:
        """Print what is left: the footnotes, or that the documents don't say."""
        for sentence in answer.sentences[self._sentences :]:
            self.sentence(sentence)
        text = render.nothing_said(answer) if answer.abstained else "\n" + render.footnotes(answer.sentences)
        if answer.notice and answer.written_by == "quotes":
            text = f"{text}\n\n{render.in_own_words(answer)}"
        self._output.result(answer_shape(answer), text)
