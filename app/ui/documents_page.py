"""The library: upload, progress, deletion."""

from collections.abc import Sequence

import streamlit as st
from streamlit.typing import UploadedFile

from app.ui.components import errors_in_words, show_library, show_notice
from app.ui.library_view import (
    deletion_words,
    document_view,
    in_progress,
    parse_tags,
    plural,
    summary,
    upload_words,
)
from app.ui.session import Session, application, session, settings
from ingest.errors import FootnoteError
from ingest.model import Version

REFRESH_SECONDS = 1.0
FILE_TYPES = ["pdf", "docx", "md", "markdown", "txt"]


def page() -> st.Page:
    """The page as the navigation knows it."""
    return st.Page(show, title="Documents", icon=":material/description:", url_path="documents")


def show() -> None:
    """Draw the page."""
    state = session()
    with st.container(key="fn_documents"):
        st.title("Documents", anchor=False)
        _upload_form(state)
        _messages(state)
        _library()
    if state.removing is not None:
        _confirm_removal(state)


def _upload_form(state: Session) -> None:
    limit = settings().upload_limit_mb
    with st.form(f"upload-{state.upload_form}", border=False):
        chosen = st.file_uploader(
            f"Add PDF, Word, Markdown or text files, each up to {limit:,} MB",
            type=FILE_TYPES,
            accept_multiple_files=True,
            max_upload_size=limit,
        )
        left, right = st.columns(2)
        collection = left.text_input("Collection", value="default", max_chars=80)
        tags = right.text_input("Tags", placeholder="for example: hr, 2026", max_chars=200)
        sent = st.form_submit_button("Add to the library", type="primary", icon=":material/upload:")
    if sent:
        _upload_all(state, chosen, collection.strip() or "default", parse_tags(tags))


def _upload_all(state: Session, chosen: Sequence[UploadedFile], collection: str, tags: tuple[str, ...]) -> None:
    state.messages = [_upload(file, collection, tags) for file in chosen] or [("info", "Choose a file first.")]
    state.upload_form += bool(chosen)
    st.rerun()


def _upload(file: UploadedFile, collection: str, tags: tuple[str, ...]) -> tuple[str, str]:
    try:
        receipt = application().upload(file, file.name, collection=collection, tags=tags)
    except FootnoteError as error:
        return "error", f"{file.name}: {error}"
    return "info" if receipt.unchanged else "done", upload_words(file.name, receipt)


def _messages(state: Session) -> None:
    for kind in ("error", "done", "info"):
        lines = [text for name, text in state.messages if name == kind]
        if lines:
            show_notice(kind, *lines, key=f"upload-{kind}")


def _library() -> None:
    busy = any(map(in_progress, application().library()))
    st.fragment(_show_library, run_every=REFRESH_SECONDS if busy else None)(busy)


def _show_library(was_busy: bool) -> None:
    with errors_in_words("library-error"):
        _draw_library(was_busy)


def _draw_library(was_busy: bool) -> None:
    versions = application().library()
    if not versions:
        show_notice("quiet", "No documents yet.", key="library-empty")
        return
    st.caption(summary(versions))
    show_library(tuple(map(document_view, versions)), {"remove": _ask_to_remove})
    if session().take_reload() or (was_busy and not any(map(in_progress, versions))):
        st.rerun()


def _ask_to_remove(document_id: object) -> None:
    state = session()
    state.reload = True
    try:
        state.removing = next(each for each in application().library() if each.document_id == document_id)
    except StopIteration:
        state.messages = [("info", "This document is no longer in the library.")]
    except FootnoteError as error:
        state.messages = [("error", str(error))]


def _confirm_removal(state: Session) -> None:
    @st.dialog("Delete this document?", on_dismiss=_keep)
    def confirm(version: Version) -> None:
        pages = plural(version.pages, "page") if version.pages else "everything read so far"
        st.text(version.name)
        st.write(f"This removes all its versions, {pages} and the stored file. It cannot be undone.")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it"):
                _keep()
                st.rerun()
            if st.button("Delete", type="primary", icon=":material/delete:"):
                _remove(state, version)
                st.rerun()

    if state.removing is not None:
        confirm(state.removing)


def _keep() -> None:
    session().removing = None


def _remove(state: Session, version: Version) -> None:
    try:
        state.messages = [("done", deletion_words(application().delete(version.document_id)))]
    except FootnoteError as error:
        state.messages = [("error", str(error))]
    _keep()
