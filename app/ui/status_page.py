"""The state of the parts, for the person who runs Footnote."""

import streamlit as st

from app.settings import Settings
from app.ui.components import Fact, show_facts, show_notice
from app.ui.index_view import curve, has_curve, index_facts
from app.ui.session import application, settings
from retrieval.library import StoreStatus

CURVE_WORDS = (
    "Each point is a way of searching that was tried, under the filter that costs it most; the line below it reaches"
    " down to what is certain. Hollow points were not shown to reach the target; the large one is in use."
)


def show() -> None:
    """Draw the page."""
    with st.container(key="fn_status"):
        st.title("Status", anchor=False)
        status = application().status()
        _worker(status)
        st.subheader("Answers", anchor=False)
        show_facts(model_facts(settings()), key="status-models")
        st.subheader("Store", anchor=False)
        show_facts(store_facts(status), key="status-store")
        _index(status)


def store_facts(status: StoreStatus) -> tuple[Fact, ...]:
    """What the database holds."""
    return (
        Fact("Documents", f"{status.documents:,}"),
        Fact("Passages", f"{status.chunks:,}"),
        Fact("Embedding model of the index", status.embedding_model or "none yet"),
        Fact("Size of the database", size_words(status.database_bytes)),
        Fact("Schema version", str(status.migration)),
    )


def model_facts(current: Settings) -> tuple[Fact, ...]:
    """Who finds and who writes."""
    writer = f"{current.llm_model or 'the server’s model'} at {current.llm_url}" if current.llm_url else ""
    return (
        Fact("Written by", writer or "nobody: answers are quotes from the documents"),
        Fact("Embedding model", current.embedding_model),
        Fact("Reranker", current.reranker_model if current.rerank else "off"),
        Fact("Reader", current.reader_model),
    )


def size_words(size: int) -> str:
    """Bytes in words: `12.3 MB`."""
    amount, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"


def worker_words(status: StoreStatus) -> tuple[bool, str]:
    """Whether work gets done, and the sentence that says so."""
    waiting = f"{status.jobs_waiting:,} waiting" if status.jobs_waiting else "nothing waiting"
    if status.workers_alive:
        count = "One worker is" if status.workers_alive == 1 else f"{status.workers_alive} workers are"
        return True, f"{count} running, {waiting}."
    return False, f"No worker is running, {waiting}. Uploaded documents are not read until one is: footnote worker"


def _index(status: StoreStatus) -> None:
    st.subheader("Index", anchor=False)
    show_facts(index_facts(status), key="status-index")
    measured = status.measurement
    if measured is not None and has_curve(measured):
        with st.container(key="fn_curve"):
            st.vega_lite_chart(spec=curve(measured, st.context.theme.type == "dark"), width="stretch")
            st.caption(CURVE_WORDS)


def _worker(status: StoreStatus) -> None:
    alive, words = worker_words(status)
    show_notice("done" if alive else "error", words, key="status-worker")
