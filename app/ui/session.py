"""What a browser session keeps, and the application behind it."""

import atexit
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.application import Application
from app.settings import Settings
from app.ui.filters import Choice
from app.ui.source import Source
from app.ui.turn import Turn, always
from app.ui.watching import Watching
from app.wiring import open_application
from ingest.model import Version

ASKERS = 4


@dataclass
class Session:
    """The state of one browser session.

    Attributes:
        turns: The conversation, oldest first.
        asked: How many questions were asked, over all conversations.
        choice: The filters chosen.
        source: The source that is open.
        messages: What happened to the library last, as kind and text.
        removing: The document whose deletion waits for a confirmation.
        upload_form: Counts the upload forms used, so that each starts empty.
        filter_form: Counts the filter forms used, so that each starts empty.
        reload: Whether a part of the page changed something that another part shows.
    """

    turns: list[Turn] = field(default_factory=list)
    asked: int = 0
    choice: Choice = Choice()
    source: Source | None = None
    messages: list[tuple[str, str]] = field(default_factory=list)
    removing: Version | None = None
    upload_form: int = 0
    filter_form: int = 0
    reload: bool = False

    def take_reload(self) -> bool:
        """Whether the whole page must be drawn again; asked once."""
        wanted, self.reload = self.reload, False
        return wanted


def session() -> Session:
    """This browser session's state."""
    if "footnote" not in st.session_state:
        st.session_state["footnote"] = Session()
    state: Session = st.session_state["footnote"]
    return state


def watching() -> Callable[[], bool]:
    """Tells, from any thread, whether this browser session is still there."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return always
    there, number = runtime.get_instance(), context.session_id
    return Watching(lambda: there.is_active_session(number), time.monotonic)


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The settings, read once."""
    return Settings()


@st.cache_resource(show_spinner="Opening the library")
def application() -> Application:
    """The application, opened once for all sessions and closed when the server ends."""
    opened = open_application(settings())
    atexit.register(opened.close)
    askers().submit(opened.warm_up)
    return opened


@st.cache_resource(show_spinner=False)
def askers() -> ThreadPoolExecutor:
    """The threads that answer questions."""
    return ThreadPoolExecutor(max_workers=ASKERS, thread_name_prefix="ask")
