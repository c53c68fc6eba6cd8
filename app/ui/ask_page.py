"""The page to ask on: the conversation, its filters, and the source beside it."""

from functools import partial

import streamlit as st

from app.ui import documents_page
from app.ui.components import errors_in_words, show_notice, show_source, show_turn
from app.ui.filter_panel import show_filters
from app.ui.filters import in_words, to_filters
from app.ui.library_view import in_progress, plural, progress_words
from app.ui.notes import collect_notes
from app.ui.session import Session, application, askers, session, watching
from app.ui.source import Source, source_of_note, source_of_passage, turn_to
from app.ui.source_view import source_view
from app.ui.turn import Turn
from app.ui.turn_view import turn_view
from ingest.model import Version, VersionStatus

POLL_SECONDS = 0.3
PROGRESS_SECONDS = 1.5
LISTED = 5
SAMPLE = "quillmere-handbook.pdf"
EXAMPLES = (
    "How many days of casual leave do employees get in a year?",
    "What is the core time?",
    "How many days of annual leave do full-time employees have?",
    "Who may grant an exception to a rule?",
)


def show() -> None:
    """Draw the page."""
    state = session()
    versions = application().library()
    with st.container(key="fn_ask"):
        _toolbar(state, versions)
        _conversation(state, versions)
    _input(state, versions)
    if state.source is not None:
        _source_panel(state)


def _toolbar(state: Session, versions: list[Version]) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", key="fn_toolbar"):
        show_filters(state, versions)
        if state.turns and st.button("New chat", icon=":material/edit_square:", type="tertiary"):
            for turn in state.turns:
                turn.stop()
            state.turns, state.source = [], None
            st.rerun()


def _conversation(state: Session, versions: list[Version]) -> None:
    if not state.turns:
        _welcome(state, versions)
    for turn in state.turns:
        every = POLL_SECONDS if turn.pending else None
        st.fragment(_show_turn, run_every=every)(turn, turn.pending)


def _show_turn(turn: Turn, was_pending: bool) -> None:
    state = session()
    source = state.source
    active = source.anchor if source is not None and source.turn == turn.number else ""
    still_pending = turn.pending
    handlers = {"note": partial(_open_note, turn), "passage": partial(_open_passage, turn)}
    show_turn(turn_view(turn, active), handlers)
    if state.take_reload() or (was_pending and not still_pending):
        st.rerun()


def _open_note(turn: Turn, number: object) -> None:
    for note in collect_notes(turn.sentences):
        if note.number == number:
            _open(source_of_note(turn.number, note))


def _open_passage(turn: Turn, index: object) -> None:
    answer = turn.answer
    if answer is not None and isinstance(index, int | float) and 0 <= int(index) < len(answer.hits):
        _open(source_of_passage(turn.number, int(index), answer.hits[int(index)]))


def _open(source: Source) -> None:
    state = session()
    state.source, state.reload = source, True


def _source_panel(state: Session) -> None:
    source = state.source
    if source is None:
        return
    with st.container(key="fn_source"):
        show_source(source_view(application(), source), {"page": _turn_page, "close": _close_source})


def _turn_page(page: object) -> None:
    state = session()
    if state.source is not None and isinstance(page, int | float):
        state.source = turn_to(state.source, int(page))


def _close_source(_: object) -> None:
    session().source = None


def _input(state: Session, versions: list[Version]) -> None:
    ready = any(version.chunks for version in versions)
    busy = any(turn.pending for turn in state.turns)
    prompt = "Ask your documents" if ready else "Add a document first"
    question = st.chat_input(prompt, disabled=busy or not ready, key="question")
    if question:
        _ask(state, question)


def _ask(state: Session, question: str) -> None:
    state.asked += 1
    turn = Turn(state.asked, question.strip(), to_filters(state.choice), in_words(state.choice))
    turn.start(application(), askers(), watching())
    state.turns.append(turn)
    state.source = None
    st.rerun()


def _welcome(state: Session, versions: list[Version]) -> None:
    with st.container(key="fn_welcome"):
        st.title("Ask your documents", anchor=False)
        st.markdown(
            "Every sentence of the answer carries a footnote. Click it to see the very lines on their page. "
            "What the documents don't say, Footnote does not answer."
        )
        if not versions:
            _no_documents()
            return
        if any(map(in_progress, versions)):
            st.fragment(_show_progress, run_every=PROGRESS_SECONDS)()
        _examples(state, versions)


def _no_documents() -> None:
    show_notice("info", "There are no documents yet. Add a PDF, Word, Markdown or text file to begin.", key="empty")
    if st.button("Add documents", type="primary", icon=":material/upload_file:"):
        st.switch_page(documents_page.page())


def _show_progress() -> None:
    with errors_in_words("indexing-error"):
        _indexing()


def _indexing() -> None:
    versions = application().library()
    busy = [version for version in versions if in_progress(version)]
    if not busy:
        st.rerun()
    lines = [f"{version.name}: {progress_words(version)}" for version in busy[:LISTED]]
    more = [f"and {plural(len(busy) - LISTED, 'more document')}"] if len(busy) > LISTED else []
    show_notice("progress", "Documents are still being read.", *lines, *more, key="indexing")


def _examples(state: Session, versions: list[Version]) -> None:
    sample = [v for v in versions if v.status is VersionStatus.INDEXED and v.name == SAMPLE]
    if not sample:
        return
    st.caption("For example, from the sample handbook:")
    with st.container(key="fn_examples"):
        for question in EXAMPLES:
            if st.button(question, icon=":material/arrow_forward:"):
                _ask(state, question)
